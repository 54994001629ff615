"""选择身份 (R-2.4.9): oneself, a unit, an institution."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import button, button_link
from jsrs_portal.components.feedback import badge, card, notice, skeleton, tag
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.state.shell import ShellState
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
            trouble(State.trouble),
            rx.cond(State.loaded, found, skeleton("row", rows=3)),
            rx.cond(State.loaded & (State.choices.length() <= 1), notice("info", _NOTHING)),
        ),
        title="选择身份",
    )


def _choice(one: Any) -> rx.Component:
    away = rx.el.div(
        rx.el.p("该身份设有单独的登录密码", class_name="text-sm text-ink-500"),
        button("退出并重新登录", kind="secondary", on_click=ShellState.log_out),
        class_name="flex flex-wrap items-center gap-3",
    )
    enter = button("进入", on_click=State.enter(one.grant_id), describes="进入：" + one.name)
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
            rx.cond(one.login, away, enter),
        ),
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @xl:flex-row @xl:items-center",
    )
