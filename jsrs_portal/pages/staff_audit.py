"""审计日志: a filter, the entries newest first, and the verification."""

from typing import Any

import reflex as rx

from jsrs_portal.components.choices import select_field
from jsrs_portal.components.controls import actions, button
from jsrs_portal.components.feedback import badge, card, empty_state, notice, skeleton
from jsrs_portal.components.fields import field, form
from jsrs_portal.domain.audit_words import GROUPS, RESULTS
from jsrs_portal.pages.staff_frame import pager, staff_frame, wrong_above
from jsrs_portal.pages.wizards import said
from jsrs_portal.state.staff_audit import StaffAuditState as State


def staff_audit() -> rx.Component:
    """Return the page."""
    nothing = empty_state("没有记录", "没有符合条件的记录，请放宽条件后再查。")
    rows = rx.cond(
        State.rows.length() > 0,
        rx.fragment(rx.el.ol(rx.foreach(State.rows, _row), aria_label="审计记录"), pager(State, "审计日志翻页")),
        nothing,
    )
    return staff_frame(
        _verification(),
        card(rx.el.div(wrong_above(State), _filter(), class_name="flex flex-col gap-4"), title="查询条件"),
        card(
            rx.el.p(
                "最新的在前；人员信息已遮盖。操作详情加密保存，只显示查看完整信息和锁定用户的原因。",
                class_name="mb-2 text-sm text-ink-500",
            ),
            rx.el.div(rx.cond(State.loaded, rows, skeleton("row", rows=6))),
            title="审计记录",
        ),
        title="审计日志",
        current="audit",
    )


def _verification() -> rx.Component:
    found = State.verification
    faults = rx.el.ul(
        rx.foreach(found.faults, lambda fault: rx.el.li(fault)), class_name="mt-2 list-disc pl-4", aria_label="问题"
    )
    said_of = notice(
        rx.cond(found.whole, "ok", "bad"),
        found.sentence,
        rx.cond(found.faults.length() > 0, faults),
    )
    return card(
        rx.el.p(
            "逐条核对封印，能发现记录被改动、删除、增加或移动。校验本身也会记入日志。",
            class_name="mb-4 text-base text-ink-700",
        ),
        rx.el.div(rx.cond(found.sentence != "", said_of), role="status", class_name="mb-4 empty:hidden"),
        button(
            "校验审计日志",
            kind="secondary",
            on_click=State.verify,
            loading=State.busy,
            loading_label="正在校验……",
            icon_name="shield_check",
        ),
        title="完整性",
    )


def _filter() -> rx.Component:
    return form(
        rx.el.div(
            select_field("操作", "action", GROUPS, blank="全部", required=False, error=said(State.error, "action")),
            select_field(
                "结果",
                "result",
                tuple(RESULTS.items()),
                blank="全部",
                required=False,
                error=said(State.error, "result"),
            ),
            field("开始日期", "since", type="date", required=False, error=said(State.error, "since")),
            field("结束日期", "until", type="date", required=False, error=said(State.error, "until")),
            field("统一社会信用代码或单位编号", "unit", required=False, error=said(State.error, "unit")),
            field("证件号码或移动电话", "identifier", required=False, error=said(State.error, "identifier")),
            field("工作人员账号", "login", required=False, error=said(State.error, "login")),
            class_name="grid grid-cols-1 gap-4 @xl:grid-cols-2",
        ),
        actions(button("查询", type="submit")),
        on_submit=State.look,
    )


def _row(row: Any) -> rx.Component:
    when = rx.el.p(row.when, class_name="text-sm text-ink-500 @3xl:w-label @3xl:shrink-0")
    what = rx.el.div(
        rx.el.p(
            rx.el.strong(row.what),
            badge(rx.cond(row.ok, "ok", "warn"), row.result_label),
            class_name="flex flex-wrap items-center gap-2 text-base",
        ),
        rx.el.p(
            rx.el.span(row.who),
            rx.cond(row.unit_name != "", rx.el.span(row.unit_name)),
            class_name="flex flex-wrap gap-x-4 text-base text-ink-700",
        ),
        rx.cond(row.reason != "", rx.el.p("原因：", row.reason, class_name="text-base text-ink-700 break-words")),
        rx.el.p(
            rx.cond(row.address != "", rx.el.span("来自 ", row.address)),
            rx.cond(row.subject != "", rx.el.span("对象 ", row.subject, class_name="break-all")),
            class_name="flex flex-wrap gap-x-4 text-sm text-ink-500",
        ),
        class_name="flex min-w-0 flex-1 flex-col",
    )
    return rx.el.li(
        when, what, class_name="flex flex-col gap-1 border-b border-line py-3 last:border-b-0 @3xl:flex-row @3xl:gap-4"
    )
