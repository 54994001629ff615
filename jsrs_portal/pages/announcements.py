"""公示公告: the list and one announcement (R-2.1.2, R-2.1.10)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import LINK, anchor, button_link, icon
from jsrs_portal.components.feedback import badge, card, empty_state, notice, skeleton
from jsrs_portal.components.matters import announcement_row, filter_option, pager
from jsrs_portal.components.rich_text import rich_text
from jsrs_portal.pages.frame import frame
from jsrs_portal.state.announcements import AnnouncementListState, AnnouncementState

_ONE = AnnouncementState.announcement


def announcement_list() -> rx.Component:
    """Return the list of announcements that concern the chosen region."""
    nothing = empty_state("暂无公告", "所选区域没有这一类公告。")
    found = rx.el.div(
        rx.el.p(
            AnnouncementListState.region_name,
            "共 ",
            rx.el.strong(AnnouncementListState.total),
            " 条",
            role="status",
            class_name="text-base text-ink-700",
        ),
        rx.cond(
            AnnouncementListState.items.length() > 0,
            rx.el.ul(rx.foreach(AnnouncementListState.items, announcement_row)),
            nothing,
        ),
        pager(AnnouncementListState.next, AnnouncementListState.first),
        class_name="flex flex-col gap-3",
    )
    kinds = rx.el.ul(
        rx.foreach(AnnouncementListState.kinds, filter_option), class_name="flex flex-wrap gap-1", aria_label="类型"
    )
    return frame(
        card(rx.cond(AnnouncementListState.loaded, kinds, skeleton("control"))),
        card(rx.cond(AnnouncementListState.loaded, found, skeleton("row", rows=8))),
        title="公示公告",
        nav_current="/announcements",
    )


def _attachment(one: Any) -> rx.Component:
    """Return a file to be saved, with its kind and size, or a link to another site."""
    here = rx.fragment(
        anchor(one.name, href=one.href, class_name=LINK, reload=True),
        rx.el.span("（", one.note, "）", class_name="text-sm text-ink-500"),
    )
    away = anchor(
        one.name,
        rx.el.span("（在新窗口打开）", class_name="sr-only"),
        href=one.href,
        target="_blank",
        rel="noopener noreferrer",
        class_name=LINK,
        reload=True,
    )
    sign = rx.cond(one.elsewhere, icon("external_link"), icon("download"))
    return rx.el.li(sign, rx.cond(one.elsewhere, away, here), class_name="flex flex-wrap items-center gap-2 py-1")


def _body() -> rx.Component:
    shown = _ONE.card.kind == "公示"
    over = rx.cond(
        _ONE.over,
        notice(
            "neutral", rx.cond(shown, "公示期已结束，截止日期为 ", "已于 "), _ONE.until, rx.cond(shown, "。", " 截止。")
        ),
        notice("info", rx.cond(shown, "公示期至 ", "截止日期："), _ONE.until, "。"),
    )
    return rx.el.article(
        rx.el.p(
            badge("info", _ONE.card.kind),
            rx.cond(_ONE.card.pinned, badge("warn", "置顶")),
            rx.el.span(_ONE.card.issued_by),
            rx.el.span(_ONE.card.issued_on),
            rx.el.span(_ONE.document_number),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-ink-500",
        ),
        rx.cond(_ONE.until != "", over),
        rich_text(_ONE.html),
        rx.cond(
            _ONE.attachments.length() > 0,
            rx.el.div(
                rx.el.h2("附件", class_name="text-lg"),
                rx.el.ul(
                    rx.foreach(_ONE.attachments, _attachment),
                    class_name="flex flex-col gap-1",
                ),
            ),
        ),
        class_name="flex flex-col gap-6",
    )


def announcement() -> rx.Component:
    """Return one announcement."""
    missing = empty_state(
        "没有这条公告",
        "该公告可能已经撤下，请从公告列表中查找。",
        button_link("去公示公告", "/announcements", kind="secondary"),
    )
    return frame(
        card(
            rx.cond(AnnouncementState.loaded, rx.cond(AnnouncementState.missing, missing, _body()), skeleton("panel"))
        ),
        title=rx.cond(_ONE.card.title != "", _ONE.card.title, "公示公告"),
        nav_current="/announcements",
        trail=[("大厅首页", "/"), ("公示公告", "/announcements")],
    )
