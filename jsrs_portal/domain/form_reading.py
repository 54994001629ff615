"""A whole form of a matter read: which questions are asked, what was answered, what is wrong (R-2.6.3.3).

The same reading serves the page while somebody types, the server when they submit, and everybody who looks at a case
later; it only needs the definition the case was made with.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jsrs_portal.domain.form_values import Surroundings, Typed, Wrong, controls_of, read_value
from jsrs_portal.domain.matter_computations import compute
from jsrs_portal.domain.matter_conditions import Answers, holds
from jsrs_portal.domain.matter_forms import FieldType, FormField, MatterForm
from jsrs_portal.domain.matter_rules import broken


@dataclass(frozen=True)
class Filled:
    """What stands in a form, right or wrong: texts by control, and the rows of its tables.

    ``locked`` are the fields whose value was put in and may not be changed.
    """

    typed: dict[str, str] = field(default_factory=lambda: {})
    rows: dict[str, list[dict[str, str]]] = field(default_factory=lambda: {})
    locked: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the text that is encrypted into the case."""
        return json.dumps({"typed": self.typed, "rows": self.rows, "locked": self.locked}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Filled":
        """Read :meth:`to_json` back."""
        found = json.loads(text)
        return cls(found["typed"], found["rows"], tuple(found["locked"]))


@dataclass(frozen=True)
class Fault:
    """Something wrong: the control it is shown at, the sentence, the field; ``row`` counts a table's rows from 1."""

    control: str
    sentence: str
    field: str
    row: int = 0


@dataclass(frozen=True)
class Reading:
    """What a form says: answers by field, the fields that are asked at all, those that must be answered, the faults."""

    answers: dict[str, Any]
    shown: frozenset[str]
    needed: frozenset[str]
    faults: tuple[Fault, ...]


def read_form(form: MatterForm, filled: Filled, around: Surroundings, *, files: Mapping[str, int]) -> Reading:
    """Read the form; ``files`` counts what was uploaded for each field. A hidden question has no answer."""
    answers: dict[str, Any] = {}
    shown: set[str] = set()
    needed: set[str] = set()
    faults: list[Fault] = []
    for section in form.sections:
        if not holds(section.show_when, answers):
            continue
        for one in section.fields:
            if not holds(one.show_when, answers):
                continue
            shown.add(one.key)
            if _must(one, answers):
                needed.add(one.key)
            faults += _read_field(one, filled, around, answers, files, must=one.key in needed)
    faults += _broken_rules(form, answers, shown, {fault.field for fault in faults})
    return Reading(answers, frozenset(shown), frozenset(needed), _in_order(faults, form.fields))


def read_row(table: FormField, row: Typed, around: Surroundings) -> Reading:
    """Read one row of a table, with the rules between its columns; its controls are called like the columns."""
    answers: dict[str, Any] = {}
    faults: list[Fault] = []
    shown: set[str] = set()
    needed: set[str] = set()
    for column in table.columns or ():
        if not holds(column.show_when, answers):
            continue
        shown.add(column.key)
        must = _must(column, answers)
        if must:
            needed.add(column.key)
        faults += _read_plain(column, row, around, answers, must=must)
    by_key = {column.key: column for column in table.columns or ()}
    for rule in broken(table.rules or (), answers, shown=shown, faulty={fault.field for fault in faults}):
        faults.append(Fault(controls_of(by_key[rule.field])[0], rule.message, rule.field))
    return Reading(answers, frozenset(shown), frozenset(needed), _in_order(faults, table.columns or ()))


def _in_order(faults: Sequence[Fault], fields: Iterable[FormField]) -> tuple[Fault, ...]:
    """Return ``faults`` in the order of the fields they are shown at, whatever found them."""
    place = {one.key: number for number, one in enumerate(fields)}
    return tuple(sorted(faults, key=lambda fault: place[fault.field]))


def _must(one: FormField, answers: Answers) -> bool:
    """``required_when`` takes the place of ``required``."""
    return holds(one.required_when, answers) if one.required_when is not None else one.required


def _read_field(
    one: FormField,
    filled: Filled,
    around: Surroundings,
    answers: dict[str, Any],
    files: Mapping[str, int],
    *,
    must: bool,
) -> Iterator[Fault]:
    if one.type is FieldType.FILE:
        return _count_files(one, files.get(one.key, 0), answers, must=must)
    if one.type is FieldType.TABLE:
        return _read_table(one, filled.rows.get(one.key, []), around, answers, must=must)
    return _read_plain(one, filled.typed, around, answers, must=must)


def _read_plain(
    one: FormField, typed: Typed, around: Surroundings, answers: dict[str, Any], *, must: bool
) -> Iterator[Fault]:
    if one.computed is not None:
        found = compute(one.computed, answers, decimals=one.places)
        if found is not None:
            answers[one.key] = found
        return
    value = read_value(one, typed, around)
    if isinstance(value, Wrong):
        yield Fault(value.control or controls_of(one)[0], value.sentence, one.key)
    elif value is not None:
        answers[one.key] = value
    elif must:
        verb = "选择" if one.type in _CHOSEN else "填写"
        yield Fault(controls_of(one)[0], f"请{verb}{one.label}。", one.key)


_CHOSEN = {FieldType.CHOICE, FieldType.CHOICES, FieldType.YES_NO, FieldType.REGION}


def _count_files(one: FormField, count: int, answers: dict[str, Any], *, must: bool) -> Iterator[Fault]:
    if count:
        answers[one.key] = count
    if not count and must:
        yield Fault(one.key, f"请上传{one.label}。", one.key)
    elif count and count < (one.least or 0):
        yield Fault(one.key, f"{one.label}至少上传 {one.least} 个文件，现有 {count} 个。", one.key)
    elif count > one.at_once:
        yield Fault(one.key, f"{one.label}最多上传 {one.at_once} 个文件，现有 {count} 个。", one.key)


def _read_table(
    one: FormField, rows: Sequence[Typed], around: Surroundings, answers: dict[str, Any], *, must: bool
) -> Iterator[Fault]:
    found: list[dict[str, Any]] = []
    for number, row in enumerate(rows, 1):
        reading = read_row(one, row, around)
        found.append(reading.answers)
        for fault in reading.faults:
            yield Fault(one.key, f"{one.label}第 {number} 行：{fault.sentence}", one.key, number)
    yield from _twice(one, found)
    if found:
        answers[one.key] = found
    least = one.least if one.least is not None else 1 if must else 0
    if not found and must:
        yield Fault(one.key, f"请填写{one.label}，至少新增一行。", one.key)
    elif found and len(found) < least:
        yield Fault(one.key, f"{one.label}至少填写 {least} 行，现有 {len(found)} 行。", one.key)
    elif len(found) > one.at_once:
        yield Fault(one.key, f"{one.label}最多填写 {one.at_once} 行，现有 {len(found)} 行。", one.key)


def _twice(table: FormField, rows: Sequence[Answers]) -> Iterator[Fault]:
    """A column that is ``unique`` says the same in no two rows."""
    for column in table.columns or ():
        if not column.unique:
            continue
        first: dict[str, int] = {}
        for number, row in enumerate(rows, 1):
            answer = row.get(column.key)
            if answer is None:
                continue
            before = first.setdefault(json.dumps(answer, sort_keys=True), number)
            if before != number:
                sentence = f"{table.label}第 {number} 行：{column.label}与第 {before} 行重复。"
                yield Fault(table.key, sentence, table.key, number)


def _broken_rules(form: MatterForm, answers: Answers, shown: set[str], faulty: set[str]) -> Iterator[Fault]:
    by_key = {one.key: one for one in form.fields}
    for rule in broken(form.rules, answers, shown=shown, faulty=faulty):
        yield Fault((controls_of(by_key[rule.field]) or (rule.field,))[0], rule.message, rule.field)
