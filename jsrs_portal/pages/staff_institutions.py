"""机构登记: the list, and the dialogs in which an institution is registered and changed (R-2.6.6)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.choices import select_field
from jsrs_portal.components.controls import actions, button
from jsrs_portal.components.feedback import badge, card, empty_state, skeleton, tag
from jsrs_portal.components.fields import field, form
from jsrs_portal.domain.institutions import KINDS
from jsrs_portal.pages.staff_frame import pager, staff_frame, wrong_above
from jsrs_portal.pages.wizards import said
from jsrs_portal.state.staff_institutions import StaffInstitutionsState as State

_TONES = [("OPEN", "ok"), ("DISABLED", "bad")]


def staff_institutions() -> rx.Component:
    """Return the page."""
    search = form(
        rx.el.div(
            rx.el.div(field("机构名称或编号", "text", required=False), class_name="min-w-0 flex-1"),
            button("查询", type="submit", kind="secondary"),
            class_name="flex max-w-field flex-wrap items-end gap-3",
        ),
        on_submit=State.find,
    )
    nothing = rx.cond(
        State.text != "",
        empty_state("没有找到", "没有名称或编号包含所填内容的机构，请换一个说法，或清空后查看全部。"),
        empty_state("暂无机构", "您负责的区域还没有登记机构。"),
    )
    rows = rx.cond(
        State.rows.length() > 0,
        rx.fragment(rx.el.ul(rx.foreach(State.rows, _row), aria_label="机构"), pager(State, "机构列表翻页")),
        nothing,
    )
    register = button("登记机构", on_click=State.open_register, icon_name="plus")
    return staff_frame(
        card(
            rx.el.div(search, rx.cond(State.loaded, rows, skeleton("row", rows=4)), class_name="flex flex-col gap-4"),
            title="机构列表",
            action=register,
        ),
        _dialog("register", "登记机构", "登记", "正在登记……", State.submit_register, new=True),
        _dialog("change", "变更机构信息", "保存变更", "正在保存……", State.submit_change, new=False),
        title="机构登记",
        current="institutions",
    )


def _row(row: Any) -> rx.Component:
    what = rx.el.div(
        rx.el.p(
            rx.el.strong(row.name, class_name="text-lg"),
            badge(rx.match(row.status, *_TONES, "neutral"), row.status_label),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(
            rx.el.span(row.number),
            rx.el.span(row.unit_name),
            class_name="flex flex-wrap gap-x-4 text-base text-ink-700",
        ),
        rx.el.p(
            tag(row.kind_label),
            tag(row.level_label),
            rx.el.span(row.region_name),
            rx.el.span(row.address),
            class_name="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-700",
        ),
        rx.cond(row.change_why != "", rx.el.p(row.change_why, class_name="text-sm text-ink-500")),
        class_name="flex min-w-0 flex-1 flex-col gap-1",
    )
    change = button("变更", kind="secondary", on_click=State.open_change(row.id), describes="变更：" + row.name)
    return rx.el.li(
        what,
        rx.cond(row.change_why == "", change),
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @2xl:flex-row @2xl:items-center",
    )


def _dialog(kind: str, title: str, submit: str, submitting: str, on_submit: Any, *, new: bool) -> rx.Component:
    """Return the dialog of one kind; both have the same fields, a new one says where it belongs as well."""
    kept = State.target
    unit = field(
        "所属单位的统一社会信用代码或单位编号",
        "unit",
        error=said(State.error, "unit"),
        hint="单位须已在服务大厅注册",
    )
    region = select_field("所在区域", "region", State.regions, blank="请选择", error=said(State.error, "region"))
    belongs = rx.el.p(
        rx.el.strong(kept.number), rx.el.span(kept.unit_name), class_name="flex flex-wrap gap-x-4 text-base"
    )
    fields = form(
        unit if new else belongs,
        field("机构名称", "name", default_value="" if new else kept.name, error=said(State.error, "name")),
        select_field(
            "机构类型",
            "kind",
            tuple(KINDS.items()),
            default_value="" if new else kept.kind,
            blank="请选择",
            error=said(State.error, "kind"),
        ),
        select_field(
            "机构层级",
            "level",
            State.levels,
            default_value="" if new else kept.level,
            blank="请选择",
            error=said(State.error, "level"),
        ),
        *([region] if new else []),
        field("机构地址", "address", default_value="" if new else kept.address, error=said(State.error, "address")),
        actions(
            button(submit, type="submit", loading=State.busy, loading_label=submitting),
            button("取消", kind="secondary", on_click=State.close_dialog),
        ),
        on_submit=on_submit,
    )
    return dialog(wrong_above(State), fields, open=State.dialog == kind, on_close=State.close_dialog, title=title)
