"""我的工作台: 待办, 已办, 合并待办 (R-2.6.7)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import ticker
from jsrs_portal.components.controls import LINK, anchor, button, button_link
from jsrs_portal.components.feedback import badge, card, empty_state, skeleton
from jsrs_portal.components.fields import error_of, error_summary, form
from jsrs_portal.components.matters import pager
from jsrs_portal.components.navigation import list_search
from jsrs_portal.components.tables import bare_cell, cell, table, table_row
from jsrs_portal.domain.case_reviews import MOST_AT_ONCE, Tab
from jsrs_portal.pages.frame import centre_frame
from jsrs_portal.pages.numbers import case_number
from jsrs_portal.pages.review import decision
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.settings import get_settings
from jsrs_portal.state.workbench import CASE, PATH
from jsrs_portal.state.workbench import WorkbenchState as State

_SEARCH = "请输入事项名称"
_EMPTY = {
    Tab.WAITING: ("没有待审核的申报", "经办人提交需要单位审核的申报后，会显示在这里。"),
    Tab.DONE: ("没有审核过的申报", "本单位审核过的申报会显示在这里。"),
    Tab.MERGED: ("没有待审核的申报", "同一事项有多件申报待审核时，可以在这里一并审核。"),
}
_HEADS = ("事项名称", "办件进度", "申请人", "申请日期", "操作")
_WHOLE = _HEADS[2:]
"""What stays on one line in the table: who, when, and the way there."""


def workbench() -> rx.Component:
    """Return the lists; what is chosen is in the address."""
    empty = rx.match(State.tab, *[(tab.value, empty_state(*words)) for tab, words in _EMPTY.items()], rx.fragment())
    not_found = empty_state(
        "没有符合条件的申报", "请检查事项名称。", button_link("查看全部", State.clear, kind="secondary")
    )
    nothing = rx.cond(State.clear != "", not_found, empty)
    rows = rx.cond(State.rows.length() > 0, rx.fragment(_table(), pager(State.next, State.first)), nothing)
    merged = rx.cond(
        State.matter != "",
        _several(),
        rx.cond(State.groups.length() > 0, rx.el.ul(rx.foreach(State.groups, _group)), nothing),
    )
    return centre_frame(
        card(
            _tabs(),
            rx.el.div(_search(), class_name="py-4"),
            rx.cond(State.loaded, rx.cond(State.tab == Tab.MERGED, merged, rows), skeleton("row", rows=6)),
            title="审核列表",
        ),
        ticker(
            State.look_again, int(get_settings().progress_every_seconds * 1000), State.loaded & (State.matter == "")
        ),
        title="我的工作台",
        current="workbench",
    )


def _tabs() -> rx.Component:
    """Return the tabs, each an address."""
    look = "inline-flex min-h-control items-center px-4 border-b-4 text-base hover:bg-brand-50 "
    here, other = "border-brand-600 text-brand-700 font-semibold", "border-transparent text-ink-700"

    def one(option: Any) -> rx.Component:
        current = anchor(option.label, href=option.href, class_name=look + here, aria_current="page")
        return rx.el.li(
            rx.cond(option.current, current, anchor(option.label, href=option.href, class_name=look + other))
        )

    return rx.el.nav(
        rx.el.ul(rx.foreach(State.tabs, one), class_name="flex min-h-control flex-wrap"),
        aria_label="工作台",
        class_name="border-b border-line",
    )


def _search() -> rx.Component:
    """Return the search; what is looked for is in the address."""
    search = list_search(
        "review-search",
        action=PATH,
        label="按事项名称查找",
        placeholder=_SEARCH,
        value=State.text,
        kept={"tab": rx.cond(State.tab == Tab.WAITING, "", State.tab)},
    )
    return rx.el.div(search, class_name="flex min-w-0 @lg:max-w-field")


def _table(box: Any = None) -> rx.Component:
    """Return the rows as a table, as cards where it is narrow; ``box`` makes the tick box of a row."""

    def row(one: Any) -> rx.Component:
        look = rx.cond(State.tab == Tab.DONE, "查看", "审核") if box is None else "查看"
        way = anchor(
            look, rx.el.span("：", one.matter, "，", one.number, class_name="sr-only"), href=one.href, class_name=LINK
        )
        name = rx.el.div(
            rx.el.strong(one.matter),
            rx.el.span(case_number(one.number), class_name="text-sm text-ink-500"),
            class_name="flex flex-col",
        )
        progress = rx.el.div(
            badge(one.tone, one.progress),
            rx.cond(one.limit != "", rx.el.span(one.limit, class_name="text-sm text-ink-700")),
            rx.cond(one.decided != "", rx.el.span(one.decided, class_name="text-sm text-ink-700")),
            class_name="flex flex-col items-start gap-1",
        )
        ticked = [] if box is None else [bare_cell(box(one))]
        cells = (name, progress, one.applicant, rx.el.span(one.submitted, class_name="tabular-nums"), way)
        return table_row(
            *ticked,
            *[cell(label, content, whole=label in _WHOLE) for label, content in zip(_HEADS, cells, strict=True)],
            key=one.id,
        )

    heads = _HEADS if box is None else ("选择", *_HEADS)
    return table("申报", heads, rx.foreach(State.rows, row))


def _group(one: Any) -> rx.Component:
    number = rx.cond(one.count > 1, f"{one.count} 件待审核", "1 件待审核")
    return rx.el.li(
        rx.el.p(
            rx.el.strong(one.matter), badge("info", number), class_name="flex flex-wrap items-center gap-3 text-base"
        ),
        anchor(
            rx.cond(one.count > 1, "合并审核", "审核"),
            rx.el.span("：", one.matter, class_name="sr-only"),
            href=f"{PATH}?tab={Tab.MERGED}&matter=" + one.key.to(str),
            class_name=LINK,
        ),
        key=one.key,
        class_name="flex flex-wrap items-center justify-between gap-3 border-b border-line py-4 last:border-b-0",
    )


def _several() -> rx.Component:
    """Return the cases of one matter, to be ticked and reviewed with one opinion."""

    def box(one: Any) -> rx.Component:
        return rx.el.label(
            rx.el.input(
                type="checkbox",
                name=CASE + one.id.to(str),
                value=one.version.to(str),
                key=one.id.to(str) + State.round.to(str),
                default_checked=State.every,
                class_name="size-6 shrink-0 accent-brand-600",
            ),
            rx.el.span("选择：", one.applicant, "，", one.number, class_name="sr-only"),
            class_name="flex min-h-control min-w-control items-center",
        )

    chosen = rx.el.div(
        rx.el.div(
            button(
                rx.cond(State.every, "全不选", "全选"),
                kind="secondary",
                on_click=State.choose_every,
                icon_name="list_checks",
            ),
            rx.el.span(f"每次最多审核 {MOST_AT_ONCE} 件。", class_name="text-base text-ink-700"),
            class_name="flex flex-wrap items-center gap-3",
        ),
        *error_of("cases", said(State.error, "cases")),
        class_name="flex flex-col gap-2",
        tab_index=-1,
        custom_attrs={"id": "cases"},
    )
    shown = form(
        error_summary(State.errors, State.attempt),
        chosen,
        _table(box),
        pager(State.next, State.first),
        rx.el.div(decision(State), key="decision" + State.round.to(str)),
        on_submit=State.submit,
    )
    back = button_link("返回合并待办", f"{PATH}?tab={Tab.MERGED}", kind="quiet", icon_name="arrow_left")
    return rx.el.div(
        rx.el.div(back),
        trouble(State.trouble),
        rx.cond(State.results.length() > 0, _results()),
        rx.cond(State.rows.length() > 0, shown, empty_state("该事项没有待审核的申报", "已经全部审核。")),
        class_name="flex flex-col gap-4",
    )


def _results() -> rx.Component:
    def one(row: Any) -> rx.Component:
        return rx.el.li(
            badge(rx.cond(row.done, "ok", "bad"), rx.cond(row.done, "已审核", "未审核")),
            rx.el.span(row.applicant),
            rx.el.span(row.number, class_name="break-all text-ink-500"),
            rx.el.span(row.sentence),
            key=row.id,
            class_name="flex flex-wrap items-center gap-x-3 border-b border-line py-2 text-base last:border-b-0",
        )

    return rx.el.section(
        rx.el.h3("审核结果", class_name="text-lg"),
        rx.el.ul(rx.foreach(State.results, one)),
        role="status",
        class_name="rounded-card border border-line bg-canvas p-4",
    )
