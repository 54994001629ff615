"""One case in the unit's workbench, and its review (R-2.6.7)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.case_views import answer_sections, handed_files, limit_lines, timeline_view
from jsrs_portal.components.controls import actions, button, button_link
from jsrs_portal.components.feedback import badge, card, definition_list, empty_state, notice, skeleton
from jsrs_portal.components.fields import error_of, error_summary, form, textarea_field
from jsrs_portal.components.kept import again
from jsrs_portal.components.navigation import crumbs
from jsrs_portal.domain.case_reviews import DECISIONS, LONGEST
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.pages.frame import centre_frame
from jsrs_portal.pages.numbers import case_number
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.workbench import PATH, ReviewState

FORM = "review"


def decision(state: Any, acts: Any = None) -> rx.Component:
    """Return the choice, the opinion and the button; ``acts`` are those that are possible, all without it."""

    def one(act: Act, label: str) -> rx.Component:
        shown = rx.el.label(
            rx.el.input(
                type="radio",
                name="decision",
                value=act.value,
                default_checked=state.decision == act.value,
                on_change=state.choose(act.value),
                class_name="size-icon shrink-0 accent-brand-600",
            ),
            label,
            class_name="flex min-h-control items-center gap-2 pr-4 text-base",
        )
        return shown if acts is None else rx.cond(acts.contains(act.value), shown)

    approving = state.decision == Act.APPROVE.value
    return rx.el.div(
        rx.el.fieldset(
            rx.el.legend("审核结果", class_name="text-base"),
            rx.el.div(*[one(act, label) for act, label in DECISIONS.items()], class_name="flex flex-wrap gap-x-4"),
            *error_of("decision", said(state.error, "decision")),
            custom_attrs={"id": "decision", "tabIndex": -1},
            class_name="max-w-field",
        ),
        textarea_field(
            "审核意见",
            "opinion",
            rows=3,
            max_length=LONGEST,
            required=~approving,
            hint=rx.cond(approving, "可以不填写；填写的内容申请人可以看到。", "请写明原因，申请人可以看到。"),
            error=said(state.error, "opinion"),
        ),
        actions(button("提交审核", type="submit", loading=state.busy)),
        class_name="flex flex-col gap-4",
    )


def review() -> rx.Component:
    """Return one case: what was handed in, its way, and the review."""
    view = ReviewState.view
    missing = card(
        empty_state(
            "没有需要您审核的这个办件",
            "它可能不由您审核，或您的授权不包括该事项。",
            button_link("返回工作台", PATH, kind="secondary"),
        )
    )
    facts = definition_list(
        [
            ("办件编号", case_number(view.number)),
            ("申请人", view.applicant),
            ("申请日期", view.submitted),
        ]
    )
    decide = card(
        form(
            error_summary(ReviewState.errors, ReviewState.attempt),
            rx.el.input(type="hidden", name="seen", value=view.version.to(str)),
            decision(ReviewState, view.acts),
            again(FORM, ReviewState.resume),
            on_submit=ReviewState.submit,
            id=FORM,
        ),
        title="单位审核",
    )
    shown = rx.fragment(
        trouble(ReviewState.trouble),
        card(
            rx.el.div(facts, limit_lines(view.limits), class_name="flex flex-col gap-4"),
            title="办件信息",
            action=badge(view.tone, view.status),
        ),
        rx.cond(view.gone != "", notice("info", view.gone), card(answer_sections(view.sections), title="申报内容")),
        rx.cond(view.files.length() > 0, card(handed_files(view.files), title="申报材料")),
        card(timeline_view(view.timeline), title="办理进度"),
        rx.cond(view.acts.length() > 0, decide),
        rx.el.div(button_link("返回工作台", PATH, kind="quiet", icon_name="arrow_left")),
    )
    waiting = card(skeleton("row", rows=8))
    return centre_frame(
        crumbs([("我的工作台", PATH)], rx.cond(view.matter != "", view.matter, "办件审核")),
        rx.cond(ReviewState.loaded, rx.cond(ReviewState.missing, missing, shown), waiting),
        title=rx.cond(view.matter != "", view.matter, "办件审核"),
        current="workbench",
    )
