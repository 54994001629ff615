"""What was handed in with a case, as it is read later: whole in its own house, masked at the bureau (R-2.6.3.2)."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.cases import FileState
from jsrs_portal.domain.form_drafts import typed_again
from jsrs_portal.domain.form_reading import Reading, read_form, read_row
from jsrs_portal.domain.form_values import Surroundings
from jsrs_portal.domain.form_words import masked_words_of, words_of
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.models.cases import CaseFile
from jsrs_portal.services.application_views import CheckedSection, CheckedTable, FactView, RowView
from jsrs_portal.services.case_files import FileView, view_of
from jsrs_portal.services.opened_cases import Opened

ROWS = 50
"""A table's rows that are shown at once; the others page by page."""

_Words = Callable[[FormField, Any], str]


@dataclass(frozen=True)
class HandedFiles:
    """The files that were handed in at one question; those that a correction has replaced say so."""

    label: str
    files: tuple[FileView, ...]


@dataclass(frozen=True)
class CaseData:
    """Everything that was handed in last, in words, and the files, also those of former submissions."""

    sections: tuple[CheckedSection, ...]
    files: tuple[HandedFiles, ...]


async def case_data(
    session: AsyncSession, opened: Opened, *, whole: bool, pages: Mapping[str, int] | None = None
) -> CaseData:
    """Return what was handed in last; ``whole`` shows people's data unmasked. ``pages`` is which page of which table.

    One query; long tables are read beside the event loop.
    """
    say: _Words = (lambda field, answer: words_of(field, answer, divisions())) if whole else _masked
    sections = await asyncio.to_thread(_sections, opened, say, pages or {})
    query = (
        select(CaseFile)
        .where(
            col(CaseFile.case_id) == opened.case.id,
            col(CaseFile.state).in_([FileState.STORED, FileState.REPLACED]),
            col(CaseFile.submission) > 0,
        )
        .order_by(col(CaseFile.created_at), col(CaseFile.id))
    )
    groups: dict[str, list[FileView]] = {}
    for one in (await session.execute(query)).scalars():
        groups.setdefault(one.field, []).append(view_of(one))
    files = tuple(HandedFiles(one.label, tuple(groups[one.key])) for one in opened.form.fields if one.key in groups)
    return CaseData(sections, files)


def reading_as_handed_in(opened: Opened) -> Reading:
    """Return the form as it was handed in last, by the day on which that was."""
    filled = typed_again(opened.form, json.loads(opened.kept.answers))
    at = opened.case.handed_in_at
    day = at.astimezone(clock.BEIJING).date() if at else clock.today()
    return read_form(opened.form, filled, Surroundings(day, divisions()), files=opened.files)


def _masked(field: FormField, answer: Any) -> str:
    return masked_words_of(field, answer, divisions())


def _sections(opened: Opened, say: _Words, pages: Mapping[str, int]) -> tuple[CheckedSection, ...]:
    reading = reading_as_handed_in(opened)
    rows = typed_again(opened.form, json.loads(opened.kept.answers)).rows
    found: list[CheckedSection] = []
    for section in opened.form.sections:
        asked = [one for one in section.fields if one.key in reading.shown and one.type is not FieldType.FILE]
        facts = tuple(
            FactView(one.label, say(one, reading.answers.get(one.key)) or "未填写")
            for one in asked
            if one.type is not FieldType.TABLE
        )
        tables = tuple(
            _table(one, rows.get(one.key, []), say, pages.get(one.key, 1))
            for one in asked
            if one.type is FieldType.TABLE
        )
        if facts or tables:
            found.append(CheckedSection(section.key, section.title, facts, tables))
    return tuple(found)


def _table(table: FormField, rows: list[dict[str, str]], say: _Words, page: int) -> CheckedTable:
    pages = max(1, -(-len(rows) // ROWS))
    start = (min(max(page, 1), pages) - 1) * ROWS
    shown = tuple(_row(table, number, row, say) for number, row in enumerate(rows[start : start + ROWS], start + 1))
    more = f"共 {len(rows)} 行，以上为第 {start + 1} 至 {start + len(shown)} 行。" if pages > 1 else ""
    return CheckedTable(table.label, shown, more)


def _row(table: FormField, number: int, row: dict[str, str], say: _Words) -> RowView:
    reading = read_row(table, row, Surroundings(clock.today(), divisions()))
    cells = [
        (column, say(column, reading.answers.get(column.key)))
        for column in table.columns or ()
        if column.key in reading.shown
    ]
    told = [(column, text) for column, text in cells if text]
    title = told[0][1] if told else "（空）"
    return RowView(number, title, " · ".join(f"{column.label} {text}" for column, text in told[1:]), "")
