"""What the phone shows between the QR code and Alipay: whose check this is, before anybody shows their face."""

import reflex as rx

from jsrs_portal.components.controls import actions, button, button_link
from jsrs_portal.components.feedback import card, definition_list, notice, skeleton
from jsrs_portal.pages.frame import frame
from jsrs_portal.state.phone import PhoneFaceState


def phone_face() -> rx.Component:
    """Return the page that asks for confirmation: a relayed QR code is recognised by the unit it names."""
    purpose, person = ("办理事项", PhoneFaceState.purpose), ("认证人员", PhoneFaceState.person)
    unit, started = ("单位名称", PhoneFaceState.unit_name), ("发起时间", PhoneFaceState.started)
    rows = rx.cond(
        PhoneFaceState.unit_name != "",
        definition_list([purpose, unit, person, started]),
        definition_list([purpose, person, started]),
    )
    asked = rx.fragment(
        rows,
        notice("warn", "请核对以上信息。如果不是您本人正在电脑上办理，请勿继续，任何人不得代为刷脸。"),
        actions(
            button_link("是我本人，去刷脸", PhoneFaceState.go, reload=True, full=True),
            button("不是我发起的", kind="danger", on_click=PhoneFaceState.deny, full=True),
        ),
    )
    return frame(
        card(
            rx.el.div(
                rx.cond(PhoneFaceState.loaded, asked, skeleton("row", rows=4)),
                class_name="mx-auto flex max-w-field flex-col gap-6",
            )
        ),
        title="确认人脸认证",
    )
