"""办事指南: the national elements of one matter, readable from top to bottom (R-2.1.9)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import print_button
from jsrs_portal.components.controls import actions, anchor, button, button_class, button_link, icon, text_link
from jsrs_portal.components.feedback import badge, card, empty_state, notice, skeleton, tag
from jsrs_portal.components.qr import address_qr
from jsrs_portal.pages.frame import frame
from jsrs_portal.state.guide import GuideState

_GUIDE = GuideState.guide
PARTS = (
    ("basics", "基本信息"),
    ("conditions", "受理条件"),
    ("materials", "申请材料"),
    ("steps", "办理流程"),
    ("limits", "办理时限"),
    ("fee", "收费情况"),
    ("results", "办理结果"),
    ("basis", "设定依据"),
    ("offices", "办理地点和时间"),
    ("contacts", "咨询和投诉"),
    ("faqs", "常见问题"),
    ("remedy", "法律救济"),
)
"""The parts of a guide in the order of the national elements, by the anchor each has."""
_SMALL = "text-sm text-ink-500"
_BODY = "max-w-text text-base text-ink-900"


def _some(value: Any, *shown: Any) -> rx.Component:
    """Return ``shown`` where there is a text."""
    return rx.cond(value != "", rx.fragment(*shown))


def _part(key: str, *content: Any) -> rx.Component:
    title = dict(PARTS)[key]
    return rx.el.section(
        rx.el.h2(title, class_name="mb-4 text-xl", custom_attrs={"id": f"part-{key}"}),
        *content,
        class_name="@container rounded-card border border-line bg-surface p-4 @3xl:p-6",
    )


def _labelled(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(row.label, class_name="text-ink-500 @xs:w-label @xs:shrink-0"),
        rx.el.dd(row.value, class_name="min-w-0 text-ink-900"),
        class_name="flex flex-col border-b border-line py-2 last:border-b-0 @xs:flex-row @xs:gap-4",
    )


def _facts(rows: Any) -> rx.Component:
    return rx.el.dl(rx.foreach(rows, _labelled), class_name="@container text-base")


def _sentences(rows: Any, *, ordered: bool = True) -> rx.Component:
    kind = rx.el.ol if ordered else rx.el.ul
    style = "list-decimal" if ordered else "list-disc"
    return kind(
        rx.foreach(rows, lambda sentence: rx.el.li(sentence, class_name="pl-1")),
        class_name=f"{style} flex flex-col gap-2 pl-6 {_BODY}",
    )


def _material(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h3(one.number, ". ", one.name, class_name="text-lg"),
            badge(rx.cond(one.needed == "必要", "info", "neutral"), one.needed),
            _some(one.exempt, badge("ok", "免提交")),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(
            one.type,
            rx.cond(one.type == one.form, "", rx.fragment(" · ", one.form)),
            " · ",
            one.copies,
            " · 来源：",
            one.source,
            class_name=_SMALL,
        ),
        _some(
            one.standard, rx.el.p(rx.el.span("受理标准：", class_name="text-ink-500"), one.standard, class_name=_BODY)
        ),
        _some(one.notes, rx.el.p(rx.el.span("填报须知：", class_name="text-ink-500"), one.notes, class_name=_BODY)),
        _some(one.needed_note, rx.el.p(one.needed_note, class_name=_BODY)),
        _some(one.source_note, rx.el.p(one.source_note, class_name=_BODY)),
        _some(one.exempt, rx.el.p(one.exempt, class_name="max-w-text text-base text-ok")),
        rx.el.div(
            _some(one.blank_href, text_link("下载空表", one.blank_href, reload=True)),
            _some(one.sample_href, text_link("查看样表", one.sample_href, reload=True)),
            class_name="flex gap-4 empty:hidden",
        ),
        class_name="flex flex-col gap-1 border-b border-line py-4 first:pt-0 last:border-b-0 last:pb-0",
    )


def _step(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            one.number,
            aria_hidden="true",
            class_name="flex size-8 shrink-0 items-center justify-center rounded-full bg-brand-600 text-surface",
        ),
        rx.el.div(
            rx.el.h3(one.name, class_name="text-lg"),
            rx.el.p(one.who, " · ", one.limit, class_name=_SMALL),
            _some(one.what, rx.el.p(one.what, class_name=_BODY)),
            _some(one.result, rx.el.p(rx.el.span("结果：", class_name="text-ink-500"), one.result, class_name=_BODY)),
            class_name="flex min-w-0 flex-col gap-1",
        ),
        class_name="flex gap-4",
    )


def _titled(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3(one.title, class_name="text-base"),
        rx.el.p(one.text, class_name="max-w-text text-base text-ink-700"),
        class_name="flex flex-col gap-1",
    )


def _question(one: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary(one.title, class_name="min-h-control py-2 text-base font-semibold text-ink-900"),
        rx.el.p(one.text, class_name="max-w-text pb-4 text-base text-ink-700"),
        class_name="border-b border-line last:border-b-0",
    )


def _office(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.h3(one.region_name, " · ", one.name, class_name="text-base"),
            rx.cond(one.here, badge("info", "所选区域")),
            rx.cond(one.nearest, badge("neutral", "上级窗口")),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p("地址：", one.address, class_name=_BODY),
        rx.el.p("时间：", one.hours, class_name=_BODY),
        _some(one.phone, rx.el.p("电话：", one.phone, class_name=_BODY)),
        _some(one.note, rx.el.p(one.note, class_name=_SMALL)),
        class_name="flex flex-col gap-1 border-b border-line py-3 first:pt-0 last:border-b-0 last:pb-0",
    )


def _contact(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3(one.name, class_name="text-base"),
        _some(one.phone, rx.el.p("电话：", one.phone, class_name=_BODY)),
        _some(one.address, rx.el.p("地址：", one.address, class_name=_BODY)),
        _some(one.online, rx.el.p("网上：", one.online, class_name=_BODY)),
        _some(one.note, rx.el.p(one.note, class_name="max-w-text text-base text-ink-700")),
        class_name="flex flex-col gap-1",
    )


def _result(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.h3(one.name, class_name="text-base"),
        rx.el.p(one.type, " · 送达方式：", one.delivery, class_name=_SMALL),
        _some(one.valid, rx.el.p("有效期：", one.valid, class_name=_BODY)),
        class_name="flex flex-col gap-1",
    )


def _basis(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.h3(one.law, " ", one.article, class_name="text-base"),
        rx.el.p(one.summary, class_name="max-w-text text-base text-ink-700"),
        class_name="flex flex-col gap-1",
    )


def _stack(rows: Any, draw: Any, kind: Any = rx.el.ul) -> rx.Component:
    return kind(rx.foreach(rows, draw), class_name="flex flex-col gap-4")


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
            _some(_GUIDE.online_note, notice("info", _GUIDE.online_note)),
            _some(_GUIDE.apply_why, rx.el.div(notice("warn", _GUIDE.apply_why), custom_attrs={"id": "why-not"})),
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
            rx.el.p("第 ", _GUIDE.version, " 版 · 更新于 ", _GUIDE.updated_on, class_name=_SMALL),
            class_name="flex min-w-0 flex-1 flex-col gap-4",
        ),
        rx.el.div(address_qr(GuideState.qr, "手机扫码查看"), class_name="hidden shrink-0 @3xl:block"),
        class_name="flex gap-6",
    )
    return card(shown)


def _parts() -> list[rx.Component]:
    guide = _GUIDE
    no_materials = notice("ok", guide.no_materials)
    return [
        _part("basics", _facts(guide.basics)),
        _part(
            "conditions",
            _sentences(guide.conditions),
            rx.cond(
                guide.refusals.length() > 0,
                rx.el.div(
                    rx.el.h3("不予受理的情形", class_name="text-base"),
                    _sentences(guide.refusals, ordered=False),
                    class_name="mt-6 flex flex-col gap-2",
                ),
            ),
        ),
        _part(
            "materials",
            rx.cond(guide.materials.length() > 0, rx.el.ol(rx.foreach(guide.materials, _material)), no_materials),
        ),
        _part("steps", _stack(guide.steps, _step, rx.el.ol)),
        _part("limits", _facts(guide.limits), rx.el.div(rx.foreach(guide.special, _titled), class_name="mt-4")),
        _part(
            "fee",
            rx.el.p(guide.fee, class_name="text-base font-semibold"),
            rx.el.div(rx.foreach(guide.fees, _titled), class_name="mt-2 flex flex-col gap-3"),
        ),
        _part("results", _stack(guide.results, _result)),
        _part("basis", _stack(guide.basis, _basis)),
        _part("offices", rx.el.ul(rx.foreach(guide.offices, _office))),
        _part("contacts", rx.el.div(rx.foreach(guide.contacts, _contact), class_name="grid gap-6 @2xl:grid-cols-2")),
        _part("faqs", rx.el.div(rx.foreach(guide.faqs, _question))),
        _part(
            "remedy",
            rx.el.div(rx.foreach(guide.remedies, _contact), class_name="grid gap-6 @2xl:grid-cols-2"),
            _some(guide.remedy_note, rx.el.p(guide.remedy_note, class_name=f"mt-4 {_BODY}")),
        ),
    ]


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
        for key, title in PARTS
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
            rx.el.div(*_parts(), class_name="flex min-w-0 flex-1 flex-col gap-4"),
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
