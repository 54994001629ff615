"""The hall's navigation: the blue bar, its sheet on a phone, tabs, crumbs and pages."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from jsrs_portal.components import kit
from jsrs_portal.components.behaviour import Handler, Text, current_into_view, given, sheet
from jsrs_portal.components.controls import LINK, anchor, icon

HALL_NAVIGATION: tuple[tuple[str, str], ...] = (
    ("大厅首页", "/"),
    ("个人办事", "/persons"),
    ("单位办事", "/units"),
    ("查询服务", "/queries"),
    ("服务清单", "/services"),
    ("公示公告", "/announcements"),
    ("地市频道", "/cities"),
)
"""R-2.1.2: label and address; ``nav_current`` of a page is the address."""


def hall_navigation(current: str) -> rx.Component:
    """Return the blue bar with the item whose address is ``current`` underlined; not shown on a phone."""
    return rx.el.nav(
        rx.el.ul(
            *[
                rx.el.li(
                    anchor(
                        label,
                        href=href,
                        class_name="flex min-h-control items-center px-4 border-b-4 text-base hover:bg-brand-600 "
                        + ("border-surface font-semibold" if href == current else "border-transparent"),
                        **given(aria_current="page" if href == current else None),
                    )
                )
                for label, href in HALL_NAVIGATION
            ],
            class_name="mx-auto flex max-w-page flex-wrap",
        ),
        aria_label="主导航",
        class_name="on-brand not-printed hidden bg-brand-700 text-surface @2xl:block",
    )


_STACKED = (
    "flex min-h-control min-w-control flex-col items-center justify-center rounded-control px-1 text-sm "
    "leading-none gap-1 text-brand-700 hover:bg-brand-50"
)


def stacked_label(icon_name: str, word: str) -> rx.Component:
    """Return an icon over its word, the content of a small button on a phone."""
    return rx.fragment(icon(icon_name), word)


def navigation_sheet(current: str, *more: rx.Component) -> rx.Component:
    """Return the button 「菜单」 and its sheet, for a phone; ``more`` follows the navigation."""
    items = [
        rx.el.li(
            anchor(
                label,
                href=href,
                class_name="flex min-h-control items-center border-l-4 px-4 text-lg hover:bg-brand-50 "
                + ("border-brand-600 bg-brand-50 font-semibold" if href == current else "border-transparent"),
                **given(aria_current="page" if href == current else None),
            )
        )
        for label, href in HALL_NAVIGATION
    ]
    return sheet(
        rx.el.nav(rx.el.ul(*items, class_name="flex flex-col gap-1"), aria_label="主导航"),
        *more,
        label=stacked_label("menu", "菜单"),
        title="菜单",
        trigger_class=_STACKED,
    )


def search_sheet(content: rx.Component) -> rx.Component:
    """Return the button 「搜索」 and its sheet, for a phone."""
    return sheet(content, label=stacked_label("search", "搜索"), title="搜索", trigger_class=_STACKED)


_SEARCH = {
    "form": "relative flex w-full",
    "field": "relative focus:z-20 min-h-control min-w-0 flex-1 rounded-l-control border border-r-0 border-edge "
    "bg-surface px-3 text-base",
    "button": "inline-flex min-h-control shrink-0 items-center gap-1 rounded-r-control bg-brand-600 px-3 text-base "
    "text-surface hover:bg-brand-700",
    "list": "absolute inset-x-0 top-full z-30 mt-1 max-h-panel overflow-y-auto rounded-card border border-line "
    "bg-surface p-2 shadow-float",
    "option": "flex min-h-control items-center justify-between gap-3 rounded-control px-3 text-base cursor-pointer "
    "hover:bg-brand-50",
    "chosen": "flex min-h-control items-center justify-between gap-3 rounded-control px-3 text-base cursor-pointer "
    "bg-brand-50 text-brand-700",
    "mark": "bg-transparent text-brand-600 font-semibold",
    "kind": "shrink-0 text-sm text-ink-500",
}


def search_box(
    id: str,
    *,
    action: str = "/search",
    value: Text | None = None,
    on_ask: Handler | None = None,
    found: Any = None,
    found_for: Text = "",
) -> rx.Component:
    """Return the search field; it opens ``action?q=…``. ``id`` must differ where a page has several.

    ``on_ask`` is called with what is typed, after a pause; ``found`` are the suggestions for ``found_for``.
    """
    return kit.SearchField.create(
        action=action,
        label="搜索事项、指南和公告",
        placeholder="请输入您要搜索的内容",
        button=rx.fragment(icon("search"), rx.el.span("搜索")),
        classes=_SEARCH,
        found=[] if found is None else found,
        found_for=found_for,
        custom_attrs={"id": id},
        **given(value=value, on_ask=on_ask),
    )


def list_search(
    id: str, *, action: str, label: str, placeholder: str, value: rx.Var[str], kept: dict[str, rx.Var[str]]
) -> rx.Component:
    """Return the search of a list: it opens ``action?q=…`` with what is ``kept`` of the address besides."""
    return kit.SearchField.create(
        action=action,
        label=label,
        placeholder=placeholder,
        value=value,
        kept=kept,
        button=rx.fragment(icon("search"), rx.el.span("搜索")),
        classes=_SEARCH,
        found=[],
        found_for="",
        custom_attrs={"id": id},
    )


def crumbs(trail: Sequence[tuple[Text, Text]], here: Text) -> rx.Component:
    """Return the way to this page; ``trail`` is (label, address), ``here`` the page itself."""
    parts: list[rx.Component] = [
        rx.el.li(
            anchor(label, href=href, class_name=LINK),
            icon("chevron_right", class_name="text-ink-500"),
            class_name="flex items-center gap-1",
        )
        for label, href in trail
    ]
    return rx.el.nav(
        rx.el.ol(
            *parts,
            rx.el.li(here, aria_current="page", class_name="text-ink-700"),
            class_name="flex flex-wrap items-center gap-1 text-sm",
        ),
        aria_label="当前位置",
    )


_FEW = 3
"""So few tabs go on in a second row where there is no room, as in large print on a phone: none is out of sight."""


def tabs(items: Sequence[tuple[str, Text]], current: rx.Var[str], on_change: Handler, *, label: str) -> rx.Component:
    """Return a row of choices of which one shows its content below: ``items`` are (key, label).

    ``on_change`` is called with the key. They are buttons with ``aria-pressed``, which need no arrow keys.
    """

    def one(key: str, text: Text) -> rx.Component:
        chosen = current == key
        return rx.el.button(
            text,
            type="button",
            aria_pressed=chosen,
            on_click=on_change(key),
            class_name=[
                "shrink-0 min-h-control px-4 border-b-4 text-base hover:bg-brand-50",
                rx.cond(chosen, "border-brand-600 text-brand-700 font-semibold", "border-transparent text-ink-700"),
            ],
        )

    choices = [one(key, text) for key, text in items]
    if len(items) <= _FEW:
        row = rx.el.div(*choices, class_name="flex flex-wrap")
    else:
        row = current_into_view(*choices, class_name="flex overflow-x-auto p-1 -m-1")
    return rx.el.div(
        row,
        role="group",
        aria_label=label,
        class_name="border-b border-line",
    )


def more_button(label: Text, on_click: Handler, shown: Any) -> rx.Component:
    """Return 「下一页」 for lists that are paged by key; shown while there is more."""
    return rx.cond(
        shown,
        rx.el.button(
            label,
            type="button",
            on_click=on_click,
            class_name="w-full min-h-control rounded-control border border-line bg-surface text-base text-brand-600 "
            "hover:bg-brand-50",
        ),
    )
