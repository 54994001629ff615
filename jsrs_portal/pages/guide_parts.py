"""The parts of a guide (R-2.1.9): each national element with what is drawn in it."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import text_link
from jsrs_portal.components.feedback import badge, notice
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
SMALL = "text-sm text-ink-500"
_BODY = "max-w-text text-base text-ink-900"


def some(value: Any, *shown: Any) -> rx.Component:
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
            some(one.exempt, badge("ok", "免提交")),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(
            one.type,
            rx.cond(one.type == one.form, "", rx.fragment(" · ", one.form)),
            " · ",
            one.copies,
            " · 来源：",
            one.source,
            class_name=SMALL,
        ),
        some(
            one.standard, rx.el.p(rx.el.span("受理标准：", class_name="text-ink-500"), one.standard, class_name=_BODY)
        ),
        some(one.notes, rx.el.p(rx.el.span("填报须知：", class_name="text-ink-500"), one.notes, class_name=_BODY)),
        some(one.needed_note, rx.el.p(one.needed_note, class_name=_BODY)),
        some(one.source_note, rx.el.p(one.source_note, class_name=_BODY)),
        some(one.exempt, rx.el.p(one.exempt, class_name="max-w-text text-base text-ok")),
        rx.el.div(
            some(one.blank_href, text_link("下载空表", one.blank_href, reload=True)),
            some(one.sample_href, text_link("查看样表", one.sample_href, reload=True)),
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
            rx.el.p(one.who, " · ", one.limit, class_name=SMALL),
            some(one.what, rx.el.p(one.what, class_name=_BODY)),
            some(one.result, rx.el.p(rx.el.span("结果：", class_name="text-ink-500"), one.result, class_name=_BODY)),
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
        some(one.phone, rx.el.p("电话：", one.phone, class_name=_BODY)),
        some(one.note, rx.el.p(one.note, class_name=SMALL)),
        class_name="flex flex-col gap-1 border-b border-line py-3 first:pt-0 last:border-b-0 last:pb-0",
    )


def _contact(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3(one.name, class_name="text-base"),
        some(one.phone, rx.el.p("电话：", one.phone, class_name=_BODY)),
        some(one.address, rx.el.p("地址：", one.address, class_name=_BODY)),
        some(one.online, rx.el.p("网上：", one.online, class_name=_BODY)),
        some(one.note, rx.el.p(one.note, class_name="max-w-text text-base text-ink-700")),
        class_name="flex flex-col gap-1",
    )


def _result(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.h3(one.name, class_name="text-base"),
        rx.el.p(one.type, " · 送达方式：", one.delivery, class_name=SMALL),
        some(one.valid, rx.el.p("有效期：", one.valid, class_name=_BODY)),
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


def parts() -> list[rx.Component]:
    """Return every part, in the order of :data:`PARTS`."""
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
            some(guide.remedy_note, rx.el.p(guide.remedy_note, class_name=f"mt-4 {_BODY}")),
        ),
    ]
