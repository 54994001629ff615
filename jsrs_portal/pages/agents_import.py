"""批量导入 within 经办人管理: the way in, and the dialog that shows every row before and after (R-2.6.5.4)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog, file_pick
from jsrs_portal.components.controls import LINK, actions, anchor, button, button_class
from jsrs_portal.components.feedback import badge, notice, skeleton
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.state.agent_import import LARGEST
from jsrs_portal.state.agent_import import AgentImportState as State


def import_entry(why: rx.Var[str]) -> rx.Component:
    """Return the way to the import: the template, and the choice of a file unless ``why`` says why not."""
    return rx.el.li(
        rx.el.div(
            rx.el.h3("批量导入经办人", class_name="text-lg"),
            rx.el.p(
                "下载",
                anchor("导入模板", href="/agents-template.xlsx", class_name=LINK, reload=True),
                "，每行填写一人（最多 20 行），选择文件后逐行核对，确认无误再开通。",
                class_name="max-w-text text-base text-ink-700",
            ),
            rx.cond(why != "", rx.el.p(why, class_name="text-base text-warn")),
            class_name="flex min-w-0 flex-1 flex-col gap-1",
        ),
        rx.cond(
            why == "",
            file_pick(
                "选择 Excel 文件",
                lambda content, number, of: State.read_file(content),
                accept=".xlsx",
                most=LARGEST,
                id="workbook",
                class_name=button_class("secondary"),
            ),
        ),
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @xl:flex-row @xl:items-center",
    )


def import_dialog() -> rx.Component:
    """Return the dialog: first what the file would bring, then what it has brought."""
    shown = rx.cond(
        State.results.length() > 0,
        rx.el.ul(rx.foreach(State.results, _result)),
        rx.fragment(
            rx.cond(State.rows.length() > 0, rx.el.ul(rx.foreach(State.rows, _preview))),
            rx.cond(
                State.rows.length() > 0,
                rx.cond(
                    State.ready > 0,
                    notice("info", "以上可以导入的共 ", rx.el.strong(State.ready), " 行，其余行不会导入。"),
                    notice("warn", "没有可以导入的行，请按提示修改文件后重新选择。"),
                ),
            ),
            actions(
                rx.cond(State.ready > 0, button("确认导入", on_click=State.confirm)),
                button("取消", kind="secondary", on_click=State.close),
            ),
        ),
    )
    return dialog(
        trouble(State.trouble),
        rx.cond(State.busy, skeleton("row", rows=3), shown),
        open=State.open,
        on_close=State.close,
        title="批量导入经办人",
        wide=True,
    )


def _line(number: Any, name: Any, sign: rx.Component, text: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span("第 ", number, " 行", class_name="text-sm text-ink-500"),
        rx.el.strong(name),
        sign,
        rx.el.span(text, class_name="min-w-0"),
        class_name="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-2 text-base",
    )


def _preview(row: Any) -> rx.Component:
    sign = rx.cond(row.problem == "", badge("ok", "可以导入"), badge("bad", "不能导入"))
    return _line(row.number, row.name, sign, rx.cond(row.problem == "", row.sentence, row.problem))


def _result(row: Any) -> rx.Component:
    return _line(row.number, row.name, rx.cond(row.done, badge("ok", "已开通"), badge("bad", "未开通")), row.text)
