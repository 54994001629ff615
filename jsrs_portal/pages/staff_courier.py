"""快递 on an officer's page of a case: the recipient, the number by which the result went, what came in (R-2.6.4)."""

import reflex as rx

from jsrs_portal.components.behaviour import dialog, on_change, ticker
from jsrs_portal.components.controls import actions, button
from jsrs_portal.components.feedback import card, definition_list, notice
from jsrs_portal.components.fields import form
from jsrs_portal.pages.shipment_parts import parcel_fields, remove_dialog, send_buttons, shipment_list
from jsrs_portal.pages.staff_frame import wrong_above
from jsrs_portal.settings import get_settings
from jsrs_portal.state.staff_case import StaffCaseState
from jsrs_portal.state.staff_courier import StaffCourierState as State

_VIEW = State.view


def staff_courier_card() -> rx.Component:
    """Return the card with its dialogs; nothing where nothing travels."""
    shown = card(
        rx.el.div(
            rx.cond(State.dialog == "", wrong_above(State)),
            rx.cond(_VIEW.wished, _recipient(), rx.cond(_VIEW.why_not != "", _why_not())),
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
        rx.cond(_VIEW.wished | (_VIEW.why_not != "") | (_VIEW.shipments.length() > 0), shown),
        _send_dialog(),
        remove_dialog(State),
        ticker(State.look_again, every, _VIEW.offered),
        on_change(StaffCaseState.case.version, State.look_again),
    )


def _why_not() -> rx.Component:
    return rx.el.p(_VIEW.why_not, class_name="text-base text-ink-700")


def _recipient() -> rx.Component:
    wish, full = _VIEW.delivery, State.full
    whole = full.name != ""
    facts = definition_list(
        [
            ("收件人", rx.cond(whole, full.name, wish.name)),
            ("移动电话", rx.cond(whole, full.mobile, wish.mobile)),
            ("收件地址", rx.cond(whole, full.address, wish.place)),
            ("选择时间", wish.chosen),
        ]
    )
    does = actions(
        rx.cond(_VIEW.sendable, button("登记快递单号", icon_name="package", on_click=State.open_send)),
        rx.cond(
            whole,
            button("隐藏收件信息", kind="secondary", on_click=State.hide, icon_name="eye_off"),
            rx.cond(
                _VIEW.sendable,
                button("查看收件信息", kind="secondary", on_click=State.open_full, icon_name="eye"),
            ),
        ),
    )
    return rx.el.div(
        facts,
        rx.cond(whole, notice("warn", "收件信息只用于填写快递面单，查看已记入审计日志；离开本页后不再显示。")),
        rx.cond(_VIEW.why_not != "", _why_not()),
        does,
        class_name="flex flex-col gap-4",
    )


def _send_dialog() -> rx.Component:
    return dialog(
        wrong_above(State),
        form(
            *parcel_fields(State.error, phone="查询物流时需要，不填的用收件人的"),
            send_buttons(State.busy, State.close_dialog),
            on_submit=State.submit_send,
        ),
        open=State.dialog == "send",
        on_close=State.close_dialog,
        title="登记快递单号",
    )
