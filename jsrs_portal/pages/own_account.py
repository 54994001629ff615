"""账号设置: the unit, the phone and the password (R-2.6.8.1, R-2.6.8.3), and 「修改手机」 (R-2.6.8.2)."""

import reflex as rx

from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.controls import actions, button, button_link, leave_button, text_link
from jsrs_portal.components.feedback import badge, card, definition_list, notice, side_note, skeleton, success_panel
from jsrs_portal.components.fields import error_summary, form, password_field
from jsrs_portal.domain.own_account import PASSWORD_ADVICE, PHONE_CHANGE
from jsrs_portal.domain.passwords import RULE_TEXT
from jsrs_portal.domain.recovery import REUSED_HINT
from jsrs_portal.pages.face_step import face_step
from jsrs_portal.pages.frame import Centre, settings_frame
from jsrs_portal.pages.puzzle import puzzle_dialog
from jsrs_portal.pages.wizards import phone_fields, said, trouble, wizard
from jsrs_portal.state.own_account import AccountState, PhoneChangeState

_VIEW = AccountState.view


def settings(centre: Centre) -> rx.Component:
    """Return the page."""
    phone = button_link("修改手机", f"{centre}/settings/phone", kind="secondary")
    own = definition_list([("移动电话", rx.cond(_VIEW.mobile != "", _VIEW.mobile, "—"))])
    return settings_frame(
        *([_unit(), _legal_rep(phone)] if centre is Centre.UNIT else []),
        *([_institution()] if centre is Centre.INSTITUTION else []),
        rx.cond(
            _VIEW.legal_own,
            rx.fragment(),
            card(rx.cond(AccountState.loaded, own, skeleton("line")), title="本人手机", action=phone),
        ),
        card(rx.cond(AccountState.loaded, _password(), skeleton("line", rows=2)), title="密码设置"),
        _password_dialog(),
        centre=centre,
        title="账号设置",
        current="password",
    )


def _unit() -> rx.Component:
    rows = definition_list([("统一社会信用代码", _VIEW.uscc), ("单位全称", _VIEW.unit_name)])
    return card(rx.cond(AccountState.loaded, rows, skeleton("line", rows=2)), title="单位信息")


def _institution() -> rx.Component:
    rows = definition_list([("机构编号", _VIEW.institution_number), ("机构名称", _VIEW.institution_name)])
    return card(rx.cond(AccountState.loaded, rows, skeleton("line", rows=2)), title="机构信息")


def _legal_rep(phone: rx.Component) -> rx.Component:
    """Return 「法人基础信息」, for whoever may see the legal representative's grant; to themselves with ``phone``."""
    rows = definition_list(
        [
            ("证件类型", _VIEW.legal_document_kind),
            ("证件号码", _VIEW.legal_document),
            ("姓名", _VIEW.legal_name),
            ("移动电话", rx.cond(_VIEW.legal_mobile != "", _VIEW.legal_mobile, "—")),
        ]
    )
    return rx.cond(_VIEW.legal_name != "", card(rows, title="法人基础信息", action=rx.cond(_VIEW.legal_own, phone)))


def _password() -> rx.Component:
    changeable = rx.el.div(
        rx.el.div(
            rx.el.p(badge("ok", "已设置"), PASSWORD_ADVICE, class_name="flex flex-wrap items-center gap-3 text-base"),
            rx.el.p(_VIEW.password_for, class_name="text-sm text-ink-700"),
            rx.el.p("上次修改：", _VIEW.changed_on, class_name="text-sm text-ink-500"),
            class_name="flex min-w-0 flex-1 flex-col gap-1",
        ),
        button("修改", kind="secondary", on_click=AccountState.ask, describes="修改密码"),
        class_name="flex flex-col gap-3 @xl:flex-row @xl:items-center",
    )
    return rx.cond(_VIEW.password_why == "", changeable, notice("info", _VIEW.password_why))


def _password_dialog() -> rx.Component:
    state = AccountState
    return dialog(
        error_summary(state.errors, state.attempt),
        trouble(state.trouble),
        rx.el.p(_VIEW.password_for, class_name="text-base text-ink-700"),
        form(
            password_field("原密码", "old", error=said(state.error, "old")),
            password_field(
                "新密码",
                "password",
                autocomplete="new-password",
                hint=RULE_TEXT + REUSED_HINT,
                error=said(state.error, "password"),
            ),
            password_field(
                "确认新密码", "confirmation", autocomplete="new-password", error=said(state.error, "confirmation")
            ),
            rx.el.p(
                "修改后，此前用原密码登录的其他设备会全部退出，本机不受影响；修改个人密码的，可信手机也需重新添加。",
                class_name="text-base text-ink-700",
            ),
            actions(
                button("保存", type="submit", loading=state.busy, loading_label="正在保存……"),
                leave_button(),
            ),
            on_submit=state.submit_password,
        ),
        open=state.asking,
        on_close=state.close_dialog,
        title="修改密码",
        ask="填写的内容还没有保存，关闭后不会保留。确定关闭吗？",
    )


def phone_change(centre: Centre) -> rx.Component:
    """Return 「修改手机」: the face, then the new phone."""
    state, home = PhoneChangeState, f"{centre}/settings"
    face = face_step(state, key="face", who="您", passed="正在进入下一步：填写新手机号……")
    phone = form(
        *phone_fields(state, state.send_code),
        actions(button("提交", type="submit", loading=state.busy)),
        on_submit=state.submit_phone,
    )
    done = success_panel(
        "手机号已修改",
        "今后的登录、验证码和通知都使用新手机号。除本机外，您的其他登录均已退出；原手机号已收到提醒。",
        button_link("返回账号设置", home),
        button("再次修改", kind="secondary", on_click=state.start_again),
    )
    side = [
        side_note(
            "操作说明",
            [
                "先由您本人用支付宝完成人脸识别，再填写新手机号，并输入新手机号收到的验证码。",
                "新手机号不能是其他用户正在使用的手机号。",
                "修改后，您在其他设备上的登录会全部退出。",
                rx.fragment("原手机如已丢失，请在", text_link("登录设备", "/sessions"), "中移除对应的可信手机。"),
            ],
        )
    ]
    return settings_frame(
        wizard(PHONE_CHANGE, state, {"face": face, "phone": phone, "done": done}, side=side),
        puzzle_dialog(),
        centre=centre,
        title=PHONE_CHANGE.title,
        current="password",
    )
