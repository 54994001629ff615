"""办事指南: the national elements of one matter, readable from top to bottom (R-2.1.9)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import print_button
from jsrs_portal.components.controls import actions, anchor, button, button_class, button_link, icon
from jsrs_portal.components.feedback import card, empty_state, notice, skeleton, tag
from jsrs_portal.components.qr import address_qr
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.guide_parts import PARTS, SMALL, parts, some
from jsrs_portal.pages.rating import rating_summary
from jsrs_portal.state.guide import GuideState

_GUIDE = GuideState.guide


def _not_now(name: Any) -> rx.Component:
    """Return the button of an application that is not possible: it can be reached, and points to the reason."""
    return rx.el.button(
        name,
        type="button",
        aria_disabled="true",
        aria_describedby="why-not",
        class_name="inline-flex min-h-control cursor-not-allowed items-center justify-center rounded-control border "
        "border-line bg-canvas px-4 text-base text-ink-500",
    )


def _head() -> rx.Component:
    matter = _GUIDE.matter
    away = anchor(
        rx.cond(matter.kind == "查询", "去查询", "去申报"),
        icon("external_link"),
        href=matter.apply_href,
        target="_blank",
        rel="noopener noreferrer",
        reload=True,
        class_name=button_class("primary"),
        aria_label=f"{matter.action}（在新窗口打开{matter.elsewhere}）",
    )
    here = button_link("申报", matter.apply_href, icon_name="file_pen_line")
    keep = button(
        rx.cond(GuideState.kept, "取消收藏", "收藏"),
        kind="secondary",
        icon_name="star",
        on_click=GuideState.keep,
    )
    shown = rx.el.div(
        rx.el.div(
            rx.el.p(
                tag(matter.category_name),
                tag(matter.subcategory_name),
                tag(matter.kind),
                rx.foreach(matter.sides, tag),
                class_name="flex flex-wrap gap-2",
            ),
            rx.el.p(matter.summary, class_name="max-w-text text-lg text-ink-700"),
            some(_GUIDE.online_note, notice("info", _GUIDE.online_note)),
            some(_GUIDE.apply_why, rx.el.div(notice("warn", _GUIDE.apply_why), custom_attrs={"id": "why-not"})),
            rx.el.div(
                actions(
                    rx.cond(
                        _GUIDE.apply_why != "",
                        _not_now(matter.action),
                        rx.cond(matter.apply_href != "", rx.cond(matter.elsewhere != "", away, here)),
                    ),
                    keep,
                    button_link("评价", "/rate", kind="secondary", icon_name="message_square"),
                    print_button(icon("printer"), "打印", class_name=button_class("secondary")),
                ),
                class_name="not-printed",
            ),
            rx.el.p(GuideState.said, role="status", class_name="text-base text-ink-700 empty:hidden"),
            rx.el.p("第 ", _GUIDE.version, " 版 · 更新于 ", _GUIDE.updated_on, class_name=SMALL),
            class_name="flex min-w-0 flex-1 flex-col gap-4",
        ),
        rx.el.div(address_qr(GuideState.qr, "手机扫码查看"), class_name="hidden shrink-0 @3xl:block"),
        class_name="flex gap-6",
    )
    return card(shown)


def _contents() -> rx.Component:
    """Return the list of parts, beside the guide where there is room."""
    links = [
        rx.el.li(
            anchor(
                title,
                href=f"#part-{key}",
                class_name="flex min-h-control items-center rounded-control px-3 text-base text-ink-700 "
                "hover:bg-brand-50",
            )
        )
        for key, title in (*PARTS, ("rating", "评价"))
    ]
    return rx.el.nav(
        rx.el.ul(*links, class_name="grid grid-cols-2 gap-1 @xl:grid-cols-3 @5xl:grid-cols-1"),
        aria_label="指南目录",
        class_name="not-printed rounded-card border border-line bg-surface p-3 @5xl:sticky @5xl:top-4 "
        "@5xl:w-side @5xl:shrink-0 @5xl:self-start",
    )


def guide() -> rx.Component:
    """Return the guide page."""
    missing = card(
        empty_state(
            "没有这个事项",
            "该事项可能已经下架或更名，请从服务清单中查找，或直接搜索。",
            button_link("去服务清单", "/services", kind="secondary"),
        )
    )
    whole = rx.el.div(
        _head(),
        rx.el.div(
            _contents(),
            rx.el.div(*parts(), rating_summary(), class_name="flex min-w-0 flex-1 flex-col gap-4"),
            class_name="flex flex-col gap-4 @5xl:flex-row @5xl:gap-6",
        ),
        class_name="flex flex-col gap-4",
    )
    return frame(
        rx.cond(GuideState.loaded, rx.cond(GuideState.missing, missing, whole), skeleton("panel", rows=2)),
        title=rx.cond(_GUIDE.matter.name != "", _GUIDE.matter.name, "办事指南"),
        nav_current="/services",
        trail=[("大厅首页", "/"), ("服务清单", "/services")],
    )
