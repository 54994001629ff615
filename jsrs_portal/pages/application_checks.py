"""The answers of an application once more before they are submitted, and the receipt afterwards (R-2.6.3.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import print_button, unfold
from jsrs_portal.components.choices import checkbox_field
from jsrs_portal.components.controls import actions, button, button_class, button_link, icon
from jsrs_portal.components.feedback import definition_list, notice, success_panel
from jsrs_portal.components.fields import form
from jsrs_portal.components.qr import address_qr
from jsrs_portal.pages.application_materials import handed_in
from jsrs_portal.pages.wizards import said
from jsrs_portal.state.application import ApplicationState as State

HEADING = "step-title"
"""The id of a step's heading."""


def check() -> rx.Component:
    """Return the step in which everything is looked over and submitted."""
    promise = rx.cond(
        State.promise != "",
        checkbox_field("promise", State.promise, error=said(State.error, "promise")),
    )
    return rx.el.div(
        rx.el.p("草稿，尚未提交。", class_name="printed-only"),
        rx.el.div(
            notice("info", "请核对以下内容。提交后不能再修改，需要改动的请返回上一步。"), class_name="not-printed"
        ),
        rx.foreach(State.checked, _section),
        handed_in(),
        form(
            promise,
            rx.el.div(
                actions(
                    button("提交申报", type="submit", loading=State.busy, loading_label="正在提交……"),
                    button("上一步", kind="secondary", on_click=State.go_to("materials")),
                    button("修改表单", kind="quiet", on_click=State.go_to("form")),
                    print_button(icon("printer"), "打印核对", class_name=button_class("quiet")),
                ),
                class_name="not-printed",
            ),
            on_submit=State.submit,
        ),
        class_name="flex flex-col gap-6",
    )


def receipt() -> rx.Component:
    """Return what somebody has who has applied: the number, how it stands, and all they said."""
    shown = State.receipt
    return rx.el.div(
        success_panel(
            "申报已提交",
            shown.next,
            print_button(icon("printer"), "打印", class_name=button_class("secondary")),
            rx.cond(shown.home != "", button_link(shown.home_name, shown.home, kind="secondary")),
            button_link("返回大厅首页", "/", kind="secondary"),
            number=shown.number,
            number_label="办件编号",
            parts=shown.parts.to(list[str]),
            id=HEADING,
        ),
        definition_list(
            [
                ("事项", shown.matter),
                ("申报人", shown.whom),
                ("提交时间", shown.submitted),
                ("当前状态", shown.status),
                ("当前办理方", rx.cond(shown.turn != "", shown.turn, "—")),
            ]
        ),
        address_qr(State.qr, "扫码查看本次申报（需登录）"),
        rx.foreach(State.checked, _section),
        handed_in(),
        class_name="flex flex-col gap-6",
    )


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
