"""The page of search results (R-2.1.8)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import LINK, anchor
from jsrs_portal.components.feedback import card, notice, skeleton, tag
from jsrs_portal.components.matters import filter_option, pager
from jsrs_portal.pages.frame import frame, suggesting_search
from jsrs_portal.state.search import SearchState


def _piece(piece: Any) -> rx.Component:
    return rx.cond(
        piece[1], rx.el.mark(piece[0], class_name="bg-transparent font-semibold text-brand-600"), rx.el.span(piece[0])
    )


def _hit(hit: Any) -> rx.Component:
    return rx.el.li(
        rx.el.h2(
            anchor(rx.foreach(hit.title, _piece), href=hit.href, class_name=LINK), class_name="text-lg font-normal"
        ),
        rx.el.p(rx.foreach(hit.excerpt, _piece), class_name="max-w-text text-base text-ink-700"),
        rx.el.p(
            tag(hit.kind_name),
            rx.cond(hit.group_name != "", tag(hit.group_name)),
            rx.cond(hit.can_apply, tag("可网上申报")),
            class_name="flex flex-wrap gap-2",
        ),
        class_name="flex flex-col gap-1 border-b border-line py-4 last:border-b-0",
    )


def _way_on(one: Any) -> rx.Component:
    return rx.el.li(anchor(one.name, href=one.href, class_name=f"{LINK} inline-flex min-h-control items-center"))


def _nothing() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.cond(SearchState.text != "", "没有找到相关内容", "请输入要搜索的内容"),
            class_name="text-lg font-semibold",
        ),
        rx.el.p(
            rx.cond(
                SearchState.text != "",
                "可以换一个说法，少写几个字，或用拼音首字母（如「ldht」）；也可以从下面开始。",
                "可以输入事项名称、常用说法或拼音首字母；也可以从下面开始。",
            ),
            class_name="max-w-text text-base text-ink-700",
        ),
        rx.cond(
            SearchState.popular.length() > 0,
            rx.fragment(
                rx.el.h2("大家常办", class_name="mt-4 text-base"),
                rx.el.ul(rx.foreach(SearchState.popular, _way_on), class_name="flex flex-wrap gap-x-6"),
            ),
        ),
        rx.el.h2("按业务查找", class_name="mt-4 text-base"),
        rx.el.ul(rx.foreach(SearchState.categories, _way_on), class_name="flex flex-wrap gap-x-6"),
        class_name="flex flex-col gap-1 py-4",
    )


def search_page() -> rx.Component:
    """Return what was found for the text in the address."""
    found = rx.el.div(
        rx.el.ul(rx.foreach(SearchState.kinds, filter_option), class_name="flex flex-wrap gap-1", aria_label="范围"),
        rx.cond(
            SearchState.mistyped,
            notice("info", "没有与「", SearchState.text, "」完全一致的内容，以下是相近的结果。"),
        ),
        rx.el.ul(rx.foreach(SearchState.hits, _hit)),
        pager(SearchState.next, SearchState.first),
        class_name="flex flex-col gap-3",
    )
    results = rx.cond(SearchState.hits.length() > 0, found, _nothing())
    return frame(
        rx.el.div(suggesting_search("search-page", SearchState.text), class_name="max-w-field"),
        rx.el.p(
            rx.cond(
                SearchState.loaded,
                rx.fragment(
                    "搜索范围：",
                    SearchState.region_name,
                    rx.cond(SearchState.found != "", rx.fragment("，", SearchState.found)),
                ),
                "",
            ),
            role="status",
            class_name="min-h-6 text-base text-ink-700",
        ),
        card(rx.cond(SearchState.loaded, results, skeleton("row", rows=6))),
        title="搜索",
    )
