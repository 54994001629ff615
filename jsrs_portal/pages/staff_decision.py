"""How an officer ends a step: the outcomes it has, and what has to be said with each (R-2.6.3.2)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.controls import actions, button
from jsrs_portal.components.feedback import card, notice
from jsrs_portal.components.fields import field, form, textarea_field
from jsrs_portal.components.kept import again
from jsrs_portal.domain.case_desk import LONGEST, LONGEST_PLACE, LONGEST_REMARK
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.pages.wizards import said
from jsrs_portal.state.staff_case import StaffCaseState as State

FORM = "decision"


def decision_card() -> rx.Component:
    """Return the card in which whoever looks after a case decides."""
    return card(
        rx.el.div(
            again(FORM, lambda values: State.resume(values, State.case.version)),
            form(_outcomes(), rx.cond(State.act != "", _said()), on_submit=State.submit_decision, id=FORM),
            key=State.case.id.to(str) + State.case.version.to(str),  # once something is done, what was typed is over
        ),
        title="作出决定",
    )


def _outcomes() -> rx.Component:
    def one(act: Any) -> rx.Component:
        return rx.el.label(
            rx.el.input(
                type="radio",
                name="act",
                value=act.key,
                on_change=State.choose_act(act.key),
                class_name="size-icon shrink-0 accent-brand-600",
            ),
            act.label,
            class_name="flex min-h-control items-center gap-2 pr-4 text-base",
        )

    return rx.el.fieldset(
        rx.el.legend("办理结果", class_name="text-base"),
        rx.el.div(rx.foreach(State.case.acts, one), class_name="flex flex-wrap gap-x-4"),
        class_name="max-w-field",
    )


def _said() -> rx.Component:
    passing, correcting = State.act == Act.PASS, State.act == Act.CORRECT
    place = field(
        "转往部门",
        "to",
        hint=f"写明部门全称，最多{LONGEST_PLACE}个字",
        error=said(State.error, "to"),
    )
    opinion = textarea_field(
        rx.cond(correcting, "补正的总体原因", "办理意见"),
        "opinion",
        rows=4,
        max_length=LONGEST,
        required=~passing,
        hint=rx.cond(passing, "可以不填写；填写的内容申请人可以看到。", "申请人可以看到，请写明事实和依据。"),
        error=said(State.error, "opinion"),
    )
    return rx.el.div(
        rx.cond(State.act == Act.TRANSFER, place),
        opinion,
        rx.cond(correcting, _remarks()),
        actions(button("提交决定", type="submit", loading=State.busy)),
        class_name="flex flex-col gap-4",
    )


def _remarks() -> rx.Component:
    def one(question: Any) -> rx.Component:
        return field(
            question.label,
            question.name,
            required=False,
            error=said(State.error, question.name.to(str)),
            id=question.name,
        )

    return rx.el.fieldset(
        rx.el.legend("逐栏补正要求", class_name="text-base font-semibold"),
        rx.el.p(
            f"只填写需要补正的栏目，每栏最多{LONGEST_REMARK}个字；内容会显示在申请人表单的相应栏目旁。",
            class_name="text-sm text-ink-500",
        ),
        notice("info", State.case.corrections),
        rx.el.div(
            rx.foreach(State.case.questions, one), class_name="grid grid-cols-1 items-end gap-3 @2xl:grid-cols-2"
        ),
        class_name="flex flex-col gap-3 border-l-2 border-line pl-4",
    )


def confirm_dialog() -> rx.Component:
    """Return the question before a decision that ends the case."""
    return dialog(
        rx.el.p(
            "将对办件作出「",
            rx.el.strong(State.asked),
            "」的决定，办件随即结束并通知申请人，作出后不能撤销。",
            class_name="text-base",
        ),
        actions(
            button("确认作出决定", on_click=State.confirm_decision, loading=State.busy),
            button("返回修改", kind="secondary", on_click=State.close_dialog),
        ),
        open=State.dialog == "confirm",
        on_close=State.close_dialog,
        title="确认决定",
    )
