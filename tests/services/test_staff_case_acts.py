"""Taking, giving and deciding cases at the bureau: by whom, once, and what follows (R-2.6.3.2)."""

import json

import pytest

from jsrs_portal import db
from jsrs_portal.domain import case_desk as rules
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.cases import CaseEvent
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import staff, staff_case_acts
from jsrs_portal.services.case_moves import STALE, Said
from jsrs_portal.services.staff_case_acts import FREE, GONE, NOT_HOLDER, OVER, YOURS, Decision
from tests.services.applying import SHIPPED, serve, shipped
from tests.services.desks import OPINION, again, case_of, decide, give, handed_in, put_back, put_cases, take
from tests.services.officers import Officer, officer
from tests.services.world import at_once, rows, sentences, visitor

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.2")]
REASON = "休假两周，转交同事办理"


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with matters that are applied for."""
    await serve(*(shipped(key) for key in SHIPPED))


@pytest.fixture
async def who() -> Officer:
    """An officer of Nanjing."""
    return await officer(region="320100")


@pytest.fixture
async def free(boss) -> str:
    """A case of Nanjing that nobody has taken yet."""
    return (await put_cases(boss, 1))[0]


async def acts(case_id: str) -> list[str]:
    events = [one for one in await rows(CaseEvent) if one.case_id == case_id]
    return [one.act for one in sorted(events, key=lambda one: one.position)]


async def set_officer(who: Officer, **values: object) -> None:
    async with db.unit_of_work() as session:
        account = await session.get_one(Staff, who.id)
        for name, value in values.items():
            setattr(account, name, value)


# Taking


async def test_a_case_is_taken_once(who, free):
    assert await take(who, free) is None
    case = await case_of(free)
    assert (case.officer_id, case.status, case.version) == (who.id, CaseStatus.SUBMITTED, 2)
    assert await take(who, free) == YOURS
    refused = await take(await officer("li.si"), free)
    assert (refused.code, "张三丰（zhang.san）" in refused.sentence) == ("taken", True)
    assert await acts(free) == [Act.SUBMIT, Act.TAKE]
    (entry,) = [one for one in await rows(AuditEntry) if one.action == "case.take"]
    assert (entry.person_id, entry.subject) == (who.id, free)
    assert await rows(Notice) == []


async def test_of_fifty_who_take_it_at_once_one_has_it(free):
    everybody = [await officer(f"officer.{n}") for n in range(10)]
    outcomes = await at_once(*(take(everybody[n % 10], free, seen=1) for n in range(50)))
    assert outcomes.count(None) == 1
    winner = (await case_of(free)).officer_id
    assert {one.code for one in outcomes if one} <= {"taken", "yours"}
    assert everybody[outcomes.index(None) % 10].id == winner
    assert await acts(free) == [Act.SUBMIT, Act.TAKE]


@pytest.mark.parametrize("region", ["320500", "320104", "320102"])
async def test_a_case_of_another_region_is_nobodys(boss, region):
    (case_id,) = await put_cases(boss, 1, region="320106")
    stranger = await officer(region=region)
    assert await take(stranger, case_id) == GONE
    assert await give(stranger, case_id, stranger.id, REASON) == GONE
    assert await decide(stranger, case_id, Act.PASS) == [GONE]
    assert await acts(case_id) == [Act.SUBMIT]


async def test_an_officer_who_is_none_any_more_does_nothing(who, free):
    await set_officer(who, status="LOCKED")
    assert await take(who, free) == staff.FORBIDDEN
    await set_officer(who, status="ACTIVE", region="320500")
    assert await take(who, free) == GONE
    for role in (StaffRole.SYSTEM, StaffRole.SECURITY, StaffRole.AUDIT):
        other = await officer(f"other.{role.lower()}", role)
        assert await take(other, free) == staff.FORBIDDEN
        assert await decide(other, free, Act.PASS) == [staff.FORBIDDEN]


async def test_an_applicant_does_nothing_at_the_desk(boss, free):
    for actor in (boss, visitor()):
        async with db.unit_of_work() as session:
            given = await staff_case_acts.take(session, actor=actor, case_id=free, seen=1)
        assert given == staff.FORBIDDEN


async def test_what_has_not_come_to_the_bureau_or_has_ended_is_not_taken(boss, who):
    (within,) = await put_cases(boss, 1, status=CaseStatus.UNIT_REVIEW, stage="")
    (ended,) = await put_cases(boss, 1, status=CaseStatus.COMPLETED)
    assert await take(who, within) == GONE
    assert await take(who, ended) == OVER
    assert await decide(who, ended, Act.PASS) == [OVER]


# Giving


async def test_a_case_that_nobody_has_is_assigned(who, free):
    colleague = await officer("li.si", region="320100")
    assert await give(who, free, colleague.id) is None
    assert (await case_of(free)).officer_id == colleague.id
    (event,) = [one for one in await rows(CaseEvent) if one.act == Act.ASSIGN]
    assert (event.staff_id, Said.read(event.said)) == (who.id, Said(to=colleague.id))


async def test_ones_own_is_handed_over_with_a_reason(who, free):
    colleague = await officer("li.si")
    await take(who, free)
    refused = await give(who, free, colleague.id)
    assert (refused.field, (await case_of(free)).officer_id) == ("reason", who.id)
    assert (await give(who, free, colleague.id, "字" * 201)).field == "reason"
    assert await give(who, free, colleague.id, REASON) is None
    assert (await case_of(free)).officer_id == colleague.id
    assert await acts(free) == [Act.SUBMIT, Act.TAKE, Act.HAND_OVER]
    (entry,) = [one for one in await rows(AuditEntry) if one.action == "case.hand-over"]
    assert REASON in json.dumps(json.loads(entry.details), ensure_ascii=False)


async def test_whoever_gives_is_told_at_once_all_that_is_missing(who, free):
    await take(who, free)
    async with db.unit_of_work() as session:
        problems = await staff_case_acts.give(session, actor=who.acting, case_id=free, seen=2, to="", reason="忙")
    assert [one.field for one in problems] == ["to", "reason"]


async def test_ones_own_is_put_back_for_a_reason_and_taken_by_a_colleague(who, free):
    assert await put_back(who, free, REASON) == FREE
    await take(who, free)
    due = (await case_of(free)).step_by
    assert (await put_back(who, free)).field == "reason"
    assert (await put_back(who, free, "字" * 201)).field == "reason"
    assert await put_back(who, free, REASON) is None
    case = await case_of(free)
    assert (case.officer_id, case.status, case.step_by) == (None, CaseStatus.SUBMITTED, due)
    (event,) = [one for one in await rows(CaseEvent) if one.act == Act.PUT_BACK]
    assert (event.staff_id, Said.read(event.said)) == (who.id, Said(text=REASON))
    assert await rows(Notice) == []
    colleague = await officer("li.si", region="320100")
    assert await take(colleague, free) is None
    assert await acts(free) == [Act.SUBMIT, Act.TAKE, Act.PUT_BACK, Act.TAKE]


async def test_a_colleagues_case_is_put_back_from_a_wider_region_only(who, free):
    equal, province = await officer("equal", region="320100"), await officer("province")
    await take(who, free)
    assert (await put_back(equal, free, REASON)).code == "not_yours"
    assert await put_back(await officer("suzhou", region="320500"), free, REASON) == GONE
    assert await put_back(province, free, REASON) is None
    assert (await case_of(free)).officer_id is None


async def test_only_to_an_active_officer_whose_region_covers_it(who, free):
    county, elsewhere = await officer("county", region="320106"), await officer("elsewhere", region="320500")
    locked, waiting = await officer("locked"), await officer("waiting")
    security = await officer("security", StaffRole.SECURITY)
    await set_officer(locked, status="LOCKED")
    await set_officer(waiting, authorised=False)
    for one in (county, elsewhere, locked, waiting, security):
        assert (await give(who, free, one.id)).code == "no_colleague"
    for nobody in ("", "nobody", "0" * 32):
        assert (await give(who, free, nobody)).code == "no_colleague"
    async with db.reading() as session:
        offered = await staff_case_acts.colleagues(session, actor=who.acting, case=await case_of(free))
    assert [key for key, _ in offered] == [who.id]
    assert await acts(free) == [Act.SUBMIT]


async def test_a_colleagues_case_is_theirs_unless_the_region_is_wider_or_they_cannot(who, free, boss):
    equal, province = await officer("equal", region="320100"), await officer("province")
    await take(who, free)
    assert (await give(equal, free, equal.id, REASON)).code == "not_yours"
    assert (await give(province, free, equal.id)).field == "reason"
    assert await give(province, free, equal.id, REASON) is None
    assert (await case_of(free)).officer_id == equal.id
    await set_officer(equal, status="LOCKED")
    assert await give(who, free, who.id, REASON) is None
    assert (await case_of(free)).officer_id == who.id
    await set_officer(who, role=StaffRole.AUDIT)
    third = await officer("third", region="320100")
    assert await give(third, free, third.id, REASON) is None
    assert await acts(free) == [Act.SUBMIT, Act.TAKE, Act.ASSIGN, Act.ASSIGN, Act.ASSIGN]


async def test_taking_and_giving_at_once_have_one_outcome(who, free):
    colleague = await officer("li.si", region="320100")
    outcomes = await at_once(
        *(take(who, free, seen=1) for _ in range(10)), *(give(colleague, free, colleague.id, seen=1) for _ in range(10))
    )
    assert outcomes.count(None) == 1
    assert all(isinstance(one, Refusal) and one.sentence for one in outcomes if one is not None)
    assert len(await acts(free)) == 2


@pytest.mark.parametrize(
    ("own", "other", "is_wider"),
    [
        ("", "320100", True),
        ("320000", "320102", True),
        ("320100", "320102", True),
        ("320100", "320100", False),
        ("", "320000", False),
        ("320102", "320100", False),
        ("320100", "320500", False),
        ("320100", "", False),
    ],
)
def test_which_region_is_wider(own, other, is_wider):
    assert rules.wider(own, other) is is_wider


# Deciding


async def test_only_who_has_it_decides(who, free):
    assert await decide(who, free, Act.PASS) == [NOT_HOLDER]
    await take(who, free)
    assert await decide(await officer("li.si"), free, Act.PASS) == [NOT_HOLDER]
    assert await acts(free) == [Act.SUBMIT, Act.TAKE]


async def test_from_the_desk_to_the_end(who, boss):
    case_id = await handed_in(boss)
    await take(who, case_id)
    assert await decide(who, case_id, Act.PASS, opinion="") == CaseStatus.ACCEPTED
    case = await case_of(case_id)
    assert (case.stage, case.accepted_at is not None) == ("check", True)
    steps = {one.key: one.office for one in shipped().workflow.steps}
    assert case.officer_id == (who.id if steps["accept"] == steps["check"] else None)
    for stage in ("check", "finish"):
        case = await case_of(case_id)
        assert case.stage == stage
        if case.officer_id is None:
            assert await take(who, case_id) is None
        await decide(who, case_id, Act.PASS)
    case = await case_of(case_id)
    assert (case.status, case.officer_id, case.step_by) == (CaseStatus.COMPLETED, who.id, None)
    assert "申报已受理" in {one.title for one in await rows(Notice)}
    assert "申报已办结" in {one.title for one in await rows(Notice)}


async def test_a_correction_names_the_fields_and_comes_back_to_the_same_officer(who, boss, time):
    case_id = await handed_in(boss)
    await take(who, case_id)
    remarks = {"start_date": "起始日须为原合同届满日的次日", "renewal_text": "第二页看不清", "task": "  "}
    assert await decide(who, case_id, Act.CORRECT, opinion="请按要求补正", remarks=remarks) == CaseStatus.CORRECTION
    case = await case_of(case_id)
    assert (case.officer_id, case.returned) == (who.id, 1)
    (event,) = [one for one in await rows(CaseEvent) if one.act == Act.CORRECT]
    kept = {key: remarks[key] for key in ("start_date", "renewal_text")}
    assert Said.read(event.said) == Said(text="请按要求补正", fields=kept)
    assert "第二页" not in repr(event)  # encrypted
    assert await decide(who, case_id, Act.PASS) == [OVER]
    (told,) = [one for one in await rows(Notice) if one.title == "申报需要补正"]
    assert "请按要求补正" in told.text
    await again(boss, case_id)
    case = await case_of(case_id)
    assert (case.status, case.officer_id, case.stage) == (CaseStatus.SUBMITTED, who.id, "accept")


@pytest.mark.parametrize(
    ("stage", "status", "act", "ends"),
    [
        ("accept", CaseStatus.SUBMITTED, Act.NOT_ACCEPT, CaseStatus.NOT_ACCEPTED),
        ("check", CaseStatus.ACCEPTED, Act.REJECT, CaseStatus.REJECTED),
    ],
)
async def test_a_case_ends_with_an_opinion(who, boss, stage, status, act, ends):
    (case_id,) = await put_cases(boss, 1, stage=stage, status=status, officer_id=who.id)
    for missing in ("", "  ", "不", "字" * 501):
        (refused,) = await decide(who, case_id, act, opinion=missing)
        assert refused.field == "opinion"
    assert await decide(who, case_id, act) == ends
    case = await case_of(case_id)
    assert (case.officer_id, case.finished_at is not None) == (who.id, True)
    assert await decide(who, case_id, act) == [OVER]
    (told,) = await rows(Notice)
    assert OPINION in told.text


async def test_a_transfer_says_where_to(who, boss):
    key = "labour-arbitration-application"
    (case_id,) = await put_cases(boss, 1, key=key, stage="intake", officer_id=who.id)
    assert {one.field for one in await decide(who, case_id, Act.TRANSFER, opinion="")} == {"to", "opinion"}
    assert [one.field for one in await decide(who, case_id, Act.TRANSFER, to="局" * 101)] == ["to"]
    assert await decide(who, case_id, Act.TRANSFER, to="南京市劳动监察支队") == CaseStatus.TRANSFERRED
    (told,) = await rows(Notice)
    assert f"转往南京市劳动监察支队。{OPINION}" in told.text


async def test_what_a_step_does_not_offer_is_refused(who, boss):
    (case_id,) = await put_cases(boss, 1, stage="finish", status=CaseStatus.ACCEPTED, officer_id=who.id)
    for act in (Act.CORRECT, Act.NOT_ACCEPT, Act.REJECT, Act.TRANSFER, Act.TAKE, Act.LAPSE, "x", ""):
        assert await decide(who, case_id, act, to="某局") == [rules.NOT_OFFERED]
    most = shipped().workflow.corrections.most
    (spent,) = await put_cases(boss, 1, officer_id=who.id, returned=most)
    assert await decide(who, spent, Act.CORRECT) == [rules.NOT_OFFERED]


async def test_remarks_belong_to_fields_of_the_form(who, boss):
    (case_id,) = await put_cases(boss, 1, officer_id=who.id)
    assert [one.code for one in await decide(who, case_id, Act.CORRECT, remarks={"nothing": "没有这一栏"})] == [
        "no_field"
    ]
    for short in ("错", "字" * 201):
        (refused,) = await decide(who, case_id, Act.CORRECT, remarks={"start_date": short})
        assert refused.field == "remark.start_date"
    assert (await case_of(case_id)).status == CaseStatus.SUBMITTED


async def test_of_decisions_at_once_one_counts(who, boss):
    (case_id,) = await put_cases(boss, 1, officer_id=who.id)
    chosen = [Act.PASS, Act.CORRECT, Act.NOT_ACCEPT] * 5
    outcomes = await at_once(*(decide(who, case_id, act, seen=1) for act in chosen))
    assert sum(isinstance(one, str) for one in outcomes) == 1
    assert {sentences(one) for one in outcomes if not isinstance(one, str)} <= {
        one.sentence for one in (STALE, OVER, NOT_HOLDER, rules.NOT_OFFERED)
    }
    assert len(await acts(case_id)) == 2


async def test_what_was_decided_on_an_old_page_is_refused(who, free):
    await take(who, free)
    assert await decide(who, free, Act.PASS, seen=1) == [STALE]


async def test_an_unknown_case_is_nobodys(who):
    async with db.unit_of_work() as session:
        decision = Decision(act=Act.PASS)
        outcome = await staff_case_acts.decide(session, actor=who.acting, case_id="nobody", seen=1, decision=decision)
    assert outcome == [GONE]
