"""One act on a case is one transaction: version, timeline, audit and notices; what was handed in stays (R-2.6.3.2)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_workflow import ALLOWED, Act, Party
from jsrs_portal.domain.cases import ENDED, CaseStatus, FileState
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case, CaseEvent, CaseFile, CaseForm, CaseSubmission
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.units import Grant
from jsrs_portal.services.case_moves import STALE, Said
from jsrs_portal.services.submission import Receipt
from tests.services import filing
from tests.services.applying import RENEWAL, complete, opened, put_file, save, serve, shipped, submit
from tests.services.casework import WORKER, act, events, lay, the_case
from tests.services.granting import acting, audited, given
from tests.services.numbers import human
from tests.services.officers import officer
from tests.services.world import OTHER_PASSWORD, at_once, change, how_many, rows

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.2")]
OFFICER, REVIEWER = Party.OFFICER, Party.REVIEWER


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with one matter that the unit reviews."""
    await serve(shipped(RENEWAL))


@pytest.fixture
async def desk(unit) -> Actor:
    """An officer at work."""
    return (await officer()).acting


@pytest.fixture
async def her(agent) -> Actor:
    """The unit's agent."""
    return await acting(agent.id)


async def told(title: str) -> list[Notice]:
    return [one for one in await rows(Notice) if one.title == title]


async def test_an_act_moves_the_case_and_writes_down_who_did_it(boss, her, desk):
    (case_id,) = await lay(her)
    event = await act(case_id, Act.APPROVE, REVIEWER, boss, said=Said("同意"))
    assert isinstance(event, CaseEvent)
    assert (event.position, event.act, event.status, event.stage, event.at_stage) == (
        1,
        Act.APPROVE,
        CaseStatus.SUBMITTED,
        "accept",
        "",
    )
    assert (event.person_id, event.grant_id, event.role) == (boss.person_id, boss.grant_id, boss.role)
    assert Said.read(event.said).text == "同意"
    assert b"\xe5\x90\x8c" not in (event.said_cipher or b"")
    case = await the_case(case_id)
    assert (case.version, case.status, case.stage) == (2, CaseStatus.SUBMITTED, "accept")
    assert case.moved_at == case.reviewed_at == clock.now()
    assert (case.answer_by, case.step_by) == (None, work_days().after(clock.today(), 1))
    assert isinstance(await act(case_id, Act.PASS, OFFICER, desk), CaseEvent)
    case = await the_case(case_id)
    assert (case.status, case.stage, case.accepted_at) == (CaseStatus.ACCEPTED, "check", clock.now())
    assert case.promised_by == work_days().after(clock.today(), 5)
    assert [one.staff_id for one in await events(case_id)] == [None, desk.staff_id]


async def test_who_saw_an_older_version_is_told_and_nothing_happens(boss, her):
    (case_id,) = await lay(her)
    await act(case_id, Act.APPROVE, REVIEWER, boss)
    notices = await how_many(Notice)
    for stale in (1, 0, 99):
        assert await act(case_id, Act.DISAPPROVE, REVIEWER, boss, seen=stale) == STALE
    assert (await the_case(case_id)).version == 2
    assert len(await events(case_id)) == 1
    assert await how_many(Notice) == notices
    assert await audited("case.disapprove") == []


async def test_of_fifty_at_once_one_wins_and_the_timeline_has_no_gap(boss, her):
    (case_id,) = await lay(her)
    kinds = (Act.APPROVE, Act.SEND_BACK, Act.DISAPPROVE)
    outcomes = await at_once(*(act(case_id, kinds[n % 3], REVIEWER, boss, seen=1) for n in range(50)))
    (won,) = [one for one in outcomes if isinstance(one, CaseEvent)]
    assert {one.code for one in outcomes if isinstance(one, Refusal)} == {"stale"}
    assert [(one.position, one.act) for one in await events(case_id)] == [(1, won.act)]
    assert (await the_case(case_id)).version == 2


async def test_acts_that_follow_each_other_are_numbered_without_gaps(desk, her):
    """Fifty officers' acts that change nothing of where it stands, each seeing the newest version."""
    (case_id,) = await lay(her, status=CaseStatus.SUBMITTED, stage="accept")
    outcomes = await at_once(*(act(case_id, Act.TAKE, OFFICER, desk) for _ in range(50)))
    assert all(isinstance(one, CaseEvent) for one in outcomes)
    assert [one.position for one in await events(case_id)] == list(range(1, 51))
    assert (await the_case(case_id)).version == 51


async def test_what_is_refused_leaves_nothing_behind(boss, her):
    for status in (*ENDED, CaseStatus.UNIT_REVIEW, CaseStatus.CORRECTION, CaseStatus.ACCEPTED):
        (case_id,) = await lay(her, status=status, stage="" if status == CaseStatus.UNIT_REVIEW else "accept")
        before, notices = await the_case(case_id), await how_many(Notice)
        refused = [(one, party) for one in Act for party in Party if ALLOWED.get((status, one)) is not party]
        assert len(refused) > 40
        for one, party in refused:
            assert isinstance(await act(case_id, one, party, boss), Refusal)
        assert (await the_case(case_id)).model_dump() == before.model_dump()
        assert await events(case_id) == []
        assert await how_many(Notice) == notices


@pytest.mark.parametrize(
    ("what", "party", "status", "stage", "title"),
    [
        (Act.APPROVE, REVIEWER, CaseStatus.UNIT_REVIEW, "", "单位审核通过"),
        (Act.SEND_BACK, REVIEWER, CaseStatus.UNIT_REVIEW, "", "申报被单位退回修改"),
        (Act.DISAPPROVE, REVIEWER, CaseStatus.UNIT_REVIEW, "", "单位审核未通过"),
        (Act.PASS, OFFICER, CaseStatus.SUBMITTED, "accept", "申报已受理"),
        (Act.PASS, OFFICER, CaseStatus.ACCEPTED, "finish", "申报已办结"),
        (Act.PASS, OFFICER, CaseStatus.ACCEPTED, "check", ""),
        (Act.CORRECT, OFFICER, CaseStatus.ACCEPTED, "check", "申报需要补正"),
        (Act.NOT_ACCEPT, OFFICER, CaseStatus.SUBMITTED, "accept", "申报不予受理"),
        (Act.REJECT, OFFICER, CaseStatus.ACCEPTED, "check", "申报不予通过"),
        (Act.TAKE, OFFICER, CaseStatus.ACCEPTED, "check", ""),
    ],
)
async def test_every_act_is_audited_and_told_to_whom_it_concerns(boss, her, desk, what, party, status, stage, title):
    (case_id,) = await lay(her, status=status, stage=stage)
    actor = boss if party is REVIEWER else desk
    assert isinstance(await act(case_id, what, party, actor, said=Said("因材料不齐")), CaseEvent)
    case = await the_case(case_id)
    (entry,) = await audited(f"case.{what.value.lower().replace('_', '-')}")
    assert (entry.subject, entry.unit_id) == (case_id, her.unit_id)
    assert entry.person_id == (boss.person_id if party is REVIEWER else desk.staff_id)
    details = json.loads(entry.details)
    assert (details["from"], details["to"]) == (status, case.status)
    assert json.loads(details["said"]) == {"text": "因材料不齐"}
    new = [one for one in await rows(Notice) if "授权" not in one.title]
    assert [(one.title, one.person_id, one.href) for one in new] == (
        [(title, her.person_id, f"/cases/{case_id}")] if title else []
    )
    if new:
        assert "因材料不齐" in new[0].text
        assert case.number in new[0].text
    ended = case.finished_at is not None
    assert ended == (case.status in ENDED)


async def test_a_case_whose_agent_has_left_is_told_to_those_who_lead_the_unit(boss, her, desk):
    (case_id,) = await lay(her, status=CaseStatus.SUBMITTED, stage="accept")
    await change(Grant, status="REVOKED")
    async with db.unit_of_work() as session:
        (await session.get_one(Grant, boss.grant_id)).status = "GRANTED"
    await act(case_id, Act.CORRECT, OFFICER, desk)
    assert [one.person_id for one in await told("申报需要补正")] == [boss.person_id]


async def test_time_ends_a_case_without_anybody(her, time):
    (case_id,) = await lay(her, status=CaseStatus.CORRECTION, stage="accept", answer_by=clock.today())
    assert isinstance(await act(case_id, Act.LAPSE, Party.TIME, WORKER), Refusal)
    time.pass_by(days=1)
    event = await act(case_id, Act.LAPSE, Party.TIME, WORKER)
    assert (event.person_id, event.staff_id, event.grant_id, event.role) == (None, None, None, "")
    case = await the_case(case_id)
    assert (case.status, case.answer_by, case.finished_at) == (CaseStatus.LAPSED, None, clock.now())
    assert len(await told("办件逾期终止")) == 1


# Handed in again


async def corrected(actor: Actor, case_id: str) -> Receipt:
    """Hand a case in again with another phone number."""
    found = await opened(actor, case_id)
    assert found is not None
    await save(actor, case_id, {**found.filled.typed, "contact_mobile": "13800000002"})
    receipt = await submit(actor, case_id)
    assert isinstance(receipt, Receipt), receipt
    return receipt


async def sent_back(boss: Actor, her: Actor, desk: Actor) -> str:
    """Return an agent's case that the unit has approved and the bureau sends back."""
    case_id = await complete(her)
    assert isinstance(await submit(her, case_id), Receipt)
    await act(case_id, Act.APPROVE, REVIEWER, boss)
    await act(case_id, Act.CORRECT, OFFICER, desk, said=Said("请更正联系电话", {"contact_mobile": "号码有误"}))
    return case_id


async def test_an_agents_correction_is_reviewed_in_the_unit_again(boss, her, desk):
    case_id = await sent_back(boss, her, desk)
    last = (await the_case(case_id)).answer_by
    assert (await corrected(her, case_id)).status == "待单位审核"
    case = await the_case(case_id)
    assert (case.status, case.stage, case.returned) == (CaseStatus.UNIT_REVIEW, "accept", 1)
    assert case.answer_by == last
    assert len(await told("有申报等待单位审核")) == 2
    await act(case_id, Act.APPROVE, REVIEWER, boss)
    case = await the_case(case_id)
    assert (case.status, case.stage) == (CaseStatus.SUBMITTED, "accept")
    acts = [Act.SUBMIT, Act.APPROVE, Act.CORRECT, Act.SUBMIT, Act.APPROVE]
    assert [(one.position, one.act) for one in await events(case_id)] == list(enumerate(acts, start=1))


async def test_a_managers_correction_is_not(boss, her, desk):
    case_id = await sent_back(boss, her, desk)
    assert (await corrected(boss, case_id)).status == "已提交"
    case = await the_case(case_id)
    assert (case.status, case.person_id, case.role) == (CaseStatus.SUBMITTED, boss.person_id, boss.role)
    assert len(await told("有申报等待单位审核")) == 1


async def test_what_was_handed_in_stays_as_it_was_then(boss, her, desk):
    case_id = await sent_back(boss, her, desk)
    await corrected(boss, case_id)
    first, second = sorted(await rows(CaseSubmission), key=lambda one: one.number)
    assert (first.number, first.person_id, second.number, second.person_id) == (1, her.person_id, 2, boss.person_id)
    phones = [json.loads(one.answers)["contact_mobile"] for one in (first, second)]
    assert phones == ["13800000001", "13800000002"]
    (file,) = await rows(CaseFile)
    assert json.loads(first.files) == json.loads(second.files) == {"renewal_text": [[file.id, file.digest]]}
    assert file.submission == 1


async def test_a_file_that_was_handed_in_is_kept_when_another_takes_its_place(boss, desk):
    case_id = await complete(boss)
    await put_file(case_id, boss, field="attorney")
    found = await opened(boss, case_id)
    assert found is not None
    await save(boss, case_id, {**found.filled.typed, "signed_by_agent": "yes"})
    assert isinstance(await submit(boss, case_id), Receipt)
    await act(case_id, Act.CORRECT, OFFICER, desk)
    found = await opened(boss, case_id)
    assert found is not None
    await save(boss, case_id, {**found.filled.typed, "signed_by_agent": "no"})
    await put_file(case_id, boss)  # a second text of the renewal
    assert isinstance(await submit(boss, case_id), Receipt)
    states = {(one.field, one.submission): one.state for one in await rows(CaseFile)}
    assert states == {
        ("renewal_text", 1): FileState.STORED,
        ("attorney", 1): FileState.REPLACED,
        ("renewal_text", 2): FileState.STORED,
    }
    first, second = sorted(await rows(CaseSubmission), key=lambda one: one.number)
    assert set(json.loads(first.files)) == {"renewal_text", "attorney"}
    assert {field: len(some) for field, some in json.loads(second.files).items()} == {"renewal_text": 2}


async def test_others_open_a_file_once_it_has_been_handed_in(world, boss, her, desk):
    case_id = await sent_back(boss, her, desk)
    await put_file(case_id, her)
    first, second = sorted(await rows(CaseFile), key=lambda one: -one.submission)
    colleague = await acting((await given(boss, await world.registered_person(human(88), OTHER_PASSWORD))).id)

    async def who_opens(file: CaseFile) -> list[str]:
        everyone = {"boss": boss, "her": her, "desk": desk, "colleague": colleague}
        return [name for name, actor in everyone.items() if await filing.opened(actor, file.id)]

    assert await who_opens(first) == ["boss", "her", "desk", "colleague"]
    assert await who_opens(second) == ["boss", "her"]
    await corrected(boss, case_id)
    assert await who_opens(second) == ["boss", "her", "desk", "colleague"]


async def test_what_an_older_portal_did_not_write_down_is_before_it_is_replaced(boss, desk):
    case_id = await complete(boss)
    await submit(boss, case_id)
    async with db.unit_of_work() as session:
        for one in await rows(CaseSubmission):
            await session.delete(one)
    await act(case_id, Act.CORRECT, OFFICER, desk)
    handed_in = (await the_case(case_id)).handed_in_at
    await corrected(boss, case_id)
    first, second = sorted(await rows(CaseSubmission), key=lambda one: one.number)
    assert (first.number, second.number, first.created_at) == (1, 2, handed_in)
    assert json.loads(first.answers)["contact_mobile"] == "13800000001"
    assert list(json.loads(first.files)) == ["renewal_text"]


async def test_fifty_corrections_at_once_are_handed_in_once(boss, desk):
    case_id = await complete(boss)
    await submit(boss, case_id)
    await act(case_id, Act.CORRECT, OFFICER, desk)
    version = (await the_case(case_id)).version
    receipts = await at_once(*(submit(boss, case_id, seen=version) for _ in range(50)))
    assert all(isinstance(one, Receipt) for one in receipts)
    assert [one.act for one in await events(case_id)] == [Act.SUBMIT, Act.CORRECT, Act.SUBMIT]
    assert await how_many(CaseSubmission) == 2


async def test_nobody_else_corrects(boss, her, desk, world):
    case_id = await sent_back(boss, her, desk)
    stranger = replace(her, person_id=await world.registered_person(human(61)))
    for other in (stranger, replace(her, unit_id="", role=None, personal=True)):
        assert [one.code for one in await submit(other, case_id, seen=3)] == ["gone"]
    assert (await the_case(case_id)).status == CaseStatus.CORRECTION


async def test_what_is_too_late_is_not_handed_in_any_more(boss, her, desk, time):
    case_id = await sent_back(boss, her, desk)
    last = (await the_case(case_id)).answer_by
    assert last is not None
    time.pass_by(days=(last - clock.today()).days + 1)
    assert [one.code for one in await submit(her, case_id)] == ["too_late"]
    assert await how_many(CaseSubmission) == 1
    assert (await the_case(case_id)).answer_by == last
    assert await how_many(CaseForm) == await how_many(Case) == 1
    time.pass_by(seconds=-timedelta(days=1).total_seconds())
