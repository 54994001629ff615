"""快递 on the pages of a case and of an application: where the result goes, what is under way (R-2.6.4)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog, ticker
from jsrs_portal.components.choices import radio_cards
from jsrs_portal.components.controls import actions, asking, button, button_link, leave_button
from jsrs_portal.components.feedback import card, notice
from jsrs_portal.components.fields import error_summary, field, form, textarea_field
from jsrs_portal.pages.division_fields import division_fields
from jsrs_portal.pages.shipment_parts import parcel_fields, remove_dialog, send_buttons, shipment_list
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.settings import get_settings
from jsrs_portal.state.courier import CourierState as State

_VIEW = State.view
_ASK = "填写的内容还没有保存，关闭后不会保留。确定关闭吗？"


def courier_card() -> rx.Component:
    """Return the card of a case, with its dialogs; nothing where nothing travels."""
    sends = rx.el.div(
        rx.el.p(
            "需要邮寄纸质材料的，寄出后请登记快递单号。收件地址：", _VIEW.where, class_name="text-base break-words"
        ),
        rx.cond(
            _VIEW.sendable,
            actions(button("登记寄出的材料", kind="secondary", icon_name="plus", on_click=State.open_send)),
        ),
        class_name="not-printed flex flex-col gap-3",
    )
    shown = card(
        rx.el.div(
            rx.cond(State.dialog == "", trouble(State.trouble)),
            _note(),
            rx.cond(_VIEW.result, _wish()),
            rx.cond(_VIEW.materials & _VIEW.sendable, sends),
            rx.cond(
                _VIEW.shipments.length() > 0,
                shipment_list(_VIEW.shipments, refresh=State.refresh, remove=State.open_remove),
            ),
            class_name="flex flex-col gap-6",
        ),
        title="快递",
    )
    every = int(get_settings().progress_every_seconds * 1000)
    return rx.fragment(
        rx.cond(_VIEW.result | _VIEW.materials, shown),
        _address_dialog(),
        _send_dialog(),
        remove_dialog(State),
        ticker(State.look_again, every, _VIEW.shipments.length() > 0),
    )


def delivery_card() -> rx.Component:
    """Return the card of an application: where the result is to be sent, with its dialog."""
    shown = card(
        rx.el.div(
            rx.cond(State.dialog == "", trouble(State.trouble)), _note(), _wish(), class_name="flex flex-col gap-4"
        ),
        title="结果寄送",
    )
    return rx.fragment(rx.cond(_VIEW.result, shown), _address_dialog())


def _note() -> rx.Component:
    return rx.cond(_VIEW.note != "", rx.el.p(_VIEW.note, class_name="text-base text-ink-700"))


def _wish() -> rx.Component:
    """Return where the result goes, and how to say otherwise."""
    wish = _VIEW.delivery
    where = rx.el.div(
        rx.el.p(
            rx.el.span("结果寄送至：", class_name="text-ink-500"),
            rx.el.strong(wish.name),
            rx.el.span(wish.mobile),
            class_name="flex flex-wrap items-center gap-x-3",
        ),
        rx.el.p(wish.place, " ", wish.detail, class_name="break-words text-ink-700"),
        class_name="text-base",
    )
    none = rx.el.p("办理结果需要快递送达的，请选择收件地址；不选择的，按办事指南的方式领取。", class_name="text-base")
    drop = asking(
        "不再寄送",
        "办理结果将按办事指南的方式领取。办结前可以重新选择。",
        title="要取消结果寄送吗？",
        yes="取消寄送",
        no="保留",
        on_yes=State.drop_address,
    )
    ways = rx.el.div(
        button(
            rx.cond(wish.id != "", "更换地址", "选择收件地址"),
            kind="secondary",
            icon_name="package",
            on_click=State.open_address,
        ),
        rx.cond(wish.id != "", rx.el.div(drop, class_name="text-base")),
        class_name="not-printed flex flex-wrap items-center gap-4",
    )
    return rx.el.div(
        rx.cond(wish.id != "", where, none), rx.cond(_VIEW.choosable, ways), class_name="flex flex-col gap-3"
    )


def _address_dialog() -> rx.Component:
    """Return the question where the result goes: one of the unit's addresses, or one that is typed."""
    to_addresses = button_link(
        "管理收件地址", "/unit/settings/addresses", kind="quiet", icon_name="external_link", reload=True
    )
    chosen = form(
        radio_cards(
            "收件地址",
            "address",
            State.choices,
            default_value=State.chosen,
            error=said(State.error, "address"),
            hint="收件地址由法定代表人和管理员在「账号设置」中维护",
        ),
        _save(button("取消", kind="secondary", on_click=State.close_dialog)),
        rx.cond(_VIEW.manages, rx.el.div(to_addresses)),
        on_submit=State.submit_address,
    )
    first = rx.cond(
        _VIEW.manages,
        "本单位还没有收件地址。请先新增，再回到本页选择。",
        "本单位还没有收件地址。请联系法定代表人或管理员在「账号设置」中新增，再回到本页选择。",
    )
    nothing = rx.el.div(
        notice("info", first),
        actions(
            rx.cond(_VIEW.manages, button_link("去新增收件地址", "/unit/settings/addresses", reload=True)),
            button("关闭", kind="secondary", on_click=State.close_dialog),
        ),
        class_name="flex flex-col gap-4",
    )
    return dialog(
        error_summary(State.errors, State.attempt),
        trouble(State.trouble),
        rx.cond(_VIEW.typed, _typed(), rx.cond(State.choices.length() > 0, chosen, nothing)),
        open=State.dialog == "address",
        on_close=State.close_dialog,
        title="结果寄送地址",
        ask=_ASK,
    )


def _typed() -> rx.Component:
    """Return the form of an address that is typed; of one that is changed recipient and phone may stay as they are."""
    wish = _VIEW.delivery

    def kept(what: Any, otherwise: str) -> rx.Component:
        return rx.cond(wish.id != "", "已填写 " + what + "，不修改请留空", otherwise)

    return form(
        field(
            "收件人姓名",
            "name",
            placeholder="请输入收件人姓名",
            hint=kept(wish.name, "与收件时出示的证件一致"),
            error=said(State.error, "name"),
        ),
        field(
            "移动电话",
            "mobile",
            type="tel",
            inputmode="tel",
            placeholder="请输入收件人移动电话",
            hint=kept(wish.mobile, "快递员会拨打这个号码"),
            error=said(State.error, "mobile"),
        ),
        division_fields(State, province=wish.province, city=wish.city, county=wish.county),
        textarea_field(
            "详细地址",
            "detail",
            rows=2,
            default_value=wish.detail,
            hint="街道、门牌号、楼栋房间号",
            error=said(State.error, "detail"),
        ),
        _save(leave_button()),
        on_submit=State.submit_address,
    )


def _save(leave: rx.Component) -> rx.Component:
    return actions(button("保存", type="submit", loading=State.busy, loading_label="正在保存……"), leave)


def _send_dialog() -> rx.Component:
    return dialog(
        error_summary(State.errors, State.attempt),
        trouble(State.trouble),
        form(
            *parcel_fields(State.error, phone="须填写寄件人或收件人的，否则查不到物流信息"),
            send_buttons(State.busy, State.close_dialog),
            on_submit=State.submit_send,
        ),
        open=State.dialog == "send",
        on_close=State.close_dialog,
        title="登记寄出的材料",
    )
