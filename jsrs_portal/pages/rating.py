"""评价: the form on a case's page, what was given, and what a matter's ratings come to (R-2.6.3.4)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import focus_when
from jsrs_portal.components.choices import radio_field
from jsrs_portal.components.controls import actions, button, button_link
from jsrs_portal.components.feedback import badge, card, notice, tag
from jsrs_portal.components.fields import error_summary, form, textarea_field
from jsrs_portal.domain.ratings import FEWEST_SHOWN, LONGEST_WORDS
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.rating import LEVELS, GuideRatingState
from jsrs_portal.state.rating import RatingState as State

_VIEW = State.view


def rating_card() -> rx.Component:
    """Return the card in which a finished case is rated, or how it was; nothing for one that is not finished."""
    asked = rx.el.div(
        focus_when(State.wanted, "rating"),
        card(
            form(
                error_summary(State.errors, State.attempt),
                trouble(State.trouble),
                rx.el.p(
                    "评价出于自愿，每件只能评价一次，提交后不能修改。办理人员看不到是谁作出的评价。",
                    class_name="max-w-text text-base text-ink-700",
                ),
                radio_field(
                    "满意程度",
                    "level",
                    LEVELS,
                    error=said(State.error, "level"),
                    wide=True,
                    on_change=State.choose_level,
                ),
                rx.cond(State.level != "", _reasons()),
                textarea_field(
                    "意见",
                    "words",
                    rows=3,
                    required=False,
                    max_length=LONGEST_WORDS,
                    hint="请勿填写姓名、证件号码、电话等个人信息",
                    error=said(State.error, "words"),
                ),
                actions(button("提交评价", type="submit", loading=State.busy)),
                on_submit=State.submit_rating,
            ),
            title="评价",
        ),
        role="group",
        aria_label="评价",
        tab_index=-1,
        custom_attrs={"id": "rating"},
    )
    return rx.el.div(
        rx.cond(_VIEW.ratable, asked, rx.cond(_VIEW.level != "", _given())), class_name="not-printed empty:hidden"
    )


def _reasons() -> rx.Component:
    def one(reason: Any) -> rx.Component:
        return rx.el.label(
            rx.el.input(
                type="checkbox",
                name=reason["name"],
                value="yes",
                class_name="size-6 shrink-0 accent-brand-600",
            ),
            reason["text"],
            key=reason["name"],
            class_name="flex min-h-control items-center gap-2 pr-4 text-base",
        )

    return rx.el.fieldset(
        rx.el.legend(
            rx.cond(State.bad, "原因（至少勾选一项，或在下面写明意见）", "原因（可多选）"), class_name="text-base"
        ),
        rx.el.div(rx.foreach(State.reasons, one), class_name="flex flex-wrap gap-x-4"),
    )


def _given() -> rx.Component:
    answer = rx.cond(
        _VIEW.rectifying != "",
        notice(
            "info",
            rx.el.p(_VIEW.rectifying),
            rx.cond(_VIEW.done != "", rx.el.p("整改情况：", _VIEW.done, class_name="whitespace-pre-line break-words")),
        ),
    )
    return card(
        rx.el.div(
            rx.el.p(
                badge(rx.cond(_VIEW.bad, "warn", "ok"), _VIEW.level),
                rx.foreach(_VIEW.reasons, tag),
                rx.el.span("评价于 ", _VIEW.given, class_name="text-sm text-ink-500"),
                class_name="flex flex-wrap items-center gap-2",
            ),
            rx.cond(_VIEW.words != "", rx.el.p(_VIEW.words, class_name="whitespace-pre-line break-words text-base")),
            answer,
            class_name="flex flex-col gap-3",
        ),
        title="评价",
    )


def rating_summary() -> rx.Component:
    """Return what the ratings of a guide's matter come to; of too few only that they are too few."""
    summary = GuideRatingState.summary

    def level(one: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(one[0], class_name="w-label shrink-0"),
            rx.el.progress(value=one[2], max=100, aria_hidden="true", class_name="h-2 w-full max-w-side"),
            rx.el.span(one[1], " 件", class_name="shrink-0 tabular-nums text-ink-700"),
            class_name="flex items-center gap-3 text-base",
        )

    figures = rx.el.div(
        rx.el.p(
            rx.el.strong(summary.average, class_name="text-3xl font-semibold leading-heading"),
            rx.el.span(" 分（满分 5 分）"),
            rx.el.span("共 ", summary.number, " 件评价，好评率 ", summary.good),
            class_name="flex flex-wrap items-baseline gap-x-3 text-base",
        ),
        rx.el.ul(rx.foreach(summary.by_level, level), class_name="flex flex-col gap-2", aria_label="各满意程度的件数"),
        class_name="flex flex-col gap-4",
    )
    few = rx.el.p(
        f"目前评价不足 {FEWEST_SHOWN} 件，暂不公布，以免看出是谁作出的评价。", class_name="text-base text-ink-700"
    )
    return rx.el.section(
        rx.el.h2("评价", class_name="mb-4 text-xl", custom_attrs={"id": "part-rating"}),
        rx.cond(summary.average != "", figures, few),
        class_name="@container not-printed rounded-card border border-line bg-surface p-4 @3xl:p-6",
    )


def rate() -> rx.Component:
    """Return the page 「评价」: how a case is rated; whoever is signed in is led on to theirs."""
    return frame(
        card(
            rx.el.ol(
                rx.el.li("请登录后，在办件列表中选择「待评价」的办件。"),
                rx.el.li("选择满意程度：非常满意、满意、基本满意、不满意、非常不满意，并勾选原因，也可以写下意见。"),
                rx.el.li("每件办件只能评价一次，不评价不影响办理结果，也不会默认为好评。"),
                rx.el.li("不满意和非常不满意的评价，由有关部门在 15 个工作日内整改，并告知您整改情况。"),
                class_name="flex list-decimal flex-col gap-2 pl-6 text-base",
            ),
            rx.el.div(
                actions(
                    button_link("登录", "/login?next=/rate"),
                    button_link("返回大厅首页", "/", kind="secondary"),
                ),
                class_name="mt-6",
            ),
            title="如何评价",
        ),
        title="评价",
        nav_current="/rate",
    )
