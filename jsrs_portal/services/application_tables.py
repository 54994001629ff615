"""Tables in an application's form: rows put in, taken out, and read from an Excel file (R-2.6.3.3).

A row is right or it is not saved; only the row that is being written reaches the server.
"""

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.form_drafts import typed_row
from jsrs_portal.domain.form_reading import Filled, read_row
from jsrs_portal.domain.form_values import Typed
from jsrs_portal.domain.matter_forms import FieldType, FormField, MatterForm
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services.applications import GONE, open_draft, write
from jsrs_portal.services.opened_cases import Opened, surroundings

ROWS_FULL = "{label}最多填写 {most} 行。"
ROWS_OVER = "{label}最多填写 {most} 行，现有 {there} 行，不能再加入 {more} 行。"


async def save_row(
    session: AsyncSession, *, actor: Actor, case_id: str, seen: int, table: str, number: int, typed: Typed
) -> Opened | list[Refusal]:
    """Put a row into ``table``: in the place of row ``number`` (from 1), or at the end for 0.

    A row is right or it is not saved. Errors: what is wrong, at the columns; no such row; too many rows.
    """
    opened = await open_draft(session, actor=actor, case_id=case_id, seen=seen)
    if isinstance(opened, Refusal):
        return [opened]
    asked = table_of(opened.form, table)
    rows = list(opened.filled.rows.get(table, []))
    if asked is None or not 0 <= number <= len(rows):
        return [GONE]
    if not number and len(rows) >= asked.at_once:
        return [Refusal(ROWS_FULL.format(label=asked.label, most=asked.at_once))]
    row, faults = read_typed_row(asked, typed)
    if faults:
        return faults
    rows[number - 1 if number else len(rows) :] = [row, *(rows[number:] if number else [])]
    return write(opened, Filled(opened.filled.typed, {**opened.filled.rows, table: rows}, opened.filled.locked))


async def put_rows(
    session: AsyncSession,
    *,
    actor: Actor,
    case_id: str,
    seen: int,
    table: str,
    rows: Sequence[Typed],
    replace: bool,
) -> Opened | Refusal:
    """Put many rows into ``table`` at once: behind those that are there, or in their place (``replace``).

    All of them or none. Errors: none of theirs; changed since; no such table, nothing to put in; too many rows; the
    first row that is not right.
    """
    opened = await open_draft(session, actor=actor, case_id=case_id, seen=seen)
    if isinstance(opened, Refusal):
        return opened
    asked = table_of(opened.form, table)
    if asked is None or not rows:
        return GONE
    there = [] if replace else list(opened.filled.rows.get(table, []))
    if len(there) + len(rows) > asked.at_once:
        over = ROWS_OVER.format(label=asked.label, most=asked.at_once, there=len(there), more=len(rows))
        return Refusal(over, code="rows")
    read = await asyncio.to_thread(lambda: [read_typed_row(asked, row) for row in rows])
    for number, (_, faults) in enumerate(read, 1):
        if faults:
            return Refusal(f"{asked.label}要导入的第 {number} 行：{faults[0].sentence}", code="row")
    there += [row for row, _ in read]
    return write(opened, Filled(opened.filled.typed, {**opened.filled.rows, table: there}, opened.filled.locked))


async def drop_row(
    session: AsyncSession, *, actor: Actor, case_id: str, seen: int, table: str, number: int
) -> Opened | Refusal:
    """Take row ``number`` (from 1) out of ``table``; 0 takes all."""
    opened = await open_draft(session, actor=actor, case_id=case_id, seen=seen)
    if isinstance(opened, Refusal):
        return opened
    rows = list(opened.filled.rows.get(table, []))
    if table_of(opened.form, table) is None or not 0 <= number <= len(rows):
        return GONE
    left = rows[: number - 1] + rows[number:] if number else []
    return write(opened, Filled(opened.filled.typed, {**opened.filled.rows, table: left}, opened.filled.locked))


def table_of(form: MatterForm, key: object) -> FormField | None:
    """Return the table called ``key``; ``None`` when the form has none."""
    return next((one for one in form.fields if one.key == key and one.type is FieldType.TABLE), None)


def read_typed_row(table: FormField, typed: Typed) -> tuple[dict[str, str], list[Refusal]]:
    """Return a row as it is kept, and what is wrong with it at its columns."""
    reading = read_row(table, typed, surroundings())
    return typed_row(table, reading.answers), [Refusal(one.sentence, one.control) for one in reading.faults]
