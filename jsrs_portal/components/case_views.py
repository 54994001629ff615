"""A case as its pages show it: its timeline, its limits, its answers and its files (R-2.6.3.2)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import unfold
from jsrs_portal.components.controls import button_class, icon
from jsrs_portal.components.feedback import tag
from jsrs_portal.components.uploads import file_list


def timeline_view(entries: Any) -> rx.Component:
    """Return a timeline of ``TimelineEntry``: what is done (solid), what is on (a ring), what is to come (dashed)."""
    return rx.el.ol(rx.foreach(entries, _entry), class_name="flex flex-col")


def _entry(one: Any) -> rx.Component:
    done, now = one.state == "done", one.state == "now"
    dot = rx.el.span(
        rx.cond(done, icon("check", class_name="size-4"), rx.fragment()),
        class_name=[
            "z-10 flex size-6 shrink-0 items-center justify-center rounded-full [print-color-adjust:exact]",
            rx.cond(
                done,
                "border-2 border-brand-600 bg-brand-600 text-surface",
                rx.cond(now, "border-4 border-brand-600 bg-surface", "border-2 border-dashed border-edge bg-surface"),
            ),
        ],
        aria_hidden="true",
    )
    state = rx.cond(now, tag("进行中"), rx.cond(done, rx.fragment(), tag("待进行")))
    head = rx.el.p(
        rx.el.strong(one.title, class_name=rx.cond(done | now, "text-base", "text-base font-normal text-ink-700")),
        state,
        rx.cond(one.when != "", rx.el.span(one.when, class_name="text-sm text-ink-500 tabular-nums")),
        class_name="flex flex-wrap items-center gap-x-3 gap-y-1",
    )
    said = rx.el.div(
        rx.cond(one.text != "", rx.el.p(one.text, class_name="whitespace-pre-line break-words")),
        rx.cond(
            one.remarks.length() > 0,
            rx.el.ul(
                rx.foreach(
                    one.remarks,
                    lambda row: rx.el.li(rx.el.strong(row.label), "：", row.value, class_name="break-words"),
                ),
                class_name="flex flex-col gap-1",
            ),
        ),
        class_name="flex flex-col gap-2 rounded-control bg-canvas p-3 text-base",
    )
    return rx.el.li(
        rx.el.span(
            class_name=[
                "absolute bottom-0 left-3 top-6 -translate-x-1/2 border-l-2 group-last:hidden",
                rx.cond(done, "border-brand-600", "border-dashed border-edge"),
            ],
            aria_hidden="true",
        ),
        dot,
        rx.el.div(
            head,
            rx.cond(
                (one.who != "") | (one.by != ""),
                rx.el.p(
                    rx.el.span(one.who),
                    rx.cond(one.by != "", rx.el.span(one.by)),
                    class_name="flex flex-wrap gap-x-3 text-sm text-ink-500",
                ),
            ),
            rx.cond((one.text != "") | (one.remarks.length() > 0), said),
            class_name="flex min-w-0 flex-1 flex-col gap-1 pb-6",
        ),
        class_name="group relative flex gap-3",
        key=one.key,
        aria_current=rx.cond(now, "step", "false"),
    )


def limit_lines(lines: Any) -> rx.Component:
    """Return the limits that count now, each a sentence."""

    def line(text: Any) -> rx.Component:
        return rx.el.li(icon("clock", class_name="mt-1"), rx.el.span(text), class_name="flex gap-2")

    shown = rx.el.ul(rx.foreach(lines, line), class_name="flex flex-col gap-1 text-base text-ink-700")
    return rx.cond(lines.length() > 0, shown)


def answer_sections(sections: Any) -> rx.Component:
    """Return answers in words: sections of ``CheckedSection``."""
    return rx.el.div(rx.foreach(sections, _section), class_name="flex flex-col gap-6")


def _section(one: Any) -> rx.Component:
    def fact(row: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(row.label, class_name="text-base text-ink-500"),
            rx.el.dd(row.value, class_name="whitespace-pre-line break-words text-base text-ink-900 @md:col-span-2"),
            class_name="grid grid-cols-1 gap-x-4 border-b border-line py-2 @md:grid-cols-3",
        )

    return rx.el.section(
        rx.el.h3(one.title, class_name="text-lg"),
        rx.cond(one.facts.length() > 0, rx.el.dl(rx.foreach(one.facts, fact))),
        rx.foreach(one.tables, _table),
        key=one.key,
        class_name="@container flex flex-col gap-2",
    )


def _table(one: Any) -> rx.Component:
    """Return a table whole: what is beyond the first rows is unfolded on the screen, and printed in any case."""
    rest = unfold(
        _rows(one, one.rest, one.first.length()),
        label="显示其余 " + one.rest.length().to(str) + " 行",
        button_class=button_class("secondary") + " mt-3",
    )
    return rx.el.div(
        rx.el.h4(
            one.label,
            rx.el.span("　共 ", one.count, " 行", class_name="text-sm font-normal text-ink-500"),
            class_name="pt-2 text-base font-semibold",
        ),
        rx.cond(
            one.count > 0,
            _rows(one, one.first, 0),
            rx.el.p("未填写", class_name="text-base text-ink-500"),
        ),
        rx.cond(one.rest.length() > 0, rest),
    )


def _rows(table: Any, rows: Any, before: int) -> rx.Component:
    """Return rows with their numbers, ``before`` counting those above; every cell with its column's label."""

    def row(cells: Any, place: Any) -> rx.Component:
        def cell(head: Any, column: Any) -> rx.Component:
            return rx.cond(
                cells[column] != "",
                rx.el.span(rx.el.span(head, " ", class_name="text-ink-500"), cells[column], class_name="min-w-0"),
            )

        return rx.el.li(
            rx.el.span(place + before + 1, ".", class_name="min-w-6 text-ink-500"),
            rx.foreach(table.heads, cell),
            class_name="flex flex-wrap gap-x-4 gap-y-1 break-words border-b border-line py-2 text-base",
        )

    return rx.el.ul(rx.foreach(rows, row))


def handed_files(groups: Any) -> rx.Component:
    """Return the files of a case, in groups of ``HandedFiles``, to be looked at and downloaded."""

    def group(one: Any) -> rx.Component:
        return rx.el.section(
            rx.el.h3(one.label, class_name="text-base font-semibold"),
            file_list(one.files),
            key=one.label,
            class_name="flex flex-col gap-2",
        )

    return rx.el.div(rx.foreach(groups, group), class_name="flex flex-col gap-4")
