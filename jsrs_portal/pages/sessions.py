"""登录设备: where one is logged in, since when, and ending it (R-2.4.8)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.controls import actions, button
from jsrs_portal.components.feedback import badge, card, empty_state, notice, skeleton, tag
from jsrs_portal.pages.frame import own_frame
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.state.sessions import SessionsState as State

_LINE = "flex flex-wrap gap-x-4 text-sm text-ink-700"


def sessions() -> rx.Component:
    """Return the page of one's own sessions."""
    others = rx.cond(
        State.living.length() > 1,
        button("结束其他所有登录", kind="danger", on_click=State.ask),
    )
    waiting = skeleton("row", rows=3)
    none = empty_state("暂无记录", "最近 30 天没有已结束的登录。")
    return own_frame(
        trouble(State.trouble),
        card(
            rx.cond(State.loaded, rx.el.ul(rx.foreach(State.living, _living)), waiting),
            title="正在使用的登录",
            action=others,
        ),
        card(
            rx.cond(
                State.loaded,
                rx.cond(State.ended.length() > 0, rx.el.ul(rx.foreach(State.ended, _ended)), none),
                waiting,
            ),
            title="最近 30 天已结束的登录",
        ),
        rx.cond(
            State.phones.length() > 0,
            card(
                rx.el.ul(rx.foreach(State.phones, _phone)),
                rx.el.p(
                    "可信手机可以扫码登录您的账户。手机丢失或不再使用的，请立即移除。",
                    class_name="text-sm text-ink-500",
                ),
                title="可信手机",
            ),
        ),
        notice(
            "info",
            "设备按浏览器自报的名称显示；网络按登录时的地址显示，不推断城市。"
            "通过单位或机构密码登录的，只显示同一密码打开的登录；通过个人密码登录的，显示您的全部登录。",
        ),
        _others_dialog(),
        title="登录设备",
        current="sessions",
    )


def _what(one: Any, *more: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.el.strong(one.device, class_name="text-lg"),
            *more,
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(rx.el.span(one.whom), rx.el.span(one.place), class_name=_LINE),
        class_name="flex min-w-0 flex-1 flex-col gap-1",
    )


def _living(one: Any) -> rx.Component:
    times = rx.el.p(rx.el.span("登录：", one.opened), rx.el.span("最近操作：", one.active), class_name=_LINE)
    end = button(
        "结束登录",
        kind="secondary",
        on_click=State.end(one.id),
        describes="结束登录：" + one.device + "，" + one.opened,
    )
    return rx.el.li(
        rx.el.div(_what(one, tag(one.way), rx.cond(one.current, badge("ok", "当前登录"))), times, class_name="flex-1"),
        rx.cond(one.current, rx.fragment(), end),
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @xl:flex-row @xl:items-center",
    )


def _ended(one: Any) -> rx.Component:
    return rx.el.li(
        _what(one, tag(one.way), badge("neutral", one.end)),
        rx.el.p(rx.el.span("登录：", one.opened), rx.el.span("结束：", one.ended), class_name=_LINE),
        class_name="border-b border-line py-3 last:border-b-0",
    )


def _phone(one: Any) -> rx.Component:
    times = rx.el.p(rx.el.span("添加：", one.trusted), rx.el.span("最近使用：", one.last_used), class_name=_LINE)
    remove = button(
        "移除", kind="secondary", on_click=State.remove_phone(one.id), describes="移除可信手机：" + one.name
    )
    return rx.el.li(
        rx.el.div(rx.el.strong(one.name, class_name="text-lg"), times, class_name="flex-1"),
        remove,
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @xl:flex-row @xl:items-center",
    )


def _others_dialog() -> rx.Component:
    return dialog(
        rx.el.p(
            "除当前登录外，列表中的其他登录立即结束，对应设备上未保存的内容可能丢失，需重新登录后才能继续办事。",
            class_name="text-base",
        ),
        actions(
            button("确认结束", kind="danger", on_click=State.end_others),
            button("取消", kind="secondary", on_click=State.close_dialog),
        ),
        open=State.asking,
        on_close=State.close_dialog,
        title="结束其他所有登录",
    )
