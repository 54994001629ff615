"""工作人员登录."""

import reflex as rx

from jsrs_portal.catalog.demo import DEMO_STAFF, DEMO_STAFF_PASSWORD
from jsrs_portal.components.behaviour import ticker
from jsrs_portal.components.controls import button
from jsrs_portal.components.feedback import card, notice, side_note
from jsrs_portal.components.fields import field, form, password_field
from jsrs_portal.domain.permissions import STAFF_LABELS, StaffRole
from jsrs_portal.pages.staff_frame import staff_plain, wrong_above
from jsrs_portal.pages.wizards import said
from jsrs_portal.settings import get_settings
from jsrs_portal.state.staff_login import StaffLoginState as State

_REFRESHED_MS = 5_000


def _demo() -> rx.Component:
    """Return the demonstration's accounts; what stands here exists nowhere else."""
    labels = [(one.login, STAFF_LABELS[StaffRole(one.role)]) for one in DEMO_STAFF]
    row = "flex flex-wrap items-baseline justify-between gap-x-4 border-b border-line py-2 last:border-b-0"
    codes = rx.foreach(
        State.codes,
        lambda one: rx.el.li(
            rx.el.span(
                rx.el.strong(one["login"]),
                rx.el.span(
                    rx.match(one["login"], *labels, ""),
                    class_name="ml-2 text-sm text-ink-700",
                ),
            ),
            rx.el.span(one["code"], class_name="text-lg"),
            class_name=row,
        ),
    )
    return card(
        rx.el.p("账号和当前动态口令：", class_name="text-base text-ink-700"),
        rx.el.ul(codes, class_name="text-base", aria_label="演示账号和当前动态口令"),
        rx.el.p("密码：", rx.el.strong(DEMO_STAFF_PASSWORD), class_name="mt-2 text-base"),
        rx.el.p(
            "动态口令约 30 秒更换一次，每个只能使用一次。正式环境中由本人手机上的身份验证器生成，不在此显示。",
            class_name="mt-2 text-sm text-ink-500",
        ),
        ticker(State.refresh_codes, _REFRESHED_MS),
        title="演示账号（仅演示环境）",
    )


def staff_login() -> rx.Component:
    """Return the officers' login page."""
    fields = form(
        field("账号", "login", autocomplete="username", error=said(State.error, "login")),
        password_field("密码", "password", error=said(State.error, "password")),
        field(
            "动态口令",
            "code",
            inputmode="numeric",
            autocomplete="one-time-code",
            max_length=9,
            hint="身份验证器上的6位数字；首次登录的，填安全管理员给您的8位授权码",
            error=said(State.error, "code"),
        ),
        button("登录", type="submit", loading=State.busy, loading_label="正在登录……", full=True),
        on_submit=State.submit,
    )
    box = card(
        rx.el.div(
            rx.cond(State.reason != "", notice("warn", State.reason)),
            wrong_above(State),
            fields,
            class_name="flex flex-col gap-4",
        )
    )
    notes = side_note(
        "登录须知",
        [
            "账号由系统管理员新增、安全管理员授权后才能登录；系统、安全、审计管理员的权限互不重叠。",
            "首次登录用系统管理员给您的初始密码和安全管理员给您的授权码，3 天内有效；登录后修改密码、绑定身份验证器。",
            "密码每 90 天更换一次。",
            "连续 5 次失败，账号会暂时锁定。",
            "15 分钟没有操作自动退出，每次登录最长 8 小时。",
            "忘记密码或更换手机的，请联系系统管理员重置，并由安全管理员重新授权。",
        ],
    )
    return staff_plain(
        rx.el.div(
            rx.el.div(box, class_name="w-full max-w-field"),
            rx.el.div(
                notes,
                *([_demo()] if get_settings().demo else []),
                class_name="flex min-w-0 flex-1 flex-col gap-4",
            ),
            class_name="flex flex-col gap-8 @4xl:flex-row @4xl:items-start",
        ),
        title="工作人员登录",
    )
