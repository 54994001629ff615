"""单位主页: three figures, what comes next, and the matters one is likely to need (R-2.6.1)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import LINK, anchor, button_link, icon
from jsrs_portal.components.feedback import badge, card, definition_list, empty_state, skeleton, tag
from jsrs_portal.components.matters import ROW, matter_links
from jsrs_portal.components.navigation import more_button, tabs
from jsrs_portal.pages.frame import centre_frame
from jsrs_portal.state.home import TABS
from jsrs_portal.state.home import HomeState as State
from jsrs_portal.state.shell import ShellState
from jsrs_portal.state.unit import UnitState

_FIGURES = (
    ("办理中", "已提交、等待办理的办件", "loader"),
    ("已办结", "已经办理完毕的办件", "circle_check"),
    ("待评价", "已办结、等您评价的办件", "star"),
)
_TILE = "flex h-full flex-col gap-1 rounded-card border border-line bg-surface p-4 hover:bg-brand-50"


def unit_home() -> rx.Component:
    """Return 「单位主页」."""
    return centre_frame(
        _figures(),
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


def _figures() -> rx.Component:
    """Return the figures' places. Cases come to be counted with their list."""
    tiles = [
        rx.el.li(
            anchor(
                rx.el.span(icon(sign), label, class_name="flex items-center gap-2 text-base text-ink-700"),
                rx.el.span("—", aria_hidden="true", class_name="text-3xl font-semibold leading-heading"),
                rx.el.span(explained, class_name="text-sm text-ink-500"),
                href="/unit/cases",
                class_name=_TILE,
            )
        )
        for label, explained, sign in _FIGURES
    ]
    note = rx.el.p("「单位办件」开通后，这里显示本单位的办件数量。", class_name="text-sm text-ink-500")
    return rx.el.section(
        rx.el.ul(*tiles, class_name="grid grid-cols-1 gap-4 @xl:grid-cols-3"),
        note,
        aria_label="办件",
        class_name="flex flex-col gap-2",
    )


def _next() -> rx.Component:
    done = empty_state("暂无待办", "未提交的草稿、即将到期的授权等会列在这里。")
    steps = rx.cond(State.steps.length() > 0, rx.el.ul(rx.foreach(State.steps, _step)), done)
    return rx.cond(State.loaded, steps, skeleton("row", rows=2))


def _step(one: Any) -> rx.Component:
    whose = rx.el.span("：", one.what, class_name="sr-only")
    return rx.el.li(
        rx.el.div(
            rx.el.p(one.what, class_name="text-base"),
            rx.el.p(
                rx.cond(one.urgent, badge("warn", "即将到期")),
                rx.el.span(one.when),
                class_name="flex flex-wrap items-center gap-2 text-sm text-ink-700",
            ),
            class_name="flex min-w-0 flex-1 flex-col gap-1",
        ),
        button_link(rx.fragment(one.action, whose), one.href, kind="secondary"),
        class_name="flex flex-col gap-3 border-b border-line py-3 last:border-b-0 @xl:flex-row @xl:items-center",
    )


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
