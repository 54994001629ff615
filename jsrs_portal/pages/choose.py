"""选择身份 (R-2.4.9): oneself, a unit, an institution; some ask for a password of their own."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.controls import actions, button, button_link, text_link
from jsrs_portal.components.feedback import badge, card, notice, skeleton, tag
from jsrs_portal.components.fields import error_summary, form, password_field
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.puzzle import puzzle_dialog
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.shell import ShellState
from jsrs_portal.state.switching import FORM
from jsrs_portal.state.switching import ChoiceState as State

_NOTHING = "目前没有单位授权您办事。需要代表单位办事的，请联系单位的法定代表人或管理员开通授权。"


def choose() -> rx.Component:
    """Return the page on which one of several roles is chosen."""
    found = rx.el.ul(rx.foreach(State.choices, _choice))
    return frame(
        card(
            rx.el.p(
                "您可以代表以下单位或机构办事，也可以办理个人业务。进入后可随时从右上角切换。",
                class_name="text-base",
            ),
            rx.cond(State.asking, rx.fragment(), trouble(State.trouble)),
            rx.cond(State.loaded, found, skeleton("row", rows=3)),
            rx.cond(State.loaded & (State.choices.length() <= 1), notice("info", _NOTHING)),
        ),
        _password_dialog(),
        puzzle_dialog(),
        title="选择身份",
    )


def _choice(one: Any) -> rx.Component:
    unset = rx.el.p(
        "您还没有设置", one.asks, "，可通过", text_link("忘记密码?", "/recover"), "设置后进入。", class_name="text-sm"
    )
    asks = rx.el.p("进入时须输入", one.asks, class_name="text-sm text-ink-500")
    enter = rx.el.div(
        rx.cond(one.asks != "", asks),
        button("进入", on_click=State.enter(one.grant_id), describes="进入：" + one.name),
        class_name="flex flex-wrap items-center gap-3",
    )
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.strong(one.name, class_name="text-lg"),
                tag(one.role_label),
                rx.cond(one.current, badge("ok", "当前身份")),
                class_name="flex flex-wrap items-center gap-2",
            ),
            rx.cond(
                one.number != "",
                rx.el.p(one.number, " · ", one.period, class_name="text-sm text-ink-700"),
            ),
            class_name="flex min-w-0 flex-1 flex-col gap-1",
        ),
        rx.cond(
            one.current,
            button_link("进入用户中心", ShellState.home, kind="secondary"),
            rx.cond((one.asks != "") & one.unset, unset, enter),
        ),
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @xl:flex-row @xl:items-center",
    )


def _password_dialog() -> rx.Component:
    """Return the question for the password of the role that is to be entered."""
    return dialog(
        error_summary(State.errors, State.attempt),
        trouble(State.trouble),
        rx.el.p(
            rx.el.strong(State.target.name),
            tag(State.target.role_label),
            class_name="flex flex-wrap items-center gap-2 text-base",
        ),
        form(
            password_field(State.target.asks, "role_password", error=said(State.error, "role_password")),
            actions(
                button("进入", type="submit", loading=State.busy, loading_label="正在进入……"),
                button("取消", kind="secondary", on_click=State.close),
            ),
            on_submit=State.submit_password,
            id=FORM,
        ),
        open=State.asking,
        on_close=State.close,
        title="请输入密码",
    )
