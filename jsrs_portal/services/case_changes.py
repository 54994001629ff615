"""What a correction changed: what the bureau had when it asked for one, beside what it has now (R-2.6.3.2)."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.form_reading import Reading
from jsrs_portal.domain.form_words import masked_words_of, words_of
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.models.cases import CaseEvent, CaseFile, CaseSubmission
from jsrs_portal.services.case_data import as_handed_in, reading_of
from jsrs_portal.services.case_moves import Said
from jsrs_portal.services.opened_cases import Opened

ROWS_NAMED = 10
"""So many rows of a table are named on either side; of more it is said how many."""
NOTHING = "未填写"
HIDDEN = "（遮盖部分有改动）"
"""What is added where the masked words are the same and what is masked is not."""


@dataclass(frozen=True)
class Change:
    """A question whose answer changed, or that was to be corrected; ``asked`` is what the bureau had said at it."""

    key: str
    label: str
    asked: str
    changed: bool
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class _Handed:
    """A submission as it is compared: its reading, and the identifiers of its files by question."""

    reading: Reading
    files: Mapping[str, Sequence[str]]


async def changes_of(session: AsyncSession, opened: Opened, *, whole: bool) -> tuple[Change, ...]:
    """Return what the last correction changed, in the form's order; people's data masked unless ``whole``.

    Nothing while no correction has come to the bureau. Three queries at most, none for a case never sent back.
    """
    if not opened.case.returned:
        return ()
    found = await _compared(session, opened)
    if found is None:
        return ()
    first, second, asked = found
    before, after = await _handed(opened, first), await _handed(opened, second)
    names = await _file_names(session, opened)
    return tuple(
        one
        for field in opened.form.fields
        if (one := _change(field, before, after, asked.get(field.key, ""), names, whole=whole)) is not None
    )


async def _compared(
    session: AsyncSession, opened: Opened
) -> tuple[CaseSubmission, CaseSubmission, Mapping[str, str]] | None:
    """Return what the bureau had when it last asked for a correction, what it has now, and what it asked where.

    The n-th handing in is submission n; while a correction stays within the unit, the bureau has what it had.
    """
    case = opened.case
    events = select(CaseEvent).where(
        col(CaseEvent.case_id) == case.id, col(CaseEvent.act).in_([Act.SUBMIT, Act.CORRECT])
    )
    before, asked, handed_in = 0, Said(), 0
    for event in (await session.execute(events.order_by(col(CaseEvent.position)))).scalars():
        if event.act == Act.SUBMIT:
            handed_in += 1
        else:
            before, asked = handed_in, Said.read(event.said)
    after = case.received or handed_in
    query = select(CaseSubmission).where(
        col(CaseSubmission.case_id) == case.id, col(CaseSubmission.number).in_([before, after])
    )
    found = {one.number: one for one in (await session.execute(query)).scalars()} if before < after else {}
    return (found[before], found[after], asked.fields or {}) if len(found) > 1 else None


async def _handed(opened: Opened, one: CaseSubmission) -> _Handed:
    given = as_handed_in(opened, one.answers)
    reading = await asyncio.to_thread(reading_of, given) if given.long else reading_of(given)
    return _Handed(reading, {key: [file for file, _ in files] for key, files in json.loads(one.files).items()})


async def _file_names(session: AsyncSession, opened: Opened) -> dict[str, str]:
    query = select(CaseFile).where(col(CaseFile.case_id) == opened.case.id, col(CaseFile.submission) > 0)
    return {one.id: one.name for one in (await session.execute(query)).scalars()}


def _change(
    field: FormField, before: _Handed, after: _Handed, asked: str, names: Mapping[str, str], *, whole: bool
) -> Change | None:
    if field.type is FieldType.FILE:
        old, new = ([key for key in side.files.get(field.key, ())] for side in (before, after))
        was, now = (tuple(names.get(key, "文件") for key in side) for side in (old, new))
    else:
        old, new = (side.reading.answers.get(field.key) for side in (before, after))
        if field.type is FieldType.TABLE:
            was, now = _rows(field, old or [], new or [], whole=whole)
        else:
            was, now = (((text,) if (text := _words(field, one, whole=whole)) else ()) for one in (old, new))
            now = (f"{now[0]}{HIDDEN}",) if old != new and was == now and now else now
    changed = old != new
    if not changed and not asked:
        return None
    return Change(field.key, field.label, asked, changed, was or (NOTHING,), now or (NOTHING,))


def _rows(
    table: FormField, old: list[Mapping[str, Any]], new: list[Mapping[str, Any]], *, whole: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the rows of either side that the other has not, each with its number."""

    def named(rows: list[Mapping[str, Any]], other: list[Mapping[str, Any]]) -> tuple[str, ...]:
        left = Counter(map(_same, other))
        mine: list[str] = []
        for number, row in enumerate(rows, 1):
            left[_same(row)] -= 1
            if left[_same(row)] >= 0:
                continue
            cells = [_words(one, row.get(one.key), whole=whole) for one in table.columns or ()]
            mine.append(f"第 {number} 行：{'，'.join(cell for cell in cells if cell)}")
        more = [f"另有 {len(mine) - ROWS_NAMED} 行"] if len(mine) > ROWS_NAMED else []
        return (f"共 {len(rows)} 行", *mine[:ROWS_NAMED], *more)

    return named(old, new), named(new, old)


def _same(row: Mapping[str, Any]) -> str:
    return json.dumps(row, sort_keys=True, ensure_ascii=False)


def _words(field: FormField, answer: Any, *, whole: bool) -> str:
    say = words_of if whole else masked_words_of
    return say(field, answer, divisions())
