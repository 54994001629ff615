"""Excel at a table of 网上申报: the template and the choice of a file, and the dialog with what it would bring."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog, file_pick
from jsrs_portal.components.controls import LINK, actions, anchor, button, button_class
from jsrs_portal.components.feedback import badge, notice, skeleton
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.state.application_import import LARGEST, MOST_SHOWN
from jsrs_portal.state.application_import import ApplicationImportState as State


def import_entry(field: Any) -> rx.Component:
    """Return what stands at a table: its template with the rows it has, and 「选择 Excel 文件」.

    ``field`` is a table's view (its key, its label, the most rows in ``longest``), in a ``foreach`` too. The page
    loads :meth:`State.load`, which knows the application.
    """
    key, most = field.key, field.longest
    return rx.el.div(
        rx.el.p(
            "也可以用 Excel 填写：下载",
            anchor(
                "模板",
                href="/applications/" + State.case_id + "/tables/" + key.to(str) + ".xlsx",
                class_name=LINK,
                reload=True,
                aria_label="模板（" + field.label.to(str) + "）",
            ),
            "（含已填写的行，最多 ",
            most,
            f" 行，文件不超过 {LARGEST // 1024} KB），填写后选择文件，逐行核对后再导入。",
            class_name="max-w-text text-base text-ink-700",
        ),
        file_pick(
            "选择 Excel 文件",
            lambda content: State.read_file(key, content),
            accept=".xlsx",
            most=LARGEST,
            id="workbook-" + key.to(str),
            class_name=button_class("secondary"),
        ),
        class_name="flex flex-col gap-3 @xl:flex-row @xl:items-center",
    )


def import_dialog() -> rx.Component:
    """Return the dialog; a page has it once, whatever tables it shows."""
    return dialog(
        trouble(State.trouble),
        rx.cond(State.busy, skeleton("row", rows=3), rx.cond(State.rows.length() > 0, _shown(), _closing())),
        open=State.open,
        on_close=State.close,
        title="从 Excel 导入",
        wide=True,
    )


def _shown() -> rx.Component:
    return rx.fragment(
        rx.cond(
            State.wrong > 0,
            notice(
                "warn",
                State.label,
                "：",
                rx.el.strong(State.ready),
                " 行可以导入；",
                rx.el.strong(State.wrong),
                " 行有误，不会导入。请按提示修改文件后重新选择，或先导入其余的行。",
                rx.cond(State.wrong > MOST_SHOWN, f"以下列出前 {MOST_SHOWN} 行有误的内容。", ""),
            ),
            notice("info", State.label, "：", rx.el.strong(State.ready), " 行全部可以导入，以下列出其中几行。"),
        ),
        rx.el.ul(rx.foreach(State.rows, _row), class_name="my-4"),
        rx.cond(
            (State.ready > 0) & (State.there > 0),
            rx.el.p("现有 ", State.there, " 行。", State.why_not, class_name="mb-4 text-base"),
        ),
        actions(
            rx.cond(
                State.ready > 0,
                rx.cond(
                    State.there > 0,
                    rx.fragment(
                        rx.cond(State.may_add, button("追加到现有行之后", on_click=State.add)),
                        button("替换现有行", kind="danger", on_click=State.replace),
                    ),
                    button("确认导入", on_click=State.add),
                ),
            ),
            button("取消", kind="secondary", on_click=State.close),
        ),
    )


def _closing() -> rx.Component:
    return actions(button("关闭", kind="secondary", on_click=State.close))


def _row(row: Any) -> rx.Component:
    sign = rx.cond(row.problem == "", badge("ok", "可以导入"), badge("bad", "不能导入"))
    return rx.el.li(
        rx.el.span("第 ", row.number, " 行", class_name="text-sm text-ink-500"),
        rx.cond(row.title != "", rx.el.strong(row.title)),
        sign,
        rx.el.span(rx.cond(row.problem == "", row.text, row.problem), class_name="min-w-0"),
        class_name="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-2 text-base",
    )
