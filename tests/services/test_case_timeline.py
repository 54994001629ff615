"""A case's way as its pages tell it: what was done, by whom, what comes next and by when (R-2.6.3.2)."""

from typing import Any

import pytest

from jsrs_portal import db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.models.cases import Case, CaseSubmission
from jsrs_portal.services.case_data import case_data
from jsrs_portal.services.case_moves import STALE, Said, act_on
from jsrs_portal.services.case_timeline import TimelineEntry, current_words, limit_words, timeline
from jsrs_portal.services.opened_cases import opened_from
from tests.services.applying import RENEWAL, complete, save, serve, shipped, submit
from tests.services.granting import BOSS, UNIT
from tests.services.officers import officer as appointed
from tests.services.world import rows, statements

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.2")]


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with the matter that these tests apply for."""
    await serve(shipped(RENEWAL))


async def do(act: Act, actor: Actor, case_id: str, *, seen: int | None = None, said: Said | None = None) -> Any:
    """Do an act of an officer."""
    async with db.unit_of_work() as session:
        case = await session.get_one(Case, case_id)
        opened = await opened_from(session, case)
        version = case.version if seen is None else seen
        return await act_on(session, opened, act, Party.OFFICER, actor=actor, seen=version, said=said)


async def told(case_id: str, *, staff: bool = False) -> tuple[TimelineEntry, ...]:
    """Return the case's timeline."""
    async with db.reading() as session:
        return await timeline(session, await opened_from(session, await session.get_one(Case, case_id)), staff=staff)


async def test_a_case_goes_its_way_and_every_step_is_told(boss):
    officer = (await appointed()).acting
    case_id = await complete(boss)
    await submit(boss, case_id)
    first = await told(case_id)
    assert [(one.state, one.title) for one in first] == [
        ("done", "提交申报"),
        ("now", "受理"),
        ("to-come", "备案审核"),
        ("to-come", "办结"),
    ]
    assert (first[0].who, UNIT.name in first[0].by) == (f"{mask_name(BOSS.name)}（法定代表人）", True)
    await do(Act.PASS, officer, case_id)
    fields = {"contact_mobile": "号码无法接通"}
    await do(Act.CORRECT, officer, case_id, said=Said("请核对联系方式。", fields))
    (case,) = await rows(Case)
    assert (case.status, case.step, case.returned) == (CaseStatus.CORRECTION, "form", 1)
    back = (await told(case_id))[2]
    assert (back.title, back.text, back.remarks[0].value) == ("备案审核：退回补正", "请核对联系方式。", "号码无法接通")
    await save(boss, case_id, {"contact_mobile": "13800000009"})
    await submit(boss, case_id)
    await do(Act.PASS, officer, case_id)
    await do(Act.PASS, officer, case_id)
    (case,) = await rows(Case)
    assert (case.status, case.answer_by, case.step_by) == (CaseStatus.COMPLETED, None, None)
    assert [one.number for one in await rows(CaseSubmission)] == [1, 2]
    done = await told(case_id, staff=True)
    assert {one.state for one in done} == {"done"}
    assert [one.title for one in done][3] == "补正后重新提交"


async def test_what_was_seen_in_an_older_version_is_not_acted_on(boss):
    officer = (await appointed()).acting
    case_id = await complete(boss)
    await submit(boss, case_id)
    (case,) = await rows(Case)
    assert await do(Act.PASS, officer, case_id, seen=case.version - 1) == STALE


async def test_data_is_masked_for_the_bureau_and_whole_at_home(boss):
    case_id = await complete(boss)
    await submit(boss, case_id)
    async with db.reading() as session:
        opened = await opened_from(session, await session.get_one(Case, case_id))
        masked, whole = [await case_data(session, opened, whole=whole) for whole in (False, True)]
        with statements() as asked:
            await case_data(session, opened, whole=True)
            await timeline(session, opened, staff=True)
    assert len(asked) == 2
    assert BOSS.mobile not in str(masked)
    assert "13800000001" in str(whole)
    assert "程安" not in str(masked.sections)
    assert "程安" in str(whole.sections)
    assert [one.label for one in whole.files]


async def test_the_limits_are_said_in_words(boss):
    officer = (await appointed()).acting
    case_id = await complete(boss)
    await submit(boss, case_id)
    async with db.reading() as session:
        opened = await opened_from(session, await session.get_one(Case, case_id))
    assert len(limit_words(opened)) == 1
    assert "受理" in current_words(opened)
    await do(Act.CORRECT, officer, case_id, said=Said("请补正。"))
    async with db.reading() as session:
        opened = await opened_from(session, await session.get_one(Case, case_id))
    assert limit_words(opened)[0].startswith("申请人须补正后重新提交：")
    assert "暂停" in limit_words(opened)[1]
