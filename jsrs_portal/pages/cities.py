"""地市频道: the cities, and each city's own front, all from data (R-2.1.10)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import LINK, anchor, button_link, icon
from jsrs_portal.components.feedback import card, empty_state, notice, skeleton
from jsrs_portal.components.matters import announcement_line, matter_line
from jsrs_portal.pages.frame import frame
from jsrs_portal.state.cities import CityListState, CityState

_CITY = CityState.city


def _city_tile(city: Any) -> rx.Component:
    return rx.el.li(
        anchor(
            rx.el.span(city.name, class_name="block text-lg text-brand-700"),
            rx.el.span(city.bureau, class_name="block text-sm text-ink-500"),
            href=city.href,
            class_name="block h-full rounded-card border border-line bg-surface p-4 hover:border-brand-600 "
            "hover:bg-brand-50",
        )
    )


def city_list() -> rx.Component:
    """Return the page of all cities."""
    tiles = rx.el.ul(
        rx.foreach(CityListState.cities, _city_tile),
        class_name="grid grid-cols-1 gap-4 @xl:grid-cols-2 @3xl:grid-cols-3 @6xl:grid-cols-4",
    )
    return frame(
        rx.el.p("选择城市，查看当地的办事事项、服务大厅和公告。", class_name="text-base text-ink-700"),
        rx.cond(CityListState.loaded, tiles, skeleton("row", rows=5)),
        title="地市频道",
        nav_current="/cities",
    )


def _hall(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.h3(one.name, class_name="text-base"),
        rx.el.p("地址：", one.address, class_name="text-base text-ink-700"),
        rx.el.p("时间：", one.hours, class_name="text-base text-ink-700"),
        rx.cond(one.phone != "", rx.el.p("电话：", one.phone, class_name="text-base text-ink-700")),
        class_name="flex flex-col gap-1 border-b border-line py-3 first:pt-0 last:border-b-0",
    )


def _outside(one: Any) -> rx.Component:
    return rx.el.li(
        anchor(
            one.name,
            rx.el.span("（在新窗口打开）", class_name="sr-only"),
            href=one.href,
            reload=True,
            target="_blank",
            rel="noopener noreferrer",
            class_name=f"{LINK} inline-flex min-h-control items-center",
        ),
        rx.cond(one.note != "", rx.el.span(one.note, class_name="block text-sm text-ink-500")),
    )


def _county(one: Any) -> rx.Component:
    return rx.el.li(
        anchor(one.name, href=one.href, class_name=f"{LINK} inline-flex min-h-control items-center"),
    )


def _front() -> rx.Component:
    emblem = rx.cond(_CITY.emblem != "", _CITY.emblem, "/emblem.svg")
    head = card(
        rx.el.div(
            rx.el.img(src=emblem, alt="", class_name="size-12 shrink-0"),
            rx.el.div(
                rx.el.p(_CITY.bureau, class_name="text-lg font-semibold text-brand-700"),
                rx.el.p(_CITY.hall, class_name="text-base text-ink-700"),
                class_name="min-w-0",
            ),
            class_name="flex items-center gap-4",
        ),
        rx.el.p(_CITY.introduction, class_name="mt-4 max-w-text text-base text-ink-700"),
        rx.cond(_CITY.notice != "", rx.el.div(notice("info", _CITY.notice), class_name="mt-4")),
        rx.el.div(
            button_link("本市全部事项", f"/services?region={_CITY.code}", icon_name="list"),
            rx.el.p(icon("phone"), "咨询电话 ", _CITY.phone, class_name="flex items-center gap-2 text-base"),
            class_name="mt-4 flex flex-wrap items-center gap-6",
        ),
    )
    featured = rx.cond(
        _CITY.featured.length() > 0,
        rx.el.ul(rx.foreach(_CITY.featured, matter_line)),
        empty_state("暂无推荐事项", "可以查看本市全部事项。"),
    )
    news = rx.cond(
        _CITY.announcements.length() > 0,
        rx.el.ul(rx.foreach(_CITY.announcements, announcement_line)),
        empty_state("暂无公告"),
    )
    return rx.el.div(
        head,
        rx.el.div(
            card(featured, title="本市推荐"),
            card(news, title="本市公告"),
            card(rx.el.ul(rx.foreach(_CITY.halls, _hall)), title="服务大厅"),
            rx.el.div(
                card(rx.el.ul(rx.foreach(_CITY.links, _outside)), title="相关网站"),
                card(
                    rx.el.ul(
                        rx.foreach(_CITY.counties, _county), class_name="grid grid-cols-2 gap-x-4 @xs:grid-cols-3"
                    ),
                    title="县（市、区）事项",
                ),
                class_name="flex flex-col gap-6",
            ),
            class_name="grid grid-cols-1 gap-6 @4xl:grid-cols-2",
        ),
        class_name="flex flex-col gap-6",
    )


def city() -> rx.Component:
    """Return one city's front."""
    missing = card(
        empty_state("没有这个城市", "请从地市频道选择。", button_link("去地市频道", "/cities", kind="secondary"))
    )
    return frame(
        rx.cond(CityState.loaded, rx.cond(CityState.missing, missing, _front()), skeleton("panel", rows=2)),
        title=rx.cond(_CITY.name != "", _CITY.name, "地市频道"),
        nav_current="/cities",
        trail=[("大厅首页", "/"), ("地市频道", "/cities")],
    )
