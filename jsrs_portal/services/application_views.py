"""An application's form as its page shows it: the questions that are asked now, and a page of each table's rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.code_tables import DIVISIONS
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.form_reading import Filled, Reading, read_row
from jsrs_portal.domain.form_values import (
    LONGEST_LONG_TEXT,
    LONGEST_TEXT,
    Typed,
    controls_of,
    earliest,
    latest,
)
from jsrs_portal.domain.form_words import words_of
from jsrs_portal.domain.matter_forms import FieldFormat, FieldType, FormField
from jsrs_portal.services.code_search import choice_of
from jsrs_portal.services.opened_cases import Opened, surroundings

ROWS_AT_ONCE = 10
_FEW = 4
"""So many choices stand side by side; more are a list."""
_CELLS = 4


@dataclass(frozen=True)
class ChoiceView:
    """One choice; ``name`` and ``checked`` are for those of which several may be taken."""

    value: str
    label: str
    name: str = ""
    checked: bool = False


@dataclass(frozen=True)
class RowView:
    """A row of a table as its list shows it: its number from 1, its first columns in words, and what is wrong."""

    number: int
    title: str
    text: str
    problem: str


@dataclass(frozen=True)
class FieldView:
    """A question as it is asked. ``kind`` says how it is drawn; ``first`` to ``third`` are its controls' values."""

    key: str
    kind: str
    label: str
    hint: str
    placeholder: str
    required: bool
    first: str = ""
    second: str = ""
    third: str = ""
    longest: int = 0
    keyboard: str = ""
    earliest: str = ""
    latest: str = ""
    choices: tuple[ChoiceView, ...] = ()
    rows: tuple[RowView, ...] = ()
    count: int = 0
    page: int = 1
    pages: int = 1
    full: bool = False


@dataclass(frozen=True)
class SectionView:
    """A group of questions."""

    key: str
    title: str
    note: str
    fields: tuple[FieldView, ...]


def form_sections(opened: Opened, reading: Reading, pages: Mapping[str, int]) -> list[SectionView]:
    """Return the sections with the questions that are asked now; ``pages`` says which page of a table is shown."""
    found: list[SectionView] = []
    for section in opened.form.sections:
        fields = tuple(
            _view(one, opened.filled, reading, pages.get(one.key, 1))
            for one in section.fields
            if one.key in reading.shown and one.type is not FieldType.FILE
        )
        if fields:
            found.append(SectionView(section.key, section.title, section.note, fields))
    return found


def row_fields(table: FormField, typed: Typed) -> list[FieldView]:
    """Return the columns of a table as the questions of one row; those that are not asked now are left out."""
    reading = read_row(table, typed, surroundings())
    return [
        _plain(column, typed, reading, required=column.key in reading.needed)
        for column in table.columns or ()
        if column.key in reading.shown
    ]


def _view(one: FormField, filled: Filled, reading: Reading, page: int) -> FieldView:
    if one.type is FieldType.TABLE:
        return _table(one, filled.rows.get(one.key, []), reading, page)
    if one.key in filled.locked:
        value = words_of(one, reading.answers.get(one.key), divisions())
        return FieldView(one.key, "fixed", one.label, one.help, "", required=True, first=value)
    return _plain(one, filled.typed, reading, required=one.key in reading.needed)


def _plain(one: FormField, typed: Typed, reading: Reading, *, required: bool) -> FieldView:
    hint = one.help
    if one.computed is not None:
        value = words_of(one, reading.answers.get(one.key), divisions()) or "填写后自动计算"
        return FieldView(one.key, "fixed", one.label, hint, "", required=True, first=value)
    values = [typed.get(name, "") for name in controls_of(one)]
    first, second, third = (*values, "", "", "")[:3]
    kind = one.type.value
    choices: tuple[ChoiceView, ...] = ()
    if one.type is FieldType.YES_NO:
        kind, choices = "few", (ChoiceView("yes", "是"), ChoiceView("no", "否"))
    elif one.type is FieldType.CHOICE:
        kind = "few" if len(one.options or ()) <= _FEW else "many"
        choices = tuple(ChoiceView(option.value, option.label) for option in one.options or ())
    elif one.type is FieldType.CHOICES:
        choices = tuple(
            ChoiceView(option.value, option.label, f"{one.key}.{option.value}", value == "yes")
            for option, value in zip(one.options or (), values, strict=True)
        )
        first = second = third = ""
    elif one.type in (FieldType.NUMBER, FieldType.MONEY):
        unit = one.suffix or ("元" if one.type is FieldType.MONEY else "")
        kind, hint = "text", _with_unit(hint, unit)
    elif one.type in (FieldType.REGION, FieldType.ADDRESS):
        first = choice_of(DIVISIONS.key, first).label if len(first) == _CODE else first
    elif one.type is FieldType.PERSON:
        choices = tuple(ChoiceView(kind.value, kind.label) for kind in DocumentType)
        second = second or DocumentType.RESIDENT_ID
    dated = one.type in (FieldType.DATE, FieldType.DATE_RANGE)
    today = clock.today()
    return FieldView(
        key=one.key,
        kind=kind,
        label=one.label,
        hint=hint,
        placeholder=one.placeholder,
        required=required,
        first=first,
        second=second,
        third=third,
        longest=one.max_length or (LONGEST_LONG_TEXT if one.type is FieldType.LONG_TEXT else LONGEST_TEXT),
        keyboard=_keyboard(one),
        earliest=earliest(one, today).isoformat() if dated else "",
        latest=latest(one, today).isoformat() if dated else "",
        choices=choices,
    )


_CODE = 6


def _with_unit(hint: str, unit: str) -> str:
    if not unit:
        return hint
    joint = "" if not hint or hint.endswith("。") else "；"
    return f"{hint}{joint}单位：{unit}。"


def _keyboard(one: FormField) -> str:
    if one.type is FieldType.NUMBER and not one.places:
        return "numeric"
    if one.type in (FieldType.NUMBER, FieldType.MONEY):
        return "decimal"
    numbers = {FieldFormat.MOBILE: "tel", FieldFormat.PHONE: "tel", FieldFormat.EMAIL: "email"}
    digits = {FieldFormat.POSTCODE: "numeric", FieldFormat.BANK_ACCOUNT: "numeric"}
    return (numbers | digits).get(one.format, "text") if one.format else "text"


def _table(one: FormField, rows: list[dict[str, str]], reading: Reading, page: int) -> FieldView:
    pages = max(1, -(-len(rows) // ROWS_AT_ONCE))
    page = min(max(page, 1), pages)
    start = (page - 1) * ROWS_AT_ONCE
    return FieldView(
        key=one.key,
        kind="table",
        label=one.label,
        hint=one.help,
        placeholder="",
        required=one.key in reading.needed,
        rows=_rows(one, rows, start, start + ROWS_AT_ONCE),
        count=len(rows),
        page=page,
        pages=pages,
        full=len(rows) >= one.at_once,
        longest=one.at_once,
    )


def _rows(table: FormField, rows: list[dict[str, str]], start: int, end: int) -> tuple[RowView, ...]:
    """Return rows as their list shows them: the first column, and some of the others; whoever fills in sees all."""
    found: list[RowView] = []
    for number, row in enumerate(rows[start:end], start + 1):
        reading = read_row(table, row, surroundings())
        cells = [
            (column, words_of(column, reading.answers.get(column.key), divisions()))
            for column in table.columns or ()
            if column.key in reading.shown
        ]
        shown = [(column, text) for column, text in cells if text]
        title = shown[0][1] if shown else "（空）"
        text = " · ".join(f"{column.label} {value}" for column, value in shown[1 : _CELLS + 1])
        found.append(RowView(number, title, text, reading.faults[0].sentence if reading.faults else ""))
    return tuple(found)
