"""A table in an application's form: its rows as a list, and one row in a dialog (R-2.6.3.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.answer_fields import Lookup, answer_field
from jsrs_portal.components.behaviour import dialog, form_watch
from jsrs_portal.components.controls import actions, asking, button, leave_button, text_button
from jsrs_portal.components.fields import error_of, error_summary, form, optional_mark
from jsrs_portal.pages.application_import import import_entry
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.application import ApplicationState
from jsrs_portal.state.application_rows import ApplicationRowState as State

ROW_FORM = "row"


def rows_field(asked: Any, error: rx.Var[str]) -> rx.Component:
    """Return a table of the form: a page of its rows, and what can be done with them."""
    key = asked.key.to(str)

    def row(one: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.p(rx.el.span(one.number, ".", class_name="text-ink-500"), " ", rx.el.strong(one.title)),
                rx.el.p(one.text, class_name="break-words text-sm text-ink-700 empty:hidden"),
                rx.el.p(one.problem, class_name="text-sm text-bad empty:hidden"),
                class_name="min-w-0 flex-1",
            ),
            rx.el.div(
                text_button("修改", State.edit(key, one.number)),
                asking(
                    "删除",
                    "该行将从表中删除。",
                    title="要删除这一行吗？",
                    yes="删除",
                    no="保留",
                    on_yes=State.drop(key, one.number),
                ),
                class_name="flex shrink-0 gap-4",
            ),
            class_name="flex flex-wrap items-start gap-3 border-b border-line py-2 text-base",
        )

    turning = rx.el.nav(
        rx.cond(asked.page > 1, text_button("上一页", ApplicationState.turn(key, asked.page - 1))),
        rx.el.span("第 ", asked.page, " 页，共 ", asked.pages, " 页"),
        rx.cond(asked.page < asked.pages, text_button("下一页", ApplicationState.turn(key, asked.page + 1))),
        aria_label=asked.label.to(str) + "的页",
        class_name="flex gap-4 text-sm text-ink-700",
    )
    return rx.el.div(
        rx.el.h4(
            asked.label,
            *optional_mark(asked.required),
            rx.el.span("　共 ", asked.count, " 行", class_name="text-sm text-ink-500"),
            class_name="text-base font-semibold",
        ),
        rx.cond(asked.hint != "", rx.el.p(asked.hint, class_name="text-sm text-ink-500")),
        rx.cond(asked.count > 0, rx.el.ol(rx.foreach(asked.rows, row))),
        rx.cond(asked.pages > 1, turning),
        rx.cond(
            asked.full,
            rx.el.p("已达到最多行数。", class_name="text-sm text-ink-500"),
            rx.el.div(button("新增一行", kind="secondary", icon_name="plus", on_click=State.edit(key, 0))),
        ),
        import_entry(asked),
        *error_of(key, error),
        tab_index=-1,
        custom_attrs={"id": key},
        class_name="flex flex-col gap-3 rounded-card border border-line p-4",
    )


def row_dialog() -> rx.Component:
    """Return the dialog in which one row is filled in."""
    lookup = Lookup(
        ApplicationState.codes, ApplicationState.codes_of, ApplicationState.codes_for, ApplicationState.find_codes
    )
    return dialog(
        form_watch(
            ROW_FORM,
            State.change,
            on_again=lambda now, before: State.resume(State.table, State.number, now, before),
        ),
        error_summary(State.errors, State.attempt, id="row-errors"),
        trouble(State.trouble),
        form(
            rx.foreach(State.fields, lambda asked: answer_field(asked, lambda name: said(State.error, name), lookup)),
            actions(button("保存", type="submit", loading=State.busy), leave_button()),
            on_submit=State.save,
            id=ROW_FORM,
        ),
        open=State.open,
        on_close=State.close,
        title=rx.cond(State.number > 0, "修改：", "新增：") + State.label,
        ask="填写的内容还没有保存，要放弃吗？",
    )
