"""The frame around the officers' pages, filled from its state."""

from typing import Any

import reflex as rx

from jsrs_portal.access.departure import DepartureState
from jsrs_portal.components.behaviour import Text, load_unanswered
from jsrs_portal.components.controls import actions, button
from jsrs_portal.components.departure import departure
from jsrs_portal.components.feedback import live_messages, skeleton
from jsrs_portal.components.fields import error_summary
from jsrs_portal.components.shell import account_menu
from jsrs_portal.components.side_menu import person_card, unit_centre
from jsrs_portal.components.staff_shell import NAME, STAFF_MENU, staff_page
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.state.shell import ShellState
from jsrs_portal.state.staff_shell import StaffShellState


def staff_plain(*content: Any, title: Text) -> rx.Component:
    """Return a page of the platform without a menu: the login, the change of the first password."""
    account = rx.cond(
        StaffShellState.loaded,
        account_menu(StaffShellState.initial, StaffShellState.login, StaffShellState.log_out, home="/staff"),
    )
    messages = live_messages(ShellState.message_kind, ShellState.message, ShellState.dismiss)
    page = staff_page(*content, title=title, account=account, messages=messages)
    return rx.fragment(page, load_unanswered(), departure(DepartureState.to))


def staff_frame(*content: Any, title: str, current: str) -> rx.Component:
    """Return a page of the platform with the menu of the officer's role."""
    person = rx.cond(
        StaffShellState.loaded,
        person_card(
            initial=StaffShellState.initial,
            role=StaffShellState.role,
            phone=StaffShellState.login,
            unit_name=StaffShellState.region,
        ),
        skeleton("row"),
    )
    inside = unit_centre(
        *content,
        current=current,
        person=person,
        counts={"cases": StaffShellState.waiting, "ratings": StaffShellState.mending},
        items=STAFF_MENU,
        label=NAME,
        offered=StaffShellState.offered,
    )
    return staff_plain(inside, title=title)


def wrong_above(state: Any) -> rx.Component:
    """Return what stands above a form: the summary of what is wrong at its fields, and what belongs to none."""
    return rx.fragment(error_summary(state.errors, state.attempt), trouble(state.trouble))


def pager(state: Any, label: str) -> rx.Component:
    """Return 「上一页」 and 「下一页」 of a list that is read page by page; nothing when it fits on one."""
    turn = actions(
        rx.cond(state.page > 1, button("上一页", kind="secondary", on_click=state.previous_page)),
        rx.cond(state.has_more, button("下一页", kind="secondary", on_click=state.next_page)),
    )
    return rx.cond(
        (state.page > 1) | state.has_more,
        rx.el.nav(
            rx.el.p("第 ", state.page, " 页", class_name="text-base text-ink-700", role="status"),
            turn,
            aria_label=label,
            class_name="mt-4 flex flex-wrap items-center justify-between gap-3",
        ),
    )
