"""What time does to cases: a reminder three working days before, and the end, each once (R-2.6.3.2, R-2.6.7)."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.models.cases import Case, CaseEvent
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.units import Grant
from jsrs_portal.services import case_endings
from jsrs_portal.services.case_endings import lapse_cases, remind_of_cases, tend_cases
from tests.services.applying import RENEWAL, serve, shipped
from tests.services.casework import events, lay, the_case
from tests.services.granting import BOSS, acting, audited, texts_for
from tests.services.recovering import AGENT
from tests.services.world import at_once, rows, statements, warm_up

pytestmark = [pytest.mark.req("R-2.6.3.2"), pytest.mark.req("R-2.6.7.1")]
MONDAY = datetime(2027, 3, 8, 9, 0, tzinfo=clock.BEIJING)
BEFORE = MONDAY - timedelta(days=30)


@pytest.fixture(autouse=True)
async def hall(world, time) -> None:
    """A hall with one matter, on a Monday morning in March."""
    time.set(MONDAY)
    await serve(shipped(RENEWAL))


@pytest.fixture
async def her(agent) -> Actor:
    """The unit's agent."""
    return await acting(agent.id)


async def titles() -> list[tuple[str, str]]:
    return sorted((one.title, one.person_id) for one in await rows(Notice) if "授权" not in one.title)


async def laid(her: Actor, last: date, status: str = CaseStatus.CORRECTION, **more: object) -> str:
    stage = "" if status in (CaseStatus.UNIT_REVIEW, CaseStatus.UNIT_RETURNED) else "accept"
    found = await lay(her, status=status, stage=stage, submitted_at=BEFORE, **{"answer_by": last, **more})  # type: ignore[arg-type]
    return found[0]


async def test_what_nobody_answered_ends_the_day_after_its_last(her, time):
    last = MONDAY.date()
    ids = [await laid(her, last, status) for status in case_endings._WAITS]
    others = [await laid(her, last, status) for status in (CaseStatus.ACCEPTED, CaseStatus.REJECTED, CaseStatus.LAPSED)]
    assert await lapse_cases() == 0
    time.set(datetime(2027, 3, 8, 23, 59, tzinfo=clock.BEIJING))
    assert await lapse_cases() == 0
    time.pass_by(minutes=1)
    assert [await lapse_cases() for _ in range(2)] == [3, 0]
    for case_id in ids:
        case = await the_case(case_id)
        assert (case.status, case.answer_by, case.finished_at) == (CaseStatus.LAPSED, None, clock.now())
        assert [(one.act, one.person_id, one.staff_id) for one in await events(case_id)] == [(Act.LAPSE, None, None)]
    for case_id in others:
        assert await events(case_id) == []
    assert await titles() == [("办件逾期终止", her.person_id)] * 3
    assert len(await audited("case.lapse")) == 3


async def test_whoever_has_to_act_is_reminded_three_working_days_before_once(boss, her, time):
    review = await laid(her, date(2027, 3, 14), CaseStatus.UNIT_REVIEW)  # a Sunday
    correct = await laid(her, date(2027, 3, 12))
    back = await laid(her, date(2027, 3, 15), CaseStatus.UNIT_RETURNED)
    found: list[tuple[int, int]] = []
    for _ in range(5):
        found.append((clock.today().day, await remind_of_cases()))
        assert await remind_of_cases() == 0
        time.pass_by(days=1)
    assert found == [(8, 0), (9, 2), (10, 1), (11, 0), (12, 0)]
    soon = "需要您处理的申报即将到期"
    assert await titles() == sorted(
        [("待审核的申报即将到期", boss.person_id), (soon, her.person_id), (soon, her.person_id)]
    )
    assert {(one.href, one.title) for one in await rows(Notice) if "到期" in one.title} == {
        (f"/unit/workbench/{review}", "待审核的申报即将到期"),
        (f"/cases/{correct}", soon),
        (f"/cases/{back}", soon),
    }
    assert any("2027年3月14日前（含当日）审核" in text for text in await texts_for(BOSS.mobile))
    assert any("2027年3月12日前（含当日）补正" in text for text in await texts_for(AGENT.mobile))


async def test_a_holiday_brings_the_reminder_forward(her, time):
    """国庆 is free in every year: from the 30th of September the third working day is the 6th of October."""
    await laid(her, date(2027, 10, 6))
    time.set(datetime(2027, 9, 29, 9, 0, tzinfo=clock.BEIJING))
    assert await remind_of_cases() == 0
    time.pass_by(days=1)
    assert await remind_of_cases() == 1


async def test_another_last_day_is_reminded_of_anew(her, time):
    case_id = await laid(her, date(2027, 3, 10))
    assert await remind_of_cases() == 1
    async with db.unit_of_work() as session:
        (await session.get_one(Case, case_id)).answer_by = date(2027, 3, 11)
    assert [await remind_of_cases() for _ in range(2)] == [1, 0]


async def test_nobody_is_reminded_on_the_day_on_which_it_became_their_turn(her, time):
    await laid(her, date(2027, 3, 10), moved_at=clock.now())
    assert await remind_of_cases() == 0
    time.pass_by(days=1)
    assert await remind_of_cases() == 1


async def test_who_has_left_the_unit_is_not_reminded_but_those_who_lead_it(boss, her):
    await laid(her, date(2027, 3, 10))
    async with db.unit_of_work() as session:
        (await session.get_one(Grant, her.grant_id)).status = "REVOKED"
    assert await remind_of_cases() == 1
    assert await titles() == [("需要您处理的申报即将到期", boss.person_id)]


async def test_two_workers_do_everything_once(her):
    late = [await laid(her, date(2027, 3, 5)) for _ in range(12)]
    for _ in range(12):
        await laid(her, date(2027, 3, 10))
    outcomes = await at_once(*(tend_cases() for _ in range(4)))
    assert [sum(numbers) for numbers in zip(*outcomes, strict=True)] == [12, 12]
    assert len(await titles()) == 24
    for case_id in late:
        assert len(await events(case_id)) == 1


async def test_a_worker_that_is_killed_in_the_middle_leaves_no_half_and_the_next_goes_on(her, monkeypatch):
    late = [await laid(her, date(2027, 3, 5)) for _ in range(6)]
    real, begun = case_endings.act_on, 0

    async def killed(*parts: object, **more: object) -> object:
        nonlocal begun
        outcome = await real(*parts, **more)  # type: ignore[arg-type]
        begun += 1
        if begun == 4:
            raise asyncio.CancelledError  # everything is written, nothing committed
        return outcome

    monkeypatch.setattr(case_endings, "act_on", killed)
    with pytest.raises(asyncio.CancelledError):
        await lapse_cases()
    ended = [one.id for one in await rows(Case) if one.status == CaseStatus.LAPSED]
    assert len(ended) == len(await rows(CaseEvent)) == len(await titles()) == 3
    monkeypatch.setattr(case_endings, "act_on", real)
    assert await lapse_cases() == 3
    assert len(await titles()) == 6
    assert {one.case_id for one in await rows(CaseEvent)} == set(late)


async def test_one_that_fails_stops_no_other(her, monkeypatch):
    first, second, third = [await laid(her, date(2027, 3, day)) for day in (1, 2, 3)]
    real = case_endings.act_on

    async def failing(session: object, opened: object, *rest: object, **more: object) -> object:
        if opened.case.id == first:  # type: ignore[attr-defined]
            raise RuntimeError("damaged")
        return await real(session, opened, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(case_endings, "act_on", failing)
    assert await lapse_cases() == 2
    states = [(await the_case(one)).status for one in (first, second, third)]
    assert states == [CaseStatus.CORRECTION, CaseStatus.LAPSED, CaseStatus.LAPSED]


async def test_batches_follow_each_other_up_to_so_many(her, monkeypatch):
    monkeypatch.setattr(case_endings, "_AT_ONCE", 3)
    monkeypatch.setattr(case_endings, "_MOST", 6)
    for _ in range(8):
        await laid(her, date(2027, 3, 5))
    assert [await lapse_cases() for _ in range(3)] == [6, 2, 0]


async def test_where_nothing_is_due_it_costs_two_statements(her):
    for _ in range(3):
        await laid(her, date(2027, 5, 5))
    await warm_up()
    with statements() as seen:
        assert await tend_cases() == (0, 0)
    assert len(seen) == 2
