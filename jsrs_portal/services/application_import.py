"""A table of a draft filled in with Excel: the template of one's own draft, and what a picked file would bring.

Nothing is written before it has been looked at; :func:`.application_tables.put_rows` reads every row once more.
"""

from dataclasses import dataclass

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import EDITABLE
from jsrs_portal.domain.matter_forms import FormField
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import limits, workbooks
from jsrs_portal.services.application_checks import checked_row
from jsrs_portal.services.application_tables import table_of
from jsrs_portal.services.application_workbooks import CellFault, read_rows, shape_of, template_for
from jsrs_portal.services.applications import GONE
from jsrs_portal.services.opened_cases import open_case, surroundings

MOST_SHOWN = 50
"""Rows that are shown, of those that are right and of those that are wrong; the others are counted."""


@dataclass(frozen=True)
class PreviewRow:
    """A row of the file as its owner sees it: its number there, its cells in words."""

    number: int
    title: str
    text: str


@dataclass(frozen=True)
class WrongRow:
    """A row of the file that is not taken: its number there, and what is wrong in which column."""

    number: int
    faults: tuple[CellFault, ...]


@dataclass(frozen=True)
class Preview:
    """What a file would bring: ``rows`` are right and ready, ``shown`` the first of them in full.

    ``wrong`` rows are not taken; ``faulty`` are the first of them.
    """

    label: str
    rows: list[dict[str, str]]
    wrong: int
    shown: list[PreviewRow]
    faulty: list[WrongRow]
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
    return Preview(
        label=table.label,
        rows=[row.typed for row in right],
        wrong=len(wrong),
        shown=[PreviewRow(row.number, *checked_row(table, row.typed)) for row in right[:MOST_SHOWN]],
        faulty=[WrongRow(row.number, row.faults) for row in wrong[:MOST_SHOWN]],
        there=there,
        most=table.at_once,
    )
