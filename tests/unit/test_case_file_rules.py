"""Rules for files of cases: by content, with caps, and a sentence for every no (R-2.6.3.3)."""

import io

import pytest

from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain import file_types
from jsrs_portal.domain.audit_words import RESULTS
from jsrs_portal.domain.cases import FileState
from jsrs_portal.domain.refusal import Refusal
from tests.services.filing import archive, pdf, png

pytestmark = pytest.mark.req("R-2.6.3.3")
MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pdf(), "pdf"),
        (png(), "png"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (archive("word/document.xml"), "docx"),
        (archive("xl/workbook.xml", "xl/media/a.png"), "xlsx"),
        (archive("OFD.xml"), "ofd"),
        (archive("a.txt"), "zip"),
        (archive(*[f"{n}" for n in range(5001)]), ""),
        (b"PK\x03\x04 cut short", ""),
        (b"", ""),
        (b" %PDF-1.7", ""),
        (b"<svg/>", ""),
    ],
)
def test_the_content_says_what_a_file_is(content, kind):
    assert file_types.kind_of(io.BytesIO(content)) == kind


@pytest.mark.parametrize(
    ("kind", "name", "problem"),
    [
        ("pdf", "a.pdf", ""),
        ("pdf", "a.PDF", ""),
        ("jpg", "a.jpeg", ""),
        ("pdf", "a", ""),
        ("pdf", ".pdf", ""),
        ("pdf", "a.png", "ending"),
        ("pdf", "a.pdf.exe", "ending"),
        ("zip", "a.zip", "kind"),
        ("", "a.pdf", "kind"),
    ],
)
def test_a_name_may_not_say_something_else(kind, name, problem):
    assert rules.kind_problem(kind, name) == problem


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("工作安排.pdf", "工作安排.pdf"),
        ("C:\\Users\\me\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie: x.pdf"),
        ("  a   b .pdf ", "a b .pdf"),
        ("...", ""),
        ("", ""),
        ("x" * 200 + ".pdf", "x" * 116 + ".pdf"),
        ("y" * 300, "y" * 120),
    ],
)
def test_a_name_is_kept_without_what_could_mislead(typed, kept):
    assert rules.read_name(typed) == kept
    assert len(rules.read_name(typed)) <= 120


@pytest.mark.parametrize(
    ("size", "of_case", "of_person", "of_drafts", "of_day", "refusal"),
    [
        (0, 0, 0, 0, 0, rules.EMPTY),
        (-1, 0, 0, 0, 0, rules.EMPTY),
        (20 * MIB, 180 * MIB, 492 * MIB, 2028 * MIB, 2028 * MIB, None),
        (20 * MIB + 1, 0, 0, 0, 0, rules.TOO_LARGE),
        (1, 200 * MIB, 0, 0, 0, rules.CASE_FULL),
        (1, 0, 512 * MIB, 512 * MIB, 0, rules.PERSON_FULL),
        (1, 0, 0, 2048 * MIB, 0, rules.DRAFTS_FULL),
        (1, 0, 0, 0, 2048 * MIB, rules.DAY_FULL),
    ],
)
def test_the_caps(size, of_case, of_person, of_drafts, of_day, refusal):
    beside = {"of_case": of_case, "of_person": of_person, "of_drafts": of_drafts, "of_day": of_day}
    assert rules.size_problem(size, **beside) is refusal


def test_parts_cover_a_file_and_nothing_else():
    for size in (1, rules.PART_BYTES, rules.PART_BYTES + 1, rules.MOST_BYTES):
        lengths = [rules.part_size(size, number) for number in range(rules.parts(size))]
        assert sum(length or 0 for length in lengths) == size
        assert rules.part_size(size, -1) is rules.part_size(size, len(lengths)) is None


def test_every_no_is_a_sentence_that_says_what_to_do():
    refusals = [value for value in vars(rules).values() if isinstance(value, Refusal)] + [rules.too_many("证明", 1)]
    assert len(refusals) >= 12
    assert len({one.code for one in refusals}) == len(refusals)
    for sentence in (*(one.sentence for one in refusals), *rules.REASONS.values()):
        assert sentence.endswith("。")
    for reason in rules.REASONS:
        assert len(reason) <= 16
        assert f"FILE_{reason.upper()}" in RESULTS


@pytest.mark.parametrize(
    ("states", "begins"),
    [
        ([], ""),
        ([(FileState.STORED, "a"), (FileState.REFUSED, "b")], ""),
        ([(FileState.STORED, "a"), (FileState.UPLOADING, "b")], "文件「b」还没有传完"),
        ([(FileState.UNCHECKED, "c")], "文件「c」正在等待安全检查"),
    ],
)
def test_what_is_not_there_whole_and_checked_is_not_submitted(states, begins):
    said = rules.why_not_submit(states)
    assert said.startswith(begins)
    assert bool(said) is bool(begins)


def test_sizes_in_words():
    assert [rules.size_in_words(size) for size in (1, 1024, 1025, MIB, 20 * MIB)] == [
        *("1 KB", "1 KB", "2 KB", "1.0 MB", "20.0 MB")
    ]
