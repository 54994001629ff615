"""修改初始密码 with the authenticator, and 我的账号 with one's own password."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import button
from jsrs_portal.components.feedback import card, definition_list, notice
from jsrs_portal.components.fields import field, form, password_field
from jsrs_portal.components.qr import qr_image
from jsrs_portal.domain.staff_accounts import RULE_TEXT
from jsrs_portal.pages.staff_frame import staff_frame, staff_plain, wrong_above
from jsrs_portal.pages.wizards import said
from jsrs_portal.state.staff_password import StaffOwnAccountState, StaffPasswordState
from jsrs_portal.state.staff_shell import StaffShellState


def _old(state: Any, label: Any) -> rx.Component:
    return password_field(label, "old", error=said(state.error, "old"))


def _new(state: Any) -> list[rx.Component]:
    return [
        password_field(
            "新密码", "password", autocomplete="new-password", hint=RULE_TEXT, error=said(state.error, "password")
        ),
        password_field(
            "再次输入新密码", "confirmation", autocomplete="new-password", error=said(state.error, "confirmation")
        ),
    ]


def _code(state: Any, hint: str) -> rx.Component:
    return field(
        "动态口令",
        "code",
        inputmode="numeric",
        autocomplete="one-time-code",
        max_length=7,
        hint=hint,
        error=said(state.error, "code"),
    )


def staff_password() -> rx.Component:
    """Return the page on which a first password is changed, and the authenticator enrolled if there is none."""
    state = StaffPasswordState
    enrolment = rx.el.div(
        rx.el.p(
            "用手机上的身份验证器扫描二维码，或手工输入密钥；二维码只属于本次登录，请勿拍照转发。",
            class_name="text-base",
        ),
        rx.el.div(
            rx.cond(state.qr != "", qr_image(state.qr, "动态口令的二维码，请用身份验证器扫描")), class_name="w-fit"
        ),
        definition_list([("密钥", rx.el.span(state.secret, class_name="break-all"))]),
        _code(state, "扫描后身份验证器显示的6位数字"),
        class_name="flex flex-col gap-4",
    )
    fields = form(
        _old(state, rx.cond(state.aged, "原密码", "初始密码")),
        *_new(state),
        rx.cond(state.enrolling, enrolment),
        button("修改密码并进入", type="submit", loading=state.busy, loading_label="正在修改……"),
        on_submit=state.submit,
    )
    why = rx.cond(
        state.aged,
        notice("info", "您的密码已使用超过 90 天。请先修改密码，之后才能使用其他功能。"),
        notice("info", "这是您第一次登录，或密码刚被重置。请先修改初始密码，之后才能使用其他功能。"),
    )
    return staff_plain(
        card(rx.el.div(why, wrong_above(state), fields, class_name="flex flex-col gap-4")),
        title=rx.cond(state.aged, "修改密码", "修改初始密码"),
    )


def staff_account() -> rx.Component:
    """Return who one is here, and the change of one's own password."""
    state, shell = StaffOwnAccountState, StaffShellState
    fields = form(
        _old(state, "原密码"),
        _code(state, "身份验证器上的6位数字；登录时用过的不能再用，请等下一个"),
        *_new(state),
        button("修改密码", type="submit", loading=state.busy, loading_label="正在修改……"),
        on_submit=state.submit,
    )
    ask = rx.el.div(
        notice("info", "修改后，您在其他地方的登录会立即全部结束。更换手机的，请联系系统管理员重置。"),
        wrong_above(state),
        fields,
        class_name="flex flex-col gap-4",
    )
    done = notice("ok", "密码已修改，下次登录请使用新密码。")
    return staff_frame(
        card(
            definition_list(
                [("账号", shell.login), ("姓名", shell.name), ("岗位", shell.role), ("负责区域", shell.region)]
            ),
            title="账号信息",
        ),
        card(
            rx.el.div(rx.cond(state.changed, done, ask), role="status"),
            title="修改密码",
        ),
        title="我的账号",
        current="account",
    )
