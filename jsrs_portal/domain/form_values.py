"""One field of a matter's form: what is typed read as an answer (R-2.6.3.3).

What is typed comes as text under the names of a field's controls: most have one, called like the field; an address, a
person, a unit or a period has several (``period.from``), a multiple choice one for each option. Answers are JSON:

text · long text · date (ISO) · choice · region (GB/T 2260)   a text
number · money                                               a text of digits, exact
yes or no                                                    true or false
choices                                                      a list of option values, in their order
date range                                                   ``from``, ``until``
address                                                      ``region``, ``detail``
person                                                       ``name``, ``document`` (kind), ``number``
unit                                                         ``name``, ``uscc``
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from jsrs_portal.domain.dates import in_words, read_day
from jsrs_portal.domain.divisions import Divisions
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.form_texts import FORMATS, Wrong
from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.domain.matter_bounds import day_at, number_at
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.domain.patterns import fits

Typed = Mapping[str, str]
LONGEST_TEXT = 200
LONGEST_LONG_TEXT = 2000
_DIGITS = 15
_EARLIEST, _LATEST = date(1900, 1, 1), date(2199, 12, 31)
_CODE = re.compile(r"([0-9]{6})|.*[（(]([0-9]{6})[）)]$", re.ASCII)
"""A division's code where it is written: 「320102 江苏省……」 or 「江苏省……（320102）」."""


@dataclass(frozen=True)
class Surroundings:
    """What an answer is judged by besides itself: the day in China and the list of divisions."""

    today: date
    divisions: Divisions


def controls_of(field: FormField) -> tuple[str, ...]:
    """Return the names of a field's controls, the first of which an error links to."""
    if field.type is FieldType.CHOICES:
        return tuple(f"{field.key}.{option.value}" for option in field.options or ())
    return tuple(f"{field.key}{end}" for end in _PARTS.get(field.type, ("",)))


_PARTS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.DATE_RANGE: (".from", ".until"),
    FieldType.ADDRESS: (".region", ".detail"),
    FieldType.PERSON: (".name", ".document", ".number"),
    FieldType.UNIT: (".name", ".uscc"),
    FieldType.FILE: (),
    FieldType.TABLE: (),
}


def read_value(field: FormField, typed: Typed, around: Surroundings) -> Any | Wrong | None:
    """Return the answer in ``typed``, what is wrong with it, or ``None`` when nothing was typed."""
    given = {name: typed.get(name, "").strip() for name in controls_of(field)}
    filled = {name: text for name, text in given.items() if text}
    if not filled or (field.type is FieldType.PERSON and set(filled) == {f"{field.key}.document"}):
        return None
    return _READERS[field.type](field, given, around)


def typed_of(field: FormField, answer: Any) -> dict[str, str]:
    """Return what would be typed to give ``answer``, which :func:`read_value` reads back."""
    if answer is None or field.type in (FieldType.FILE, FieldType.TABLE):
        return {}
    if field.type is FieldType.CHOICES:
        return {f"{field.key}.{value}": "yes" for value in answer}
    if field.type is FieldType.YES_NO:
        return {field.key: "yes" if answer else "no"}
    if isinstance(answer, dict):
        return {f"{field.key}.{part}": str(text) for part, text in cast("dict[str, str]", answer).items()}
    return {field.key: str(answer)}


def earliest(field: FormField, today: date) -> date:
    """Return the first day a date may be."""
    return day_at(field.not_before, today, end=False) or _EARLIEST


def latest(field: FormField, today: date) -> date:
    """Return the last day a date may be."""
    return day_at(field.not_after, today, end=True) or _LATEST


# The types


def _text(field: FormField, given: Typed, around: Surroundings) -> str | Wrong:
    seen = "".join(sign for sign in given[field.key] if unicodedata.category(sign) != "Cf")  # no hidden signs
    text = unicodedata.normalize("NFC", seen).replace("\r\n", "\n").strip()
    if not text:
        return Wrong(f"请填写{field.label}。")
    if field.format is not None:
        return FORMATS[field.format](text, around.today)
    long = field.type is FieldType.LONG_TEXT
    most = field.max_length or (LONGEST_LONG_TEXT if long else LONGEST_TEXT)
    if not long:
        text = " ".join(text.split())
    if len(text) > most:
        return Wrong(f"{field.label}最多 {most} 个字，现有 {len(text)} 个字。")
    if field.min_length and len(text) < field.min_length:
        return Wrong(f"{field.label}至少 {field.min_length} 个字，现有 {len(text)} 个字。")
    if field.pattern is not None and not fits(field.pattern, text):
        return Wrong(field.pattern_message or "")
    return text


def _number(field: FormField, given: Typed, around: Surroundings) -> str | Wrong:
    text = unicodedata.normalize("NFKC", given[field.key]).replace(",", "").replace("¥", "").replace(" ", "")
    wrong = Wrong(f"{field.label}应填写数字，例如 {'1200.50' if field.places else '12'}。")
    if len(text) > 2 * _DIGITS or not re.fullmatch(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", text):
        return wrong
    number = Decimal(text)
    if abs(number) >= Decimal(10) ** _DIGITS:
        return Wrong(f"{field.label}过大，请核对。")
    rounded = round(number, field.places)
    if rounded != number:
        kept = f"最多 {field.places} 位小数" if field.places else "应为整数"
        return Wrong(f"{field.label}{kept}。")
    least, most = number_at(field.at_least, around.today), number_at(field.at_most, around.today)
    if least is not None and number < Decimal(str(least)):
        return Wrong(f"{field.label}不能小于 {_amount(field, least)}。")
    if most is not None and number > Decimal(str(most)):
        return Wrong(f"{field.label}不能大于 {_amount(field, most)}。")
    return f"{rounded:f}" if rounded else f"{abs(rounded):f}"


def _amount(field: FormField, bound: float) -> str:
    said = f"{bound:.10g}" if field.is_year else f"{bound:,.10g}"
    return f"{said} {field.suffix or ''}".strip()


def _day(field: FormField, text: str, around: Surroundings, label: str) -> str | Wrong:
    try:
        day = read_day(unicodedata.normalize("NFKC", text))
    except ValueError:
        day = None
    if day is None:
        return Wrong(f"{label}不是有效的日期，请按 2026-03-02 的格式填写。")
    first, last = earliest(field, around.today), latest(field, around.today)
    if day < first:
        return Wrong(f"{label}不能早于{in_words(first)}。")
    if day > last:
        return Wrong(f"{label}不能晚于{in_words(last)}。")
    return day.isoformat()


def _date(field: FormField, given: Typed, around: Surroundings) -> str | Wrong:
    return _day(field, given[field.key], around, field.label)


def _date_range(field: FormField, given: Typed, around: Surroundings) -> dict[str, str] | Wrong:
    found: dict[str, str] = {}
    for end, word in (("from", "起始日期"), ("until", "结束日期")):
        name = f"{field.key}.{end}"
        if not given[name]:
            return Wrong(f"请填写{field.label}的{word}。", name)
        day = _day(field, given[name], around, f"{field.label}的{word}")
        if isinstance(day, Wrong):
            return Wrong(day.sentence, name)
        found[end] = day
    if found["until"] < found["from"]:
        return Wrong(f"{field.label}的结束日期不能早于起始日期。", f"{field.key}.until")
    return found


def _choice(field: FormField, given: Typed, around: Surroundings) -> str | Wrong:
    known = {option.value for option in field.options or ()}
    return given[field.key] if given[field.key] in known else Wrong(f"请选择{field.label}。")


def _choices(field: FormField, given: Typed, around: Surroundings) -> list[str] | Wrong:
    chosen = [option.value for option in field.options or () if given[f"{field.key}.{option.value}"] == "yes"]
    if not chosen:
        return Wrong(f"请选择{field.label}。")
    if field.least and len(chosen) < field.least:
        return Wrong(f"{field.label}至少选择 {field.least} 项。")
    if field.most and len(chosen) > field.most:
        return Wrong(f"{field.label}最多选择 {field.most} 项。")
    return chosen


def _yes_no(field: FormField, given: Typed, around: Surroundings) -> bool | Wrong:
    words = {"yes": True, "是": True, "no": False, "否": False}
    return words.get(given[field.key], Wrong(f"请选择{field.label}。"))


def _region_in(text: str, around: Surroundings) -> str:
    """Return the division whose code ``text`` begins or ends with, or empty."""
    found = _CODE.match(text)
    code = (found[1] or found[2]) if found else ""
    return code if code in around.divisions.by_code else ""


def _region(field: FormField, given: Typed, around: Surroundings) -> str | Wrong:
    code = _region_in(given[field.key], around)
    return code or Wrong(f"没有找到{field.label}，请从列出的选项中选择一项。")


def _address(field: FormField, given: Typed, around: Surroundings) -> dict[str, str] | Wrong:
    place, detail = f"{field.key}.region", f"{field.key}.detail"
    code = _region_in(given[place], around)
    if not code or not around.divisions.is_whole(code):
        return Wrong(f"请选择{field.label}所在的区县。", place)
    if not given[detail]:
        return Wrong(f"请填写{field.label}的详细地址。", detail)
    text = " ".join(given[detail].split())
    if len(text) > LONGEST_TEXT:
        return Wrong(f"{field.label}的详细地址最多 {LONGEST_TEXT} 个字。", detail)
    return {"region": code, "detail": text}


def _person(field: FormField, given: Typed, around: Surroundings) -> dict[str, str] | Wrong:
    name, document, number = (given[control] for control in controls_of(field))
    if not name:
        return Wrong(f"请填写{field.label}的姓名。", f"{field.key}.name")
    if len(name) > 60:
        return Wrong(f"{field.label}的姓名最多 60 个字。", f"{field.key}.name")
    try:
        kind = DocumentType(document or DocumentType.RESIDENT_ID)
    except ValueError:
        return Wrong(f"请选择{field.label}的证件类型。", f"{field.key}.document")
    checked = check_document(kind, number, around.today)
    if checked.value is None:
        return Wrong(f"{field.label}：{checked.sentence}", f"{field.key}.number")
    return {"name": " ".join(name.split()), "document": kind.value, "number": checked.value}


def _unit(field: FormField, given: Typed, around: Surroundings) -> dict[str, str] | Wrong:
    name, uscc = (given[control] for control in controls_of(field))
    if not name:
        return Wrong(f"请填写{field.label}的全称。", f"{field.key}.name")
    if len(name) > LONGEST_TEXT:
        return Wrong(f"{field.label}的全称最多 {LONGEST_TEXT} 个字。", f"{field.key}.name")
    checked = check_uscc(uscc)
    if checked.value is None:
        return Wrong(f"{field.label}：{checked.sentence}", f"{field.key}.uscc")
    return {"name": " ".join(name.split()), "uscc": checked.value}


_READERS: Mapping[FieldType, Callable[[FormField, Typed, Surroundings], Any]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _number,
    FieldType.DATE: _date,
    FieldType.DATE_RANGE: _date_range,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.YES_NO: _yes_no,
    FieldType.REGION: _region,
    FieldType.ADDRESS: _address,
    FieldType.PERSON: _person,
    FieldType.UNIT: _unit,
}
