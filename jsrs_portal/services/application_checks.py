"""A case's answers in words, every row: before they are submitted, on the receipt, afterwards (R-2.6.3.2, R-2.6.3.3).

Whole for whoever applies and their unit, masked for the bureau.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.divisions import Divisions
from jsrs_portal.domain.form_reading import Reading, read_row
from jsrs_portal.domain.form_values import Typed
from jsrs_portal.domain.form_words import masked_words_of, words_of
from jsrs_portal.domain.matter_conditions import Answers
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.services.opened_cases import Opened, surroundings

_Say = Callable[[FormField, Any, Divisions], str]
ROWS_SHOWN = 50
"""So many rows of a table are on the screen at first; the others are unfolded there, and printed in any case."""


@dataclass(frozen=True)
class FactView:
    """A question and its answer in words."""

    label: str
    value: str


@dataclass(frozen=True)
class CheckedTable:
    """A table: the labels of the columns in which something stands, and the rows' cells under them, in words.

    ``first`` are the rows that are shown at once, ``rest`` the others; ``count`` counts both.
    """

    label: str
    heads: tuple[str, ...]
    first: tuple[tuple[str, ...], ...]
    rest: tuple[tuple[str, ...], ...]
    count: int


@dataclass(frozen=True)
class CheckedSection:
    """A group of answers to be looked over before they are submitted."""

    key: str
    title: str
    facts: tuple[FactView, ...]
    tables: tuple[CheckedTable, ...]


async def checked_sections(opened: Opened, reading: Reading, *, masked: bool = False) -> list[CheckedSection]:
    """Return every answer in words, beside the event loop where the tables are long; ``masked`` for the bureau."""
    say = masked_words_of if masked else words_of
    return await asyncio.to_thread(_sections, opened, reading, say) if opened.long else _sections(opened, reading, say)


def checked_row(table: FormField, typed: Typed) -> tuple[str, str]:
    """Return a row's first answer, and all the others with their labels."""
    reading = read_row(table, typed, surroundings())
    said = [(one.label, text) for one in table.columns or () if (text := _words(one, reading.answers))]
    return said[0][1] if said else "", " · ".join(f"{label} {text}" for label, text in said[1:])


def _sections(opened: Opened, reading: Reading, say: _Say) -> list[CheckedSection]:
    found: list[CheckedSection] = []
    for section in opened.form.sections:
        asked = [one for one in section.fields if one.key in reading.shown and one.type is not FieldType.FILE]
        facts = tuple(
            FactView(one.label, _words(one, reading.answers, say) or "未填写")
            for one in asked
            if one.type is not FieldType.TABLE
        )
        tables = tuple(_table(one, reading.answers.get(one.key), say) for one in asked if one.type is FieldType.TABLE)
        if facts or tables:
            found.append(CheckedSection(section.key, section.title, facts, tables))
    return found


def _words(one: FormField, answers: Answers, say: _Say = words_of) -> str:
    return say(one, answers.get(one.key), divisions())


def _table(table: FormField, answer: Any, say: _Say) -> CheckedTable:
    rows = cast("list[Answers]", answer or [])
    said = [[_words(column, row, say) for column in table.columns or ()] for row in rows]
    used = [place for place in range(len(table.columns or ())) if any(row[place] for row in said)]
    cells = [tuple(row[place] for place in used) for row in said]
    return CheckedTable(
        label=table.label,
        heads=tuple((table.columns or ())[place].label for place in used),
        first=tuple(cells[:ROWS_SHOWN]),
        rest=tuple(cells[ROWS_SHOWN:]),
        count=len(cells),
    )
