"""Rows of a draft's table from an Excel file: the template of one's own, the look, many rows in one write."""

import base64
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from jsrs_portal import clock, db
from jsrs_portal.access import cookie
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.hall_content import MEDIA_TYPES
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case
from jsrs_portal.services import catalog_load
from jsrs_portal.services.application_import import MOST_SHOWN, Preview, read_file
from jsrs_portal.services.application_tables import put_rows, table_of
from jsrs_portal.services.application_workbooks import LARGEST, read_rows, template_for
from jsrs_portal.services.applications import (
    GONE,
    STALE,
    begin_application,
    drop_draft,
)
from jsrs_portal.services.opened_cases import Opened, open_case, surroundings
from tests.services.granting import acting
from tests.services.numbers import employer, human
from tests.services.world import Account, at_once, change, everything_stored, statements, visitor
from tests.support import hall
from tests.support.matters import catalogue, example

pytestmark = pytest.mark.req("R-2.6.3.3")
KEY, TABLE = "labour-contract-renewal", "workers"


def row(number: int, **typed: str) -> dict[str, str]:
    one = human(100 + number)
    return {"name": one.name, "id_number": one.id_number, "post": "焊工", "monthly_pay": "5200.00"} | typed


ROWS = [row(number) for number in range(3)]


@pytest.fixture
async def account(world) -> Account:
    """A unit that may apply for one matter."""
    definition = MatterDefinition.model_validate(example())
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=catalogue(definition), files_digest="x", now=clock.now())
    return await world.registered_unit(employer(1))


@pytest.fixture
async def boss(account) -> Actor:
    return await acting(account.grant_id)


async def begun(actor: Actor) -> str:
    async with db.unit_of_work() as session:
        found = await begin_application(session, actor=actor, key=KEY, region="320100")
    assert isinstance(found, str), found
    return found


@pytest.fixture
async def draft(boss) -> str:
    return await begun(boss)


async def opened(actor: Actor, case_id: str) -> Opened:
    async with db.reading() as session:
        found = await open_case(session, actor=actor, case_id=case_id)
    assert found is not None
    return found


async def kept(actor: Actor, case_id: str) -> list[dict[str, str]]:
    return (await opened(actor, case_id)).filled.rows.get(TABLE, [])


async def put(actor: Actor, case_id: str, rows: Any, **more: Any) -> Opened | Refusal:
    said = {"table": TABLE, "replace": False, "seen": 1} | more
    async with db.unit_of_work() as session:
        return await put_rows(session, actor=actor, case_id=case_id, rows=rows, **said)


# Many rows in one write


async def test_rows_are_put_behind_the_others_or_in_their_place(boss, draft):
    seen = (await opened(boss, draft)).case.version
    first = await put(boss, draft, ROWS, seen=seen)
    assert isinstance(first, Opened)
    assert first.case.version == seen + 1
    assert isinstance(await put(boss, draft, [row(7)], seen=seen + 1), Opened)
    assert await kept(boss, draft) == [*ROWS, row(7)]
    assert isinstance(await put(boss, draft, [row(8)], seen=seen + 2, replace=True), Opened)
    assert await kept(boss, draft) == [row(8)]


async def test_a_row_is_kept_as_it_is_read_and_other_answers_stay(boss, draft):
    before = (await opened(boss, draft)).filled
    typed = row(1, monthly_pay="5,200", post=" 焊  工 ") | {"computed": "1", "nothing": "x"}
    assert isinstance(await put(boss, draft, [typed]), Opened)
    assert await kept(boss, draft) == [row(1, post="焊 工")]
    after = (await opened(boss, draft)).filled
    assert (after.typed, after.locked) == (before.typed, before.locked)


async def test_of_rows_one_of_which_is_wrong_none_is_put_in(boss, draft):
    outcome = await put(boss, draft, [ROWS[0], row(1, id_number="x"), row(2, monthly_pay="-1")])
    assert isinstance(outcome, Refusal)
    assert outcome.sentence.startswith("续签职工要导入的第 2 行：")
    assert await kept(boss, draft) == []


async def test_a_table_takes_no_more_rows_than_it_says(boss, draft):
    full = [row(number) for number in range(100)]
    assert isinstance(await put(boss, draft, [*full, row(100)]), Refusal)
    assert isinstance(await put(boss, draft, full), Opened)
    outcome = await put(boss, draft, [row(100)], seen=2)
    assert isinstance(outcome, Refusal)
    assert outcome.sentence == "续签职工最多填写 100 行，现有 100 行，不能再加入 1 行。"
    assert isinstance(await put(boss, draft, [row(100)], seen=2, replace=True), Opened)
    assert await kept(boss, draft) == [row(100)]


@pytest.mark.parametrize("said", [{"table": "nothing"}, {"table": "renewal_text"}, {"table": None}, {"rows": []}])
async def test_what_is_no_table_or_no_row_changes_nothing(boss, draft, said):
    outcome = await put(boss, draft, **({"rows": ROWS} | said))
    assert outcome == GONE
    assert (await opened(boss, draft)).case.version == 1


async def test_of_two_windows_at_once_one_is_told(boss, draft):
    outcomes = await at_once(*(put(boss, draft, [row(number)], replace=number % 2 == 0) for number in range(6)))
    assert sum(isinstance(one, Opened) for one in outcomes) == 1
    assert [one for one in outcomes if isinstance(one, Refusal)] == [STALE] * 5
    assert len(await kept(boss, draft)) == 1
    assert (await opened(boss, draft)).case.version == 2


async def test_nobody_puts_rows_into_a_draft_of_somebody_else(world, boss, account, draft):
    other = await acting((await world.registered_unit(employer(2))).grant_id)
    as_themselves = replace(boss, unit_id="", grant_id="", role=None)
    for stranger in (other, as_themselves, visitor()):
        assert await put(stranger, draft, ROWS) == GONE
    assert await kept(boss, draft) == []
    async with db.unit_of_work() as session:
        await drop_draft(session, actor=boss, case_id=draft)
    assert await put(boss, draft, ROWS) == GONE


async def test_what_was_submitted_or_has_expired_takes_no_rows(boss, draft):
    await change(Case, expires_at=clock.now())
    assert await put(boss, draft, ROWS) == GONE
    await change(Case, expires_at=None, status="SUBMITTED")
    assert await put(boss, draft, ROWS) == GONE


async def test_rows_are_encrypted(boss, draft):
    assert isinstance(await put(boss, draft, ROWS), Opened)
    stored = await everything_stored()
    assert not [one for one in ROWS if one["name"] in stored or one["id_number"] in stored]


async def test_a_hundred_rows_are_one_write_of_a_few_statements(boss, draft):
    with statements() as seen:
        assert isinstance(await put(boss, draft, [row(number) for number in range(100)]), Opened)
    assert len(seen) <= 6


# The look before


async def file_of(actor: Actor, case_id: str, rows: list[dict[str, str]]) -> str:
    table = table_of((await opened(actor, case_id)).form, TABLE)
    assert table is not None
    return base64.b64encode(template_for(table, rows, surroundings())).decode()


async def looked(actor: Actor, case_id: str, content: object, table: str = TABLE) -> Preview | Refusal:
    return await read_file(actor=actor, case_id=case_id, table=table, content=content)


async def test_a_file_is_shown_before_it_is_put_in(boss, draft):
    await put(boss, draft, ROWS[:1])
    content = await file_of(boss, draft, [*ROWS, row(9, id_number="320106199003070000")])
    found = await looked(boss, draft, content)
    assert isinstance(found, Preview)
    assert (found.label, found.there, found.most, found.wrong) == ("续签职工", 1, 100, 1)
    assert found.rows == ROWS
    assert [one.number for one in found.shown] == [2, 3, 4]
    assert [(one.number, one.faults[0].column) for one in found.faulty] == [(5, "居民身份证号码")]
    first = ROWS[0]
    assert (found.shown[0].title, found.shown[0].text) == (
        first["name"],
        f"居民身份证号码 {first['id_number']} · 岗位 焊工 · 月工资 5,200.00 元",
    )
    assert await kept(boss, draft) == ROWS[:1]
    assert isinstance(await put(boss, draft, found.rows, seen=2), Opened)
    assert await kept(boss, draft) == [ROWS[0], *ROWS]


async def test_of_many_wrong_rows_some_are_shown_and_all_are_counted(boss, draft):
    content = await file_of(boss, draft, [row(number, post="") for number in range(100)])
    found = await looked(boss, draft, content)
    assert isinstance(found, Preview)
    assert (found.rows, found.wrong, len(found.shown), len(found.faulty)) == ([], 100, 0, MOST_SHOWN)
    assert {(one.faults[0].column, one.faults[0].sentence) for one in found.faulty} == {("岗位", "请填写岗位。")}


async def test_of_many_rows_that_are_right_the_first_are_shown_whole(boss, draft):
    found = await looked(boss, draft, await file_of(boss, draft, [row(number) for number in range(100)]))
    assert isinstance(found, Preview)
    assert (len(found.rows), found.wrong, len(found.shown)) == (100, 0, MOST_SHOWN)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "too_large"),
        (None, "too_large"),
        ("x" * (LARGEST * 2 + 1), "too_large"),
        (base64.b64encode(b"x" * (LARGEST + 1)).decode(), "too_large"),
        ("no base64!", "not_excel"),
        ("UEs=", "not_excel"),
    ],
)
async def test_what_is_no_file_of_ours_is_refused_with_a_sentence(boss, draft, content, code):
    found = await looked(boss, draft, content)
    assert isinstance(found, Refusal)
    assert found.code == code


async def test_files_are_counted_and_only_ones_own_draft_is_looked_at(world, boss, draft, monkeypatch):
    monkeypatch.setattr(frequency, "IMPORT_FILE", replace(frequency.IMPORT_FILE, most=2))
    other = await acting((await world.registered_unit(employer(2))).grant_id)
    content = await file_of(boss, draft, ROWS)
    for stranger in (other, visitor()):
        assert await looked(stranger, draft, content) == GONE
    assert await looked(boss, draft, content, table="nothing") == GONE
    outcomes = [await looked(boss, draft, content) for _ in range(3)]
    assert [isinstance(one, Preview) for one in outcomes] == [True, True, False]
    assert isinstance(outcomes[2], Refusal)
    assert outcomes[2].code == "too_often"


# The template's route


def path(case_id: str, table: str = TABLE) -> str:
    return f"/applications/{case_id}/tables/{table}.xlsx"


async def got(world, who: Account | None, address: str) -> Any:
    """Ask for an address in the browser of ``who``, or in a visitor's."""
    value = await world.signed_in(who) if who else cookie.new_visitor().partition(";")[0].partition("=")[2]
    async with hall.browser() as client:
        return await client.get(address, headers={"Cookie": f"{cookie.cookie_name()}={value}"})


async def test_whoever_fills_a_draft_in_gets_its_table_as_a_file(world, account, boss, draft):
    await put(boss, draft, ROWS)
    answer = await got(world, account, path(draft))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA_TYPES["xlsx"]
    assert answer.headers["cache-control"] == "no-store"
    name = quote("劳动合同续签-续签职工.xlsx", safe="")
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
    table = table_of((await opened(boss, draft)).form, TABLE)
    assert table is not None
    found = read_rows(table, answer.content, surroundings())
    assert not isinstance(found, Refusal)
    assert [one.typed for one in found] == ROWS


async def test_everybody_else_is_told_that_there_is_no_such_file(world, account, boss, draft):
    await put(boss, draft, ROWS)
    neighbour = await world.registered_unit(employer(2))
    theirs = await begun(await acting(neighbour.grant_id))
    addresses = [
        *((who, path(draft)) for who in (None, neighbour)),
        *((account, address) for address in (path(theirs), path(draft, "nothing"), path(draft, "renewal_text"))),
        *((account, address) for address in (path("x"), path("0" * 32), path(draft, "a%00b"), path("%F0%9F%98%80"))),
    ]
    answers = [await got(world, who, address) for who, address in addresses]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert len({answer.text for answer in answers}) == 1
    assert (await got(world, neighbour, path(theirs))).status_code == 200


async def test_an_agent_of_the_unit_gets_no_draft_of_another(world, account, boss, draft):
    """Each person's drafts are their own, in one unit too; and a session of oneself sees none of the unit's."""
    agent = await world.registered_person(human(50))
    grant = await world.granted(account, agent)
    assert (await got(world, replace(account, person_id=agent, grant_id=grant), path(draft))).status_code == 404
    alone = replace(account, unit_id=None, grant_id=None)
    assert (await got(world, alone, path(draft))).status_code == 404


async def test_what_is_no_draft_any_more_has_no_file(world, account, boss, draft):
    await change(Case, status="SUBMITTED", expires_at=None)
    assert (await got(world, account, path(draft))).status_code == 404
    await change(Case, status="DRAFT", expires_at=clock.now())
    assert (await got(world, account, path(draft))).status_code == 404


async def test_files_are_made_so_often_and_no_more(world, account, boss, draft, monkeypatch):
    monkeypatch.setattr(frequency, "TABLE_TEMPLATE", replace(frequency.TABLE_TEMPLATE, most=1))
    answers = [await got(world, account, path(draft)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert "分钟后再试" in answers[1].text
    assert answers[1].headers["cache-control"] == "no-store"
