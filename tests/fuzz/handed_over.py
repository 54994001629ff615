"""Targets: the files of old accounts that another office hands over, as CSV and as workbooks (R-2.3.7)."""

import io
import tempfile
from datetime import date
from pathlib import Path

from hypothesis import strategies as st
from openpyxl import Workbook

from jsrs_portal.domain.legacy_passwords import HashScheme, is_right, problem
from jsrs_portal.services.legacy_files import COLUMNS, SALT, FileRow, RefusedRow, UnreadableFile, read_rows
from tests.fuzz.targets import TEXT, Target, as_bytes, as_text

_HASHES = HashScheme(algorithm="md5", material="{password}{salt}")
_HEAD = (*COLUMNS, SALT)
_ROW = (
    *("yunqi2016", "0" * 32, "3201001688", "91320114MA7QX5K12J", "南京云栖环境工程有限公司", "01"),
    *("320106199003070012", "许砚舟", "s41t"),
)
_SCHEMES = [
    *(HashScheme(algorithm=name) for name in ("md5", "sha1", "sha256", "sm3")),
    HashScheme(algorithm="sm3", encoding="base64"),
    HashScheme(algorithm="bcrypt", cost=4),
]


def _rows(name: str):
    def check(data: bytes) -> None:
        """Rows to import that hold what they must, rows with a reason, or one sentence; never another exception."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / name
            file.write_bytes(data)
            try:
                found = list(read_rows(file, _HASHES, today=date(2026, 11, 28)))
            except UnreadableFile:
                return
        for row in found:
            assert row.number > 1
            if isinstance(row, RefusedRow):
                assert row.reason
                continue
            assert isinstance(row, FileRow)
            assert problem(_HASHES, row.password_hash, row.salt) == ""
            assert len(row.uscc) == 18
            assert all(
                0 < len(text) <= 200 and text.isprintable()
                for text in (row.username, row.unit_number, row.unit_name, row.legal_id_number, row.legal_name)
            )

    return check


def _compared(data: bytes) -> None:
    """Whatever is stored and typed, the comparison says yes or no, and yes only to a hash that is one."""
    text = as_text(data)
    stored, password = text[:70], text[70:]
    for scheme in _SCHEMES[: 5 if "$" in stored else 6]:
        right = is_right(scheme, username="u", password=password, salt="", stored=stored)
        assert right is False or problem(scheme, stored, "") == ""


def _book() -> bytes:
    made = Workbook()
    for row in (_HEAD, _ROW):
        made.worksheets[0].append(row)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


_LINE = ",".join(_ROW)
_CELLS = st.sampled_from([*_ROW, '"', ",", "\n", ""]) | TEXT

TARGETS = (
    Target(
        "handed over as CSV",
        _rows("a.csv"),
        st.lists(st.lists(_CELLS, max_size=9).map(",".join), max_size=4).map(
            lambda lines: as_bytes("\n".join([",".join(_HEAD), *lines]))
        ),
        (f"{','.join(_HEAD)}\n{_LINE}\n".encode(), f"{','.join(_HEAD)}\n{_LINE}".encode("gb18030"), b"", b"\xff\xfe"),
    ),
    Target("handed over as a workbook", _rows("a.xlsx"), st.binary(max_size=200), (_book(), b"PK\x03\x04", b"")),
    Target(
        "old passwords",
        _compared,
        TEXT.map(as_bytes),
        (b"900150983cd24fb0d6963f7d28e17f72" + b" " * 38 + b"abc", "密".encode() * 40, b"\x00" * 80),
    ),
)
