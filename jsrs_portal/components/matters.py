"""How matters and announcements look in lists, and the filters above them (R-2.1.5, R-2.1.10)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import Text
from jsrs_portal.components.controls import LINK, anchor, button_class, icon
from jsrs_portal.components.feedback import badge, tag

ROW = "flex flex-col gap-2 border-b border-line py-3 last:border-b-0 @2xl:flex-row @2xl:items-center @2xl:gap-6"
_PILL = "inline-flex min-h-control items-center whitespace-nowrap rounded-control px-3 text-base "
_SMALL = "inline-flex min-h-control min-w-control items-center justify-center rounded-control px-2 text-base "


def matter_links(matter: Any) -> rx.Component:
    """Return 「指南」 and, where it can be applied for, 「申报」 (R-2.1.5); another site opens a window of its own."""
    guide = anchor(
        "指南",
        href=matter.guide_href,
        class_name=f"{_SMALL} text-brand-600 hover:bg-brand-50",
        aria_label=f"指南：{matter.name}",
    )
    away = anchor(
        matter.action,
        icon("external_link", class_name="ml-1"),
        href=matter.apply_href,
        target="_blank",
        rel="noopener noreferrer",
        reload=True,
        class_name=f"{_SMALL} border border-dashed border-brand-600 text-brand-600 hover:bg-brand-50",
        aria_label=f"{matter.action}：{matter.name}（在新窗口打开{matter.elsewhere}）",
    )
    here = anchor(
        matter.action,
        href=matter.apply_href,
        class_name=f"{_SMALL} border border-brand-600 text-brand-600 hover:bg-brand-50",
        aria_label=f"{matter.action}：{matter.name}",
    )
    apply = rx.cond(matter.apply_href != "", rx.cond(matter.elsewhere != "", away, here))
    return rx.el.div(guide, apply, class_name="flex shrink-0 items-center gap-2")


def matter_row(matter: Any) -> rx.Component:
    """Return a matter in a full list: name, what it is, its groups, and what can be done."""
    return rx.el.li(
        rx.el.div(
            rx.el.h2(anchor(matter.name, href=matter.guide_href, class_name=LINK), class_name="text-lg font-normal"),
            rx.el.p(matter.summary, class_name="text-base text-ink-700"),
            rx.el.p(
                tag(matter.category_name),
                tag(matter.subcategory_name),
                tag(matter.kind),
                rx.foreach(matter.sides, tag),
                rx.cond(matter.offline, tag("窗口办理")),
                class_name="flex flex-wrap gap-2",
            ),
            class_name="flex min-w-0 flex-1 flex-col gap-1",
        ),
        matter_links(matter),
        class_name=ROW,
    )


def matter_line(matter: Any) -> rx.Component:
    """Return a matter in one line of the hall: the name left, 「指南 · 申报」 right."""
    return rx.el.li(
        anchor(
            matter.name, href=matter.guide_href, class_name="min-w-0 flex-1 py-1 text-base text-ink-900 hover:underline"
        ),
        matter_links(matter),
        class_name="flex items-center gap-2 border-b border-line py-1",
    )


def announcement_line(one: Any) -> rx.Component:
    """Return an announcement in a short list: kind, title, day."""
    return rx.el.li(
        anchor(
            rx.el.span(
                rx.cond(one.pinned, rx.fragment(badge("warn", "置顶"), " ")),
                one.title,
                class_name="block text-base text-ink-900",
            ),
            rx.el.span(one.kind, " · ", one.region_name, " · ", one.issued_on, class_name="block text-sm text-ink-500"),
            href=one.href,
            class_name="block rounded-control py-2 hover:underline",
        ),
        class_name="border-b border-line last:border-b-0",
    )


def announcement_row(one: Any) -> rx.Component:
    """Return an announcement in a full list."""
    return rx.el.li(
        rx.el.h2(anchor(one.title, href=one.href, class_name=LINK), class_name="text-lg font-normal"),
        rx.el.p(one.summary, class_name="text-base text-ink-700"),
        rx.el.p(
            rx.cond(one.pinned, badge("warn", "置顶")),
            tag(one.kind),
            rx.el.span(one.issued_by),
            rx.el.span(one.issued_on),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-ink-500",
        ),
        class_name="flex flex-col gap-1 border-b border-line py-4 last:border-b-0",
    )


def filter_option(option: Any) -> rx.Component:
    """Return one choice of a filter: a link, marked when it is the one in force."""
    chosen, other = _PILL + "bg-brand-600 text-surface", _PILL + "text-ink-700 hover:bg-brand-50"
    return rx.el.li(
        rx.cond(
            option.current,
            anchor(option.label, href=option.href, class_name=chosen, aria_current="true"),
            anchor(option.label, href=option.href, class_name=other),
        )
    )


def filter_row(row: Any) -> rx.Component:
    """Return one row of choices with its name."""
    return rx.el.div(
        rx.el.p(row.name, class_name="shrink-0 pt-2 text-base text-ink-500 @2xl:w-label"),
        rx.el.ul(
            rx.foreach(row.options, filter_option),
            class_name="-m-1 flex gap-1 overflow-x-auto p-1 @2xl:flex-wrap @2xl:overflow-x-visible",
        ),
        class_name="flex flex-col border-b border-line py-2 last:border-b-0 @2xl:flex-row",
        role="group",
        aria_label=row.name,
    )


def pager(next_href: Text, first_href: Text) -> rx.Component:
    """Return the links 「下一页」 and 「回到第一页」, each where it leads somewhere."""
    return rx.cond(
        (rx.Var.create(next_href) != "") | (rx.Var.create(first_href) != ""),
        rx.el.nav(
            rx.cond(
                rx.Var.create(first_href) != "",
                anchor("回到第一页", href=first_href, class_name=button_class("quiet")),
            ),
            rx.cond(
                rx.Var.create(next_href) != "", anchor("下一页", href=next_href, class_name=button_class("secondary"))
            ),
            aria_label="翻页",
            class_name="flex flex-wrap justify-end gap-3 pt-4",
        ),
    )
