"""Whether a workbook may be opened at all (R-2.3.7): what is in it is looked through before a library unfolds it.

A few kilobytes can unpack to gigabytes, and a library holds a row, a shared text or a small part as a tree of objects.
So each part is read once as a stream, unfolded by nobody, and refused where anything of it would grow without end,
or where it declares entities.
"""

import re
import zipfile
from pathlib import Path
from typing import IO
from xml.parsers import expat  # nosec B407

LARGEST_BOOK = 256 * 1024 * 1024
"""All parts, unpacked."""
LARGEST_SHARED = 64 * 1024 * 1024
"""The table of shared texts, which is held as long as the book is read."""
LARGEST_PART = 8 * 1024 * 1024
"""Any part but sheets and shared texts: these are held as a whole."""
MOST_ROWS = 1_000_000
_PARTS, _SHEETS = 200, 8
_HELD = {"worksheet": "row", "sst": "si"}
"""What the library holds of a part at a time, by the part's root."""
_MOST_HELD = 2_000
_LONGEST_HELD = 400_000
_MOST_BESIDE = 50_000
_CHUNK = 1 << 16
_XML = (b"<", b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe", b"\x00", b" ", b"\t", b"\r", b"\n")
"""How a part begins that may be read as XML, whatever it is called: the library goes by the book's own directory."""


class TooLarge(ValueError):
    """The workbook would take too much; the message says what of it, in Chinese."""


def examine(file: Path) -> None:
    """Raise :class:`TooLarge` for a workbook that would take too much, and whatever a broken one makes libraries raise.

    A part is never unpacked beyond the size that the directory of the archive names, so those sizes can be believed.
    """
    with zipfile.ZipFile(file) as packed:
        parts = packed.infolist()
        if len(parts) > _PARTS or sum(part.file_size for part in parts) > LARGEST_BOOK:
            raise TooLarge("文件解压后过大，请只保留一个工作表，或改用 CSV。")
        listed = packed.read("xl/workbook.xml") if packed.getinfo("xl/workbook.xml").file_size < 1 << 20 else b""
        if not 0 < len(re.findall(rb"<(?:\w+:)?sheet ", listed)) <= _SHEETS:
            raise TooLarge(f"工作表不能超过 {_SHEETS} 个，请只保留一个工作表。")
        for part in parts:
            with packed.open(part) as stream:
                if part.filename.endswith((".xml", ".rels")) or stream.read(3).startswith(_XML):
                    stream.seek(0)
                    _Part(part.file_size).read(stream)


class _Part:
    """One part as it streams by: how many elements are in what is held at a time, how many beside it, how much text."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._depth = 0
        self._held = ""
        self._inside = 0
        self._elements = self._letters = self._beside = self._units = 0

    def read(self, stream: IO[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._declared
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if self._depth == 0:
            self._held = _HELD.get(name, "")
            most = LARGEST_SHARED if name == "sst" else LARGEST_BOOK if self._held else LARGEST_PART
            if self._size > most:
                raise TooLarge(_WORDS)
        self._depth += 1
        if not self._inside and name == self._held:
            self._inside, self._elements, self._letters = self._depth, 0, 0
            self._units += 1
        self._letters += sum(map(len, attributes.values()))
        if self._inside:
            self._elements += 1
        else:
            self._beside += 1
        if self._held and (self._elements > _MOST_HELD or self._beside > _MOST_BESIDE):
            raise TooLarge(_WORDS)
        if self._held == "row" and self._units > MOST_ROWS:
            raise TooLarge(TOO_MANY_ROWS)
        self._check_letters()

    def _end(self, _name: str) -> None:
        if self._depth == self._inside:
            self._inside = 0
            self._elements = self._letters = 0
        self._depth -= 1

    def _text(self, text: str) -> None:
        self._letters += len(text)
        self._check_letters()

    def _check_letters(self) -> None:
        if self._held and self._letters > _LONGEST_HELD:
            raise TooLarge(_WORDS)

    def _declared(self, *_: object) -> None:
        raise TooLarge("文件含有 DTD 声明，请另存为 .xlsx 或 CSV 后再试。")


_WORDS = "文件的内容过大，请删除多余的格式、列和文字，或改用 CSV。"
TOO_MANY_ROWS = f"行数不能超过 {MOST_ROWS // 10_000} 万，请分成几个文件导入。"
