"""办件详情: all that was handed in, the progress with its limits, and what may be done (R-2.6.3.2)."""

import reflex as rx

from jsrs_portal.components.behaviour import on_change, print_button, ticker
from jsrs_portal.components.case_views import answer_sections, handed_files, limit_lines, timeline_view
from jsrs_portal.components.controls import actions, asking, button_class, button_link, icon
from jsrs_portal.components.feedback import badge, card, definition_list, empty_state, skeleton
from jsrs_portal.components.sent_back import sent_back_notice
from jsrs_portal.domain.cases import DECIDED, STATUS_LABELS
from jsrs_portal.pages.courier import courier_card
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.numbers import case_number, handed_in_again
from jsrs_portal.pages.rating import rating_card
from jsrs_portal.pages.result import result_card
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.settings import get_settings
from jsrs_portal.state.case import CaseState as State
from jsrs_portal.state.courier import CourierState
from jsrs_portal.state.rating import RatingState

_VIEW = State.view
_DECIDED = rx.Var.create([STATUS_LABELS[one] for one in DECIDED])


def case() -> rx.Component:
    """Return the page of one case."""
    missing = card(
        empty_state(
            "没有这个办件",
            "它可能不是以您当前的身份提交的，或您的授权不包括该事项。请切换身份后再试。",
            actions(
                button_link("查看我的办件", State.home, kind="secondary"),
                button_link("切换身份", "/choose", kind="quiet", icon_name="repeat"),
            ),
        )
    )
    shown = rx.fragment(
        trouble(State.trouble),
        sent_back_notice(_VIEW.sent_back),
        card(_head(), title="办件信息", action=badge(_VIEW.tone, _VIEW.status)),
        result_card(_DECIDED.contains(_VIEW.status)),
        rating_card(),
        courier_card(),
        rx.el.div(
            rx.el.div(card(timeline_view(_VIEW.timeline), title="办理进度"), class_name="min-w-0 @5xl:w-1/3"),
            rx.el.div(
                card(answer_sections(_VIEW.sections), title="申报内容"),
                rx.cond(_VIEW.files.length() > 0, card(handed_files(_VIEW.files), title="申报材料")),
                class_name="flex min-w-0 flex-1 flex-col gap-6",
            ),
            class_name="flex flex-col gap-6 @5xl:flex-row @5xl:items-start",
        ),
    )
    every = int(get_settings().progress_every_seconds * 1000)
    return frame(
        rx.cond(State.loaded, rx.cond(State.missing, missing, shown), card(skeleton("row", rows=8))),
        ticker(State.look_again, every, State.open),
        on_change(_VIEW.version, [RatingState.load, CourierState.look_again]),
        title=rx.cond(_VIEW.matter != "", _VIEW.matter, "办件详情"),
    )


def _head() -> rx.Component:
    facts = definition_list(
        [
            ("办件编号", case_number(_VIEW.number)),
            ("申请人", _VIEW.whom),
            ("受理区域", _VIEW.region),
            ("申请时间", rx.el.span(_VIEW.submitted, rx.cond(_VIEW.again != "", handed_in_again(_VIEW.again)))),
            ("当前状态", _VIEW.now),
        ]
    )
    withdraw = asking(
        "撤回",
        "撤回后该办件即告终止，不能恢复；如仍需办理，须重新申报。",
        title="要撤回这次申报吗？",
        yes="撤回",
        no="不撤回",
        on_yes=State.withdraw,
    )
    ways = rx.el.div(
        actions(
            rx.cond(_VIEW.correct_href != "", button_link("去补正", _VIEW.correct_href, reload=True)),
            print_button(icon("printer"), "打印", class_name=button_class("secondary")),
            button_link("返回办件列表", State.home, kind="quiet"),
        ),
        rx.cond(_VIEW.withdrawable, rx.el.div(withdraw, class_name="text-base")),
        class_name="not-printed flex flex-col items-stretch gap-4 @sm:flex-row @sm:flex-wrap @sm:items-center "
        "@sm:justify-between",
    )
    return rx.el.div(facts, limit_lines(_VIEW.limits), ways, class_name="flex flex-col gap-4")
