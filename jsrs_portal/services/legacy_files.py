"""Reading a file of old accounts, row by row, whatever is in it (R-2.3.7): CSV in UTF-8 or GB 18030, or .xlsx.

A file comes from another office, so what would unpack or be walked through without end is refused before it is read.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

import openpyxl

from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import check_uscc, normalise
from jsrs_portal.domain.legacy_passwords import HashScheme, problem
from jsrs_portal.services.legacy_workbooks import MOST_ROWS, TOO_MANY_ROWS, TooLarge, examine

COLUMNS = ("用户名", "密码散列", "单位编号", "统一社会信用代码", "单位名称", "法人证件类型", "法人证件号码", "法人姓名")
SALT = "盐值"
"""The first row of the file; the order may differ, further columns are ignored. 盐值 only where there are salts."""
LARGEST = 200 * 1024 * 1024
_LONGEST_CELL = 300
_LONGEST_LINE = 1 << 16
_MOST_LINES = 50
_ROUNDED = "\0"
"""Stands for a number of which a spreadsheet has kept 15 digits; no text of a file reads like it."""
_EXPONENT = re.compile(r"\d(\.\d+)?[Ee]\+?\d+")


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message says why, in Chinese."""


@dataclass(frozen=True)
class FileRow:
    """A row that can be imported; ``number`` is its row in the file, ``unit_number`` as it is compared."""

    number: int
    username: str
    password_hash: str
    salt: str
    unit_number: str
    uscc: str
    unit_name: str
    legal_id_type: str
    legal_id_number: str
    legal_name: str


@dataclass(frozen=True)
class RefusedRow:
    """A row that is not imported, and why; nothing personal in it."""

    number: int
    reason: str


def read_rows(file: Path, hashes: HashScheme, *, today: date) -> Iterator[FileRow | RefusedRow]:
    """Yield every row that is not empty; raise :class:`UnreadableFile` for what is no such file."""
    if file.stat().st_size > LARGEST:
        raise UnreadableFile(f"文件不能超过 {LARGEST // 1024 // 1024} MB，请分成几个文件导入。")
    lines = _workbook(file) if file.suffix.lower() == ".xlsx" else _csv(file)
    nothing: list[str] = []
    head = next(lines, (1, nothing))[1]
    wanted = (*COLUMNS, SALT) if hashes.salted else COLUMNS
    missing = [name for name in wanted if name not in head]
    if missing:
        raise UnreadableFile(f"第一行缺少列：{'、'.join(missing)}。")
    places = {name: head.index(name) for name in wanted}
    for number, line in lines:
        if number > MOST_ROWS:  # also of empty ones: a row may call itself the billionth
            raise UnreadableFile(TOO_MANY_ROWS)
        if any(line):
            values = {name: line[place] if place < len(line) else "" for name, place in places.items()}
            yield _row(number, values, hashes, today)


def _row(number: int, said: dict[str, str], hashes: HashScheme, today: date) -> FileRow | RefusedRow:
    rounded = [name for name, value in said.items() if value == _ROUNDED]
    rounded += [name for name in ("用户名", "单位编号") if _EXPONENT.fullmatch(said[name])]
    if rounded:
        return RefusedRow(number, f"{'、'.join(rounded)}是数字，超过15位的部分已被表格软件舍去，请以文本格式重新导出")
    said |= {"单位编号": normalise(said["单位编号"])}
    empty = [name for name in COLUMNS if not said[name] and name != "法人证件类型"]
    if empty:
        return RefusedRow(number, f"{'、'.join(empty)}为空")
    too_long = [name for name, most in _LONGEST.items() if len(said[name]) > most]
    if too_long:
        return RefusedRow(number, f"{'、'.join(too_long)}过长")
    salt = said.get(SALT, "")
    wrong = problem(hashes, said["密码散列"], salt)
    if wrong:
        return RefusedRow(number, wrong)
    uscc = check_uscc(said["统一社会信用代码"])
    if uscc.problem:
        return RefusedRow(number, uscc.sentence.rstrip("。"))
    kind = said["法人证件类型"] or DocumentType.RESIDENT_ID
    if kind not in set(DocumentType):
        return RefusedRow(number, f"法人证件类型须为 {'、'.join(DocumentType)} 之一")
    document = check_document(DocumentType(kind), said["法人证件号码"], today)
    if document.problem:
        return RefusedRow(number, f"法人证件号码不正确：{document.sentence.rstrip('。')}")
    return FileRow(
        number=number,
        username=said["用户名"],
        password_hash=said["密码散列"],
        salt=salt,
        unit_number=said["单位编号"],
        uscc=uscc.value or "",
        unit_name=said["单位名称"],
        legal_id_type=kind,
        legal_id_number=document.value or "",
        legal_name=said["法人姓名"],
    )


_LONGEST = {"用户名": 64, "密码散列": 128, "单位编号": 40, "单位名称": 200, "法人姓名": 50}


def _csv(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a CSV file with the row each begins at, as a spreadsheet counts them."""
    encoding = _encoding(file)
    with file.open(encoding=encoding, newline="") as stream:
        try:
            lines = _Lines(stream)
            for number, line in enumerate(csv.reader(lines, strict=True), start=1):
                yield number, [_cell(value) for value in line]
                lines.of_row = 0
        except csv.Error as error:
            raise UnreadableFile(f"CSV 格式有误：{error}") from None


class _Lines:
    """The lines of a file, none longer than it may be, and of a row not more than there may be in it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self.of_row = stream, 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._stream.readline(_LONGEST_LINE)
        self.of_row += 1
        if len(line) == _LONGEST_LINE or self.of_row > _MOST_LINES:
            raise UnreadableFile("有一行过长，请检查分隔符、换行和引号。")
        if not line:
            raise StopIteration
        return line


def _encoding(file: Path) -> str:
    """Return what the whole file can be read as: offices save CSV in either."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with file.open(encoding=encoding, newline="") as stream:
                while stream.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise UnreadableFile("无法识别文件的编码，请保存为 UTF-8 编码的 CSV。")


def _workbook(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of the first sheet of a workbook, never holding more than one."""
    try:
        examine(file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        for number, line in enumerate(book.worksheets[0].iter_rows(max_col=40, values_only=True), start=1):
            yield number, [_cell(value) for value in line]
    except TooLarge as error:
        raise UnreadableFile(str(error)) from None
    except Exception as error:  # whatever a broken file makes the library raise
        raise UnreadableFile("无法读取该文件，请另存为 .xlsx 或 CSV 后再试。") from error


def _cell(value: Any) -> str:
    """Return a cell as somebody would type it: a whole number without a point, :data:`_ROUNDED` for a long one."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not abs(value) < 10**15:
        return _ROUNDED
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "".join(sign for sign in str(value)[:_LONGEST_CELL] if sign.isprintable()).strip()


def write_report(file: Path, refused: Sequence[RefusedRow], others: int = 0) -> None:
    """Write the rows that were not imported as CSV, for whoever has to put the file right, and how many others."""
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("行号", "原因"))
        writer.writerows((one.number, one.reason) for one in refused)
        if others:
            writer.writerow(("", f"另有 {others} 行未导入，请更正以上各行后再检查"))
