"""我的工作台: whose review a case waits for, what they may decide, and several at once (R-2.6.7)."""

from dataclasses import replace
from typing import Any

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.case_reviews import (
    DECISIONS,
    LONGEST,
    MOST_AT_ONCE,
    MOST_COUNTED,
    NONE_CHOSEN,
    ONE_MATTER,
    TOO_MANY,
    Tab,
)
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import CaseEvent
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.units import Grant
from jsrs_portal.services import case_reviews
from jsrs_portal.services.case_reviews import GONE, Outcome, Review, Wanted, review_case, review_many
from jsrs_portal.services.review_lists import PAGE_ROWS, count_waiting, list_groups, list_reviews
from jsrs_portal.services.review_views import view_review
from tests.services.applying import RENEWAL, complete, serve, shipped, submit
from tests.services.casework import act, events, lay, the_case
from tests.services.granting import ANYTHING, UNIT, Terms, acting, audited, given, revoke
from tests.services.numbers import employer, human
from tests.services.officers import officer
from tests.services.world import at_once, how_many, rows, statements, warm_up

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.7.1"), pytest.mark.req("R-2.6.7.2")]
BY_AGENTS, BY_LEGAL_REP = "skill-upgrade-subsidy", "technical-school-establishment"
"""Matters whose file lets agents review, and the legal representative alone."""


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with matters of three kinds of reviewers."""
    await serve(*(shipped(key) for key in (RENEWAL, BY_AGENTS, BY_LEGAL_REP)))


@pytest.fixture
async def her(agent) -> Actor:
    """The unit's agent, for everything of labour."""
    return await acting(agent.id)


@pytest.fixture
async def admin(world, boss) -> Actor:
    """The unit's administrator."""
    grant = await given(boss, await world.registered_person(human(70)), Role.ADMIN, ANYTHING)
    return await acting(grant.id)


@pytest.fixture
async def colleague(world, boss) -> Actor:
    """Another agent, for everything of employment and of labour."""
    terms = Terms(scope=Scope.of(["employment", "labour"]))
    return await acting((await given(boss, await world.registered_person(human(71)), terms=terms)).id)


async def review(actor: Actor, case_id: str, what: Act = Act.APPROVE, opinion: str = "", seen: int = 1) -> Any:
    async with db.unit_of_work() as session:
        return await review_case(session, actor=actor, case_id=case_id, seen=seen, review=Review(what, opinion))


async def listed(actor: Actor, tab: Tab = Tab.WAITING, **wanted: str) -> list[str]:
    async with db.reading() as session:
        return [one.id for one in (await list_reviews(session, actor=actor, tab=tab, **wanted)).rows]


async def counted(actor: Actor) -> int:
    async with db.reading() as session:
        return await count_waiting(session, actor=actor)


async def looked_at(actor: Actor, case_id: str) -> Any:
    async with db.reading() as session:
        return await view_review(session, actor=actor, case_id=case_id)


# Whose


async def test_what_an_agent_hands_in_waits_for_those_whose_role_the_matter_names(boss, her, admin, colleague):
    (renewal,) = await lay(her)
    (results,) = await lay(her, key=BY_AGENTS)
    (record,) = await lay(her, key=BY_LEGAL_REP)
    everything = {
        boss.person_id: {renewal, results, record},
        admin.person_id: {renewal, results},
        colleague.person_id: {results},
        her.person_id: set[str](),
    }
    for actor in (boss, admin, colleague, her):
        waits = everything[actor.person_id]
        assert set(await listed(actor)) == waits
        assert await counted(actor) == len(waits)
        for case_id in (renewal, results, record):
            assert (await looked_at(actor, case_id) is not None) == (case_id in waits)
            if case_id not in waits:
                assert await review(actor, case_id) == GONE
    assert len(await audited("case.approve")) == 0
    for case_id in (renewal, results, record):
        assert isinstance(await review(boss, case_id), CaseEvent)


async def test_an_agent_reviews_within_the_grant_alone(boss, her, colleague):
    (results,) = await lay(her, key=BY_AGENTS)
    narrow = replace(colleague, scope=Scope.of(["card"]))
    assert await listed(narrow) == []
    assert await looked_at(narrow, results) is None
    async with db.unit_of_work() as session:
        grant = await session.get_one(Grant, colleague.grant_id)
        grant.scope = '{"categories": ["card"], "matters": []}'
    assert await review(colleague, results) == GONE  # what the session believes is older than the grant


@pytest.mark.parametrize("key", [RENEWAL, BY_AGENTS])
async def test_nobody_reviews_what_they_handed_in(boss, colleague, key):
    for actor in (boss, colleague):
        (own,) = await lay(actor, key=key)
        assert own not in await listed(actor)
        assert await looked_at(actor, own) is None
        assert await review(actor, own) == GONE


async def test_other_units_institutions_and_persons_review_nothing(boss, her, world, school):
    (case_id,) = await lay(her)
    (schools,) = await lay(her, unit_id=None, institution_id=school.id, house_id=boss.unit_id, review_unit_id=None)
    other = await acting((await world.registered_unit(employer(7))).grant_id)
    strangers = [
        other,
        replace(other, unit_id=boss.unit_id),
        replace(boss, unit_id="", role=None, personal=True),
        replace(boss, role=None),
        Actor(session_key="s", person_id=boss.person_id, institution_id=school.id, role=Role.INSTITUTION_ADMIN),
        (await officer()).acting,
        Actor(session_key="v"),
    ]
    for actor in strangers:
        assert await review(actor, case_id) == GONE
        if actor.unit_id != boss.unit_id or actor.role is None:
            assert await listed(actor) == await listed(actor, Tab.DONE) == []
            assert await counted(actor) == 0
            assert await looked_at(actor, case_id) is None
    assert await review(boss, schools) == GONE
    assert await events(case_id) == []


async def test_a_grant_that_was_taken_back_reviews_nothing(boss, her, colleague):
    (case_id,) = await lay(her, key=BY_AGENTS)
    async with db.reading() as session:
        await revoke(boss, await session.get_one(Grant, colleague.grant_id))
    assert await review(colleague, case_id) == GONE
    assert await events(case_id) == []


# The decision


@pytest.mark.parametrize(
    ("what", "opinion", "status"),
    [
        (Act.APPROVE, "", CaseStatus.SUBMITTED),
        (Act.APPROVE, "同意", CaseStatus.SUBMITTED),
        (Act.SEND_BACK, "请补充合同", CaseStatus.UNIT_RETURNED),
        (Act.DISAPPROVE, "不需要申报", CaseStatus.UNIT_REJECTED),
    ],
)
async def test_a_decision_is_done_told_and_listed(boss, her, admin, what, opinion, status):
    (case_id,) = await lay(her)
    assert isinstance(await review(boss, case_id, what, f" {opinion} "), CaseEvent)
    assert (await the_case(case_id)).status == status
    assert await listed(boss) == []
    async with db.reading() as session:
        (mine,) = (await list_reviews(session, actor=boss, tab=Tab.DONE)).rows
        (theirs,) = (await list_reviews(session, actor=admin, tab=Tab.DONE)).rows
    when = to_the_minute(clock.now())
    assert (mine.id, mine.decided) == (case_id, f"单位审核：{DECISIONS[what]}，{when}（您本人审核）")
    assert theirs.decided == f"单位审核：{DECISIONS[what]}，{when}"
    view = await looked_at(boss, case_id)
    assert view is not None
    assert view.acts == ()
    assert view.timeline[0].text == opinion
    (told,) = [one for one in await rows(Notice) if "授权" not in one.title]
    assert told.person_id == her.person_id
    assert opinion in told.text


@pytest.mark.parametrize(
    ("what", "opinion"),
    [
        (Act.SEND_BACK, ""),
        (Act.SEND_BACK, " 好 "),
        (Act.DISAPPROVE, "否"),
        (Act.DISAPPROVE, "不" * (LONGEST + 1)),
        (Act.APPROVE, "好" * (LONGEST + 1)),
    ],
)
async def test_an_opinion_has_its_length(boss, her, what, opinion):
    (case_id,) = await lay(her)
    refused = await review(boss, case_id, what, opinion)
    assert isinstance(refused, Refusal)
    assert refused.field == "opinion"
    assert isinstance(await review(boss, case_id, what, "好" * LONGEST), CaseEvent)


async def test_an_officers_act_is_none_of_a_reviewers(boss, her):
    (case_id,) = await lay(her)
    for what in set(Act) - {Act.APPROVE, Act.SEND_BACK, Act.DISAPPROVE}:
        assert isinstance(await review(boss, case_id, what, "两个字"), Refusal)
    assert await events(case_id) == []


async def test_the_same_click_twice_is_one_and_another_decision_is_too_late(boss, her, admin):
    (case_id,) = await lay(her)
    outcomes = await at_once(*(review(boss, case_id, Act.SEND_BACK, "请补充") for _ in range(20)))
    assert all(isinstance(one, CaseEvent) for one in outcomes)
    assert len({one.id for one in outcomes}) == 1
    assert len(await events(case_id)) == len(await audited("case.send-back")) == 1
    for actor, what, opinion in (
        (boss, Act.APPROVE, ""),
        (boss, Act.SEND_BACK, "别的"),
        (admin, Act.SEND_BACK, "请补充"),
    ):
        assert (await review(actor, case_id, what, opinion)).code == "stale"


async def test_two_reviewers_at_once_decide_once(boss, her, admin):
    (case_id,) = await lay(her)
    calls = [review(boss, case_id), review(admin, case_id, Act.DISAPPROVE, "不需要")]
    outcomes = await at_once(*calls * 10)
    assert len({one.id for one in outcomes if isinstance(one, CaseEvent)}) == 1
    assert len(await events(case_id)) == 1


async def test_what_the_bureau_has_accepted_is_not_the_units_to_end(boss, her):
    desk = (await officer()).acting
    case_id = await complete(her)
    await submit(her, case_id)
    assert isinstance(await review(boss, case_id, seen=(await the_case(case_id)).version), CaseEvent)
    await act(case_id, Act.PASS, Party.OFFICER, desk)
    await act(case_id, Act.CORRECT, Party.OFFICER, desk)
    await submit(her, case_id)
    view = await looked_at(boss, case_id)
    assert view is not None
    assert view.acts == (Act.APPROVE, Act.SEND_BACK)
    assert "单位信息" in str(view.sections)
    assert view.files[0].files[0].name == "续签.pdf"
    refused = await review(boss, case_id, Act.DISAPPROVE, "不需要", seen=view.version)
    assert refused.code == "accepted"


async def test_what_is_too_late_waits_no_more(boss, her, time):
    (case_id,) = await lay(her)
    time.pass_by(days=91)
    assert await listed(boss) == []
    assert await counted(boss) == 0
    view = await looked_at(boss, case_id)
    assert view is not None
    assert view.acts == ()
    assert (await review(boss, case_id)).code == "too_late"


# Lists


async def test_pages_follow_each_other_and_what_comes_in_moves_none(boss, her, time):
    made = []
    for _ in range(PAGE_ROWS * 2 + 3):
        time.pass_by(seconds=1)
        made += await lay(her)
    async with db.reading() as session:
        page = await list_reviews(session, actor=boss, tab=Tab.WAITING)
    time.pass_by(seconds=1)
    newest = await lay(her)
    found = [one.id for one in page.rows]
    while page.after:
        async with db.reading() as session:
            page = await list_reviews(session, actor=boss, tab=Tab.WAITING, after=page.after)
        found += [one.id for one in page.rows]
    assert found == made[::-1]
    assert (await listed(boss))[:1] == newest
    assert await listed(boss, after="anything") == await listed(boss)


async def test_what_is_reviewed_is_listed_by_when(boss, her, time):
    first, second = await lay(her, 2)
    await review(boss, second)
    time.pass_by(minutes=1)
    await review(boss, first, Act.SEND_BACK, "请补充")
    assert await listed(boss, Tab.DONE) == [first, second]


async def test_a_search_looks_for_the_matters_name(boss, her):
    (renewal,) = await lay(her)
    await lay(her, key=BY_AGENTS)
    assert await listed(boss, text="劳动 续签") == [renewal]
    assert await listed(boss, text="%") == await listed(boss, text="没有这个") == []


async def test_rows_name_people_masked(boss, her):
    await lay(her)
    async with db.reading() as session:
        (row,) = (await list_reviews(session, actor=boss, tab=Tab.WAITING)).rows
    assert row.applicant.endswith("**（经办人）")
    assert row.progress == "待单位审核"
    assert "还剩 90 个自然日" in row.limit


async def test_the_menu_counts_ninety_nine_at_most(boss, her):
    await lay(her, MOST_COUNTED + 30)
    assert await counted(boss) == MOST_COUNTED + 1


async def test_lists_cost_the_same_at_ten_and_a_thousand(boss, her):
    async def cost() -> list[int]:
        found: list[int] = []
        async with db.reading() as session:
            for tab in Tab:
                with statements() as seen:
                    await list_reviews(session, actor=boss, tab=tab)
                found.append(len(seen))
            with statements() as seen:
                await list_groups(session, actor=boss)
            found.append(len(seen))
            with statements() as seen:
                await count_waiting(session, actor=boss)
        return [*found, len(seen)]

    await lay(her, 10)
    await warm_up()
    few = await cost()
    assert few == [1, 1, 1, 1, 1]
    await lay(her, 990)
    assert await cost() == few
    (case_id,) = await lay(her)
    with statements() as seen:
        await looked_at(boss, case_id)
    assert len(seen) == 5


# 合并待办


async def test_cases_of_one_matter_are_grouped_with_their_number(boss, her, admin):
    await lay(her, 3)
    await lay(her, key=BY_AGENTS)
    await lay(her, 2, key=BY_LEGAL_REP)
    async with db.reading() as session:
        groups = [(one.key, one.count) for one in await list_groups(session, actor=boss)]
        assert groups == [(RENEWAL, 3), (BY_LEGAL_REP, 2), (BY_AGENTS, 1)]
        assert [one.key for one in await list_groups(session, actor=admin)] == [RENEWAL, BY_AGENTS]
        assert await list_groups(session, actor=her) == ()
        assert [one.key for one in await list_groups(session, actor=boss, text="续签")] == [RENEWAL]
    assert len(await listed(boss, Tab.MERGED, matter=RENEWAL)) == 3


async def many(actor: Actor, ids: list[str], what: Act = Act.APPROVE, opinion: str = "") -> Any:
    return await review_many(actor=actor, wanted=[Wanted(one, 1) for one in ids], review=Review(what, opinion))


async def test_several_are_reviewed_with_one_opinion_and_each_says_how_it_went(boss, her, admin, monkeypatch):
    ids = await lay(her, 5)
    (own,) = await lay(boss)
    await review(admin, ids[1], Act.DISAPPROVE, "不需要")
    real = case_reviews.act_on

    async def failing(session: Any, opened: Any, *rest: Any, **more: Any) -> Any:
        if opened.case.id == ids[3]:
            raise RuntimeError("this one fails")
        return await real(session, opened, *rest, **more)

    monkeypatch.setattr(case_reviews, "act_on", failing)
    outcomes = await many(boss, [*ids, own, "f" * 32], Act.SEND_BACK, "请补充合同")
    assert [one.done for one in outcomes] == [True, False, True, False, True, False, False]
    assert [one.id for one in outcomes] == [*ids, own, "f" * 32]
    assert "新的进展" in outcomes[1].sentence
    assert "故障" in outcomes[3].sentence
    assert outcomes[5].sentence == outcomes[6].sentence == GONE.sentence
    assert outcomes[6].number == outcomes[6].applicant == ""
    states = [(await the_case(one)).status for one in ids]
    back = CaseStatus.UNIT_RETURNED
    assert states == [back, CaseStatus.UNIT_REJECTED, back, CaseStatus.UNIT_REVIEW, back]
    assert [one.act for one in await rows(CaseEvent)].count(Act.SEND_BACK) == 3


async def test_the_same_several_twice_are_reviewed_once(boss, her):
    ids = await lay(her, 3)
    first, second = await at_once(many(boss, ids), many(boss, ids))
    assert first == second
    assert all(isinstance(one, Outcome) and one.done for one in first)
    assert await how_many(CaseEvent) == 3


async def test_none_too_many_or_of_two_matters_are_not_begun(boss, her):
    ids = await lay(her, 2)
    other = await lay(her, key=BY_AGENTS)
    assert await many(boss, []) == [NONE_CHOSEN]
    assert await many(boss, [f"{n:032x}" for n in range(MOST_AT_ONCE + 1)]) == [TOO_MANY]
    assert await many(boss, [*ids, *other]) == [ONE_MATTER]
    assert [one.field for one in await many(boss, ids, Act.DISAPPROVE)] == ["opinion"]
    assert await how_many(CaseEvent) == 0


async def test_another_units_cases_are_not_named(boss, her, world):
    other = await acting((await world.registered_unit(employer(7))).grant_id)
    (case_id,) = await lay(her)
    (outcome,) = await many(other, [case_id])
    assert outcome == Outcome(case_id, "", "", GONE.sentence, done=False)
    assert UNIT.name not in str(outcome)
