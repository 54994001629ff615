"""Reviews that stand for what they have seen: employers of persons, corrections, whose review it is (R-2.6.7)."""

from dataclasses import replace
from typing import Any

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor, GrantStatus, Role, Scope
from jsrs_portal.domain.case_reviews import Tab
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.models.cases import CaseFile
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.services import staff_case_views
from jsrs_portal.services.case_moves import Said
from jsrs_portal.services.case_reviews import Review, review_case
from jsrs_portal.services.case_withdrawal import withdraw_case
from jsrs_portal.services.grants import written_scope
from jsrs_portal.services.review_lists import list_reviews
from jsrs_portal.services.review_views import ReviewView, view_review
from jsrs_portal.services.submission import Receipt
from tests.services import desks, filing
from tests.services.applying import GOOD, RENEWAL, begin, put_file, save, serve, shipped, submit
from tests.services.casework import act, lay, the_case
from tests.services.granting import ANYTHING, acting, given, messages
from tests.services.numbers import employer, human
from tests.services.officers import Officer, officer
from tests.services.world import rows

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.7.2")]
HOURS = "continuing-education-hours"
OTHER = employer(7)


@pytest.fixture
async def person(world) -> Actor:
    """A person who applies for themselves."""
    await serve(shipped(HOURS), shipped(RENEWAL))
    return filing.person(await world.registered_person(human(60)))


@pytest.fixture
async def her(agent) -> Actor:
    """The unit's agent."""
    return await acting(agent.id)


@pytest.fixture
async def uscc(boss) -> str:
    """The number of the unit that reviews."""
    async with db.reading() as session:
        return (await session.get_one(Unit, boss.unit_id)).uscc


def hours(uscc: str, **typed: str) -> dict[str, str]:
    """Return what somebody types who works there."""
    return {
        "mobile": "13800000001",
        "working": "employed",
        "employer.name": "所在单位",
        "employer.uscc": uscc,
        "subject": "common",
        "kind": "degree",
        "title": "在职研究生",
        "provider": "南京大学",
        "period.from": "2026-01-01",
        "period.until": "2026-02-01",
        "hours": "10",
        **typed,
    }


async def handed_in(person: Actor, uscc: str, **typed: str) -> str:
    case_id = await begin(person, HOURS, region="320100")
    await save(person, case_id, hours(uscc, **typed))
    outcome = await submit(person, case_id)
    assert isinstance(outcome, Receipt), outcome
    return case_id


async def decided(actor: Actor, case_id: str, what: Act = Act.APPROVE, opinion: str = "情况属实") -> Any:
    seen = (await the_case(case_id)).version
    async with db.unit_of_work() as session:
        return await review_case(session, actor=actor, case_id=case_id, seen=seen, review=Review(what, opinion))


async def corrected_by(desk: Officer, case_id: str) -> None:
    await desks.take(desk, case_id)
    await desks.decide(desk, case_id, Act.CORRECT)
    assert (await the_case(case_id)).status == CaseStatus.CORRECTION


async def taken_back(person: Actor, case_id: str) -> None:
    seen = (await the_case(case_id)).version
    async with db.unit_of_work() as session:
        assert await withdraw_case(session, actor=person, case_id=case_id, seen=seen) is None


async def looks_at(actor: Actor, case_id: str) -> ReviewView | None:
    async with db.reading() as session:
        return await view_review(session, actor=actor, case_id=case_id)


async def listed(actor: Actor, tab: Tab) -> list[str]:
    async with db.reading() as session:
        return [one.id for one in (await list_reviews(session, actor=actor, tab=tab)).rows]


async def approvals(desk: Officer, case_id: str) -> list[str]:
    """Return in whose name the unit's approvals were given, as the officer reads it."""
    async with db.reading() as session:
        view = await staff_case_views.view_case(session, actor=desk.acting, case_id=case_id)
    assert view is not None
    return [one.by.partition("」")[0].removeprefix("以「") for one in view.timeline if one.title == "单位审核通过"]


async def told(title: str) -> list[str]:
    return [one.person_id for one in await rows(Notice) if title in one.title]


# An employer's approval


@pytest.mark.parametrize("instead", [{"working": "flexible"}, {"employer.uscc": OTHER.uscc}], ids=["none", "another"])
async def test_a_correction_stays_with_the_employer_who_approved(world, boss, person, uscc, instead):
    await world.registered_unit(OTHER)
    desk = await officer(region="320100")
    case_id = await handed_in(person, uscc)
    await decided(boss, case_id)
    await corrected_by(desk, case_id)
    await save(person, case_id, hours(uscc, hours="90") | instead)
    (refused,) = await submit(person, case_id)
    assert (refused.code, refused.field) == ("employer", "employer" if "employer.uscc" in instead else "")
    assert (await the_case(case_id)).status == CaseStatus.CORRECTION
    await save(person, case_id, hours(uscc, hours="90"))
    await submit(person, case_id)
    assert (await the_case(case_id)).status == CaseStatus.UNIT_REVIEW
    assert await listed(boss, Tab.WAITING) == [case_id]


async def test_whoever_was_sent_back_may_name_another_employer_who_then_reviews(world, boss, person, uscc):
    other = await acting((await world.registered_unit(OTHER)).grant_id)
    desk = await officer(region="320100")
    case_id = await handed_in(person, uscc)
    await decided(boss, case_id, Act.SEND_BACK, "不是本单位职工")
    await save(person, case_id, hours(OTHER.uscc))
    assert isinstance(await submit(person, case_id), Receipt)
    assert await looks_at(boss, case_id) is None
    assert (await listed(other, Tab.WAITING), await listed(other, Tab.DONE)) == ([case_id], [])
    await decided(other, case_id)
    assert await approvals(desk, case_id) == [OTHER.name]
    async with db.reading() as session:
        view = await staff_case_views.view_case(session, actor=desk.acting, case_id=case_id)
    assert view is not None
    sent_back = next(one for one in view.timeline if "退回" in one.title)
    assert OTHER.name not in sent_back.by, "whoever sent it back did so in their own unit's name"


async def test_what_a_person_takes_back_their_employer_reads_no_more(boss, person, uscc):
    never, seen = await handed_in(person, uscc), await handed_in(person, uscc)
    await decided(boss, seen, Act.SEND_BACK)
    for one in (never, seen):
        await taken_back(person, one)
    assert await looks_at(boss, never) is None
    assert await listed(boss, Tab.DONE) == [seen]
    view = await looks_at(boss, seen)
    assert view is not None
    assert (view.sections, view.files, view.acts) == ((), (), ())
    assert "申请人已撤回" in view.gone


async def test_a_file_of_what_was_taken_back_does_not_open_either(boss, person, uscc):
    case_id = await handed_in(person, uscc)
    await put_file(case_id, person, field="proof")
    (file,) = await rows(CaseFile)
    async with db.unit_of_work() as session:
        (await session.get_one(CaseFile, file.id)).submission = 1
    assert await filing.opened(boss, file.id) is not None
    await taken_back(person, case_id)
    assert await filing.opened(boss, file.id) is None
    assert await filing.opened(person, file.id) is not None


async def test_nobody_floods_a_unit_with_what_it_should_review(boss, person, uscc):
    most = frequency.EMPLOYER_ASKED.most
    for _ in range(most):
        await taken_back(person, await handed_in(person, uscc))
    case_id = await begin(person, HOURS, region="320100")
    await save(person, case_id, hours(uscc))
    (refused,) = await submit(person, case_id)
    assert refused.sentence == frequency.EMPLOYER_ASKED.sentence
    case = await the_case(case_id)
    assert (case.status, case.number) == (CaseStatus.DRAFT, None)
    assert len([one for one in await told("有申报等待单位审核") if one == boss.person_id]) == most


# Corrections in the unit


async def test_the_bureau_has_what_the_unit_approved_until_it_approves_again(boss, her, person):
    desk = await officer()
    case_id = await desks.handed_in(her)
    await decided(boss, case_id)
    await corrected_by(desk, case_id)
    changed = GOOD | {"contact_name": "尚未审核", "start_date": f"{clock.today():%Y-%m-%d}", "worksite": "320106"}
    await save(her, case_id, changed)
    await put_file(case_id, her)
    await desks.again(her, case_id)
    second = next(one for one in await rows(CaseFile) if one.submission == 2)

    async def read_by_the_bureau() -> tuple[list[str], int, bool]:
        async with db.unit_of_work() as session:
            full = await staff_case_views.unmask_case(
                session, actor=desk.acting, case_id=case_id, reason="核对联系方式是否有误"
            )
            view = await staff_case_views.view_case(session, actor=desk.acting, case_id=case_id)
        assert isinstance(full, staff_case_views.FullCase)
        assert view is not None
        names = [fact.value for part in full.sections for fact in part.facts if fact.label == "联系人"]
        files = sum(len(one.files) for one in view.files)
        return names, files, await filing.opened(desk.acting, second.id) is not None

    assert await read_by_the_bureau() == (["孙立"], 1, False)
    await decided(boss, case_id)
    assert await read_by_the_bureau() == (["尚未审核"], 2, True)


# Whose review it is


async def test_what_the_legal_representative_alone_reviews_the_administrator_hands_in_to_them(world, boss, person):
    admin = await acting((await given(boss, await world.registered_person(human(70)), Role.ADMIN, ANYTHING)).id)
    await serve(shipped("employee-withdrawal"), shipped(RENEWAL))
    (alone,) = await lay(
        admin, key="employee-withdrawal", status=CaseStatus.UNIT_RETURNED, answers={"large_reduction": True}
    )
    (both,) = await lay(admin, status=CaseStatus.UNIT_RETURNED)
    for one in (alone, both):
        await act(one, Act.SUBMIT, Party.APPLICANT, admin)
    assert (await the_case(alone)).status == CaseStatus.UNIT_REVIEW
    assert (await the_case(both)).status == CaseStatus.SUBMITTED
    assert await listed(boss, Tab.WAITING) == [alone]


@pytest.mark.parametrize("key", ["work-injury-recognition", "labour-arbitration-application"])
async def test_no_answer_of_an_agent_avoids_the_review(her, key):
    await serve(shipped(key))
    (case_id,) = await lay(
        her, key=key, status=CaseStatus.UNIT_RETURNED, reviewers="", answers={"applicant_kind": "worker"}
    )
    await act(case_id, Act.SUBMIT, Party.APPLICANT, her)
    assert (await the_case(case_id)).status == CaseStatus.UNIT_REVIEW


# Who is told


async def test_officers_speak_to_whoever_administers_the_institution_now(boss, school):
    await serve(shipped("shortage-skills-results"))
    (grant,) = [one for one in await rows(Grant) if one.institution_id == school.id]
    she = replace(await acting(grant.id), unit_id="", institution_id=school.id)
    (case_id,) = await lay(
        she,
        key="shortage-skills-results",
        unit_id=None,
        institution_id=school.id,
        house_id=boss.unit_id,
        review_unit_id=None,
        status=CaseStatus.SUBMITTED,
        stage="inspect",
    )
    async with db.unit_of_work() as session:
        (await session.get_one(Grant, grant.id)).status = GrantStatus.REVOKED
        await session.flush()
        session.add(
            Grant(
                person_id=boss.person_id,
                unit_id=boss.unit_id,
                institution_id=school.id,
                role=Role.INSTITUTION_ADMIN,
                status=GrantStatus.GRANTED,
                proven_at=clock.now(),
            )
        )
    await act(case_id, Act.CORRECT, Party.OFFICER, Actor(session_key="officer"), said=Said("请说明学员身份"))
    assert await told("补正") == [boss.person_id]


async def test_an_agent_whose_scope_is_another_now_is_told_no_more(boss, her, agent, person):
    (case_id,) = await lay(her, status=CaseStatus.SUBMITTED, stage="accept")
    async with db.unit_of_work() as session:
        (await session.get_one(Grant, agent.id)).scope = written_scope(Scope.of(["card"]))
    await act(case_id, Act.CORRECT, Party.OFFICER, Actor(session_key="officer"), said=Said("请更正"))
    assert await told("补正") == [boss.person_id]
    assert [one for one in await messages() if "补正" in one[1]]
