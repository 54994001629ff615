"""The fields of a form that is data: each question is drawn by its kind, in the frame of :mod:`.fields` (rule 4).

A question is a Var of ``services.application_views.FieldView``. What is typed is sent under the question's ``key`` and,
where it has several controls, ``key.part``; the ids are the same, so that a summary of errors can link to them.
"""

from collections.abc import Callable
from typing import Any, Literal

import reflex as rx

from jsrs_portal.components.behaviour import Handler
from jsrs_portal.components.choices import select_field
from jsrs_portal.components.feedback import definition_list
from jsrs_portal.components.fields import error_of, field, optional_mark, textarea_field
from jsrs_portal.components.lookups import lookup_field

Said = Callable[[Any], rx.Var[str]]
"""Returns the error at a control, by its name."""


class Lookup:
    """The answers of a search for divisions: ``codes`` for ``text`` asked at control ``of``; ``ask(name, text)``."""

    def __init__(self, codes: Any, of: Any, text: Any, ask: Callable[[Any, Any], Handler]) -> None:
        """Keep the Vars and the handler."""
        self.codes, self.of, self.text, self.ask = codes, of, text, ask


def answer_field(asked: Any, said: Said, lookup: Lookup) -> rx.Component:
    """Return a question as it is asked; a table is not among them."""
    key = asked.key.to(str)
    drawn = rx.match(
        asked.kind,
        ("long_text", _long_text(asked, said(key))),
        ("date", _date(asked, key, asked.first, asked.label, said(key))),
        ("date_range", _period(asked, said)),
        ("few", _few(asked, said(key))),
        ("many", _many(asked, said(key))),
        ("choices", _several(asked, said)),
        ("region", _region(asked, key, asked.label, said(key), lookup)),
        ("address", _address(asked, said, lookup)),
        ("person", _person(asked, said)),
        ("unit", _unit(asked, said)),
        ("fixed", _fixed(asked, said(key))),
        _text(asked, said(key)),
    )
    return rx.el.div(drawn, key=key)


def _fixed(asked: Any, error: rx.Var[str]) -> rx.Component:
    """Return what is not typed; a rule may be broken there all the same, and a summary leads to it."""
    return rx.el.div(
        definition_list([(asked.label, asked.first)]),
        *error_of(asked.key, error),
        tab_index=-1,
        custom_attrs={"id": asked.key},
        class_name="max-w-field",
    )


def _hint(asked: Any) -> Any:
    return asked.hint.to(str)


def _text(asked: Any, error: rx.Var[str]) -> rx.Component:
    return field(
        asked.label,
        asked.key,
        default_value=asked.first,
        required=asked.required,
        hint=_hint(asked),
        error=error,
        placeholder=asked.placeholder,
        inputmode=asked.keyboard,
        id=asked.key,
    )


def _long_text(asked: Any, error: rx.Var[str]) -> rx.Component:
    return textarea_field(
        asked.label,
        asked.key,
        default_value=asked.first,
        required=asked.required,
        hint=_hint(asked),
        error=error,
        id=asked.key,
    )


def _date(asked: Any, name: Any, value: Any, label: Any, error: rx.Var[str]) -> rx.Component:
    return field(
        label,
        name,
        type="date",
        default_value=value,
        required=asked.required,
        hint=_hint(asked),
        error=error,
        id=name,
        min=asked.earliest,
        max=asked.latest,
    )


def _group(asked: Any, *controls: rx.Component) -> rx.Component:
    """Return controls that together are one answer."""
    return rx.el.fieldset(
        rx.el.legend(asked.label, *optional_mark(asked.required), class_name="text-base font-semibold"),
        rx.cond(asked.hint != "", rx.el.p(asked.hint, class_name="text-sm text-ink-500")),
        *controls,
        class_name="flex max-w-field flex-col gap-3 border-l-2 border-line pl-4",
    )


def _period(asked: Any, said: Said) -> rx.Component:
    begin, end = asked.key.to(str) + ".from", asked.key.to(str) + ".until"
    bare = {"type": "date", "min": asked.earliest, "max": asked.latest}
    return _group(
        asked,
        field("起始日期", begin, default_value=asked.first, error=said(begin), id=begin, **bare),
        field("结束日期", end, default_value=asked.second, error=said(end), id=end, **bare),
    )


def _many(asked: Any, error: rx.Var[str]) -> rx.Component:
    return select_field(
        asked.label,
        asked.key,
        asked.choices.to(list[dict[str, str]]),
        default_value=asked.first,
        blank="请选择",
        required=asked.required,
        hint=_hint(asked),
        error=error,
        id=asked.key,
    )


def _box(kind: Literal["radio", "checkbox"], name: Any, value: Any, checked: Any, label: Any, id: Any) -> rx.Component:
    looks = "size-icon shrink-0 accent-brand-600" if kind == "radio" else "size-6 shrink-0 accent-brand-600"
    box = rx.el.input(
        type=kind, name=name, value=value, default_checked=checked, class_name=looks, custom_attrs={"id": id}
    )
    return rx.el.label(box, label, class_name="flex min-h-control items-center gap-2 pr-4 text-base")


def _choice_set(asked: Any, boxes: rx.Component, error: rx.Var[str]) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(asked.label, *optional_mark(asked.required), class_name="text-base"),
        rx.cond(asked.hint != "", rx.el.p(asked.hint, class_name="text-sm text-ink-500")),
        rx.el.div(boxes, class_name="flex flex-wrap gap-x-4"),
        *error_of(asked.key, error),
        aria_describedby=asked.key.to(str) + "-error",
        class_name="max-w-field",
    )


def _few(asked: Any, error: rx.Var[str]) -> rx.Component:
    key = asked.key.to(str)

    def one(choice: Any, number: Any) -> rx.Component:
        id = rx.cond(number == 0, key, key + "-" + number.to(str))
        return _box("radio", key, choice.value, asked.first == choice.value, choice.label, id)

    return _choice_set(asked, rx.foreach(asked.choices, one), error)


def _several(asked: Any, said: Said) -> rx.Component:
    def one(choice: Any) -> rx.Component:
        return _box("checkbox", choice.name, "yes", choice.checked, choice.label, choice.name)

    return _choice_set(asked, rx.foreach(asked.choices, one), said(asked.choices[0].name))


def _region(asked: Any, name: Any, label: Any, error: rx.Var[str], lookup: Lookup) -> rx.Component:
    mine = lookup.of == name
    return lookup_field(
        label,
        name,
        value=asked.first,
        found=rx.cond(mine, lookup.codes, []),
        found_for=rx.cond(mine, lookup.text, "\n"),
        on_ask=lambda text: lookup.ask(name, text),
        required=asked.required,
        error=error,
        placeholder="请输入地区名称、代码或拼音首字母",
    )


def _address(asked: Any, said: Said, lookup: Lookup) -> rx.Component:
    place, detail = asked.key.to(str) + ".region", asked.key.to(str) + ".detail"
    return _group(
        asked,
        _region(asked, place, "所在地区", said(place), lookup),
        field(
            "详细地址", detail, default_value=asked.second, error=said(detail), id=detail, placeholder="街道、门牌号等"
        ),
    )


def _person(asked: Any, said: Said) -> rx.Component:
    name, kind, number = (asked.key.to(str) + f".{part}" for part in ("name", "document", "number"))
    return _group(
        asked,
        field("姓名", name, default_value=asked.first, error=said(name), id=name),
        select_field(
            "证件类型",
            kind,
            asked.choices.to(list[dict[str, str]]),
            default_value=asked.second,
            error=said(kind),
            id=kind,
        ),
        field("证件号码", number, default_value=asked.third, error=said(number), id=number),
    )


def _unit(asked: Any, said: Said) -> rx.Component:
    name, uscc = asked.key.to(str) + ".name", asked.key.to(str) + ".uscc"
    return _group(
        asked,
        field("单位全称", name, default_value=asked.first, error=said(name), id=name),
        field("统一社会信用代码", uscc, default_value=asked.second, error=said(uscc), id=uscc),
    )
