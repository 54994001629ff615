"""本人确认: the last step of a login that has proven the unit alone (R-2.4.5)."""

import reflex as rx

from jsrs_portal.components.controls import button
from jsrs_portal.components.feedback import card, definition_list
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.scan_panel import scan_panel
from jsrs_portal.state.confirm import ConfirmState as State


def confirm() -> rx.Component:
    """Return the page that a proven unit leads to when somebody besides its legal representative acts for it."""
    return frame(
        card(
            rx.el.div(
                rx.el.p("单位身份已验证。请法定代表人、管理员或经办人本人扫码，确认由谁办事。", class_name="text-lg"),
                definition_list([("单位", State.unit), ("验证方式", State.source)]),
                scan_panel(
                    State,
                    [
                        "打开江苏智慧人社 APP「扫一扫」，或用已设为可信手机的手机相机扫描。",
                        "在手机上核对单位、设备和操作，确认登录。",
                        "本页自动进入单位主页。",
                    ],
                ),
                button("换一种方式登录", kind="secondary", on_click=State.leave),
                class_name="mx-auto flex max-w-field flex-col gap-4",
            )
        ),
        title="本人确认",
    )
