"""全部办件: whose cases stand in a list, how it is narrowed, how its pages follow (R-2.6.3.1, R-2.6.6.5)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import ROLE_LABELS, Actor, Role, Scope
from jsrs_portal.domain.case_groups import GROUPS, MOST_COUNTED
from jsrs_portal.domain.cases import ENDED, OPEN, CaseStatus
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.models.cases import Case
from jsrs_portal.services import case_counts, case_lists
from jsrs_portal.services.case_access import seen_case
from jsrs_portal.services.case_lists import PAGE_ROWS, CaseFilter, CasePage
from jsrs_portal.services.next_steps import view_reviews
from tests.services.applying import SHIPPED, begin, serve, shipped
from tests.services.granting import BOSS, acting
from tests.services.listing import DISPUTE, RENEWAL, RESULTS, SURVEY, number, put_cases
from tests.services.numbers import employer, human
from tests.services.world import statements, warm_up

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.1")]


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with the matters that these tests apply for."""
    await serve(*(shipped(key) for key in SHIPPED))


@pytest.fixture
async def me(world) -> Actor:
    """Somebody signed in for themselves."""
    return Actor(session_key="k", person_id=await world.registered_person(human(50)), personal=True)


@pytest.fixture
async def head(world, school) -> Actor:
    """The administrator of the unit's institution."""
    person_id = await world.registered_person(human(51))
    return Actor(session_key="s", person_id=person_id, institution_id=school.id, role=Role.INSTITUTION_ADMIN)


def clerk(boss: Actor, person_id: str, *matters: str) -> Actor:
    """Return an agent of the unit with these matters."""
    return replace(boss, person_id=person_id, role=Role.AGENT, scope=Scope.of((), matters))


async def listed(actor: Actor, group: str = "", text: str = "", **place: str) -> CasePage:
    """Return a page of the actor's list."""
    async with db.reading() as session:
        return await case_lists.list_cases(session, actor=actor, wanted=CaseFilter(group, text), **place)


async def ids(actor: Actor, group: str = "", text: str = "") -> set[str]:
    """Return which cases stand on the first page."""
    return {one.id for one in (await listed(actor, group, text)).items}


async def sees(actor: Actor, case_id: str) -> bool:
    """Return whether the actor may look at a case."""
    async with db.reading() as session:
        return await seen_case(session, actor, case_id) is not None


# Whose cases


@pytest.mark.req("R-2.6.6.5")
async def test_each_sees_their_own_and_a_unit_its_institutions_too(world, boss, head, me, school):
    (units,) = await put_cases(boss)
    (schools,) = await put_cases(head, key=RESULTS, first=2)
    (mine,) = await put_cases(me, key=DISPUTE, first=3)
    assert await ids(boss) == {units.id, schools.id}
    assert await ids(head) == {schools.id}
    assert await ids(me) == {mine.id}
    by_id = {one.id: one.whose for one in (await listed(boss)).items}
    assert by_id == {units.id: "", schools.id: school.name}
    assert [one.whose for one in (await listed(head)).items] == [""]
    who = {one.id: one.who for one in (*(await listed(boss)).items, *(await listed(me)).items)}
    filed = f"{mask_name(human(51).name)}（{ROLE_LABELS[Role.INSTITUTION_ADMIN]}）"
    assert who == {units.id: f"{mask_name(BOSS.name)}（法定代表人）", schools.id: filed, mine.id: ""}


async def test_the_same_person_in_another_name_sees_other_cases(boss):
    (units,) = await put_cases(boss)
    alone = Actor(session_key="p", person_id=boss.person_id, personal=True)
    (private,) = await put_cases(alone, key=DISPUTE, first=2)
    assert await ids(boss) == {units.id}
    assert await ids(alone) == {private.id}
    assert not await sees(boss, private.id)
    assert not await sees(alone, units.id)


async def test_another_unit_and_nobody_see_nothing(world, boss):
    (case,) = await put_cases(boss)
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    lapsed = replace(boss, role=None)
    for stranger in (other, lapsed, Actor(session_key="v"), replace(boss, must_change=True)):
        assert await ids(stranger) == set()
        assert not await sees(stranger, case.id)
    with statements() as asked:
        assert await listed(Actor(session_key="v")) == CasePage((), 0, "", "")
    assert asked == []


@pytest.mark.req("R-2.6.5.5")
async def test_an_agent_sees_the_matters_of_the_grant_and_what_they_handed_in(world, boss, head):
    person_id = await world.registered_person(human(52))
    (covered,) = await put_cases(boss)
    (uncovered,) = await put_cases(boss, key=SURVEY, first=2)
    (own,) = await put_cases(replace(boss, person_id=person_id, role=Role.AGENT), key=SURVEY, first=3)
    (schools,) = await put_cases(replace(head, person_id=person_id), key=RESULTS, first=4)
    agent = clerk(boss, person_id, RENEWAL)
    assert await ids(agent) == {covered.id, own.id}
    assert [await sees(agent, one.id) for one in (covered, own, uncovered, schools)] == [True, True, False, False]
    by_category = replace(agent, scope=Scope.of([shipped(SURVEY).category]))
    assert {uncovered.id, own.id} <= await ids(by_category)
    assert await ids(replace(agent, scope=Scope())) == {own.id}
    assert (await listed(agent)).total == 2


async def test_drafts_stand_in_no_list(boss):
    await begin(boss)
    assert (await listed(boss)).total == 0


# Narrowed


async def test_a_group_has_the_cases_of_its_statuses(boss):
    by_status = {}
    for place, status in enumerate(CaseStatus):
        if status is not CaseStatus.DRAFT:
            (case,) = await put_cases(boss, first=place + 1, status=status)
            by_status[status] = case.id
    for group in GROUPS:
        found = await listed(boss, group.key)
        assert {one.id for one in found.items} == {by_status[status] for status in group.statuses}
        assert found.total == len(group.statuses)
    assert {status for group in GROUPS for status in group.statuses} == set(by_status)
    assert await ids(boss, "no such group") == set(by_status.values())


async def test_a_matters_name_or_a_whole_number_is_found(boss):
    (renewal,) = await put_cases(boss)
    (survey,) = await put_cases(boss, key=SURVEY, first=2)
    assert await ids(boss, text="续签") == {renewal.id}
    assert await ids(boss, text="调查 薪酬") == {survey.id}
    assert await ids(boss, text=number(2)) == {survey.id}
    assert await ids(boss, text=f" {number(2)[:31].lower()} {number(2)[31:]}") == {survey.id}
    for nothing in ("没有这样的事项", number(2)[:-1], number(9), "%", "_", "续签 薪酬"):
        assert await ids(boss, text=nothing) == set()
    assert await ids(boss, "done", "续签") == set()
    assert await ids(boss, "open", "续签") == {renewal.id}


async def test_anothers_number_finds_nothing(world, boss):
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    await put_cases(other)
    assert await ids(boss, text=number(1)) == set()


# Pages


async def test_pages_follow_each_other_there_and_back(boss):
    cases = [one.id for one in await put_cases(boss, 2 * PAGE_ROWS + 5)][::-1]
    first = await listed(boss)
    assert ([one.id for one in first.items], first.before) == (cases[:PAGE_ROWS], "")
    second = await listed(boss, after=first.after)
    third = await listed(boss, after=second.after)
    assert [one.id for page in (first, second, third) for one in page.items] == cases
    assert third.after == ""
    assert await listed(boss, before=third.before) == second
    assert await listed(boss, before=second.before) == first
    assert first.total == len(cases)


async def test_a_page_stays_while_cases_come_in(boss):
    await put_cases(boss, PAGE_ROWS + 3)
    first = await listed(boss)
    await put_cases(boss, 2, first=500)
    again = await listed(boss, after=first.after)
    assert len(again.items) == 3
    back = await listed(boss, before=again.before)  # as full as a page can be, then the beginning
    assert back.items == first.items
    assert back.before != ""


async def test_cases_of_one_instant_are_each_shown_once(boss, time):
    await put_cases(boss, PAGE_ROWS + 4, submitted_at=time.now)
    first = await listed(boss)
    second = await listed(boss, after=first.after)
    assert len({one.id for one in (*first.items, *second.items)}) == PAGE_ROWS + 4


@pytest.mark.parametrize("place", ["x", "2026-01-01T00:00:00~" + "0" * 32, "0~0", "'; DROP TABLE cases"])
async def test_a_place_that_is_none_is_the_beginning(boss, place):
    cases = await put_cases(boss, 2)
    for how in ({"after": place}, {"before": place}):
        assert [one.id for one in (await listed(boss, **how)).items] == [one.id for one in cases][::-1]


# What a card says


async def test_a_card_says_whose_turn_it_is_and_until_when(boss, time):
    today = clock.today()
    (desk,) = await put_cases(boss, step_by=today, stage="check", status=CaseStatus.ACCEPTED)
    (back,) = await put_cases(boss, first=2, status=CaseStatus.CORRECTION, answer_by=today + timedelta(days=1))
    (waits,) = await put_cases(boss, first=3, status=CaseStatus.UNIT_REVIEW, answer_by=today + timedelta(days=9))
    (over,) = await put_cases(boss, first=4, status=CaseStatus.COMPLETED)
    cards = {one.id: one for one in (await listed(boss)).items}
    step = next(one for one in shipped(RENEWAL).workflow.steps if one.key == "check")
    assert cards[desk.id].now == f"{step.office}{step.name}，{in_words(today)}前（含当日），今天到期"
    assert (cards[desk.id].status, cards[desk.id].tone) == ("办理中", "info")
    assert cards[back.id].now.startswith("需要补正，请修改后重新提交，")
    assert (cards[back.id].status, cards[back.id].tone) == ("待补正", "warn")
    assert cards[waits.id].now.endswith("还剩 9 个自然日")
    assert cards[over.id].now == f"已办结，{in_words(today)}"
    assert cards[desk.id].href == f"/cases/{desk.id}"


# What it costs


async def test_a_list_asks_as_much_with_many_cases_as_with_few(boss, me):
    asked: list[int] = []
    for more in (10, 1000):
        await put_cases(boss, more, first=more, step_by=clock.today())
        await warm_up()
        await listed(boss)
        with statements() as seen:
            page = await listed(boss)
        asked.append(len(seen))
    assert asked == [1, 1]
    assert page.total == MOST_COUNTED + 1
    middle = await listed(boss, after=page.after)
    with statements() as seen:
        await listed(boss, before=middle.before)
    assert len(seen) <= 2


async def mark(actor: Actor, group: str = "", text: str = "", **place: str) -> str:
    """Return the mark that a page has now."""
    async with db.reading() as session:
        return await case_lists.mark_list(session, actor=actor, wanted=CaseFilter(group, text), **place)


async def test_a_page_has_another_mark_when_something_on_it_has_changed_and_only_then(boss, me):
    made = await put_cases(boss, 2 * PAGE_ROWS + 5)
    pages = [{}]
    for _ in range(2):
        pages.append({"after": (await listed(boss, **pages[-1])).after})
    pages.append({"before": (await listed(boss, **pages[-1])).before})
    pages.append({"before": (await listed(boss, **pages[1])).before})
    was = [(await listed(boss, **place)).mark for place in pages]
    await warm_up()
    for place, known in zip(pages, was, strict=True):
        with statements() as seen:
            assert await mark(boss, **place) == known
        assert len(seen) == 1
    async with db.unit_of_work() as session:  # the oldest: on the last page alone
        (await session.get_one(Case, made[0].id)).version += 1
    assert [await mark(boss, **place) == known for place, known in zip(pages, was, strict=True)] == [
        *(True, True, False),
        *(True, True),
    ]
    await put_cases(boss, first=100)
    assert await mark(boss) != was[0]
    assert await mark(me) == (await listed(me)).mark == ""
    assert await mark(Actor(session_key="v")) == ""


@pytest.mark.req("R-2.6.1.1")
async def test_the_home_page_counts_what_is_going_on_and_what_is_done(world, boss):
    for place, status in enumerate((*OPEN, *ENDED)):
        await put_cases(boss, first=place + 1, status=status)
    async with db.reading() as session:
        with statements() as seen:
            counts = await case_counts.count_cases(session, actor=boss)
        assert (counts.going_on, counts.done) == (5, 4)
        assert len(seen) == 1
        assert await case_counts.count_cases(session, actor=Actor(session_key="v")) == case_counts.CaseCounts()
    for group, count in (("open", counts.going_on), ("done", counts.done)):
        assert (await listed(boss, group)).total == count


@pytest.mark.req("R-2.6.1.3", "R-2.6.7.1")
async def test_what_waits_for_a_review_is_told_whoever_may_review_it(world, boss):
    agent = clerk(boss, await world.registered_person(human(52)), RENEWAL)
    async with db.reading() as session:
        assert await view_reviews(session, actor=boss) == []
    await put_cases(agent, 2, status=CaseStatus.UNIT_REVIEW, reviewers="LEGAL_REP ADMIN")
    await put_cases(boss, first=3, status=CaseStatus.UNIT_REVIEW, reviewers="LEGAL_REP ADMIN")
    async with db.reading() as session:
        (step,) = await view_reviews(session, actor=boss)
        assert (step.what, step.href) == ("有 2 件申报等待您审核", "/unit/workbench")
        assert await view_reviews(session, actor=agent) == []


@pytest.mark.req("R-2.6.1.3")
async def test_what_waits_for_a_correction_is_told_whoever_may_correct_it(world, boss, me):
    person_id = await world.registered_person(human(52))
    agent = clerk(boss, person_id, RENEWAL)
    tomorrow, later = clock.today() + timedelta(days=1), clock.today() + timedelta(days=5)
    (second,) = await put_cases(agent, status=CaseStatus.CORRECTION, answer_by=later)
    (first,) = await put_cases(boss, first=2, status=CaseStatus.UNIT_RETURNED, answer_by=tomorrow)
    await put_cases(agent, key=SURVEY, first=3, status=CaseStatus.CORRECTION, answer_by=later)
    await put_cases(boss, first=4)

    async def waiting(actor: Actor) -> list[str]:
        async with db.reading() as session:
            return [one.id for one in await case_counts.list_waiting(session, actor=actor, most=2)]

    assert (await waiting(boss))[0] == first.id
    assert await waiting(agent) == [second.id]
    assert await waiting(me) == []
