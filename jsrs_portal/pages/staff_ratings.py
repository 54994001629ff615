"""差评整改: bad ratings of the officer's region and what was done about them (R-2.6.3.4)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog, focus_when
from jsrs_portal.components.controls import actions, button, icon, leave_button
from jsrs_portal.components.feedback import badge, card, empty_state, notice, skeleton, tag
from jsrs_portal.components.fields import form, textarea_field
from jsrs_portal.components.navigation import tabs
from jsrs_portal.domain.ratings import LONGEST_DONE, RECTIFY_DAYS, SHORTEST_DONE, TAB_LABELS, Tab
from jsrs_portal.pages.staff_frame import pager, staff_frame, wrong_above
from jsrs_portal.pages.wizards import said
from jsrs_portal.state.staff_ratings import StaffRatingsState as State

_EMPTY = {
    Tab.OPEN: ("没有待整改的评价", "您负责的区域内，没有需要整改的不满意评价。"),
    Tab.OVERDUE: ("没有逾期的整改", "您负责的区域内，所有整改都在期限之内。"),
    Tab.CLOSED: ("还没有已整改的评价", "整改办结后，可以在这里查看。"),
}


def staff_ratings() -> rx.Component:
    """Return the page."""
    shown = rx.cond(
        State.rows.length() > 0,
        rx.fragment(rx.el.ol(rx.foreach(State.rows, _row), aria_label="评价"), pager(State, "评价列表翻页")),
        rx.match(State.tab, *[(tab.value, empty_state(*words)) for tab, words in _EMPTY.items()], rx.fragment()),
    )
    return staff_frame(
        notice(
            "info",
            f"不满意和非常不满意的评价应在 {RECTIFY_DAYS} 个工作日内整改。为保护评价人，这里不显示评价人和办件。",
        ),
        card(
            rx.el.div(
                focus_when(State.done, "ratings"),
                rx.cond(State.target.id == "", wrong_above(State)),
                _tabs(),
                rx.cond(State.loaded, shown, skeleton("row", rows=6)),
                role="group",
                aria_label="评价列表",
                tab_index=-1,
                custom_attrs={"id": "ratings"},
                class_name="flex flex-col gap-4",
            ),
            title="不满意的评价",
        ),
        _dialog(),
        title="差评整改",
        current="ratings",
    )


def _tabs() -> rx.Component:
    def counted(tab: Tab, number: Any) -> Any:
        many = rx.cond(number > 99, "99+", number.to(str))
        return rx.cond(number > 0, f"{TAB_LABELS[tab]}（{many}）", TAB_LABELS[tab])

    items = [
        (Tab.OPEN.value, counted(Tab.OPEN, State.open)),
        (Tab.OVERDUE.value, counted(Tab.OVERDUE, State.overdue)),
        (Tab.CLOSED.value, TAB_LABELS[Tab.CLOSED]),
    ]
    return tabs(items, State.tab, State.choose_tab, label="评价列表")


def _row(row: Any) -> rx.Component:
    head = rx.el.p(
        rx.el.strong(row.matter, class_name="text-lg font-semibold"),
        badge("warn", row.level),
        rx.foreach(row.reasons, tag),
        class_name="flex flex-wrap items-center gap-2",
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
    done = rx.cond(
        row.done != "",
        rx.el.div(
            rx.el.p("整改情况：", row.done, class_name="whitespace-pre-line break-words"),
            rx.el.p(row.officer, "，", row.closed, class_name="text-sm text-ink-500"),
            class_name="rounded-control bg-canvas p-3 text-base",
        ),
    )
    write = button(
        "填写整改情况", kind="secondary", on_click=State.write(row.id), describes="填写整改情况：" + row.matter.to(str)
    )
    return rx.el.li(
        rx.el.div(
            head,
            rx.cond(row.words != "", rx.el.p(row.words, class_name="whitespace-pre-line break-words text-base")),
            limit,
            done,
            rx.el.p(
                rx.el.span(row.region),
                rx.el.span("评价于 ", row.given),
                class_name="flex flex-wrap gap-x-4 text-sm text-ink-500",
            ),
            class_name="flex min-w-0 flex-1 flex-col gap-2",
        ),
        rx.cond(row.open, write),
        key=row.id,
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @2xl:flex-row @2xl:items-center",
    )


def _dialog() -> rx.Component:
    target = State.target
    return dialog(
        wrong_above(State),
        rx.el.div(
            rx.el.p(
                rx.el.strong(target.matter),
                badge("warn", target.level),
                rx.foreach(target.reasons, tag),
                class_name="flex flex-wrap items-center gap-2",
            ),
            rx.cond(target.words != "", rx.el.p(target.words, class_name="whitespace-pre-line break-words")),
            class_name="flex flex-col gap-2 rounded-control bg-canvas p-3 text-base",
        ),
        form(
            textarea_field(
                "核实和整改情况",
                "done",
                rows=5,
                max_length=LONGEST_DONE,
                hint=f"至少{SHORTEST_DONE}个字；会告知评价人，提交后不能修改。",
                error=said(State.error, "done"),
            ),
            actions(
                button("整改办结", type="submit", loading=State.busy),
                leave_button(),
            ),
            on_submit=State.submit_done,
        ),
        open=target.id != "",
        on_close=State.close_dialog,
        title="填写整改情况",
        ask="填写的内容还没有提交，关闭后不会保留。确定关闭吗？",
    )
