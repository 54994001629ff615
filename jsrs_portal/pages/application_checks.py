"""The answers of an application once more before they are submitted, and the receipt afterwards (R-2.6.3.3)."""

import reflex as rx

from jsrs_portal.components.behaviour import print_button
from jsrs_portal.components.case_views import answer_sections
from jsrs_portal.components.choices import checkbox_field
from jsrs_portal.components.controls import actions, button, button_class, button_link, icon
from jsrs_portal.components.feedback import definition_list, notice, success_panel
from jsrs_portal.components.fields import form
from jsrs_portal.components.qr import address_qr
from jsrs_portal.pages.application_materials import handed_in
from jsrs_portal.pages.numbers import case_number, handed_in_again
from jsrs_portal.pages.wizards import said
from jsrs_portal.state.application import ApplicationState as State

HEADING = "step-title"
"""The id of a step's heading."""


def check() -> rx.Component:
    """Return the step in which everything is looked over and submitted."""
    promise = rx.cond(
        State.promise != "",
        checkbox_field("promise", State.promise, error=said(State.error, "promise")),
    )
    return rx.el.div(
        rx.el.p("草稿，尚未提交。", class_name="printed-only"),
        rx.el.div(
            notice("info", "请核对以下内容。提交后不能再修改，需要改动的请返回上一步。"), class_name="not-printed"
        ),
        definition_list([("受理区域", State.region)]),
        answer_sections(State.checked),
        handed_in(),
        form(
            promise,
            rx.el.div(
                actions(
                    button("提交申报", type="submit", loading=State.busy, loading_label="正在提交……"),
                    button("上一步", kind="secondary", on_click=State.go_to("materials")),
                    button("修改表单", kind="quiet", on_click=State.go_to("form")),
                    print_button(icon("printer"), "打印核对", class_name=button_class("quiet")),
                ),
                class_name="not-printed",
            ),
            on_submit=State.submit,
        ),
        class_name="flex flex-col gap-6",
    )


def receipt() -> rx.Component:
    """Return what somebody has who has applied: the number, how it stands, and all they said."""
    shown = State.receipt
    return rx.el.div(
        success_panel(
            "申报已提交",
            shown.next,
            button_link("查看办件进度", "/cases/" + State.case_id.to(str)),
            print_button(icon("printer"), "打印", class_name=button_class("secondary")),
            rx.cond(shown.home != "", button_link(shown.home_name, shown.home, kind="secondary")),
            button_link("返回大厅首页", "/", kind="secondary"),
            number=shown.number,
            number_label="办件编号",
            drawn=case_number(shown.number),
            id=HEADING,
        ),
        definition_list(
            [
                ("事项", shown.matter),
                ("申报人", shown.whom),
                ("经办", shown.person),
                ("受理区域", State.region),
                ("提交时间", rx.el.span(shown.submitted, rx.cond(shown.again != "", handed_in_again(shown.again)))),
                ("当前状态", shown.status),
                ("当前办理方", rx.cond(shown.turn != "", shown.turn, "—")),
            ]
        ),
        address_qr(State.qr, "扫码查看本次申报（需登录）"),
        answer_sections(State.checked),
        handed_in(),
        class_name="flex flex-col gap-6",
    )
