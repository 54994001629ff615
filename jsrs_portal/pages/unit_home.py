"""单位主页: three figures, what comes next, and the matters one is likely to need (R-2.6.1)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.case_figures import case_figures, next_step
from jsrs_portal.components.controls import LINK, anchor, button_link
from jsrs_portal.components.feedback import card, definition_list, empty_state, skeleton, tag
from jsrs_portal.components.matters import ROW, matter_links
from jsrs_portal.components.navigation import more_button, tabs
from jsrs_portal.pages.frame import centre_frame
from jsrs_portal.state.home import TABS
from jsrs_portal.state.home import HomeState as State
from jsrs_portal.state.shell import ShellState
from jsrs_portal.state.unit import UnitState


def unit_home() -> rx.Component:
    """Return 「单位主页」."""
    return centre_frame(
        case_figures(State.figures, "/unit/cases"),
        card(_next(), title="接下来"),
        card(
            tabs(list(TABS), State.tab, State.choose_tab, label="事项"),
            rx.cond(State.loaded, _matters(), skeleton("row", rows=6)),
            title="事项",
            action=anchor("全部单位事项", href="/units", class_name=LINK),
        ),
        _who(),
        title="单位主页",
        current="home",
    )


def _next() -> rx.Component:
    done = empty_state("暂无待办", "未提交的草稿、需要补正的办件、即将到期的授权等会列在这里。")
    steps = rx.cond(State.steps.length() > 0, rx.el.ul(rx.foreach(State.steps, next_step)), done)
    return rx.cond(State.loaded, steps, skeleton("row", rows=2))


def _matters() -> rx.Component:
    nothing_kept = empty_state(
        "还没有收藏事项",
        "在办事指南中点「收藏」，常用事项会列在这里。",
        button_link("去单位办事", "/units", kind="secondary"),
    )
    nothing = empty_state("本区域暂无该类事项", "请切换区域，或在「服务清单」中查看全省事项。")
    lines = rx.el.ul(rx.foreach(State.matters, _matter))
    shown = rx.fragment(
        rx.cond(State.total > 0, rx.el.p("共 ", State.total, " 项", class_name="pt-2 text-sm text-ink-500")),
        lines,
        more_button("显示更多事项", State.more, State.after != ""),
    )
    recommended = rx.cond(
        State.recommended.length() > 0, rx.el.ul(rx.foreach(State.recommended, _recommended)), nothing
    )
    empty = rx.cond(State.tab == "kept", nothing_kept, nothing)
    return rx.cond(State.tab == "recommended", recommended, rx.cond(State.matters.length() > 0, shown, empty))


def _recommended(one: Any) -> rx.Component:
    return _line(one.matter, rx.el.span(one.reason, class_name="text-sm text-ink-700"))


def _matter(one: Any) -> rx.Component:
    return _line(one)


def _line(matter: Any, *more: rx.Component) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                anchor(matter.name, href=matter.guide_href, class_name=LINK),
                rx.el.span("（", matter.kind, "）", class_name="text-ink-500"),
                class_name="text-base",
            ),
            rx.el.p(tag(matter.category_name), *more, class_name="flex flex-wrap items-center gap-2"),
            class_name="flex min-w-0 flex-1 flex-col gap-1",
        ),
        matter_links(matter),
        class_name=ROW,
    )


def _who() -> rx.Component:
    unit = definition_list(
        [
            ("单位全称", UnitState.name),
            ("统一社会信用代码", UnitState.uscc),
            ("单位编号", UnitState.unit_number),
        ]
    )
    person = definition_list(
        [
            ("身份", ShellState.viewer_role),
            ("姓名", ShellState.viewer_name),
            ("移动电话", ShellState.viewer_mobile),
        ]
    )
    return rx.el.div(
        card(rx.cond(UnitState.loaded, unit, skeleton("line", rows=3)), title="当前单位"),
        card(rx.cond(ShellState.loaded, person, skeleton("line", rows=3)), title="当前登录人"),
        class_name="grid grid-cols-1 gap-6 @3xl:grid-cols-2",
    )
