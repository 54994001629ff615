"""我的收件地址 (R-2.6.8.4)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.choices import checkbox_field
from jsrs_portal.components.controls import actions, button, leave_button
from jsrs_portal.components.feedback import badge, card, empty_state, notice, skeleton
from jsrs_portal.components.fields import error_summary, field, form, textarea_field
from jsrs_portal.pages.division_fields import division_fields
from jsrs_portal.pages.frame import Centre, settings_frame
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.addresses import AddressesState as State

_ASK = "填写的内容还没有保存，关闭后不会保留。确定关闭吗？"


def addresses() -> rx.Component:
    """Return the page."""
    add = rx.cond(
        State.may_manage & (State.left > 0),
        button("新增收件地址", icon_name="plus", on_click=State.open_new),
    )
    nothing = empty_state("暂无收件地址", "新增后，办件结果等材料可以寄送到这里。")
    only_seen = notice("info", "收件地址由法定代表人和管理员维护，您可以在办件时选用。")
    listed = rx.el.div(
        rx.el.p(State.room, role="status", class_name="text-base text-ink-700"),
        rx.cond(State.items.length() > 0, rx.el.ul(rx.foreach(State.items, _row)), nothing),
        rx.cond(State.may_manage, rx.fragment(), only_seen),
        class_name="flex flex-col gap-3",
    )
    return settings_frame(
        rx.cond(State.dialog == "", trouble(State.trouble)),
        card(rx.cond(State.loaded, listed, skeleton("row", rows=3)), title="我的收件地址", action=add),
        _edit_dialog(),
        _remove_dialog(),
        centre=Centre.UNIT,
        title="收件地址",
        current="addresses",
    )


def _row(row: Any) -> rx.Component:
    who = row.name + "，" + row.place + row.detail
    does = rx.el.div(
        rx.cond(
            row.is_default,
            rx.fragment(),
            button("设为默认", kind="quiet", on_click=State.make_default(row.id), describes="设为默认：" + who),
        ),
        button("修改", kind="secondary", on_click=State.open_edit(row.id), describes="修改：" + who),
        button("删除", kind="danger", on_click=State.open_remove(row.id), describes="删除：" + who),
        class_name="flex flex-wrap gap-2",
    )
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.strong(row.name, class_name="text-lg"),
                rx.el.span(row.mobile),
                rx.cond(row.is_default, badge("ok", "默认地址")),
                class_name="flex flex-wrap items-center gap-3",
            ),
            rx.el.p(row.place, " ", row.detail, class_name="text-base text-ink-700 break-words"),
            class_name="flex min-w-0 flex-1 flex-col gap-1",
        ),
        rx.cond(State.may_manage, does),
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @2xl:flex-row @2xl:items-center",
    )


def _edit_dialog() -> rx.Component:
    target = State.target
    keep = rx.cond(target.id != "", "不修改请留空", "")
    fields = form(
        field(
            "收件人姓名",
            "name",
            placeholder="请输入收件人姓名",
            hint=rx.cond(target.id != "", "已填写 " + target.name + "，" + keep, "与收件时出示的证件一致"),
            error=said(State.error, "name"),
        ),
        field(
            "移动电话",
            "mobile",
            type="tel",
            inputmode="tel",
            placeholder="请输入收件人移动电话",
            hint=rx.cond(target.id != "", "已填写 " + target.mobile + "，" + keep, "快递员会拨打这个号码"),
            error=said(State.error, "mobile"),
        ),
        division_fields(State, province=target.province, city=target.city, county=target.county),
        textarea_field(
            "详细地址",
            "detail",
            rows=2,
            placeholder="请输入详细地址",
            default_value=target.detail,
            hint="街道、门牌号、楼栋房间号",
            error=said(State.error, "detail"),
        ),
        checkbox_field("is_default", "设为默认收件地址", default_checked=target.is_default),
        actions(
            button("保存", type="submit", loading=State.busy, loading_label="正在保存……"),
            leave_button(),
        ),
        on_submit=State.submit,
    )
    return dialog(
        error_summary(State.errors, State.attempt),
        trouble(State.trouble),
        fields,
        open=State.dialog == "edit",
        on_close=State.close_dialog,
        title=rx.cond(target.id != "", "修改地址", "新增地址"),
        ask=_ASK,
    )


def _remove_dialog() -> rx.Component:
    target = State.target
    return dialog(
        trouble(State.trouble),
        rx.el.p(
            target.name, "，", target.mobile, "，", target.place, target.detail, class_name="text-base font-semibold"
        ),
        rx.el.p("删除后不能恢复；已经寄出的快递不受影响。", class_name="text-base"),
        actions(
            button("确认删除", kind="danger", on_click=State.confirm_remove),
            button("取消", kind="secondary", on_click=State.close_dialog),
        ),
        open=State.dialog == "remove",
        on_close=State.close_dialog,
        title="删除收件地址",
    )
