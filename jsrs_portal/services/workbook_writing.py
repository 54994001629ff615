"""Excel files with long tables, written row by row: days are dates, and nothing somebody typed becomes a formula."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

_LONGEST_CELL = 32_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTH = 24
Cell = str | date | datetime
"""A text, a day, or an instant without a zone, as clocks show it."""
_DAY = 'yyyy"年"m"月"d"日"'
_MINUTE = f"{_DAY} hh:mm"


@dataclass(frozen=True)
class Sheet:
    """One table: its name, the heads of its columns and how wide they are (what is missing: as wide as usual)."""

    name: str
    heads: Sequence[str]
    widths: Sequence[int] = ()


def write_tables(sheets: Sequence[Sheet], rows: Iterable[tuple[int, Sequence[Cell]]]) -> bytes:
    """Return a workbook with ``sheets``; each of ``rows`` says which sheet it goes to. Works long: call it in a thread.

    Rows are taken one after the other and not kept, so they may be many.
    """
    book = Workbook(write_only=True)
    made: list[Any] = []
    for sheet in sheets:
        one: Any = book.create_sheet(sheet.name)
        one.freeze_panes = "A2"
        for place in range(len(sheet.heads)):
            width = sheet.widths[place] if place < len(sheet.widths) else _WIDTH
            one.column_dimensions[get_column_letter(place + 1)].width = width
        one.append([_head(one, text) for text in sheet.heads])
        made.append(one)
    for place, row in rows:
        sheet = made[place]
        sheet.append([_cell(sheet, one) for one in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(sheet: Any, content: Cell) -> Any:
    """Return what stands in a cell; a text that a spreadsheet might take for a formula is marked as none."""
    if not isinstance(content, str):
        dated: Any = WriteOnlyCell(sheet)
        dated.value = content
        dated.number_format = _MINUTE if isinstance(content, datetime) else _DAY
        return dated
    plain = ILLEGAL_CHARACTERS_RE.sub("", content)[:_LONGEST_CELL]
    if not plain.startswith(_FORMULA):
        return plain
    cell = WriteOnlyCell(sheet, value=plain)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _head(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE7F5")
    return cell
