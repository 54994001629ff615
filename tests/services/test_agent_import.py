"""批量导入: what a file may be, what every row would bring and brings, nothing doubled (R-2.6.5.4)."""

import asyncio
import io
import zipfile
from dataclasses import replace
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from jsrs_portal import clock
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import GrantStatus, Role
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.units import Grant
from jsrs_portal.services import workbooks
from jsrs_portal.services.agent_import import COLUMNS, LARGEST, MOST_ROWS, give_all, preview, read_file, read_workbook
from jsrs_portal.settings import ROOT
from tests.services.granting import acting
from tests.services.numbers import employer, human
from tests.services.world import how_many, rows

pytestmark = pytest.mark.req("R-2.6.5.4")
TODAY = date(2026, 3, 10)
MIDNIGHT = datetime(2026, 3, 2)  # noqa: DTZ001 — what a spreadsheet holds has no zone


def book(*lines, head=COLUMNS) -> bytes:
    made = Workbook()
    for line in (head, *lines):
        made.active.append(line)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def line_of(one, business="社会保险", start="", end=""):
    return (one.name, one.mobile, one.id_number, start, end, business)


@pytest.fixture
async def boss(world):
    account = await world.registered_unit(employer(1))
    return await acting(account.grant_id)


@pytest.fixture
async def people(world):
    found = [human(20 + n) for n in range(12)]
    for one in found:
        await world.registered_person(one)
    return found


def test_the_template_is_a_file_that_is_read():
    content = (ROOT / "assets/agents-template.xlsx").read_bytes()
    assert [cell.value for cell in next(load_workbook(io.BytesIO(content)).worksheets[0].rows)] == list(COLUMNS)
    assert isinstance(read_workbook(content), Refusal)
    assert read_workbook(content).code == "empty"


def test_cells_are_read_as_somebody_would_type_them():
    found = read_workbook(
        book(
            ("顾一", 13912340017, "x", MIDNIGHT, date(2026, 4, 1), "社会保险"),
            (None,) * 6,
            ("顾二", 13912340017.0, " y ", "2026/3/2", None, None),
        )
    )
    assert isinstance(found, list)
    assert [(row.number, row.holder.mobile, row.holder.id_number) for row in found] == [
        (2, "13912340017", "x"),
        (4, "13912340017", "y"),
    ]
    assert (found[0].valid_from, found[0].valid_until) == ("2026-03-02", "2026-04-01")


def test_columns_may_stand_in_another_order_with_others_between():
    head = ("序号", "证件号码", "姓名", "移动电话", "业务授权", "结束日期", "开始日期")
    found = read_workbook(book((1, "z", "顾一", "139", "社会保险", "", ""), head=head))
    assert isinstance(found, list)
    assert (found[0].holder.name, found[0].holder.id_number, found[0].business) == ("顾一", "z", "社会保险")


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 20_000_000)
    return packed.getvalue()


def _remade(part: str, change) -> bytes:
    """Return a good workbook with one part changed."""
    good, packed = zipfile.ZipFile(io.BytesIO(book(("顾一",) * 6))), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in good.infolist():
            archive.writestr(one.filename, change(good.read(one)) if one.filename == part else good.read(one))
    return packed.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def _many_elements() -> bytes:
    """A few kilobytes that unpack to hundreds of thousands of cells."""
    return _remade(
        SHEET, lambda text: text.replace(b"<sheetData>", b"<sheetData><row>" + b"<c/>" * 200_000 + b"</row>")
    )


def _many_sheets() -> bytes:
    """One sheet under thousands of names: the library would walk it for each."""
    again = b'<sheet name="a" sheetId="9" state="visible" r:id="rId1"/>' * 5_000
    return _remade("xl/workbook.xml", lambda text: text.replace(b"</sheets>", again + b"</sheets>"))


def _entities() -> bytes:
    """Return a workbook whose cells are entities that stand for gigabytes."""
    good, packed = zipfile.ZipFile(io.BytesIO(book(("顾一",) * 6))), io.BytesIO()
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    lol = f'<!DOCTYPE worksheet [<!ENTITY a0 "lol">{levels}]>'
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in good.infolist():
            text = good.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                text = text.replace(b"<worksheet", lol.encode() + b"<worksheet", 1).replace("顾一".encode(), b"&a9;")
            archive.writestr(part.filename, text)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_excel"),
        (b"PK\x03\x04", "not_excel"),
        (b"name,phone\n", "not_excel"),
        (b"x" * (LARGEST + 1), "too_large"),
        (_bomb(), "too_large"),
        (_entities(), "not_excel"),
        (_many_elements(), "too_large"),
        (_many_sheets(), "too_large"),
        (book(head=("姓名", "移动电话")), "columns"),
        (book(), "empty"),
        (book(*[("顾一",) * 6] * (MOST_ROWS + 1)), "rows"),
    ],
    ids=["empty", "broken", "csv", "large", "bomb", "entities", "elements", "sheets", "columns", "no rows", "too many"],
)
def test_what_is_no_filled_template_is_refused_with_a_sentence(monkeypatch, content, code):
    """What would cost too much is never given to the library at all."""
    given: list[object] = []
    load = workbooks.openpyxl.load_workbook

    def counted(*arguments, **named):
        given.append(arguments)
        return load(*arguments, **named)

    monkeypatch.setattr(workbooks.openpyxl, "load_workbook", counted)
    found = read_workbook(content)
    assert isinstance(found, Refusal)
    assert found.code == code
    assert found.sentence
    if code == "too_large":
        assert given == []


async def test_files_are_counted_and_read_one_after_the_other(boss, monkeypatch):
    monkeypatch.setattr(frequency, "IMPORT_FILE", replace(frequency.IMPORT_FILE, most=2))
    outcomes = await asyncio.gather(*(read_file(actor=boss, content=book()) for _ in range(3)))
    assert sorted(one.code for one in outcomes if isinstance(one, Refusal)) == ["empty", "empty", "too_often"]


async def test_every_row_says_what_would_become_of_it(boss, people):
    a, b, *_ = people
    found = read_workbook(
        book(
            line_of(a),
            line_of(a),
            line_of(b, business="社会保险、月球业务"),
            line_of(b, business=""),
            line_of(b, start="2026-02-30"),
            line_of(b, end="2026-01-01"),
            ("无此人", a.mobile, b.id_number, "", "", "社会保险"),
        )
    )
    assert isinstance(found, list)
    shown, proposals = await preview(actor=boss, rows=found, today=TODAY)
    assert list(proposals) == [2]
    assert shown[0].sentence.startswith(f"授权 {a.name[0]}**")
    problems = [row.problem for row in shown]
    assert problems[0] == ""
    for text, part in zip(
        problems[1:],
        ("同一个人", "「月球业务」", "至少选择一项", "开始日期不正确", "结束日期不能早于今天", "没有找到"),
        strict=True,
    ):
        assert part in text
    assert not any(secret in repr((shown, proposals)) for one in people for secret in (one.name, one.mobile))


async def test_days_are_understood_however_they_are_typed(boss, people):
    year = clock.today().year + 1
    typed = (f"{year}/3/2", f"{year}.3.2", f"{year}年3月2日", date(year, 3, 2), MIDNIGHT.replace(year=year))
    found = read_workbook(book(*[line_of(one, end=end) for one, end in zip(people, typed, strict=False)]))
    assert isinstance(found, list)
    shown, proposals = await preview(actor=boss, rows=found, today=clock.today())
    assert [row.problem for row in shown] == [""] * 5
    assert {proposal.terms.valid_until for proposal in proposals.values()} == {date(year, 3, 2)}


async def test_more_than_there_is_room_for_are_named_before_and_refused_afterwards(boss, people):
    found = read_workbook(book(*[line_of(one) for one in people]))
    assert isinstance(found, list)
    shown, proposals = await preview(actor=boss, rows=found, today=clock.today())
    assert len(proposals) == 10
    assert ["超出名额" in row.problem for row in shown] == [False] * 10 + [True] * 2
    names = {row.number: row.name for row in shown}
    first, second = await asyncio.gather(
        *(give_all(actor=boss, proposals=proposals, names=names, today=clock.today()) for _ in range(2))
    )
    assert sorted(row.done for row in (*first, *second)) == [False] * 10 + [True] * 10
    assert sum(grant.role == Role.AGENT for grant in await rows(Grant)) == 10
    assert {grant.status for grant in await rows(Grant)} == {GrantStatus.GRANTED}
    again, _ = await preview(actor=boss, rows=found, today=clock.today())
    assert all(row.problem for row in again)
    assert await how_many(Grant) == 11
