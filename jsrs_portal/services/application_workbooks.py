"""A table of an application as an Excel file: the template with the draft's rows, and a filled one read (R-2.6.3.3).

What is written is read back as it was. Texts are written as texts: numbers of persons keep their digits, and nothing
that somebody typed becomes a formula.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from jsrs_portal.domain.form_drafts import typed_row
from jsrs_portal.domain.form_guidance import rule_of, when_needed
from jsrs_portal.domain.form_reading import read_row
from jsrs_portal.domain.form_values import Surroundings, Typed, controls_of
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services.application_columns import SheetColumn, cell_of, head_of, read_cells, sheet_columns
from jsrs_portal.services.workbooks import Shape, read_sheet

LARGEST = 512 * 1024
"""Bytes of a file: five hundred rows of sixteen columns have a fifth of it, from another program several times that."""
_HEAD, _ROWS, _TEXT, _DAY = "填写说明", "填写", "@", "yyyy-mm-dd"
_WIDEST = 80
_LONGEST_CELL = 32_000


@dataclass(frozen=True)
class CellFault:
    """What is wrong in a row: the head of the column it is in, and the sentence."""

    column: str
    sentence: str


@dataclass(frozen=True)
class ImportedRow:
    """A row of the file: its ``number`` in the sheet, what is kept of it, and what is wrong in its columns."""

    number: int
    typed: dict[str, str]
    faults: tuple[CellFault, ...]


def shape_of(table: FormField) -> Shape:
    """Return what a file for ``table`` may be."""
    return Shape(
        largest=LARGEST,
        unpacked=4 * 1024 * 1024,
        elements=150_000,  # 500 rows of sixteen columns have forty thousand, from another program twice as many
        most_rows=table.at_once,
        widest=_WIDEST,
        no_rows="文件中没有可以导入的内容，请从第二行起填写，每行一条。",
        too_large=f"文件不能超过 {LARGEST // 1024} KB。请删除模板以外的工作表、图片和格式，或分成几个文件依次导入。",
    )


def read_rows(table: FormField, content: bytes, around: Surroundings) -> list[ImportedRow] | Refusal:
    """Return the rows of a filled template with what is wrong with each; works in memory, call it in a thread.

    Errors: as :func:`.workbooks.read_sheet`; more rows than the table takes.
    """
    columns = sheet_columns(table)
    lines = read_sheet(content, shape_of(table), [column.head for column in columns])
    if isinstance(lines, Refusal):
        return lines
    rows = [_row(table, columns, line.number, line.cells, around) for line in lines]
    return _told_apart(table, columns, rows)


def _row(
    table: FormField, columns: Sequence[SheetColumn], number: int, cells: Sequence[Any], around: Surroundings
) -> ImportedRow:
    typed, wrong = read_cells(columns, cells)
    reading = read_row(table, typed, around)
    said = {key: [CellFault(head_of(columns, key), one.sentence)] for key, one in wrong.items() if key in reading.shown}
    for fault in reading.faults:
        if fault.field not in wrong:
            where = head_of(columns, fault.field, fault.control)
            said.setdefault(fault.field, []).append(CellFault(where, fault.sentence))
    faults = tuple(one for column in table.columns or () for one in said.get(column.key, ()))
    return ImportedRow(number, {} if faults else typed_row(table, reading.answers), faults)


def _told_apart(table: FormField, columns: Sequence[SheetColumn], rows: Sequence[ImportedRow]) -> list[ImportedRow]:
    """Return the rows where what must differ does: of two that say the same the later one is wrong."""
    found = list(rows)
    for column in (one for one in table.columns or () if one.unique):
        first: dict[tuple[str, ...], int] = {}
        for place, row in enumerate(found):
            said = tuple(row.typed.get(name, "") for name in controls_of(column))
            if not any(said):
                continue
            before = first.setdefault(said, row.number)
            if before != row.number:
                fault = CellFault(head_of(columns, column.key), f"{column.label}与第 {before} 行重复。")
                found[place] = ImportedRow(row.number, {}, (fault,))
    return found


def template_for(table: FormField, rows: Sequence[Typed], around: Surroundings) -> bytes:
    """Return a file with the heads of ``table``, its ``rows`` and how to fill it in; call it in a thread."""
    book = Workbook()
    sheet = cast("Worksheet", book.active)
    sheet.title = _ROWS
    columns = sheet_columns(table)
    _write_rows(sheet, columns, rows)
    _explain(book.create_sheet(_HEAD), table, columns, around)
    _offer(book, sheet, columns, table.at_once + 1)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _write_rows(sheet: Worksheet, columns: Sequence[SheetColumn], rows: Sequence[Typed]) -> None:
    for place, column in enumerate(columns, 1):
        whole = sheet.column_dimensions[get_column_letter(place)]
        whole.width = _width(column)
        whole.number_format = _format_of(column)
        _put(sheet, 1, place, column.head, head=True)
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows, 2):
        for place, column in enumerate(columns, 1):
            value = cell_of(column, row)
            if value != "":
                _put(sheet, number, place, value)


def _width(column: SheetColumn) -> float:
    if column.is_date or column.is_number:
        wanted = 14
    else:
        wanted = 40 if column.is_place or column.part == "detail" or column.field.type is FieldType.LONG_TEXT else 22
    return max(wanted, min(40, 2.2 * len(column.head) + 2))


def _format_of(column: SheetColumn) -> str:
    if column.is_date:
        return _DAY
    if column.is_number:
        places = column.field.places
        return f"0.{'0' * places}" if places and column.field.type is FieldType.MONEY else "General"
    return _TEXT


def _put(sheet: Worksheet, row: int, place: int, value: str | Decimal | date, *, head: bool = False) -> None:
    """Write a cell; a text is one whatever it begins with, also after somebody has edited it."""
    cell = cast("Cell", sheet.cell(row, place))
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST_CELL]
        cell.data_type = "s"
        cell.number_format = _TEXT
        cell.quotePrefix = value[:1] in "=+-@"
        if "\n" in value or head:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    else:
        cell.value = value
        cell.number_format = sheet.column_dimensions[get_column_letter(place)].number_format
    if head:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE7F5")


def _explain(sheet: Worksheet, table: FormField, columns: Sequence[SheetColumn], around: Surroundings) -> None:
    """Write the sheet that says what every column wants."""
    said = (
        f"请在“{_ROWS}”工作表中从第二行起填写{table.label}，每行一条，最多 {table.at_once} 行。",
        "请勿修改第一行的列名；填写后保存为 .xlsx 格式，再到填报页面选择该文件。",
        "身份证件号码、银行账号等长号码请以文本格式填写；公式请先转换为值。",
    )
    for number, sentence in enumerate(said, 1):
        _put(sheet, number, 1, sentence)
    heads = ("列名", "是否必填", "填写要求")
    for number, row in enumerate((heads, *_rules(table, columns, around)), len(said) + 2):
        for place, text in enumerate(row, 1):
            _put(sheet, number, place, text, head=number == len(said) + 2)
            sheet.cell(number, place).alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in zip("ABC", (28, 28, 80), strict=True):
        sheet.column_dimensions[letter].width = width


def _rules(table: FormField, columns: Sequence[SheetColumn], around: Surroundings) -> list[tuple[str, str, str]]:
    """Return what the columns want: the head, whether it must be filled in, the rule; those between columns too."""
    among = {column.key: column for column in table.columns or ()}
    between: dict[str, str] = {}
    for rule in table.rules or ():
        head = head_of(columns, rule.field)
        between[head] = f"{between.get(head, '')}；{rule.message.rstrip('。')}"
    return [
        (
            column.head,
            "选填" if column.part == "document" else when_needed(column.field, among),
            f"{rule_of(column.field, column.part, around)}{between.get(column.head, '')}",
        )
        for column in columns
    ]


def _offer(book: Workbook, sheet: Worksheet, columns: Sequence[SheetColumn], last: int) -> None:
    """Let the words of a choice be picked from a list, which stands in a hidden sheet: there is no limit to it."""
    lists = book.create_sheet("选项")
    lists.sheet_state = "hidden"
    for place, column in enumerate(columns, 1):
        words = list(column.words.values())
        if not words or column.field.type is FieldType.CHOICES:
            continue
        letter = get_column_letter(place)
        for number, word in enumerate(words, 1):
            _put(lists, number, place, word)
        offered = DataValidation(
            type="list",
            formula1=f"'选项'!${letter}$1:${letter}${len(words)}",
            allow_blank=True,
            showErrorMessage=True,
            errorTitle="请从列表中选择",
            error="请从下拉列表中选择一项。",
            sqref=f"{letter}2:{letter}{last}",
        )
        sheet.add_data_validation(offered)
