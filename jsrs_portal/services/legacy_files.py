"""Reading a file of old accounts, row by row, whatever is in it (R-2.3.7): CSV in UTF-8 or GB 18030, or .xlsx.

A file comes from another office, so what would unpack or be walked through without end is refused before it is read.
"""

import csv
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.domain.legacy_passwords import HashScheme, problem

COLUMNS = ("用户名", "密码散列", "单位编号", "统一社会信用代码", "单位名称", "法人证件类型", "法人证件号码", "法人姓名")
SALT = "盐值"
"""The first row of the file; the order may differ, further columns are ignored. 盐值 only where there are salts."""
LARGEST = 200 * 1024 * 1024
_UNPACKED = 1024 * 1024 * 1024
_PARTS = 200
_SHEETS = 8
_LONGEST_CELL = 300


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message says why, in Chinese."""


@dataclass(frozen=True)
class FileRow:
    """A row that can be imported; ``number`` is its row in the file."""

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
        if any(line):
            values = {name: line[place] if place < len(line) else "" for name, place in places.items()}
            yield _row(number, values, hashes, today)


def _row(number: int, said: dict[str, str], hashes: HashScheme, today: date) -> FileRow | RefusedRow:
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
            for number, line in enumerate(csv.reader(stream, strict=True), start=1):
                yield number, [_cell(value) for value in line]
        except csv.Error as error:
            raise UnreadableFile(f"CSV 格式有误：{error}") from None


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
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
                raise UnreadableFile("文件解压后过大，请只保留一个工作表，或改用 CSV。")
            listed = packed.read("xl/workbook.xml") if packed.getinfo("xl/workbook.xml").file_size < 1 << 20 else b""
        if not 0 < len(re.findall(rb"<(?:\w+:)?sheet ", listed)) <= _SHEETS:
            raise UnreadableFile(f"工作表不能超过 {_SHEETS} 个，请只保留一个工作表。")
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        for number, line in enumerate(book.worksheets[0].iter_rows(max_col=40, values_only=True), start=1):
            yield number, [_cell(value) for value in line]
    except UnreadableFile:
        raise
    except Exception as error:  # whatever a broken file makes the library raise
        raise UnreadableFile("无法读取该文件，请另存为 .xlsx 或 CSV 后再试。") from error


def _cell(value: Any) -> str:
    """Return a cell as somebody would type it: a whole number without a point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "".join(sign for sign in str(value)[:_LONGEST_CELL] if sign.isprintable()).strip()


def write_report(file: Path, refused: Sequence[RefusedRow]) -> None:
    """Write the rows that were not imported as CSV, for whoever has to put the file right."""
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("行号", "原因"))
        writer.writerows((one.number, one.reason) for one in refused)
