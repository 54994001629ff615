"""Rows of an Excel file of cases: how they are kept until all are there, and the file itself (R-2.6.3.5).

What concerns people is masked: a file goes further than a page. Days and instants are kept as ISO 8601 says and become
dates of the workbook, by which it can be sorted and reckoned.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain import case_exports as rules
from jsrs_portal.domain.cases import STATUS_LABELS, CaseStatus
from jsrs_portal.domain.form_words import masked_words_of
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.models.cases import Case, CaseForm
from jsrs_portal.models.people import Person
from jsrs_portal.services.case_lists import where_it_stands
from jsrs_portal.services.case_people import handed_in_by
from jsrs_portal.services.workbook_writing import Cell, Sheet, write_tables

_NO_COLUMNS = (FieldType.TABLE, FieldType.FILE)
_DATED = "date"
"""What stands behind an answer that is a day."""


def kept_rows(found: Sequence[Any], versions: Mapping[str, MatterDefinition]) -> str:
    """Return rows as they are kept until the file is written: the list's cells, the matter's key, name, own cells."""
    lines: list[Any] = []
    for case, form, person, unit, institution in found:
        definition = versions[case.version_id]
        lines.append([_cells(case, person, unit or institution or "本人", definition), *_own(form, definition)])
    return base64.b64encode(zlib.compress(json.dumps(lines, ensure_ascii=False).encode())).decode()


def _cells(case: Case, person: Person, whom: str, definition: MatterDefinition) -> list[str]:
    steps = definition.workflow.steps if definition.workflow else ()
    step = next((one for one in steps if one.key == case.stage), None)
    return [
        case.number or "",
        case.matter_name,
        whom,
        handed_in_by(case, person),
        _minute(case.submitted_at),
        STATUS_LABELS[CaseStatus(case.status)],
        where_it_stands(case, step),
        _minute(case.accepted_at),
        case.promised_by.isoformat() if case.promised_by else "",
        _minute(case.finished_at),
    ]


def _minute(instant: datetime | None) -> str:
    """Return an instant as clocks show it in China, to the minute; empty for none."""
    return instant.astimezone(clock.BEIJING).strftime("%Y-%m-%dT%H:%M") if instant else ""


def _dated(text: str) -> Cell:
    """Return a day or an instant of the workbook; what is none (a row kept by an older portal) stays a text."""
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return text


def _own(form: CaseForm, definition: MatterDefinition) -> tuple[str, str, list[list[str]]]:
    """Return the matter's key and name, and what its file says is exported: key, label, answer in words, masked.

    A day has :data:`_DATED` behind it and is not in words.
    """
    fields: Iterable[FormField] = definition.form.fields if definition.form else ()
    columns = [one for one in fields if one.exported and one.type not in _NO_COLUMNS]
    answers: dict[str, Any] = json.loads(form.answers) if columns else {}
    return definition.key, definition.name, [_told(one, answers.get(one.key)) for one in columns]


def _told(field: FormField, answer: Any) -> list[str]:
    if answer and field.type is FieldType.DATE and not field.sensitive:
        return [field.key, field.label, str(answer), _DATED]
    return [field.key, field.label, masked_words_of(field, answer, divisions())]


def _read(parts: Sequence[str]) -> Iterator[Any]:
    for part in parts:
        yield from json.loads(zlib.decompress(base64.b64decode(part)))


def workbook_of(parts: Sequence[str]) -> bytes:
    """Return the file: the list, and a sheet for each matter that has columns of its own, as many as there is room."""
    names: dict[str, str] = {}
    columns: dict[str, dict[str, str]] = {}
    for _, key, name, told in _read(parts):
        if told and (key in columns or len(columns) < rules.MOST_SHEETS):
            names[key] = name
            columns.setdefault(key, {}).update({field: label for field, label, *_ in told})
    taken = {rules.SHEET.lower()}
    sheets = [Sheet(rules.SHEET, rules.HEADS, rules.WIDTHS)]
    sheets += [
        Sheet(rules.sheet_name(names[key], taken), (rules.HEADS[0], *labels.values()), rules.WIDTHS[:1])
        for key, labels in columns.items()
    ]
    places = {key: place for place, key in enumerate(columns, 1)}

    def rows() -> Iterator[tuple[int, Sequence[Cell]]]:
        for cells, key, _, told in _read(parts):
            yield 0, [_dated(text) if at in rules.DATED else text for at, text in enumerate(cells)]
            if key in places:
                answers = {field: _dated(text) if kind else text for field, _, text, *kind in told}
                yield places[key], [cells[0], *(answers.get(field, "") for field in columns[key])]

    return write_tables(sheets, rows())
