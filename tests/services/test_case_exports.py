"""Excel files of lists: made in batches that outlast a worker, masked, for who asked alone (R-2.6.3.5)."""

import base64
import io
import json
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain import case_exports as rules
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.case_exports import sheet_name
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.domain.matter_forms import FieldType
from jsrs_portal.domain.own_data import ExportState
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.case_exports import CaseExport, CaseExportPart
from jsrs_portal.models.cases import Case
from jsrs_portal.models.units import Grant
from jsrs_portal.services import case_export_making, case_exports
from jsrs_portal.services.case_export_making import make_case_exports
from jsrs_portal.services.case_export_rows import workbook_of
from jsrs_portal.services.case_lists import CaseFilter
from jsrs_portal.services.retention import clear_away
from jsrs_portal.services.workbook_writing import Sheet, write_tables
from tests.services.applying import RENEWAL, SHIPPED, complete, serve, shipped, submit
from tests.services.casework import lay
from tests.services.granting import BOSS, UNIT, acting, audited
from tests.services.listing import DISPUTE, SURVEY, number, put_cases
from tests.services.numbers import human
from tests.services.world import change, everything_stored, how_many, rows, statements

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.5")]


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with the matters that these tests apply for."""
    await serve(*(shipped(key) for key in SHIPPED))


@pytest.fixture
async def me(world) -> Actor:
    """Somebody signed in for themselves."""
    return Actor(session_key="k", person_id=await world.registered_person(human(50)), personal=True)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of three rows."""
    monkeypatch.setattr(rules, "BATCH_ROWS", 3)


async def ask(actor: Actor, group: str = "", text: str = "") -> Any:
    """「导出」."""
    async with db.unit_of_work() as session:
        return await case_exports.request_export(session, actor=actor, wanted=CaseFilter(group, text))


async def seen(actor: Actor) -> case_exports.CaseExportView:
    """Return what the page says of it."""
    async with db.reading() as session:
        return await case_exports.view_export(session, actor=actor)


async def fetch(actor: Actor, export_id: str) -> bytes | None:
    """「下载 Excel」."""
    async with db.unit_of_work() as session:
        return await case_exports.fetch_export(session, actor=actor, export_id=export_id)


async def tables(actor: Actor, group: str = "", text: str = "") -> dict[str, list[tuple[Any, ...]]]:
    """Ask, have it made, fetch it, and return its sheets."""
    export = await ask(actor, group, text)
    assert await make_case_exports() == 1
    content = await fetch(actor, export.id)
    assert content is not None
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


# What stands in it


async def test_a_file_has_the_list_and_what_a_matter_exports_masked(boss):
    case_id = await complete(boss)
    await submit(boss, case_id)
    await put_cases(boss, 7, key=SURVEY)
    made = await tables(boss)
    heads, *lines = made[rules.SHEET]
    assert heads == rules.HEADS
    assert len(lines) == 8
    (case,) = [one for one in await rows(Case) if one.id == case_id]
    (line,) = [one for one in lines if one[0] == case.number]
    assert line[1:4] == (case.matter_name, UNIT.name, f"{mask_name(BOSS.name)}（法定代表人）")
    assert line[4] == clock.now().astimezone(clock.BEIJING).replace(tzinfo=None, second=0, microsecond=0)
    assert (line[7], line[8], line[9]) == (None, None, None)
    assert line[5] == "已提交"
    assert "还剩" in line[6] or "今天到期" in line[6]
    own = made[case.matter_name]
    exported = [one for one in shipped(RENEWAL).form.fields if one.exported]
    assert own[0] == (rules.HEADS[0], *(one.label for one in exported if one.type.value not in ("table", "file")))
    assert [row[0] for row in own[1:]] == [case.number]
    text = json.dumps(made, ensure_ascii=False, default=str)
    for secret in (BOSS.name, "13800000001", "孙立", human(40).id_number):
        assert secret not in text


async def test_a_file_has_what_the_list_was_narrowed_to(boss):
    await put_cases(boss, 4)
    await put_cases(boss, 2, key=SURVEY, first=10, status=CaseStatus.COMPLETED)
    assert [row[0] for row in (await tables(boss, "done"))[rules.SHEET][1:]] == [number(11), number(10)]
    assert len((await tables(boss, text="续签"))[rules.SHEET]) == 5
    assert len((await tables(boss, text="没有"))[rules.SHEET]) == 1
    assert len((await tables(boss))[rules.SHEET]) == 7


async def test_days_and_instants_are_dates_that_a_workbook_reckons_with(boss):
    (case,) = await put_cases(
        boss, status=CaseStatus.COMPLETED, accepted_at=clock.now(), promised_by=clock.today() + timedelta(days=9)
    )
    now = clock.now().astimezone(clock.BEIJING).replace(tzinfo=None, second=0, microsecond=0)
    export = await ask(boss)
    assert await make_case_exports() == 1
    book = openpyxl.load_workbook(io.BytesIO(await fetch(boss, export.id) or b""))
    cells = {head.value: one for head, one in zip(*book.worksheets[0].iter_rows(), strict=True)}
    assert [cells[name].value for name in ("受理时间", "办结时间")] == [now, now]
    assert cells["承诺办结日期"].value.date() == case.promised_by
    assert {cells[name].is_date for name in ("申请时间", "受理时间", "承诺办结日期", "办结时间")} == {True}
    assert cells["承诺办结日期"].number_format == 'yyyy"年"m"月"d"日"'
    assert cells["申请时间"].number_format.endswith("hh:mm")


async def test_a_day_that_somebody_filled_in_is_a_date_too(boss):
    (day, *_) = [one for one in shipped(RENEWAL).form.fields if one.exported and one.type is FieldType.DATE]
    await lay(boss, status=CaseStatus.SUBMITTED, answers={day.key: "2026-12-03"})
    heads, line = (await tables(boss))[shipped(RENEWAL).name]
    assert line[heads.index(day.label)] == datetime.fromisoformat("2026-12-03")


def test_rows_kept_by_an_older_portal_are_written_as_they_are():
    cells = ["1", "事项", "", "", "2026年11月28日 20:47", "", "", "", "2026年12月9日", ""]
    line = [cells, "key", "事项", [["a", "甲", "乙"]]]
    kept = base64.b64encode(zlib.compress(json.dumps([line]).encode())).decode()
    book = openpyxl.load_workbook(io.BytesIO(workbook_of([kept])))
    lists = [list(one.iter_rows(values_only=True)) for one in book.worksheets]
    assert lists[0][1][4] == "2026年11月28日 20:47"
    assert lists[1][1] == ("1", "乙")


async def test_nothing_somebody_typed_becomes_a_formula():
    told = ('=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "普通", "坏\x00字符")
    book = openpyxl.load_workbook(io.BytesIO(write_tables([Sheet("一", ["头"] * 7)], [(0, told)])))
    cells = book.worksheets[0][2]
    assert [one.data_type for one in cells] == ["s"] * 7
    assert [one.value for one in cells] == [*told[:6], "坏字符"]
    assert [bool(one.quotePrefix) for one in cells[:6]] == [True] * 5 + [False]


def test_a_sheet_is_called_as_a_workbook_accepts():
    taken: set[str] = set()
    long = "企业" * 30
    names = [sheet_name(name, taken) for name in ("a/b:[c]*?", "A:bc", long, long, "???", "'")]
    assert names == ["abc", "Abc（2）", long[:31], f"{long[:27]}（2）", "事项", "事项（2）"]


async def test_more_than_a_file_takes_ends_with_a_word(boss, monkeypatch):
    monkeypatch.setattr(rules, "MOST_ROWS", 5)
    await put_cases(boss, 8)
    made = await tables(boss)
    assert [row[0] for row in made[rules.SHEET][1:]] == [number(serial) for serial in (8, 7, 6, 5, 4)]
    assert (await seen(boss)).rows == "共 5 件（超过 5 件，仅含最近的）"


# Who may have it


async def test_only_who_asked_fetches_it_in_the_name_they_act_in(world, boss, me):
    await put_cases(boss)
    export = await ask(boss)
    assert await fetch(boss, export.id) is None
    await make_case_exports()
    alone = Actor(session_key="p", person_id=boss.person_id, personal=True)
    colleague = replace(boss, person_id=me.person_id)
    lapsed = replace(boss, role=None)
    for other in (alone, colleague, me, lapsed, Actor(session_key="v"), replace(boss, must_change=True)):
        assert await fetch(other, export.id) is None
        assert (await seen(other)).href == ""
    for _ in range(2):
        assert await fetch(boss, export.id)
    assert len(await audited("case.export-fetch")) == 2


@pytest.mark.req("R-2.6.5.5")
async def test_a_file_of_another_scope_is_worth_nothing(world, boss, agent):
    clerk = await acting(agent.id)
    await put_cases(boss)
    await put_cases(boss, key=DISPUTE, first=2)
    export = await ask(clerk)
    await make_case_exports()
    assert await fetch(clerk, export.id)
    narrower = replace(clerk, scope=Scope.of(["card"]))
    assert await fetch(narrower, export.id) is None
    assert (await seen(narrower)).state == ""


async def test_a_grant_that_ends_meanwhile_has_nothing_made(boss, agent):
    clerk = await acting(agent.id)
    await put_cases(boss, 4)
    await ask(clerk)
    async with db.unit_of_work() as session:
        (await session.get_one(Grant, agent.id)).status = "REVOKED"
    assert await make_case_exports() == 0
    (export,) = await rows(CaseExport)
    assert export.state == ExportState.FAILED
    assert await how_many(CaseExportPart) == 0


async def test_a_person_and_an_institution_export_theirs(me, school, world):
    head = Actor(
        session_key="s",
        person_id=(await rows(Grant))[-1].person_id,
        institution_id=school.id,
        grant_id=next(one.id for one in await rows(Grant) if one.institution_id),
        role=Role.INSTITUTION_ADMIN,
    )
    head = replace(head, person_id=next(one.person_id for one in await rows(Grant) if one.institution_id))
    await put_cases(me, key=DISPUTE)
    await put_cases(head, 2, key="shortage-skills-results", first=5)
    assert [row[2] for row in (await tables(me))[rules.SHEET][1:]] == ["本人"]
    assert [row[2] for row in (await tables(head))[rules.SHEET][1:]] == [school.name] * 2


# How it is made


async def test_a_worker_that_is_stopped_leaves_what_the_next_goes_on_from(boss, time, monkeypatch):
    await put_cases(boss, 8)
    await ask(boss)
    monkeypatch.setattr(rules, "TURN_SECONDS", -1.0)  # each turn makes one batch
    steps = []
    for _ in range(3):
        assert await make_case_exports() == 0
        steps.append((await seen(boss)).progress)
    assert steps == [3 * 95 // 8, 6 * 95 // 8, 95]
    assert (await seen(boss)).words == "正在生成，已完成 8 件"
    with monkeypatch.context() as patch:

        async def killed(_claimed: Any) -> int:
            raise RuntimeError

        patch.setattr(rules, "TURN_SECONDS", 40.0)
        patch.setattr(case_export_making, "_finish", killed)
        with pytest.raises(RuntimeError):
            await make_case_exports()
    assert await make_case_exports() == 0  # the claim still runs
    time.pass_by(minutes=3)
    monkeypatch.setattr(rules, "TURN_SECONDS", 40.0)
    assert await make_case_exports() == 1
    (export,) = await rows(CaseExport)
    content = await fetch(boss, export.id)
    assert content
    numbers = [row[0] for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)]
    assert numbers[1:] == [number(serial) for serial in range(8, 0, -1)]


async def test_what_can_never_be_made_is_given_up(boss, time, monkeypatch):
    await put_cases(boss)
    await ask(boss)

    async def killed(_claimed: Any) -> int:
        raise RuntimeError

    monkeypatch.setattr(case_export_making, "_finish", killed)
    for _ in range(5):
        with pytest.raises(RuntimeError):
            await make_case_exports()
        time.pass_by(minutes=3)
        if (await rows(CaseExport))[0].tries >= rules.MOST_TRIES:
            break
    assert await make_case_exports() == 0
    assert (await seen(boss)).words == "未能生成，请重新导出"
    assert not isinstance(await ask(boss), Refusal)


async def test_cases_that_come_while_it_is_made_do_not_shift_it(boss, time, monkeypatch):
    await put_cases(boss, 5)
    await ask(boss)
    monkeypatch.setattr(rules, "TURN_SECONDS", -1.0)
    await make_case_exports()
    time.pass_by(minutes=5)
    await put_cases(boss, 3, first=5000)
    monkeypatch.setattr(rules, "TURN_SECONDS", 40.0)
    await make_case_exports()
    assert (await seen(boss)).rows == "共 5 件"


async def test_a_batch_costs_as_many_questions_whatever_its_size(boss, monkeypatch):
    asked: list[int] = []
    for first, count in ((1, 2), (100, 200)):
        monkeypatch.setattr(rules, "BATCH_ROWS", 500)
        await put_cases(boss, count, first=first)
        await ask(boss)
        with statements() as seen_:
            await make_case_exports()
        asked.append(len(seen_))
        await change(CaseExport, state=ExportState.FETCHED)
    assert asked[0] == asked[1]


# How long, how often, how it lies there


async def test_one_under_way_answers_the_next_and_a_new_one_replaces_the_old(boss):
    await put_cases(boss)
    first, again = await ask(boss), await ask(boss, "done")
    assert first.id == again.id
    await make_case_exports()
    third = await ask(boss)
    assert third.id != first.id
    assert [one.id for one in await rows(CaseExport)] == [third.id]
    assert await how_many(CaseExportPart) == 0


async def test_asking_too_often_is_refused(boss):
    for _ in range(20):
        assert not isinstance(await ask(boss), Refusal)
        await make_case_exports()
    assert isinstance(await ask(boss), Refusal)


async def test_it_is_over_after_a_day_and_cleared_away(boss, time):
    await put_cases(boss)
    export = await ask(boss)
    await make_case_exports()
    time.pass_by(hours=23)
    assert await fetch(boss, export.id)
    time.pass_by(hours=1, seconds=1)
    assert await fetch(boss, export.id) is None
    assert (await seen(boss)).state == ""
    await clear_away()
    assert await how_many(CaseExport) == await how_many(CaseExportPart) == 0


async def test_nothing_of_it_lies_there_readably(boss):
    await put_cases(boss)
    await ask(boss, text="续签")
    await make_case_exports()
    export = next(iter(await rows(CaseExport)))
    assert b"PK" not in (await rows(CaseExportPart))[0].content_cipher[:20]
    assert export.wanted == '{"group": "", "text": "续签"}'
    assert '"text": "续签"' not in await everything_stored()


async def test_who_applies_for_nobody_asks_for_nothing(boss):
    for nobody in (Actor(session_key="v"), replace(boss, role=None)):
        assert isinstance(await ask(nobody), Refusal)
    assert await how_many(CaseExport) == 0
