"""通知: what one was told, newest first, and what of it also goes to the phone (R-2.1.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.choices import checkbox_field
from jsrs_portal.components.controls import actions, anchor, button, button_class, text_link
from jsrs_portal.components.feedback import badge, card, empty_state, skeleton, tag
from jsrs_portal.components.fields import form
from jsrs_portal.components.navigation import more_button, tabs
from jsrs_portal.domain.notices import KINDS, NoticeKind
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.state.notices import NoticesState as State
from jsrs_portal.state.shell import ShellState

_NONE = empty_state("没有未读通知", "新的授权、单位变更和账户安全提醒会显示在这里。")
_NOTHING = empty_state("暂无通知", "授权、单位信息、账户安全等有变化时，会在这里告诉您，保留半年。")


_ELSEWHERE = rx.el.p(
    "哪些通知同时发送短信，由您本人决定：",
    text_link("切换到个人身份", "/choose"),
    "后，在「通知」中设置。",
    class_name="text-base text-ink-700",
)


def notices() -> rx.Component:
    """Return the list of notices and the choice of what goes to the phone."""
    shown = rx.fragment(
        rx.el.ul(rx.foreach(State.rows, _row)),
        more_button("查看更早的通知", State.more, State.after != ""),
    )
    found = rx.cond(State.rows.length() > 0, shown, rx.cond(State.only == "unread", _NONE, _NOTHING))
    return frame(
        trouble(State.trouble),
        card(
            tabs([("all", "全部"), ("unread", "未读")], State.only, State.choose, label="显示哪些通知"),
            rx.cond(State.loaded, found, skeleton("row", rows=4)),
            title="我的通知",
            action=rx.cond(ShellState.unread != "", button("全部标为已读", kind="secondary", on_click=State.read_all)),
        ),
        rx.cond(State.loaded, rx.cond(State.choices.length() > 0, _phone(), _ELSEWHERE)),
        title="通知",
    )


def _row(one: Any) -> rx.Component:
    sight = rx.cond(
        one.href != "",
        anchor(
            "查看",
            rx.el.span("：", one.title, "，", one.when, class_name="sr-only"),
            href=one.href,
            on_click=State.read(one.id),
            class_name=button_class("quiet"),
        ),
    )
    mark = rx.cond(
        one.unread,
        button(
            "标为已读",
            kind="quiet",
            on_click=State.read(one.id),
            describes="标为已读：" + one.title + "，" + one.when,
        ),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.strong(one.title, class_name=rx.cond(one.unread, "text-lg", "text-lg font-normal")),
                tag(one.kind),
                rx.cond(one.unread, badge("info", "未读")),
                class_name="flex flex-wrap items-center gap-2",
            ),
            rx.el.p(one.text, class_name="max-w-text text-base"),
            rx.el.p(
                rx.el.span(one.when),
                rx.el.span(one.whom),
                class_name="flex flex-wrap gap-x-4 text-sm text-ink-500",
            ),
            class_name="flex min-w-0 flex-1 flex-col gap-1",
        ),
        rx.el.div(sight, mark, class_name="flex shrink-0 flex-wrap items-center gap-2"),
        class_name="flex flex-col gap-2 border-b border-line py-4 last:border-b-0 @xl:flex-row @xl:items-center",
    )


def _phone() -> rx.Component:
    security = KINDS[NoticeKind.SECURITY]
    return card(
        rx.el.p(
            f"以下通知除显示在这里外，还可以发送短信到您的手机。{security.label}（{security.about}）始终发送短信，不能关闭。",
            class_name="mb-4 max-w-text text-base",
        ),
        form(
            rx.el.input(type="hidden", name="asked", value="choices"),
            rx.el.ul(rx.foreach(State.choices, _choice), class_name="flex flex-col gap-3"),
            actions(button("保存", type="submit")),
            on_submit=State.save_choices,
        ),
        title="短信提醒",
    )


def _choice(one: Any) -> rx.Component:
    box = checkbox_field(
        "sms_" + one.kind,
        rx.el.strong(one.label),
        rx.el.span("：", one.about, class_name="text-ink-700"),
        default_checked=one.sms,
    )
    return rx.el.li(box)
