"""登录 (R-2.4.1, R-2.4.2, R-2.4.4): both sides and every way in."""

import reflex as rx

from jsrs_portal.catalog.demo import (
    DEMO_ADMIN,
    DEMO_AGENT,
    DEMO_INSTITUTION_ADMIN,
    DEMO_PASSWORD,
    DEMO_PERSON,
    DEMO_UNIT,
)
from jsrs_portal.components.behaviour import unsaid
from jsrs_portal.components.controls import LINK, anchor, button, button_class, text_link
from jsrs_portal.components.feedback import card, definition_list, notice
from jsrs_portal.components.fields import error_summary, field, form, password_field
from jsrs_portal.components.navigation import tabs
from jsrs_portal.pages.ca_panel import ca_panel
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.outside_links import licence_link, provincial_link
from jsrs_portal.pages.puzzle import puzzle_dialog
from jsrs_portal.pages.scan_panel import scan_panel
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.settings import get_settings
from jsrs_portal.state.login import LoginState as State
from jsrs_portal.state.scan import ScanState as Scan


def _unit_password() -> rx.Component:
    return form(
        field(
            "统一社会信用代码/单位编号/机构编号",
            "account",
            autocomplete="organization",
            default_value=State.account,
            error=said(State.error, "account"),
        ),
        field("证件号码/移动电话", "identifier", autocomplete="username", error=said(State.error, "identifier")),
        password_field("密码", "password", placeholder="请输入密码", error=said(State.error, "password")),
        rx.el.p(text_link("忘记密码?", "/recover"), class_name="text-right"),
        button("登录", type="submit", loading=State.busy, loading_label="正在登录……", full=True),
        on_submit=State.submit_unit,
        id="login-unit",
    )


def _person_password() -> rx.Component:
    return form(
        field("证件号码/移动电话", "identifier", autocomplete="username", error=said(State.error, "identifier")),
        password_field("密码", "password", placeholder="请输入密码", error=said(State.error, "password")),
        rx.el.p(text_link("忘记密码?", "/recover?kind=person"), class_name="text-right"),
        button("登录", type="submit", loading=State.busy, loading_label="正在登录……", full=True),
        on_submit=State.submit_person,
        id="login-person",
    )


def _scan() -> rx.Component:
    return scan_panel(
        Scan,
        [
            "打开江苏智慧人社 APP「扫一扫」，或用已设为可信手机的手机相机扫描。",
            "在手机上核对网站、设备和操作，确认登录。",
            "回到本页，选择要进入的单位或机构。",
        ],
    )


def _said_above() -> rx.Component:
    """Return what stands above a login form: why the person is here, what went wrong."""
    return rx.fragment(
        rx.cond(State.reason != "", rx.fragment(notice("warn", State.reason), unsaid("reason"))),
        trouble(State.trouble),
        error_summary(State.errors, State.attempt),
    )


def _unit_side() -> rx.Component:
    return rx.fragment(
        tabs(
            [("ca", "CA"), ("scan", "扫码登录"), ("password", "账号密码")],
            State.tab,
            State.choose_tab,
            label="单位登录方式",
        ),
        rx.el.div(
            _said_above(),
            rx.match(
                State.tab,
                ("ca", ca_panel()),
                ("scan", _scan()),
                _unit_password(),
            ),
            class_name="flex flex-col gap-4 py-4",
        ),
        rx.el.p(
            text_link("没有账号?立即注册", "/register/unit"),
            text_link("地市历史用户升级", "/upgrade"),
            class_name="flex flex-wrap gap-x-6 gap-y-2",
        ),
        rx.el.div(
            rx.el.p("其他登录方式", class_name="text-sm text-ink-500"),
            rx.el.p(
                provincial_link(sign="landmark", look=button_class("secondary")),
                licence_link(sign="id_card", look=button_class("secondary")),
                class_name="flex flex-wrap gap-3",
            ),
            class_name="flex flex-col gap-2 border-t border-line mt-4 pt-4",
        ),
    )


def _person_side() -> rx.Component:
    return rx.fragment(
        rx.el.div(_said_above(), _person_password(), class_name="flex flex-col gap-4 py-4"),
        rx.el.p(text_link("没有账号?立即注册", "/register/person")),
    )


def _demo() -> rx.Component:
    rows = [
        ("单位登录", f"{DEMO_UNIT.uscc}（{DEMO_UNIT.name}）"),
        ("法定代表人", f"{DEMO_PERSON.mobile} 或 {DEMO_PERSON.id_number}"),
        ("管理员", DEMO_ADMIN.mobile),
        ("经办人", DEMO_AGENT.mobile),
        ("机构登录", f"J320000001，{DEMO_INSTITUTION_ADMIN.mobile}"),
        ("密码", DEMO_PASSWORD),
        ("CA", anchor("怎样取得演示证书", href=f"{get_settings().sandbox_origin}/ca", class_name=LINK, reload=True)),
    ]
    return card(definition_list(rows), title="演示账号")


def login() -> rx.Component:
    """Return the login page."""
    picture = rx.el.div(
        rx.el.img(src="/login.svg", alt="", class_name="w-full max-w-field mx-auto"),
        rx.el.ul(
            rx.el.li("一次登录，办理就业、社保、人才、劳动关系等业务。"),
            rx.el.li("谁能代表单位办事，由单位自己授权，随时可以收回。"),
            rx.el.li("办理进度全程可查，每一步都有记录。"),
            class_name="flex flex-col gap-2 text-lg text-ink-700",
        ),
        *([_demo()] if get_settings().demo else []),
        class_name="flex flex-col gap-6",
    )
    box = card(
        tabs([("person", "个人登录"), ("unit", "单位登录")], State.side, State.choose_side, label="登录身份"),
        rx.cond(State.side == "unit", _unit_side(), _person_side()),
    )
    return frame(
        rx.el.div(
            rx.el.div(box, class_name="w-full max-w-field mx-auto @4xl:order-2"),
            rx.el.div(picture, class_name="@4xl:col-span-2"),
            class_name="grid grid-cols-1 @4xl:grid-cols-3 gap-8 items-start",
        ),
        puzzle_dialog(),
        title="登录",
    )
