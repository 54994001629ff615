"""Excel at a table of 网上申报: the template, the choice of a file, what is wrong with it, what it would bring."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog, download, file_pick, focus_when
from jsrs_portal.components.controls import LINK, actions, button, button_class, text_button
from jsrs_portal.components.feedback import notice
from jsrs_portal.state.application_import import LARGEST, MOST_SHOWN
from jsrs_portal.state.application_import import ApplicationImportState as State


def import_entry(field: Any) -> rx.Component:
    """Return what stands at a table: its template with the rows it has, 「选择 Excel 文件」, and what was wrong.

    ``field`` is a table's view (its key, its label, the most rows in ``longest``), in a ``foreach`` too. The page
    loads :meth:`State.load`, which knows the application.
    """
    key, most = field.key, field.longest
    entry = rx.el.div(
        rx.el.p(
            "也可以用 Excel 填写：下载",
            download(
                "模板",
                "/applications/" + State.case_id + "/tables/" + key.to(str) + ".xlsx",
                name="模板（" + field.label.to(str) + "）",
                class_name=LINK,
            ),
            "（含已填写的行，最多 ",
            most,
            f" 行，文件不超过 {LARGEST // 1024} KB），填写后选择文件，逐行核对后再导入。",
            class_name="max-w-text text-base text-ink-700",
        ),
        file_pick(
            "选择 Excel 文件",
            lambda content, number, of: State.read_file(key, content, number, of),
            accept=".xlsx",
            most=LARGEST,
            id="workbook-" + key.to(str),
            class_name=button_class("secondary") + " shrink-0 whitespace-nowrap",
        ),
        class_name="flex flex-col gap-3 @xl:flex-row @xl:items-center",
    )
    mine = State.table == key.to(str)
    return rx.fragment(entry, rx.el.div(rx.cond(mine, _report(key)), role="status", class_name="empty:hidden"))


def _report(key: Any) -> rx.Component:
    """Return what was wrong with the last file of this table; it stays until it is put away."""
    id = "import-" + key.to(str)
    box = rx.el.div(
        focus_when(State.told, id),
        notice(
            "bad",
            rx.cond(State.trouble != "", rx.el.p(State.trouble)),
            rx.cond(
                State.wrong > 0,
                rx.fragment(
                    rx.el.p("以下 ", State.wrong, " 行没有导入。请在文件中改正后重新选择该文件。"),
                    _faults("max-h-panel overflow-y-auto"),
                ),
            ),
            rx.el.p(text_button("知道了", State.put_away), class_name="mt-2"),
            title=rx.cond(State.trouble != "", "没有导入", "Excel 文件中有需要改正的内容"),
        ),
        tab_index=-1,
        custom_attrs={"id": id},
    )
    told = ((State.trouble != "") | (State.wrong > 0)) & ~State.open
    return rx.cond(State.busy, rx.el.p("正在读取文件……", class_name="text-base text-ink-700"), rx.cond(told, box))


def _faults(looks: str) -> rx.Component:
    """Return the rows that are wrong: the row, the column, the sentence."""

    def line(row: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span("第 ", row.number, " 行", class_name="shrink-0 font-semibold"),
            rx.el.ul(
                rx.foreach(row.faults, lambda fault: rx.el.li("「", fault.column, "」", fault.sentence)),
                class_name="min-w-0",
            ),
            class_name="flex gap-3 border-b border-line py-2 text-base last:border-b-0",
        )

    more = rx.cond(State.wrong > MOST_SHOWN, rx.el.p(f"以上为前 {MOST_SHOWN} 行。", class_name="text-sm"))
    return rx.fragment(
        rx.el.ul(
            rx.foreach(State.faulty, line),
            tab_index=0,
            aria_label="有误的行",
            class_name=f"mt-2 text-ink-900 {looks}",
        ),
        more,
    )


def import_dialog() -> rx.Component:
    """Return the dialog; a page has it once, whatever tables it shows."""
    return dialog(_shown(), open=State.open, on_close=State.close, title="从 Excel 导入", wide=True)


def _shown() -> rx.Component:
    wrong = rx.fragment(
        notice(
            "warn",
            State.label,
            "：",
            rx.el.strong(State.ready),
            " 行可以导入；",
            rx.el.strong(State.wrong),
            " 行有误，不会导入。可以先导入其余的行，有误的行会列在表格旁，改正后再导入。",
        ),
        rx.el.section(rx.el.h3("有误的行", class_name="text-lg"), _faults("")),
        rx.el.h3("可以导入的行", class_name="text-lg"),
    )
    fine = notice("info", State.label, "：", rx.el.strong(State.ready), " 行全部可以导入，请核对。")
    return rx.fragment(
        rx.cond(State.wrong > 0, wrong, fine),
        rx.el.ul(rx.foreach(State.rows, _row)),
        rx.cond(
            State.ready > MOST_SHOWN,
            rx.el.p("以上为前 ", MOST_SHOWN, " 行，共 ", State.ready, " 行。", class_name="text-sm text-ink-500"),
        ),
        rx.cond(State.there > 0, rx.el.p("现有 ", State.there, " 行。", State.why_not, class_name="text-base")),
        rx.el.div(
            actions(
                rx.cond(
                    State.there > 0,
                    rx.fragment(
                        rx.cond(State.may_add, button("追加到现有行之后", on_click=State.add)),
                        button("替换现有行", kind="danger", on_click=State.replace),
                    ),
                    button("确认导入", on_click=State.add),
                ),
                button("取消", kind="secondary", on_click=State.close),
            ),
            class_name="@container sticky -bottom-6 -mx-6 -mb-6 border-t border-line bg-surface px-6 py-4",
        ),
    )


def _row(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span("第 ", row.number, " 行", class_name="text-sm text-ink-500"),
        rx.el.strong(row.title),
        rx.el.span(row.text, class_name="min-w-0 break-words"),
        class_name="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-2 text-base",
    )
