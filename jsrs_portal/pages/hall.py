"""大厅首页 (R-2.1.1): search, the two doors, 「我是」, 「热门服务」, 「主题服务」, and the news."""

from typing import Any

import reflex as rx

from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.components.controls import LINK, anchor, icon
from jsrs_portal.components.feedback import card, empty_state, skeleton
from jsrs_portal.components.matters import announcement_line, matter_line
from jsrs_portal.components.navigation import tabs
from jsrs_portal.components.shell import container
from jsrs_portal.pages.frame import frame, suggesting_search
from jsrs_portal.settings import get_settings
from jsrs_portal.state.hall import HallState

_DOOR = (
    "flex items-center gap-4 rounded-card border border-line bg-surface p-6 hover:border-brand-600 hover:bg-brand-50"
)
_TILE = (
    "flex h-full items-center gap-3 rounded-card border border-line bg-surface p-4 hover:border-brand-600 "
    "hover:bg-brand-50"
)
_THEME = (
    "flex h-full flex-col items-center gap-2 rounded-card border border-line bg-surface px-2 py-4 text-center "
    "text-base hover:border-brand-600 hover:bg-brand-50"
)
_HOT_WORDS = ("失业保险金", "社会保障卡", "职称")
_ROUND = "shrink-0 rounded-full bg-brand-50 p-3 text-brand-600"


def _door(name: str, sentence: str, href: str, icon_name: str) -> rx.Component:
    return anchor(
        rx.el.span(icon(icon_name), class_name=_ROUND),
        rx.el.span(
            rx.el.span(name, class_name="block text-xl font-semibold text-brand-700"),
            rx.el.span(sentence, class_name="block text-base text-ink-700"),
        ),
        href=href,
        class_name=_DOOR,
    )


def _hero() -> rx.Component:
    words = [
        rx.el.li(anchor(word, href=f"/search?q={word}", class_name=LINK, reload=True), class_name="inline")
        for word in _HOT_WORDS
    ]
    return rx.el.section(
        container(
            rx.el.div(
                rx.el.p("人社业务，网上办理", class_name="text-3xl font-semibold text-brand-700"),
                rx.el.div(suggesting_search("search-hall"), class_name="w-full max-w-field"),
                rx.el.div(
                    rx.el.p("大家常搜：", class_name="text-ink-700"),
                    rx.el.ul(*words, class_name="flex flex-wrap gap-4"),
                    class_name="flex flex-wrap gap-x-2 text-base",
                ),
                class_name="flex flex-col items-start gap-4",
            ),
            rx.el.div(
                _door("个人办事", "为您本人办理人社业务", "/persons", "user"),
                _door("单位办事", "为用人单位办理人社业务", "/units", "building_2"),
                class_name="grid grid-cols-1 gap-4 @3xl:grid-cols-2",
            ),
            class_name="flex flex-col gap-8 py-8 @3xl:py-12",
        ),
        class_name="border-b border-line bg-brand-50",
    )


def _section(title: str, content: rx.Component, more: rx.Component | None = None) -> rx.Component:
    head = rx.el.div(
        rx.el.h2(title, class_name="text-xl"),
        *([] if more is None else [more]),
        class_name="flex flex-wrap items-center justify-between gap-2",
    )
    return rx.el.section(head, content, class_name="flex flex-col gap-4")


def _audiences() -> rx.Component:
    tiles = [
        rx.el.li(
            anchor(
                rx.el.span(icon(group.icon), class_name=_ROUND),
                rx.el.span(
                    rx.el.span(group.name, class_name="block text-lg text-ink-900"),
                    rx.el.span(group.line, class_name="block text-sm leading-heading text-ink-500"),
                    class_name="min-w-0",
                ),
                href=f"/services?audience={group.key}",
                class_name=_TILE,
            )
        )
        for group in taxonomy().audiences
    ]
    return _section(
        "我是", rx.el.ul(*tiles, class_name="grid grid-cols-1 gap-4 @xl:grid-cols-2 @3xl:grid-cols-3 @6xl:grid-cols-5")
    )


def _themes() -> rx.Component:
    tiles = [
        rx.el.li(
            anchor(
                rx.el.span(icon(group.icon), class_name=_ROUND),
                rx.el.span(group.name),
                href=f"/services?theme={group.key}",
                class_name=_THEME,
            )
        )
        for group in taxonomy().themes
    ]
    return _section(
        "主题服务", rx.el.ul(*tiles, class_name="grid grid-cols-3 gap-3 @3xl:grid-cols-5 @3xl:gap-4 @6xl:grid-cols-9")
    )


def _hot_group(group: Any) -> rx.Component:
    lines = rx.el.ul(
        rx.foreach(group.matters, matter_line), class_name="grid grid-cols-1 @2xl:grid-cols-2 @2xl:gap-x-8"
    )
    nothing = empty_state("本区域暂无该类事项", "请切换区域，或在「服务清单」中查看全省事项。")
    return rx.cond(HallState.tab == group.key, rx.cond(group.matters.length() > 0, lines, nothing))


def _hot() -> rx.Component:
    choices = tabs(
        [(group.key, group.name) for group in taxonomy().categories],
        HallState.tab,
        HallState.choose_tab,
        label="热门服务",
    )
    lists = rx.cond(HallState.loaded, rx.foreach(HallState.hot, _hot_group), skeleton("control", rows=4))
    more = anchor("全部事项", href="/services", class_name=LINK)
    return card(
        rx.el.div(choices, lists, class_name="flex flex-col gap-3"),
        title="热门服务",
        action=more,
    )


def _news() -> rx.Component:
    lines = rx.cond(
        HallState.news.length() > 0,
        rx.el.ul(rx.foreach(HallState.news, announcement_line)),
        empty_state("暂无公告"),
    )
    more = anchor("更多", href="/announcements", class_name=LINK, aria_label="更多公示公告")
    return card(rx.cond(HallState.loaded, lines, skeleton("row", rows=5)), title="公示公告", action=more)


def hall() -> rx.Component:
    """Return the hall's first page."""
    body = container(
        _audiences(),
        rx.el.div(
            rx.el.div(_hot(), class_name="grid min-w-0 @5xl:col-span-2"),
            _news(),
            class_name="grid grid-cols-1 gap-6 @5xl:grid-cols-3",
        ),
        _themes(),
        class_name="flex flex-col gap-8 py-8",
    )
    return frame(_hero(), body, title=get_settings().hall_name, nav_current="/", bare=True)
