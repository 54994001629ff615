"""The frame around every page: the kit's shell, filled from the frame's state."""

from enum import StrEnum
from typing import Any

import reflex as rx

from jsrs_portal.access.departure import DepartureState
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.components import shell
from jsrs_portal.components.attention import one_role
from jsrs_portal.components.behaviour import Text, load_unanswered, ticker
from jsrs_portal.components.controls import anchor, icon, text_link
from jsrs_portal.components.departure import departure
from jsrs_portal.components.feedback import live_messages, notice, skeleton
from jsrs_portal.components.navigation import search_box
from jsrs_portal.components.session_clock import session_clock
from jsrs_portal.components.side_menu import INSTITUTION_MENU, PERSON_MENU, beside, person_card, side_menu, unit_centre
from jsrs_portal.domain.sessions import WARNING
from jsrs_portal.state.search import SearchState
from jsrs_portal.state.shell import ShellState


def frame(*content: Any, title: Text, **options: Any) -> rx.Component:
    """Return a page with header, navigation, account and messages; options go to :func:`shell.page`."""
    account = rx.cond(
        ShellState.is_signed_in,
        shell.account_menu(
            ShellState.viewer_initial,
            rx.cond(ShellState.unit_name != "", ShellState.unit_name, ShellState.viewer_name),
            ShellState.log_out,
            home=ShellState.home,
            unread=ShellState.unread,
            more=[
                anchor(icon("repeat"), "切换身份", href="/choose", class_name=shell.PANEL_ITEM),
                anchor(icon("monitor_smartphone"), "登录设备", href="/sessions", class_name=shell.PANEL_ITEM),
            ],
        ),
        shell.login_entry(),
    )
    tree = regions()
    region = shell.region_switch(
        rx.cond(ShellState.region_name != "", ShellState.region_name, tree.by_code[tree.code].short),
        [(one.code, one.short) for one in (tree.by_code[tree.code], *tree.children(tree.code))],
    )
    options = {"region": region, "search": suggesting_search, **options}
    messages = live_messages(ShellState.message_kind, ShellState.message, ShellState.dismiss)
    closing = rx.cond(
        ShellState.closing != "",
        notice(
            "warn",
            "您的账户将于 ",
            ShellState.closing,
            " 注销，在此之前可以撤销。",
            text_link("去撤销", "/my/settings/data"),
        ),
    )
    content = content if options.get("bare") else (closing, *content)
    page = shell.page(*content, title=title, account=account, messages=messages, **options)
    ends = session_clock(
        loaded=ShellState.loaded,
        mark=ShellState.session_mark,
        until_epoch_ms=ShellState.session_end,
        now_epoch_ms=ShellState.session_now,
        final=ShellState.session_final,
        warning_ms=int(WARNING.total_seconds() * 1000),
        on_ask=ShellState.look_at_session,
        on_stay=ShellState.stay,
        on_leave=ShellState.log_out,
    )
    leaving = departure(DepartureState.to), one_role(DepartureState.switched, ShellState.session_mark)
    bell = rx.cond(
        ShellState.is_signed_in & (ShellState.bell_every > 0), ticker(ShellState.look_at_notices, ShellState.bell_every)
    )
    return rx.fragment(page, load_unanswered(), ends, bell, *leaving)


def suggesting_search(id: str, value: rx.Var[str] | None = None) -> rx.Component:
    """Return the search field that suggests while somebody types (R-2.1.8); ``value`` is what stands in it already."""
    return search_box(
        id,
        value=value,
        on_ask=SearchState.suggest,
        found=SearchState.suggestions,
        found_for=SearchState.suggested_for,
    )


class Centre(StrEnum):
    """Where a page that everybody has stands; the value begins its address."""

    UNIT = "/unit"
    PERSON = "/my"
    INSTITUTION = "/institution"


def settings_frame(*content: Any, centre: Centre, title: str, current: str) -> rx.Component:
    """Return a page of 「账号设置」 in the centre of whoever looks at it (R-2.6.8.0)."""
    if centre is Centre.UNIT:
        return centre_frame(*content, title=title, current=current)
    items, label = _MENUS[centre]
    return frame(unit_centre(*content, current=current, person=_person(), items=items, label=label), title=title)


def centre_frame(*content: Any, title: Text, current: str) -> rx.Component:
    """Return a page of the unit centre: side menu with the person's card, then ``content``."""
    return frame(unit_centre(*content, current=current, person=_person(), counts=_counts()), title=title)


def own_frame(*content: Any, title: Text, current: str) -> rx.Component:
    """Return a page that has one address for everybody, beside the menu of whoever looks at it."""
    menus = [
        (centre.value, side_menu(current, _person(), items=items, label=label))
        for centre, (items, label) in _MENUS.items()
    ]
    unit = side_menu(current, _person(), counts=_counts())
    menu = rx.match(ShellState.home, (Centre.UNIT.value, unit), *menus, rx.fragment())
    return frame(beside(menu, *content), title=title)


_MENUS = {Centre.PERSON: (PERSON_MENU, "个人中心"), Centre.INSTITUTION: (INSTITUTION_MENU, "机构中心")}


def _counts() -> dict[str, Any]:
    return {"workbench": ShellState.waiting}


def _person() -> rx.Component:
    return rx.cond(
        ShellState.loaded,
        person_card(
            initial=ShellState.viewer_initial,
            role=ShellState.viewer_role,
            phone=ShellState.viewer_mobile,
            unit_name=ShellState.unit_name,
        ),
        skeleton("row"),
    )
