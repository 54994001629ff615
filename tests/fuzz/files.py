"""Targets: what people write in files. Workbooks to import, announcements in Markdown."""

import io
import zipfile

from hypothesis import strategies as st
from openpyxl import Workbook

from jsrs_portal.domain.form_reading import read_row
from jsrs_portal.domain.form_values import controls_of
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.rich_text import LONGEST, problems, to_html, to_lines
from jsrs_portal.services.agent_import import COLUMNS, LARGEST, MOST_ROWS, read_workbook
from jsrs_portal.services.application_workbooks import read_rows, template_for
from tests.fuzz.targets import TEXT, Target, as_bytes, as_text
from tests.unit.test_application_workbooks import AROUND, EVERY, FULL
from tests.unit.test_rich_text import foreign


def _workbook(data: bytes) -> None:
    """Any bytes give at most so many rows of printable text, or a refusal with a sentence; never an exception."""
    found = read_workbook(data)
    if isinstance(found, Refusal):
        assert found.sentence.endswith("。")
        assert found.field == "workbook"
        return
    assert 0 < len(found) <= MOST_ROWS
    for row in found:
        texts = (
            row.holder.name,
            row.holder.mobile,
            row.holder.id_number,
            row.valid_from,
            row.valid_until,
            row.business,
        )
        assert all(len(text) <= 200 for text in texts)
        assert all(text.isprintable() for text in texts)


def _table(data: bytes) -> None:
    """Any bytes give rows that are wrong with sentences or kept as a page would keep them, or a refusal."""
    found = read_rows(EVERY, data, AROUND)
    if isinstance(found, Refusal):
        assert found.sentence.endswith("。")
        assert found.field == "workbook"
        return
    assert 0 < len(found) <= EVERY.at_once
    names = {name for column in EVERY.columns or () for name in controls_of(column)}
    for row in found:
        assert all(sentence.endswith("。") for sentence in row.faults)
        assert bool(row.typed) or row.faults
        assert set(row.typed) <= names
        assert read_row(EVERY, row.typed, AROUND).faults == () or row.faults


def _markdown(data: bytes) -> None:
    """Nothing but our own elements and addresses comes out, whatever goes in."""
    text = as_text(data).encode("utf-8", "replace").decode()[:LONGEST]
    assert foreign(text) == []
    assert "<script" not in to_html(text)
    assert all("\n" not in line for line in to_lines(text))
    assert all(reason for _, reason in problems(text))


def _book() -> bytes:
    made = Workbook()
    sheet = made.worksheets[0]
    for row in (COLUMNS, ("顾一", "13912340017", "321181198403180014", "", "2026-03-02", "社会保险")):
        sheet.append(row)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


_GOOD = _book()


_TABLE = template_for(EVERY, [FULL], AROUND)


def _spoiled(drawn: tuple[str, bytes, int], whole: bytes = _GOOD) -> bytes:
    """Return a workbook in which one part is replaced or cut."""
    name, content, cut = drawn
    good, written = zipfile.ZipFile(io.BytesIO(whole)), io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in good.infolist():
            kept = good.read(part)
            archive.writestr(part.filename, (content or kept[:cut]) if part.filename == name else kept)
    return written.getvalue()


_PARTS = st.sampled_from([part.filename for part in zipfile.ZipFile(io.BytesIO(_GOOD)).infolist()])
_TABLE_PARTS = st.sampled_from([part.filename for part in zipfile.ZipFile(io.BytesIO(_TABLE)).infolist()])
_MARKS = st.sampled_from(
    ["**", "[", "](", ")", "`", "\n", "|", "<", ">", "- ", "## ", "&lt;", "\\", "javascript:", "//", "!["]
)

TARGETS = (
    Target(
        "workbooks",
        _workbook,
        st.tuples(_PARTS, st.binary(max_size=200), st.integers(0, 4000)).map(_spoiled) | st.binary(max_size=200),
        (_GOOD, b"", b"PK\x03\x04", b"x" * (LARGEST + 1)),
    ),
    Target(
        "workbooks of tables",
        _table,
        st.tuples(_TABLE_PARTS, st.binary(max_size=200), st.integers(0, 9000)).map(
            lambda drawn: _spoiled(drawn, _TABLE)
        )
        | st.binary(max_size=200),
        (_TABLE, b"", b"PK\x03\x04"),
    ),
    Target(
        "markdown",
        _markdown,
        (TEXT | st.lists(_MARKS | st.text(max_size=3), max_size=30).map("".join)).map(as_bytes),
        (b"[x](javascript:alert(1))", b"<script>", b"| a |\n|--|\n| b |", b"<javascript:x>", b"![x](//evil)"),
    ),
)
