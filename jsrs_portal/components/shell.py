"""The frame of every page: demonstration bar, header, navigation, content, footer, live regions."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import Handler, Text, arrival, disclosure
from jsrs_portal.components.controls import LINK, anchor, icon, text_link
from jsrs_portal.components.footer import footer
from jsrs_portal.components.navigation import (
    crumbs,
    hall_navigation,
    navigation_sheet,
    search_box,
    search_sheet,
)
from jsrs_portal.settings import get_settings

_INSIDE = "mx-auto w-full max-w-page px-4"
PANEL = "absolute right-0 top-full z-20 mt-1 min-w-side rounded-card border border-line bg-surface p-2 shadow-float"
PANEL_ITEM = (
    "flex min-h-control w-full items-center gap-2 rounded-control px-3 text-base text-ink-900 hover:bg-brand-50"
)
_QUIET = "flex min-h-control items-center gap-1 rounded-control px-2 text-base text-ink-700 hover:bg-brand-50"
_WHOLE = f"{_QUIET} whitespace-nowrap"


def page(
    *content: Any,
    title: Text,
    nav_current: str = "",
    account: rx.Component | None = None,
    messages: rx.Component | None = None,
    region: rx.Component | None = None,
    trail: Sequence[tuple[Text, Text]] = (),
    bare: bool = False,
    search: Callable[[str], rx.Component] = search_box,
) -> rx.Component:
    """Return a whole page.

    ``title`` is its ``h1``. ``nav_current`` is the address of the navigation item it belongs to. ``account`` is
    :func:`login_entry` (the default), :func:`account_menu` or a choice between them; ``messages`` is
    :func:`~.feedback.live_messages`; ``region`` is :func:`region_switch`; ``search`` makes the search field with an
    id. ``trail`` adds crumbs above the title. ``bare`` leaves the width and the visible title to the content (the
    hall's hero); the ``h1`` is then for screen readers only.
    """
    entry = account if account is not None else login_entry()
    if bare:
        inner: list[Any] = [rx.el.h1(title, class_name="sr-only"), *content]
        main_class = "flex-1"
    else:
        head = [crumbs(trail, title)] if trail else []
        heading = rx.el.h1(title, class_name="text-2xl")
        inner = [rx.el.div(printed_heading(), *head, heading, *content, class_name=_CONTENT)]
        main_class = "flex-1 py-6"
    return rx.el.div(
        rx.el.div(
            anchor(
                "跳到主要内容",
                href="#main",
                class_name="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:px-4 focus:py-2 "
                "focus:rounded-control focus:bg-surface focus:text-brand-600 focus:shadow-float",
            ),
            *([demo_bar()] if get_settings().demo else []),
            _header(nav_current, entry, region or region_switch(), search),
            rx.el.main(*inner, tab_index=-1, custom_attrs={"id": "main"}, class_name=main_class),
            footer(),
            class_name="@container flex min-h-screen flex-col bg-canvas",
        ),
        *([] if messages is None else [messages]),
        arrival(),
    )


_CONTENT = f"{_INSIDE} flex flex-col gap-6"


def printed_heading() -> rx.Component:
    """Return who issues what is printed: on paper the header with its menus is not there."""
    settings = get_settings()
    real = [] if not settings.demo else [rx.el.p("演示环境：数据均为虚构。", class_name="text-sm")]
    return rx.el.div(
        rx.el.p(settings.bureau_name, class_name="text-base text-ink-700"),
        rx.el.p(settings.hall_name, class_name="text-xl leading-heading font-semibold"),
        *real,
        class_name="printed-only border-b border-line pb-4",
    )


def container(*content: Any, class_name: str = "") -> rx.Component:
    """Return content inside the page's width, for a page that is ``bare``."""
    return rx.el.div(*content, class_name=f"{_INSIDE} {class_name}".strip())


def demo_bar() -> rx.Component:
    """Return the bar that says nothing here is real, with the way to the simulated outside systems."""
    origin = get_settings().sandbox_origin
    return rx.el.aside(
        rx.el.div(
            rx.el.p(rx.el.strong("演示环境"), "：数据均为虚构，外部系统由程序模拟。"),
            rx.el.p(
                text_link("模拟短信", f"{origin}/sms/outbox"),
                text_link("模拟支付宝等外部系统", origin),
                class_name="flex flex-wrap gap-x-4",
            ),
            class_name=f"{_INSIDE} flex flex-wrap justify-between gap-x-4 py-1",
        ),
        aria_label="演示环境",
        class_name="not-printed bg-warn-50 text-sm text-warn",
    )


def _header(
    nav_current: str, account: rx.Component, region: rx.Component, search: Callable[[str], rx.Component]
) -> rx.Component:
    settings = get_settings()
    names = anchor(
        rx.el.img(src="/emblem.svg", alt="", class_name="size-8 @2xl:size-12 shrink-0"),
        rx.el.span(
            rx.el.span(settings.bureau_name, class_name="block text-sm @2xl:text-base text-ink-700"),
            rx.el.span(
                settings.hall_name,
                class_name="block text-lg @2xl:text-xl leading-heading font-semibold text-brand-700",
            ),
            class_name="min-w-0 leading-heading",
        ),
        href="/",
        class_name="flex min-w-0 flex-1 items-center gap-2 @2xl:gap-3 rounded-control @2xl:flex-none",
    )
    portal = anchor("省人社门户网站", href=settings.bureau_site, class_name=_WHOLE)
    sheet_end = rx.el.div(portal, class_name="border-t border-line pt-4")
    row = rx.el.div(
        names,
        rx.el.div(region, class_name="hidden shrink-0 @4xl:block"),
        rx.el.div(portal, class_name="hidden shrink-0 @4xl:block"),
        rx.el.div(search("search"), class_name="ml-auto hidden w-note shrink-0 @7xl:block"),
        rx.el.div(account, class_name="hidden min-w-0 items-center @2xl:ml-auto @2xl:flex @7xl:ml-0"),
        rx.el.div(search_sheet(search("search-sheet")), class_name="shrink-0 @7xl:hidden"),
        rx.el.div(navigation_sheet(nav_current, sheet_end), class_name="shrink-0 @4xl:hidden"),
        class_name=f"{_INSIDE} flex items-center gap-1 py-3 @2xl:gap-2",
    )
    # A unit's name is long: it gives way to everything else, and on a phone region and account have their own line.
    narrow_account = rx.el.div(
        region,
        rx.el.div(account, class_name="min-w-0 @2xl:hidden"),
        class_name=f"{_INSIDE} flex flex-wrap items-center justify-between border-t border-line @4xl:hidden",
    )
    return rx.el.header(
        row,
        narrow_account,
        hall_navigation(nav_current),
        class_name="not-printed bg-surface border-b border-line",
    )


def region_switch(current: Text = "省本级", regions: Sequence[tuple[str, str]] = ()) -> rx.Component:
    """Return the region one looks from and the others to choose: ``regions`` are (code, name) (R-2.1.3).

    A choice loads a new document, which remembers it. Without any it only leads to the cities.
    """
    links = [
        rx.el.li(anchor(name, href=f"/region?code={code}", class_name=PANEL_ITEM, reload=True))
        for code, name in regions
    ]
    return disclosure(
        rx.el.p("当前区域：", current, class_name="px-3 py-1 text-sm text-ink-500"),
        rx.el.ul(*links, class_name="grid grid-cols-2"),
        anchor(icon("map"), "地市频道", href="/cities", class_name=PANEL_ITEM),
        label=rx.fragment(icon("map_pin"), current, icon("chevron_down")),
        trigger_class=_WHOLE,
        panel_class=PANEL.replace("right-0", "left-0"),
    )


def login_entry(href: str = "/login") -> rx.Component:
    """Return 「您好!请登录」."""
    return rx.el.p(
        rx.el.span("您好!", class_name="text-ink-700 mr-1"),
        anchor("请登录", href=href, class_name=f"{LINK} inline-flex min-h-control items-center"),
        class_name="text-base whitespace-nowrap",
    )


def account_menu(
    initial: Text,
    unit_name: Text,
    on_logout: Handler,
    *,
    home: str = "/unit",
    unread: Text | None = None,
    notices: str = "/notices",
    more: Sequence[rx.Component] = (),
) -> rx.Component:
    """Return the logged-in user's menu: avatar, unit name, 「用户中心」, ``more`` (the unit switcher), 「退出登录」.

    ``unread`` adds 「通知」 with the number of unread ones, in words; empty for none.
    """
    bell = (
        []
        if unread is None
        else [
            anchor(
                icon("bell"),
                "通知",
                rx.cond(unread != "", _unread(unread)),
                href=notices,
                class_name=f"{_WHOLE} shrink-0",
            )
        ]
    )
    menu = disclosure(
        anchor(icon("layout_dashboard"), "用户中心", href=home, class_name=PANEL_ITEM),
        *more,
        rx.el.button(icon("log_out"), "退出登录", type="button", on_click=on_logout, class_name=PANEL_ITEM),
        label=rx.fragment(
            avatar(initial, small=True),
            rx.el.span(unit_name, class_name="min-w-0 text-left text-sm leading-heading"),
            icon("chevron_down"),
        ),
        trigger_class=_QUIET + " max-w-side",
        panel_class=PANEL,
        class_name="relative min-w-0",
    )
    return rx.el.div(*bell, menu, class_name="flex min-w-0 items-center gap-1")


def _unread(count: Text) -> rx.Component:
    return rx.fragment(
        rx.el.span(count, aria_hidden="true", class_name="rounded-full bg-brand-600 px-2 text-sm text-surface"),
        rx.el.span("，", count, " 条未读", class_name="sr-only"),
    )


def avatar(initial: Text, *, small: bool = False) -> rx.Component:
    """Return the first character of a name in a circle, instead of a picture."""
    return rx.el.span(
        initial,
        aria_hidden="true",
        class_name="flex shrink-0 items-center justify-center rounded-full bg-brand-600 text-surface font-semibold "
        + ("size-8 text-base" if small else "size-12 text-xl"),
    )
