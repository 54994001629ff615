"""A case as it is seen in whose name it was handed in, and taking it back (R-2.6.3.2, R-2.6.3.3)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case, CaseEvent
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.units import Grant
from jsrs_portal.services.application_lists import view_drafts
from jsrs_portal.services.case_details import CaseView, version_of, view_case
from jsrs_portal.services.case_moves import STALE, Said, act_on
from jsrs_portal.services.case_withdrawal import GONE, withdraw_case
from jsrs_portal.services.grant_terms import Terms
from jsrs_portal.services.next_steps import view_corrections, view_figures
from jsrs_portal.services.opened_cases import opened_from
from jsrs_portal.services.submission import Receipt
from tests.services.applying import RENEWAL, WORKER, complete, serve, shipped, submit
from tests.services.granting import BOSS, UNIT, acting, audited, given
from tests.services.numbers import employer, human
from tests.services.officers import officer as appointed
from tests.services.world import at_once, rows, statements, warm_up

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.2")]


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with the matter that these tests apply for."""
    await serve(shipped(RENEWAL))


@pytest.fixture
async def case_id(boss) -> str:
    """A case that has been handed in."""
    made = await complete(boss)
    await submit(boss, made)
    return made


async def seen(actor: Actor, case_id: str) -> CaseView | None:
    """Return the case as its page shows it."""
    async with db.reading() as session:
        return await view_case(session, actor=actor, case_id=case_id)


async def withdraw(actor: Actor, case_id: str, version: int | None = None) -> Any:
    """「撤回」."""
    async with db.reading() as session:
        now = (await session.get_one(Case, case_id)).version
    async with db.unit_of_work() as session:
        return await withdraw_case(session, actor=actor, case_id=case_id, seen=now if version is None else version)


async def decide(case_id: str, act: Act, said: Said | None = None) -> None:
    """Do an officer's act."""
    officer = (await appointed(f"o{act.value.lower()}")).acting
    async with db.unit_of_work() as session:
        case = await session.get_one(Case, case_id)
        opened = await opened_from(session, case)
        done = await act_on(session, opened, act, Party.OFFICER, actor=officer, seen=case.version, said=said)
        assert isinstance(done, CaseEvent), done


async def test_the_case_is_shown_whole_with_its_way(world, boss, case_id):
    view = await seen(boss, case_id)
    assert view is not None
    assert (view.whom, view.status, view.withdrawable, view.correct_href) == (UNIT.name, "已提交", True, "")
    assert view.region == "省本级"
    told = str(view.sections)
    assert "孙立" in told
    assert WORKER["id_number"] in told
    assert (view.timeline[0].title, view.timeline[0].who) == ("提交申报", f"{mask_name(BOSS.name)}（法定代表人）")
    assert [one.state for one in view.timeline] == ["done", "now", "to-come", "to-come"]
    assert len(view.limits) == 1
    assert view.files[0].files[0].name == "续签.pdf"
    colleague = replace(boss, person_id=await world.registered_person(human(60)), role=Role.ADMIN)
    assert (await seen(colleague, case_id)) == view


@pytest.mark.req("R-2.6.3.3")
async def test_what_was_corrected_says_when_it_was_handed_in_last(boss, case_id, time):
    first = await seen(boss, case_id)
    assert first is not None
    assert first.again == ""
    await decide(case_id, Act.CORRECT, Said("请核对。"))
    time.pass_by(days=1)
    receipt = await submit(boss, case_id)
    assert isinstance(receipt, Receipt)
    assert (receipt.submitted, receipt.again) == (first.submitted, to_the_minute(clock.now()))
    again = await seen(boss, case_id)
    assert again is not None
    assert (again.submitted, again.again) == (first.submitted, receipt.again)


async def test_others_and_drafts_are_not_there(world, boss, case_id):
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    cards = await given(boss, await world.registered_person(human(62)), terms=Terms(scope=Scope.of(["card"])))
    outside = await acting(cards.id)
    alone = Actor(session_key="p", person_id=boss.person_id, personal=True)
    for stranger in (other, outside, alone, Actor(session_key="v"), replace(boss, role=None)):
        assert await seen(stranger, case_id) is None
        assert await withdraw(stranger, case_id) == GONE
        async with db.reading() as session:
            assert await version_of(session, actor=stranger, case_id=case_id) == 0
    draft = await complete(boss)
    assert await seen(boss, draft) is None
    assert await withdraw(boss, draft) == GONE
    assert await seen(boss, "0" * 32) is None


async def test_what_was_sent_back_says_why_where_and_until_when(boss, case_id):
    fields = {"contact_mobile": "号码无法接通"}
    await decide(case_id, Act.CORRECT, Said("请核对联系方式。", fields))
    view = await seen(boss, case_id)
    assert view is not None
    why = view.sent_back
    assert (why.title, why.text, why.fields) == ("办理部门要求补正", "请核对联系方式。", ("contact_mobile",))
    assert [(one.label, one.value) for one in why.remarks] == [("联系电话", "号码无法接通")] or why.remarks[0].value
    assert "补正" in why.until
    assert view.correct_href == f"/applications/{case_id}"
    async with db.reading() as session:
        (step,) = await view_corrections(session, actor=boss, today=clock.today())
        figures = await view_figures(session, actor=boss)
        assert await view_drafts(session, actor=boss) == []
    assert (step.href, step.action) == (f"/cases/{case_id}", "去补正")
    assert step.what == f"{view.submitted}提交的「劳动合同续签」待补正，请修改后重新提交"
    assert (figures.going_on, figures.done) == ("1", "0")


async def test_a_correction_whose_last_day_is_over_is_not_offered(boss, case_id, time):
    await decide(case_id, Act.CORRECT, Said("请补正。"))
    time.pass_by(days=60)
    view = await seen(boss, case_id)
    assert view is not None
    assert (view.correct_href, view.withdrawable) == ("", False)


@pytest.mark.req("R-2.6.3.3")
async def test_a_case_is_taken_back_once_and_told(boss, case_id):
    before = len(await rows(Notice))
    outcomes = await at_once(*(withdraw(boss, case_id) for _ in range(5)))
    assert sorted(str(one) for one in outcomes).count("None") == 1
    assert {one.code for one in outcomes if isinstance(one, Refusal)} <= {"stale"}
    view = await seen(boss, case_id)
    assert view is not None
    assert (view.status, view.withdrawable, view.correct_href) == ("已撤回", False, "")
    assert [one.state for one in view.timeline] == ["done", "done"]
    assert len(await audited("case.withdraw")) == 1
    assert len(await rows(Notice)) == before  # whoever did it knows
    assert await withdraw(boss, case_id, version=1) == STALE


@pytest.mark.req("R-2.6.3.3")
async def test_what_is_accepted_is_not_taken_back(boss, case_id):
    await decide(case_id, Act.PASS)
    view = await seen(boss, case_id)
    assert view is not None
    assert not view.withdrawable
    assert (await withdraw(boss, case_id)).code in ("accepted", "stale")
    (case,) = await rows(Case)
    assert case.status == CaseStatus.ACCEPTED


@pytest.mark.req("R-2.6.5.7")
async def test_a_grant_that_has_just_ended_takes_nothing_back(world, boss, case_id):
    person_id = await world.registered_person(human(61))
    async with db.unit_of_work() as session:
        grant = Grant(unit_id=boss.unit_id, person_id=person_id, role=Role.ADMIN, proven_at=clock.now())
        session.add(grant)
    admin = await acting(grant.id)
    async with db.unit_of_work() as session:
        (await session.get_one(Grant, grant.id)).valid_until = clock.today() - timedelta(days=1)
    assert await withdraw(admin, case_id) == GONE


async def test_looking_again_asks_little(boss, case_id):
    await warm_up()
    with statements() as whole:
        assert await seen(boss, case_id)
    assert len(whole) <= 9
    async with db.reading() as session:
        with statements() as again:
            assert await version_of(session, actor=boss, case_id=case_id) == (await rows(Case))[0].version
    assert len(again) == 2  # the test's own is one of them
