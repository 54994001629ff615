"""A table of a draft filled in with Excel: the template of one's own draft, and what a picked file would bring.

Nothing is written before it has been looked at; :func:`.application_tables.put_rows` reads every row once more.
"""

from dataclasses import dataclass

from jsrs_portal import clock, db
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import EDITABLE
from jsrs_portal.domain.form_reading import read_row
from jsrs_portal.domain.form_values import Typed
from jsrs_portal.domain.form_words import words_of
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import limits, workbooks
from jsrs_portal.services.application_tables import table_of
from jsrs_portal.services.application_workbooks import read_rows, shape_of, template_for
from jsrs_portal.services.applications import GONE
from jsrs_portal.services.opened_cases import open_case, surroundings

MOST_SHOWN = 50
"""Rows that are wrong and are shown, each with its sentences; the others are counted."""
_SAMPLES = 5
_LAST = 4


@dataclass(frozen=True)
class PreviewRow:
    """A row of the file as it is shown: its number there, its first cell masked, its other cells or what is wrong."""

    number: int
    title: str
    text: str
    problem: str


@dataclass(frozen=True)
class Preview:
    """What a file would bring: ``rows`` are right and ready, ``shown`` some of them and those that are wrong."""

    label: str
    rows: list[dict[str, str]]
    wrong: int
    shown: list[PreviewRow]
    there: int
    most: int


async def template_of(*, actor: Actor, case_id: str, table: str) -> tuple[str, bytes] | Refusal | None:
    """Return the name and the content of the file for ``table``, with the rows of a draft of the actor's own.

    ``None`` for any other draft, case or table. Errors: asked too often.
    """
    async with db.reading() as session:
        opened = await open_case(session, actor=actor, case_id=case_id)
    if opened is None or opened.case.status not in EDITABLE:
        return None
    asked = table_of(opened.form, table)
    if asked is None:
        return None
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.TABLE_TEMPLATE, actor.person_id, now=clock.now())
    if exceeded:
        return exceeded.refusal
    rows = opened.filled.rows.get(table, [])
    content = await workbooks.beside(template_for, asked, rows, surroundings())
    return f"{opened.case.matter_name}-{asked.label}.xlsx", content


async def read_file(*, actor: Actor, case_id: str, table: str, content: object) -> Preview | Refusal:
    """Return what a picked file (base64) would bring to ``table`` of a draft of the actor's own; files are counted.

    Errors: none of theirs; too many files; as :func:`.application_workbooks.read_rows`.
    """
    async with db.reading() as session:
        opened = await open_case(session, actor=actor, case_id=case_id)
    asked = table_of(opened.form, table) if opened and opened.case.status in EDITABLE else None
    if opened is None or asked is None:
        return GONE
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.IMPORT_FILE, actor.person_id, now=clock.now())
    if exceeded:
        return exceeded.refusal
    file = workbooks.picked(content, shape_of(asked))
    there = len(opened.filled.rows.get(table, []))
    return await workbooks.beside(_preview, asked, file, there)


def _preview(table: FormField, file: bytes, there: int) -> Preview | Refusal:
    rows = read_rows(table, file, surroundings())
    if isinstance(rows, Refusal):
        return rows
    wrong = [row for row in rows if row.faults]
    right = [row for row in rows if not row.faults]
    shown = [PreviewRow(row.number, "", "", "".join(row.faults)) for row in wrong[:MOST_SHOWN]]
    shown += [PreviewRow(row.number, *_masked(table, row.typed), "") for row in right[:_SAMPLES]]
    return Preview(
        label=table.label,
        rows=[row.typed for row in right],
        wrong=len(wrong),
        shown=sorted(shown, key=lambda row: row.number),
        there=there,
        most=table.at_once,
    )


def _masked(table: FormField, row: Typed) -> tuple[str, str]:
    """Return a row's first answer and the next ones, sensitive ones masked."""
    reading = read_row(table, row, surroundings())
    answered = [(one, reading.answers[one.key]) for one in table.columns or () if one.key in reading.answers]
    said = [(one.label, _shown(one, words_of(one, answer, divisions()))) for one, answer in answered]
    return said[0][1] if said else "", " · ".join(f"{label} {text}" for label, text in said[1:5])


def _shown(column: FormField, text: str) -> str:
    if not column.sensitive:
        return text
    if column.type is FieldType.PERSON or (column.type is FieldType.TEXT and column.format is None):
        return masking.mask_name(text)
    masked = masking.mask_inside(text)
    return masked if column.format is None or masked != text else f"****{text[-_LAST:]}"
