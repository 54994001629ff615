"""全部办件: the list of whoever applied, at an address in each centre (R-2.6.3.1, R-2.6.6.5)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import disclosure, given, ticker
from jsrs_portal.components.controls import actions, anchor, button, button_class, button_link, icon
from jsrs_portal.components.feedback import badge, card, empty_state, skeleton, tag
from jsrs_portal.components.navigation import list_search
from jsrs_portal.components.shell import PANEL, PANEL_ITEM
from jsrs_portal.domain.own_data import ExportState
from jsrs_portal.pages.apply import drafts_card
from jsrs_portal.pages.frame import Centre, settings_frame
from jsrs_portal.pages.numbers import case_number
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.settings import get_settings
from jsrs_portal.state.cases import CasesState as State

NAMES = {Centre.UNIT: "单位办件", Centre.PERSON: "我的办件", Centre.INSTITUTION: "机构办件"}
"""What the page is called in each centre."""
_LOOK_EVERY_MS = 2000
_SEARCH = "请输入办件的业务名称"


def cases(centre: Centre) -> rx.Component:
    """Return the list in ``centre``."""
    nothing = empty_state(
        "暂无办件", "提交申报后，可以在这里查看办理进度。", button_link("去服务清单", "/services", kind="secondary")
    )
    not_found = empty_state(
        "没有符合条件的办件",
        "请换一个状态，或检查业务名称、办件编号是否完整。",
        button_link("查看全部办件", State.clear, kind="secondary"),
    )
    found = rx.cond(
        State.items.length() > 0,
        rx.el.ul(rx.foreach(State.items, _case), class_name="flex flex-col gap-4"),
        rx.cond(State.clear != "", not_found, nothing),
    )
    return settings_frame(
        drafts_card(State.drafts),
        card(
            rx.el.div(_filter(), _search(centre), class_name="flex flex-col gap-3 @lg:flex-row @lg:items-start"),
            trouble(State.trouble),
            _export(),
            rx.el.p(
                rx.cond(State.loaded, rx.fragment(State.chosen, "办件：", State.total, " 件")),
                role="status",
                class_name="min-h-6 py-4 text-base text-ink-700",
            ),
            rx.cond(State.loaded, found, skeleton("block", rows=4)),
            _pager(),
            title="办件列表",
            action=button(
                "导出", kind="secondary", icon_name="download", on_click=State.export_list, loading=State.making
            ),
        ),
        ticker(State.look_again, int(get_settings().progress_every_seconds * 1000), State.loaded),
        centre=centre,
        title=NAMES[centre],
        current="cases",
    )


def _export() -> rx.Component:
    """Return where the last Excel file is: under way, to be fetched, or failed."""
    export = State.export
    told = rx.el.div(
        rx.el.p(
            rx.el.strong("Excel 导出"),
            badge(
                rx.cond(export.href != "", "ok", rx.cond(export.state == ExportState.FAILED, "bad", "neutral")),
                export.words,
            ),
            rx.el.span("申请时间：", export.asked),
            rx.cond(export.rows != "", rx.el.span(export.rows)),
            rx.cond(export.until != "", rx.el.span("请于 ", export.until, " 前下载")),
            role="status",
            class_name="flex flex-wrap items-center gap-x-4 gap-y-2 text-base",
        ),
        rx.cond(
            State.making,
            rx.el.progress(value=export.progress, max=100, aria_label="导出进度", class_name="h-2 w-full max-w-side"),
        ),
        rx.cond(
            export.href != "",
            button_link("下载 Excel", export.href, icon_name="download", kind="secondary", reload=True),
        ),
        class_name="mt-4 flex flex-col items-start gap-3 rounded-card border border-line bg-canvas p-4",
    )
    return rx.fragment(rx.cond(export.state != "", told), ticker(State.look_at_export, _LOOK_EVERY_MS, State.making))


def _filter() -> rx.Component:
    """Return 「全部」▾: every choice is an address."""

    def option(one: Any) -> rx.Component:
        here = anchor(one.label, href=one.href, class_name=f"{PANEL_ITEM} font-semibold", aria_current="true")
        return rx.el.li(rx.cond(one.current, here, anchor(one.label, href=one.href, class_name=PANEL_ITEM)))

    return disclosure(
        rx.el.ul(rx.foreach(State.options, option), aria_label="办件状态"),
        label=rx.fragment(State.chosen, icon("chevron_down")),
        name="办件状态：" + State.chosen,
        trigger_class=button_class("secondary"),
        panel_class=PANEL.replace("right-0", "left-0"),
    )


def _search(centre: Centre) -> rx.Component:
    """Return the search: a form of the browser's own, so that what is looked for is in the address."""
    search = list_search(
        "case-search",
        action=f"{centre}/cases",
        label="按业务名称或办件编号查找",
        placeholder=_SEARCH,
        value=State.wanted.text,
        kept={"status": State.wanted.group},
    )
    return rx.el.div(search, class_name="flex min-w-0 flex-1 @lg:max-w-field")


def _case(one: Any) -> rx.Component:
    def fact(label: str, value: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(label, class_name="shrink-0 text-ink-500 @md:w-label"),
            rx.el.dd(value, class_name="min-w-0 break-words"),
            class_name="flex flex-col @md:flex-row @md:gap-4",
        )

    facts = rx.el.dl(
        fact("办件编号", case_number(one.number)),
        rx.cond(one.who != "", fact("提交人", one.who)),
        fact("申请时间", one.submitted),
        fact("当前状态", one.now),
        class_name="flex min-w-0 flex-1 flex-col gap-1 text-base",
    )

    def way(label: str, href: Any) -> rx.Component:
        named = f"{label}：" + one.matter + "，" + one.number
        return anchor(label, href=href, aria_label=named, class_name=button_class("secondary"))

    ways = actions(rx.cond(one.to_rate, way("评价", one.href.to(str) + "?rate=1")), way("查询", one.href))
    return rx.el.li(
        rx.el.div(
            rx.el.h3(one.matter, class_name="min-w-0 text-lg"),
            badge(one.tone, one.status),
            rx.cond(one.whose != "", tag(one.whose)),
            class_name="flex flex-wrap items-center gap-3",
        ),
        rx.el.div(facts, ways, class_name="flex flex-col gap-3 @2xl:flex-row @2xl:items-end"),
        class_name="flex flex-col gap-2 rounded-card border border-line p-4",
    )


def _pager() -> rx.Component:
    def way(label: str, href: Any, **props: Any) -> rx.Component:
        link = anchor(label, href=href, class_name=button_class("secondary"), **given(**props))
        return rx.cond(href != "", link)

    return rx.cond(
        (State.before != "") | (State.after != ""),
        rx.el.nav(
            way("上一页", State.before, rel="prev"),
            way("下一页", State.after, rel="next"),
            aria_label="翻页",
            class_name="flex flex-wrap justify-end gap-3 pt-4",
        ),
    )
