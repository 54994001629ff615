"""Where an application begins: what the guide asks for, the drafts there are, and 「开始申报」 (R-2.6.3.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.choices import checkbox_field
from jsrs_portal.components.controls import LINK, actions, anchor, asking, button, button_link
from jsrs_portal.components.feedback import card, empty_state, skeleton
from jsrs_portal.components.fields import error_summary, form
from jsrs_portal.components.steps import steps
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.application import TITLES
from jsrs_portal.state.apply import ApplyState
from jsrs_portal.state.guide import GuideState
from jsrs_portal.state.shell import ShellState

_GUIDE = GuideState.guide


def apply() -> rx.Component:
    """Return the page on which an application is begun."""
    matter = _GUIDE.matter
    missing = empty_state(
        "没有这个事项",
        "该事项可能已经下架或更名，请从服务清单中查找，或直接搜索。",
        button_link("去服务清单", "/services", kind="secondary"),
    )
    refused = empty_state(
        "现在不能申报", _GUIDE.apply_why, button_link("查看办事指南", matter.guide_href, kind="secondary")
    )
    body = rx.cond(
        GuideState.loaded,
        rx.cond(GuideState.missing, missing, rx.cond(_GUIDE.apply_why != "", refused, _begin())),
        skeleton("row", rows=6),
    )
    return frame(
        _drafts(), card(body), title=rx.cond(matter.name != "", matter.name, "网上申报"), nav_current="/services"
    )


def _begin() -> rx.Component:
    sign_in = actions(
        button_link("登录后申报", "/login?next=/apply/" + _GUIDE.matter.key.to(str), reload=True),
        button_link("查看办事指南", _GUIDE.matter.guide_href, kind="secondary"),
    )
    start = form(
        checkbox_field(
            "guide_read",
            "我已阅读并了解上述办理要求和",
            anchor("办事指南", href=_GUIDE.matter.guide_href, class_name=LINK, target="_blank"),
            error=said(ApplyState.error, "guide_read"),
        ),
        actions(
            button("开始申报", type="submit", loading=ApplyState.busy),
            button_link("返回指南", _GUIDE.matter.guide_href, kind="secondary"),
        ),
        on_submit=ApplyState.begin,
    )
    return rx.el.div(
        steps(TITLES, 1),
        rx.el.div(
            error_summary(ApplyState.errors, ApplyState.attempt),
            trouble(ApplyState.trouble),
            _part(
                "受理区域",
                rx.el.p(
                    rx.el.strong(GuideState.region),
                    "　申报提交后由该区域的部门受理。需要在其他区域办理的，请先在页面上方切换区域。",
                ),
            ),
            _part("受理条件", rx.el.ul(rx.foreach(_GUIDE.conditions, rx.el.li), class_name="list-disc pl-6")),
            _part(
                "需要的材料",
                rx.cond(
                    _GUIDE.materials.length() > 0,
                    rx.el.ul(rx.foreach(_GUIDE.materials, _material), class_name="list-disc pl-6"),
                    rx.el.p(_GUIDE.no_materials),
                ),
            ),
            _part("办理时限", rx.el.ul(rx.foreach(_GUIDE.limits, lambda one: rx.el.li(one.label, "：", one.value)))),
            rx.cond(ShellState.loaded, rx.cond(ShellState.is_signed_in, start, sign_in), skeleton("control")),
            class_name="mx-auto flex w-full max-w-field flex-col gap-6 pt-6",
        ),
    )


def _part(title: str, content: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name="text-lg"), content, class_name="flex flex-col gap-2 text-base text-ink-700"
    )


def _material(one: Any) -> rx.Component:
    return rx.el.li(one.name, "（", one.needed, "）")


def drafts_card(drafts: Any) -> rx.Component:
    """Return the applications in a role that are not submitted yet; nothing where there are none."""

    def row(one: Any) -> rx.Component:
        return rx.el.li(
            anchor(one.matter, href="/applications/" + one.id.to(str), class_name=LINK),
            rx.el.span("最近保存 ", one.saved, "，保留至 ", one.until, class_name="text-sm text-ink-500"),
            class_name="flex flex-wrap items-baseline gap-x-4 border-b border-line py-3 text-base last:border-b-0",
        )

    return rx.cond(drafts.length() > 0, card(rx.el.ul(rx.foreach(drafts, row)), title="未提交的申报"))


def _drafts() -> rx.Component:
    def row(one: Any) -> rx.Component:
        return rx.el.li(
            rx.el.p("最近保存：", one.saved, rx.el.span("　保留至 ", one.until, class_name="text-sm text-ink-500")),
            rx.el.div(
                button_link("继续填写", "/applications/" + one.id.to(str), kind="secondary"),
                asking(
                    "删除",
                    "已填写的内容和上传的材料将全部删除，且不能恢复。",
                    title="要删除这份草稿吗？",
                    yes="删除",
                    no="保留",
                    on_yes=ApplyState.drop(one.id),
                ),
                class_name="flex items-center gap-4",
            ),
            class_name="flex flex-col gap-2 border-b border-line py-3 text-base last:border-b-0 "
            "@lg:flex-row @lg:items-center @lg:justify-between",
        )

    return rx.cond(
        ApplyState.drafts.length() > 0,
        card(rx.el.ul(rx.foreach(ApplyState.drafts, row)), title="未提交的草稿"),
    )
