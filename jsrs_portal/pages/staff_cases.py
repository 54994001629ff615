"""办件处理: the officers' queue, and looking cases up (R-2.6.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import focus_when, ticker
from jsrs_portal.components.choices import select_field
from jsrs_portal.components.controls import LINK, actions, anchor, button, icon
from jsrs_portal.components.feedback import badge, card, empty_state, notice, skeleton, tag
from jsrs_portal.components.fields import field, form
from jsrs_portal.components.navigation import tabs
from jsrs_portal.domain.case_desk import BY_LABELS, MOST_UNITS, TAB_LABELS, Tab
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.pages.numbers import case_number
from jsrs_portal.pages.staff_frame import pager, staff_frame, wrong_above
from jsrs_portal.pages.wizards import said
from jsrs_portal.settings import get_settings
from jsrs_portal.state.staff_cases import StaffCasesState as State

STATUS_TONES = [
    (CaseStatus.SUBMITTED.value, "info"),
    (CaseStatus.ACCEPTED.value, "info"),
    (CaseStatus.CORRECTION.value, "warn"),
    (CaseStatus.COMPLETED.value, "ok"),
    (CaseStatus.REJECTED.value, "bad"),
    (CaseStatus.NOT_ACCEPTED.value, "bad"),
]
_EMPTY = {
    Tab.UNCLAIMED: ("没有待认领的办件", "您负责的区域内，所有办件都已有人办理。"),
    Tab.MINE: ("没有由您办理的办件", "可以在「待认领」中认领。"),
    Tab.ALL: ("没有在办的办件", "您负责的区域内目前没有在办的办件。"),
    Tab.OVERDUE: ("没有逾期的办件", "您负责的区域内，所有办件都在时限之内。"),
}


def staff_cases() -> rx.Component:
    """Return the page."""
    shown = rx.cond(
        State.rows.length() > 0,
        rx.fragment(rx.el.ol(rx.foreach(State.rows, _row), aria_label="办件"), pager(State, "办件列表翻页")),
        _nothing(),
    )
    head = rx.cond(State.searching, _found_head(), rx.fragment(_tabs(), _narrow()))
    return staff_frame(
        card(
            rx.el.div(
                wrong_above(State),
                rx.el.p(
                    "办件编号和证件号码须填写完整；按证件号码查询会记入审计日志。", class_name="text-sm text-ink-500"
                ),
                _search(),
                class_name="flex flex-col gap-4",
            ),
            title="查询办件",
        ),
        card(
            rx.el.div(
                focus_when(State.done, "queue"),
                head,
                rx.cond(State.loaded, shown, skeleton("row", rows=6)),
                role="group",
                aria_label="办件列表",
                tab_index=-1,
                custom_attrs={"id": "queue"},
                class_name="flex flex-col gap-4",
            ),
            title=rx.cond(State.searching, "查询结果", "办件队列"),
        ),
        ticker(State.look_again, int(get_settings().progress_every_seconds * 1000), State.loaded),
        title="办件处理",
        current="cases",
    )


def _tabs() -> rx.Component:
    def counted(tab: Tab, number: Any) -> Any:
        many = rx.cond(number > 99, "99+", number.to(str))
        return rx.cond(number > 0, f"{TAB_LABELS[tab]}（{many}）", TAB_LABELS[tab])

    items = [
        (Tab.UNCLAIMED.value, counted(Tab.UNCLAIMED, State.unclaimed)),
        (Tab.MINE.value, counted(Tab.MINE, State.mine)),
        (Tab.ALL.value, TAB_LABELS[Tab.ALL]),
        (Tab.OVERDUE.value, TAB_LABELS[Tab.OVERDUE]),
    ]
    return tabs(items, State.tab, State.choose_tab, label="办件队列")


def _narrow() -> rx.Component:
    return form(
        _line(
            select_field("事项", "matter", State.matters, default_value=State.matter, blank="全部事项", required=False),
            select_field(
                "区域",
                "region",
                State.regions,
                default_value=State.region,
                blank="负责的全部区域",
                required=False,
                error=said(State.error, "region"),
            ),
            button("筛选", type="submit", kind="secondary"),
        ),
        on_submit=State.narrow,
    )


def _line(first: rx.Component, second: rx.Component, submit: rx.Component) -> rx.Component:
    """Return two fields and their button on one line; what is wrong with a field stands below it and moves neither."""
    beside = rx.el.span("\u00a0", aria_hidden="true", class_name="hidden text-base @2xl:block")  # where labels stand
    return rx.el.div(
        rx.el.div(first, class_name="min-w-0 @2xl:flex-1"),
        rx.el.div(second, class_name="min-w-0 @2xl:flex-1"),
        rx.el.div(beside, submit, class_name="flex shrink-0 flex-col gap-1"),
        class_name="flex flex-col gap-4 @2xl:flex-row",
    )


def _search() -> rx.Component:
    return form(
        _line(
            select_field(
                "查询方式",
                "by",
                [(by.value, label) for by, label in BY_LABELS.items()],
                error=said(State.error, "by"),
            ),
            field("查询内容", "text", error=said(State.error, "text")),
            button("查询", type="submit", kind="secondary", icon_name="search"),
        ),
        on_submit=State.search,
    )


def _found_head() -> rx.Component:
    more = notice("warn", f"符合的单位较多，只显示前 {MOST_UNITS} 个单位的办件，请把名称填写得更完整。")
    return rx.el.div(
        rx.cond(State.more_units, more),
        actions(button("返回办件队列", kind="secondary", on_click=State.leave_search, icon_name="arrow_left")),
        class_name="flex flex-col gap-4",
    )


def _nothing() -> rx.Component:
    by_tab = rx.match(State.tab, *[(tab.value, empty_state(*words)) for tab, words in _EMPTY.items()], rx.fragment())
    narrowed = empty_state("没有符合条件的办件", "请放宽事项或区域后再看。")
    found = empty_state("没有找到", "没有符合的办件，或不在您负责的区域；请核对后再查。")
    return rx.el.div(
        rx.cond(State.searching, found, rx.cond((State.matter != "") | (State.region != ""), narrowed, by_tab)),
        role="status",
    )


def _row(row: Any) -> rx.Component:
    head = rx.el.p(
        anchor(row.matter, href="/staff/cases/" + row.id.to(str), class_name=f"{LINK} text-lg"),
        badge(rx.match(row.status, *STATUS_TONES, "neutral"), row.status_label),
        rx.foreach(row.marks, lambda mark: badge("ok", mark)),
        class_name="flex flex-wrap items-center gap-2",
    )
    facts = rx.el.p(
        tag(row.kind),
        rx.el.span(row.applicant),
        rx.el.span(row.region),
        rx.cond(row.step != "", rx.el.span(row.step, "环节")),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-1 text-base text-ink-700",
    )
    limit = rx.cond(
        row.limit != "",
        rx.el.p(
            icon("clock"),
            rx.el.span(row.limit),
            class_name=[
                "flex items-center gap-2 text-base",
                rx.match(row.tone, ("bad", "text-bad"), ("warn", "text-warn"), "text-ink-700"),
            ],
        ),
    )
    small = rx.el.p(
        rx.el.span("办件编号 ", case_number(row.number), class_name="min-w-0"),
        rx.el.span("提交于 ", row.submitted),
        rx.cond(row.holder != "", rx.el.span("办理人 ", rx.cond(row.mine, "本人", row.holder))),
        class_name="flex flex-wrap gap-x-4 text-sm text-ink-500",
    )
    take = button("认领", kind="secondary", on_click=State.take(row.id), describes="认领：" + row.matter.to(str))
    return rx.el.li(
        rx.el.div(head, facts, limit, small, class_name="flex min-w-0 flex-1 flex-col gap-1"),
        rx.cond(row.free, take),
        key=row.id,
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @2xl:flex-row @2xl:items-center",
    )
