"""安全记录 (R-2.6.8.5)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import text_link
from jsrs_portal.components.feedback import badge, card, empty_state, notice, skeleton
from jsrs_portal.components.matters import pager
from jsrs_portal.pages.frame import Centre, settings_frame
from jsrs_portal.state.security_history import SecurityHistoryState as State


def security_history(centre: Centre) -> rx.Component:
    """Return the page."""
    none = empty_state("暂无记录", "您的登录、修改密码等操作会记录在这里。")
    found = rx.el.div(
        rx.cond(State.items.length() > 0, rx.el.ul(rx.foreach(State.items, _row)), none),
        pager(State.next, State.first),
    )
    return settings_frame(
        notice(
            "info",
            "发现不是您本人的操作，请立即修改密码，并在",
            text_link("登录设备", "/sessions"),
            "中结束可疑的登录。通过单位密码登录的，只显示您以该单位名义的记录。",
        ),
        card(rx.cond(State.loaded, found, skeleton("row", rows=6)), title="本人安全记录"),
        centre=centre,
        title="安全记录",
        current="history",
    )


def _row(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.strong(row.what, class_name="text-base"),
            badge(row.tone, row.result),
            class_name="flex flex-wrap items-center gap-3",
        ),
        rx.el.p(
            rx.el.span(row.at),
            rx.el.span(row.whom),
            rx.el.span(row.place),
            class_name="flex flex-wrap gap-x-4 text-sm text-ink-700",
        ),
        class_name="flex flex-col gap-1 border-b border-line py-3 last:border-b-0",
    )
