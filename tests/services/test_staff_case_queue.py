"""The officers' queue: which cases, in which order, in how many statements (R-2.6.3)."""

from datetime import timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_desk import Tab
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.models.cases import Case
from jsrs_portal.services import staff, staff_case_search, staff_cases
from jsrs_portal.services.staff_case_rows import CORRECTED, GIVEN
from jsrs_portal.services.staff_cases import BAD_REGION, MOST_COUNTED, PAGE, DeskFilter, Waiting
from tests.services.applying import SHIPPED, serve, shipped
from tests.services.desks import again, case_of, decide, give, handed_in, put_cases, queue, row, take
from tests.services.granting import BOSS, UNIT
from tests.services.officers import Officer, officer
from tests.services.world import change, statements, visitor, warm_up

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.1")]


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with matters that are applied for."""
    await serve(*(shipped(key) for key in SHIPPED))


async def ids(who: Officer, tab: Tab = Tab.ALL, **narrowed: str) -> list[str]:
    return [one.id for one in (await queue(who, tab, **narrowed)).rows]


async def waiting(who: Officer) -> Waiting:
    async with db.reading() as session:
        return await staff_cases.count_waiting(session, actor=who.acting)


async def test_what_an_officer_sees_ends_with_their_region(boss):
    (county,), (city,), (province,), (elsewhere,) = [
        await put_cases(boss, 1, region=one) for one in ("320102", "320100", "320000", "320500")
    ]
    seen = {
        "": {county, city, province, elsewhere},
        "320000": {county, city, province, elsewhere},
        "320100": {county, city},
        "320102": {county},
        "320104": set(),
        "320500": {elsewhere},
    }
    for number, (region, expected) in enumerate(seen.items()):
        who = await officer(f"officer.{number}", region=region)
        assert set(await ids(who)) == set(await ids(who, Tab.UNCLAIMED)) == expected
        assert (await waiting(who)).unclaimed == len(expected)


async def test_a_region_below_is_looked_at_alone_and_a_foreign_one_not_at_all(boss):
    (county,), (city,), (province,) = [await put_cases(boss, 1, region=one) for one in ("320102", "320100", "320000")]
    everywhere, nanjing = await officer(), await officer("nanjing", region="320100")
    assert set(await ids(everywhere, region="320100")) == {county, city}
    assert await ids(everywhere, region="320000") == [province]
    assert await ids(nanjing, region="320102") == [county]
    for foreign in ("320500", "320000", "999999", "32", "%"):
        async with db.reading() as session:
            wanted = DeskFilter(region=foreign)
            assert await staff_cases.list_cases(session, actor=nanjing.acting, wanted=wanted) == BAD_REGION
    assert [code for code, _ in staff_cases.regions_below(nanjing.acting)][:2] == ["320100", "320102"]


async def test_what_is_due_first_comes_first_and_what_has_no_limit_last(boss):
    late = await put_cases(boss, 2, region="320104", step_by=clock.today() + timedelta(days=5))
    (early,) = await put_cases(boss, 1, region="320105", step_by=clock.today() - timedelta(days=3))
    (without,) = await put_cases(boss, 1, region="320102", step_by=clock.today())
    async with db.unit_of_work() as session:
        (await session.get_one(Case, without)).step_by = None
    for region in ("", "320100"):
        who = await officer(f"officer{region}", region=region)
        assert await ids(who) == [early, *late, without]
        assert await ids(who, Tab.OVERDUE) == [early]
    shown = await row(who, early)
    assert (shown.tone, "已超过" in shown.limit) == ("bad", True)
    assert (await row(who, late[1])).tone == "neutral"


@pytest.mark.parametrize("region", ["", "320100"])
async def test_page_by_page_every_case_is_seen_once(boss, region):
    who = await officer(region=region)
    made = await put_cases(boss, PAGE + 7, region="320102")
    made += await put_cases(boss, PAGE, region="320106", step_by=clock.today() + timedelta(days=4))
    without = await put_cases(boss, PAGE + 3, region="320100", officer_id=who.id)
    async with db.unit_of_work() as session:
        for one in without:
            (await session.get_one(Case, one)).step_by = None
    seen, after, pages = list[str](), "", 0
    while pages == 0 or after:
        page = await queue(who, after=after)
        seen, after, pages = [*seen, *(one.id for one in page.rows)], page.next, pages + 1
    assert pages == 4
    assert len(seen) == len(set(seen)) == len(made) + len(without)
    assert set(seen) == {*made, *without}
    assert set(seen[-len(without) :]) == set(without)
    assert [one.id for one in (await queue(who, after="nonsense")).rows] == seen[:PAGE]


async def test_each_tab_has_its_own(boss):
    who, other = await officer(), await officer("li.si")
    (free,) = await put_cases(boss, 1)
    (mine,) = await put_cases(boss, 1, officer_id=who.id, status=CaseStatus.ACCEPTED)
    (theirs,) = await put_cases(boss, 1, officer_id=other.id)
    (away,) = await put_cases(boss, 1, officer_id=who.id, status=CaseStatus.CORRECTION)
    for status in (CaseStatus.DRAFT, CaseStatus.UNIT_REVIEW, CaseStatus.COMPLETED, CaseStatus.WITHDRAWN):
        await put_cases(boss, 1, status=status)
    assert set(await ids(who, Tab.ALL)) == {free, mine, theirs, away}
    assert await ids(who, Tab.UNCLAIMED) == [free]
    assert set(await ids(who, Tab.MINE)) == {mine, away}
    assert await ids(who, Tab.OVERDUE) == []
    assert await waiting(who) == Waiting(1, 1)
    assert (await row(who, theirs)).holder == "张三丰（li.si）"


async def test_a_queue_is_narrowed_to_a_matter_that_occurs(boss):
    who, nanjing, suzhou = (
        await officer(),
        await officer("nanjing", region="320100"),
        await officer("suzhou", region="320500"),
    )
    (one,) = await put_cases(boss, 1)
    (two,) = await put_cases(boss, 1, key="enterprise-pay-survey")
    await put_cases(boss, 1, key="shortage-skills-results", status=CaseStatus.COMPLETED)
    for other in (who, nanjing):
        async with db.reading() as session:
            choice = await staff_cases.matters_at_desk(session, actor=other.acting)
        assert {key for key, _ in choice} == {(await case_of(one)).matter_id, (await case_of(two)).matter_id}
        assert await ids(other, matter=(await case_of(two)).matter_id) == [two]
    async with db.reading() as session:
        assert await staff_cases.matters_at_desk(session, actor=suzhou.acting) == []


async def test_a_row_says_what_it_is_and_nothing_of_the_person(boss):
    who, case_id = await officer(), await handed_in(boss)
    shown = await row(who, case_id)
    assert (shown.applicant, shown.kind, shown.region, shown.step) == (UNIT.name, "单位", "南京市", "受理")
    assert (shown.status_label, shown.free, shown.mine, shown.marks) == ("已提交", True, False, ())
    (alone,) = await put_cases(boss, 1, unit_id=None, house_id=None, role="")
    shown = await row(who, alone)
    assert (shown.applicant, shown.kind) == (f"{BOSS.name[0]}**", "个人")


async def test_a_correction_that_came_back_and_a_case_that_was_given_are_marked(boss):
    who, other = await officer(), await officer("li.si")
    case_id = await handed_in(boss)
    await take(who, case_id)
    assert await decide(who, case_id, Act.CORRECT, remarks={"start_date": "起始日须为原合同届满次日"}) == "CORRECTION"
    assert (await row(who, case_id, Tab.MINE)).limit.startswith("补正截止：")
    await again(boss, case_id)
    assert (await row(who, case_id, Tab.MINE)).marks == (CORRECTED,)
    assert await give(who, case_id, other.id, "请假期间转交") is None
    assert set((await row(other, case_id, Tab.MINE)).marks) == {CORRECTED, GIVEN}
    assert (await row(who, case_id)).marks == (CORRECTED,)
    assert await decide(other, case_id, Act.PASS, opinion="") == "ACCEPTED"
    assert (await row(other, case_id)).marks == ()


async def test_a_queue_costs_the_same_statements_with_ten_cases_and_with_a_thousand(boss):
    for region in ("", "320100"):
        who, counts = await officer(f"officer{region}", region=region), list[int]()
        for number in (10, 990):
            await put_cases(boss, number, region="320102")
            await warm_up()
            await queue(who, Tab.ALL)
            for tab in Tab:
                with statements() as seen:
                    await queue(who, tab)
                counts.append(len(seen))
        assert set(counts) == {1}
        with statements() as seen:
            assert await waiting(who) == Waiting(MOST_COUNTED, 0)
        assert len(seen) == 1


@pytest.mark.parametrize(
    ("region", "tab", "indexes"),
    [
        ("320100", Tab.ALL, ("ix_cases_desk ",)),
        ("320100", Tab.UNCLAIMED, ("ix_cases_unclaimed", "ix_cases_desk ")),
        ("320100", Tab.OVERDUE, ("ix_cases_desk ",)),
        ("", Tab.ALL, ("ix_cases_desk_everywhere",)),
        ("", Tab.UNCLAIMED, ("ix_cases_unclaimed_everywhere", "ix_cases_officer")),
        ("320100", Tab.MINE, ("ix_cases_officer",)),
    ],
)
async def test_each_stream_is_the_beginning_of_an_index(database, boss, region, tab, indexes):
    if not database.startswith("sqlite"):
        pytest.skip("the plans of the other planner depend on what the tables hold")
    from sqlalchemy import text

    who = await officer(region=region)
    await put_cases(boss, 3, region="320102")
    with statements() as seen:
        await queue(who, tab)
    plan = await _plan(seen[0], text)
    streams = [line for line in plan if " cases " in f" {line} " and "USING" in line and "INDEX" in line]
    assert any(index in f"{line} " for line in streams for index in indexes), plan
    assert not [line for line in plan if line.startswith("SCAN cases")], plan


async def _plan(statement: str, text) -> list[str]:
    import re

    numbered = iter(range(10_000))
    named = re.sub(r"\?", lambda _: f":p{next(numbered)}", statement)
    values = {f"p{n}": None for n in range(next(numbered))}
    async with db.reading() as session:
        found = await session.execute(text(f"EXPLAIN QUERY PLAN {named}"), values)
        return [line[3] for line in found]


async def test_a_page_has_another_mark_when_something_on_it_has_changed_and_only_then(boss):
    who = await officer(region="320100")
    made = await put_cases(boss, PAGE + 3, region="320102")
    first = await queue(who)
    await warm_up()

    async def mark(after: str = "") -> str:
        async with db.reading() as session:
            with statements() as seen:
                found = await staff_cases.mark_queue(session, actor=who.acting, wanted=DeskFilter(Tab.ALL), after=after)
            assert len(seen) == 1
            return found

    assert await mark() == first.mark
    second = await queue(who, after=first.next)
    async with db.unit_of_work() as session:
        (await session.get_one(Case, second.rows[-1].id)).version += 1
    assert await mark() == first.mark
    assert await mark(first.next) != second.mark
    await take(who, first.rows[0].id)
    assert await mark() != first.mark
    assert len(made) == len(first.rows) + len(second.rows)


async def test_what_was_looked_up_has_a_mark_too(boss):
    who = await officer(region="320100")
    (case_id,) = await put_cases(boss, 1, region="320102")
    async with db.unit_of_work() as session:
        wanted = await staff_case_search.begin_search(session, actor=who.acting, by="unit", text=UNIT.name)
    assert isinstance(wanted, staff_case_search.CaseSearch)

    async def now() -> tuple[str, str]:
        async with db.reading() as session:
            page = await staff_case_search.search_page(session, actor=who.acting, wanted=wanted)
            assert isinstance(page, staff_cases.DeskPage)
            return page.mark, await staff_case_search.mark_found(session, actor=who.acting, wanted=wanted)

    before, same = await now()
    assert before == same != ""
    await take(who, case_id)
    assert (await now())[1] != before
    async with db.reading() as session:
        assert await staff_case_search.mark_found(session, actor=boss, wanted=wanted) == ""


async def test_nobody_else_has_a_queue(boss):
    await put_cases(boss, 1)
    actors: list[Actor] = [boss, visitor(), Actor(session_key="p", person_id=boss.person_id, personal=True)]
    actors += [
        (await officer(f"other.{role.lower()}", role)).acting for role in StaffRole if role is not StaffRole.OFFICER
    ]
    for actor in actors:
        async with db.reading() as session:
            assert await staff_cases.list_cases(session, actor=actor, wanted=DeskFilter()) == staff.FORBIDDEN
            assert await staff_cases.mark_queue(session, actor=actor, wanted=DeskFilter()) == ""
            assert await staff_cases.count_waiting(session, actor=actor) == Waiting(0, 0)
            assert await staff_cases.matters_at_desk(session, actor=actor) == []


async def test_a_changed_region_takes_ones_own_cases_out_of_sight(boss):
    who = await officer(region="320100")
    (case_id,) = await put_cases(boss, 1, officer_id=who.id)
    assert await ids(who, Tab.MINE) == [case_id]
    await change(staff.Staff, region="320500")
    moved = Officer(who.id, who.login, who.secret, who.role, "320500")
    assert await ids(moved, Tab.MINE) == []
    assert await waiting(moved) == Waiting(0, 0)
