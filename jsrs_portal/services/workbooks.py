"""Excel files that somebody picked: read safely, in memory and beside the event loop, before anything believes them.

A file is small when packed and when unpacked, has few elements and few sheets; only then does the library see it.
"""

import asyncio
import base64
import binascii
import io
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar

import openpyxl

from jsrs_portal.domain.refusal import Refusal

Args = ParamSpec("Args")
Result = TypeVar("Result")

_PARTS = 60
_SHEETS = 8
_LOOKED_THROUGH = 2000
"""Rows of the sheet, empty ones included: people leave gaps."""
_EXACT = 15
"""Digits of a number that a spreadsheet keeps."""

_READER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="workbook")
"""A thread of its own: passwords are compared in the others."""

NOT_EXCEL = Refusal(
    "无法读取该文件：它不是 .xlsx 格式、已损坏，或设有打开密码。请使用模板填写，并保存为 .xlsx 格式。",
    "workbook",
    "not_excel",
)


@dataclass(frozen=True)
class Shape:
    """What a file may be: bytes packed and unpacked, XML elements in all parts together, rows, and columns looked at.

    ``no_rows`` and ``too_large`` are what is said of one without rows and of one that is too much of anything else.
    """

    largest: int
    unpacked: int
    elements: int
    most_rows: int
    widest: int
    no_rows: str
    too_large: str


@dataclass(frozen=True)
class Line:
    """A row of the sheet: its number there, and the cells of the columns that were asked for, in their order."""

    number: int
    cells: tuple[Any, ...]


async def beside(work: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
    """Do ``work`` in the thread of workbooks, one after the other."""
    return await asyncio.get_running_loop().run_in_executor(_READER, lambda: work(*args, **kwargs))


def picked(content: object, shape: Shape) -> bytes:
    """Return the file behind what a page sends (base64); what is too long for any file of ours is read as too large."""
    if not isinstance(content, str) or not content or len(content) > shape.largest * 2:
        return b"x" * (shape.largest + 1)
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return b""


def read_sheet(content: bytes, shape: Shape, columns: Sequence[str]) -> list[Line] | Refusal:
    """Return the rows below the heads ``columns`` in the first sheet; those in which nothing stands are left out.

    The columns may stand in any order with others between. Errors: a file that is too large, packed or not, is no
    workbook, lacks columns, has no or too many rows.
    """
    too_large = Refusal(shape.too_large, "workbook", "too_large")
    if len(content) > shape.largest:
        return too_large
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > shape.unpacked:
                return too_large
            if _too_much_work([packed.read(part) for part in parts], shape):
                return too_large
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        lines = list(sheet.iter_rows(max_row=_LOOKED_THROUGH, max_col=shape.widest, values_only=True))
    except Exception:  # whatever a broken file makes the library raise
        return NOT_EXCEL
    head = [text_of(value) for value in lines[0]] if lines else []
    missing = [name for name in columns if name not in head]
    if missing and len(missing) == len(columns):
        return Refusal("第一个工作表的第一行不是模板的列名。请使用模板填写，不要改动第一行。", "workbook", "columns")
    if missing:
        return Refusal(f"第一行缺少列：{'、'.join(missing)}。请使用模板填写。", "workbook", "columns")
    places = [head.index(name) for name in columns]
    rows = [
        Line(number, tuple(line[place] for place in places))
        for number, line in enumerate(lines[1:], start=2)
        if any(text_of(value) for value in line)
    ]
    if not rows:
        return Refusal(shape.no_rows, "workbook", "empty")
    if len(rows) > shape.most_rows:
        over = f"文件中有 {len(rows)} 行，一次最多导入 {shape.most_rows} 行。请删去多余的行后重新选择。"
        return Refusal(over, "workbook", "rows")
    return rows


def _too_much_work(parts: Sequence[bytes], shape: Shape) -> bool:
    """Tell whether reading would take long: the library walks a sheet once for every name that stands for it."""
    sheets = sum(part.count(b"<sheet ") + part.count(b":sheet ") for part in parts)
    return sheets > _SHEETS or sum(part.count(b"<") for part in parts) > shape.elements


def text_of(value: Any, *, longest: int = 200) -> str:
    """Return a cell as somebody would type it, in a line: a day as 2026-03-02, a whole number without a point."""
    if isinstance(value, str):
        return "".join(sign for sign in value[:longest] if sign.isprintable()).strip()
    return _plain(value)[:longest]


def lines_of(value: Any, *, longest: int) -> str:
    """Return a cell as :func:`text_of` does, with its line ends and wide spaces."""
    if not isinstance(value, str):
        return _plain(value)[:longest]
    text = value[:longest].replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign if sign.isprintable() or sign in "\n\u3000" else "" for sign in text).strip()


def digits_lost(value: Any) -> bool:
    """Tell whether a number has more digits than a spreadsheet keeps: the last of them are noughts by now."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) >= 10**_EXACT


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        return f"{Decimal(f'{value:.{_EXACT}g}'):f}"
    return str(value)
