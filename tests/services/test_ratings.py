"""评价: who may rate which case, once; what a guide says of it; what becomes of a bad one, and who learns what."""

import dataclasses
import json
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain import ratings as rules
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.cases import ENDED, CaseStatus
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.ratings import Tab
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.cases import Case
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.people import Person
from jsrs_portal.models.ratings import Rating, Rectification
from jsrs_portal.models.staff import Staff
from jsrs_portal.models.units import Grant
from jsrs_portal.services import case_counts, case_lists, ratings, rectifications
from jsrs_portal.services.case_lists import CaseFilter
from jsrs_portal.services.ratings import ALREADY, GONE, NOT_YET, RatingView
from jsrs_portal.services.rectifications import BadRating, BadRatings, Counts
from jsrs_portal.services.staff import FORBIDDEN
from tests.services.applying import SHIPPED, serve, shipped
from tests.services.granting import acting, revoke
from tests.services.listing import DISPUTE, RENEWAL, RESULTS, SURVEY, put_cases
from tests.services.numbers import employer, human
from tests.services.officers import officer
from tests.services.world import at_once, everything_stored, how_many, rows, statements, warm_up

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.4")]
WORDS = "样表下载后打不开，打了三次电话"
DONE = "已更换办事指南中的样表，并电话核对。"


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with the matters that these tests apply for."""
    await serve(*(shipped(key) for key in SHIPPED))


@pytest.fixture
async def me(world) -> Actor:
    """Somebody signed in for themselves."""
    return Actor(session_key="k", person_id=await world.registered_person(human(50)), personal=True)


@pytest.fixture
async def head(school) -> Actor:
    """The administrator of the unit's institution."""
    async with db.reading() as session:
        query = select(Grant).where(col(Grant.institution_id) == school.id)
        grant = (await session.execute(query)).scalar_one()
    return Actor(
        session_key="s",
        person_id=grant.person_id,
        institution_id=school.id,
        grant_id=grant.id,
        role=Role.INSTITUTION_ADMIN,
    )


async def finished(actor: Actor, count: int = 1, status: str = CaseStatus.COMPLETED, **more) -> list[str]:
    return [one.id for one in await put_cases(actor, count, **({"key": RENEWAL} | more), status=status)]


async def rate(actor: Actor, case_id: str, level: str = "5", reasons: tuple[str, ...] = (), words: str = ""):
    async with db.unit_of_work() as session:
        return await ratings.rate_case(session, actor=actor, case_id=case_id, level=level, reasons=reasons, words=words)


async def seen(actor: Actor, case_id: str) -> RatingView:
    async with db.reading() as session:
        return await ratings.view_rating(session, actor=actor, case_id=case_id)


async def to_rate(actor: Actor, text: str = "") -> set[str]:
    async with db.reading() as session:
        page = await case_lists.list_cases(session, actor=actor, wanted=CaseFilter("rate", text))
        assert all(one.to_rate for one in page.items)
        if not text:
            assert page.total == (await case_counts.count_cases(session, actor=actor)).to_rate
        return {one.id for one in page.items}


async def listed(who, tab: Tab = Tab.OPEN, after: str = "") -> BadRatings:
    async with db.reading() as session:
        page = await rectifications.list_rectifications(session, actor=who.acting, tab=tab, after=after)
    assert isinstance(page, BadRatings), page
    return page


async def close(who, row: BadRating, done: str = DONE):
    async with db.unit_of_work() as session:
        return await rectifications.close_rectification(
            session, actor=who.acting, rectification_id=row.id, seen=row.version, done=done
        )


async def counted(who) -> Counts:
    async with db.reading() as session:
        return await rectifications.count_rectifications(session, actor=who.acting)


# Rating


async def test_a_finished_case_is_rated_and_shown_as_rated(boss):
    (case_id,) = await finished(boss)
    assert (await seen(boss, case_id)).ratable
    assert await rate(boss, case_id, "4", ("402", "401"), f" {WORDS} ") == []
    (given,) = await rows(Rating)
    assert (given.level, given.reasons, given.reasons_version, given.words) == (4, "401 402", 1, WORDS)
    view = await seen(boss, case_id)
    assert (view.ratable, view.level, view.bad) == (False, "满意", False)
    assert (view.reasons, view.words, view.rectifying) == (("办结及时", "办事指南清楚"), WORDS, "")
    assert await how_many(Rectification) == 0
    (noted,) = [one for one in await rows(AuditEntry) if one.action == "rating.give"]
    assert (noted.subject, noted.person_id) == (case_id, boss.person_id)
    assert json.loads(noted.details)["level"] == 4
    assert WORDS not in await everything_stored()


async def test_of_fifty_at_once_one_is_kept(boss):
    (case_id,) = await finished(boss)
    outcomes = await at_once(*(rate(boss, case_id, str(n % 5 + 1), (), "意见") for n in range(50)))
    assert sum(one == [] for one in outcomes) == 1
    assert all(one in ([], [ALREADY]) for one in outcomes)
    assert await how_many(Rating) == 1
    (case,) = await rows(Case)
    assert case.rated_at == clock.now()


@pytest.mark.parametrize("status", [one for one in CaseStatus if one is not CaseStatus.DRAFT])
async def test_only_what_has_been_decided_is_rated(boss, status):
    (case_id,) = await finished(boss, status=status)
    decided = status in rules.RATABLE
    assert (await seen(boss, case_id)).ratable is decided
    assert await rate(boss, case_id) == ([] if decided else [NOT_YET])
    assert status in ENDED or not decided


async def test_what_is_wrong_with_a_rating_is_said_and_nothing_kept(boss):
    (case_id,) = await finished(boss)
    assert [one.field for one in await rate(boss, case_id, "")] == ["level"]
    assert [one.field for one in await rate(boss, case_id, "1")] == ["words"]
    assert [one.code for one in await rate(boss, case_id, "5", ("101",))] == ["not_offered"]
    assert await how_many(Rating) == 0
    assert (await seen(boss, case_id)).ratable


async def test_who_may_work_on_a_case_may_rate_it(world, boss, agent, head, me):
    her = await acting(agent.id)
    (hers,) = await finished(her)
    (schools,) = await finished(head, key=RESULTS, first=2)
    (mine,) = await finished(me, key=DISPUTE, first=3)
    (others,) = await finished(boss, first=4)
    other = await acting((await world.registered_unit(employer(2))).grant_id)
    assert [await rate(one, hers) for one in (other, me, head)] == [[GONE]] * 3
    assert await rate(her, others) == [GONE]  # an agent looks at what the others did, and rates the own
    assert not (await seen(her, others)).ratable
    assert await rate(boss, schools) == [GONE]  # a unit looks at its institutions' cases
    assert await rate(boss, mine) == [GONE]
    assert await rate(replace(me, personal=False), mine) == [GONE]
    assert [await rate(one, case) for one, case in ((boss, hers), (head, schools), (me, mine))] == [[]] * 3
    assert await rate(her, hers) == [ALREADY]
    assert (await seen(her, hers)).level == "非常满意"  # it is the unit's business
    assert await seen(other, hers) == RatingView()


async def test_a_grant_that_was_taken_back_meanwhile_rates_nothing(boss, agent):
    her = await acting(agent.id)
    (hers,) = await finished(her)
    await revoke(boss, agent)
    assert await rate(her, hers) == [GONE]
    assert await rate(replace(her, scope=Scope.of((), ["no-such"])), hers) == [GONE]


async def test_the_list_of_what_waits_for_a_rating_and_its_number(boss, agent, head, me):
    her = await acting(agent.id)
    (hers,) = await finished(her)
    (survey,) = await finished(boss, key=SURVEY, first=2)
    (schools,) = await finished(head, key=RESULTS, first=3)
    (mine,) = await finished(me, key=DISPUTE, first=4)
    await finished(boss, status=CaseStatus.ACCEPTED, first=5)
    await finished(boss, status=CaseStatus.WITHDRAWN, first=6)
    assert await to_rate(boss) == {hers, survey}
    assert await to_rate(her) == {hers}
    assert (await to_rate(head), await to_rate(me)) == ({schools}, {mine})
    assert await to_rate(boss, "续签") == {hers}
    assert await to_rate(me, "劳动") == {mine}
    assert await to_rate(her, "薪酬") == set()
    numbers = {one.id: one.number for one in await rows(Case)}
    assert await to_rate(boss, numbers[survey] or "") == {survey}
    assert await to_rate(her, numbers[survey] or "") == set()
    await rate(boss, hers)
    assert (await to_rate(boss), await to_rate(her)) == ({survey}, set())
    bare = replace(her, scope=Scope.of((), ["no-such"]))
    (again,) = await finished(her, first=7)
    assert (await to_rate(bare), await to_rate(her)) == (set(), {again})
    async with db.reading() as session:  # the own list shows it all the same, with nothing to press that is refused
        for actor, offered in ((bare, set[str]()), (her, {again})):
            page = await case_lists.list_cases(session, actor=actor, wanted=CaseFilter())
            assert again in {one.id for one in page.items}
            assert {one.id for one in page.items if one.to_rate} == offered


# On the guide


async def test_a_guide_says_what_ratings_come_to_once_they_are_enough(boss):
    cases = await finished(boss, 6)
    for case_id, level in zip(cases[:4], "5543", strict=True):
        await rate(boss, case_id, level)

    async def summary(key: str = RENEWAL) -> rules.Summary:
        async with db.reading() as session:
            return await ratings.summary_of(session, key=key)

    assert ((await summary()).number, (await summary()).average) == (4, "")
    await rate(boss, cases[4], "1", ("101",))
    await warm_up()
    with statements() as asked:
        found = await summary()
    assert len(asked) == 1
    assert (found.number, found.average, found.good) == (5, "3.6", "80%")
    assert await summary(SURVEY) == await summary("no-such") == rules.Summary()


# Bad ratings


@pytest.fixture
async def who():
    """An officer of Nanjing."""
    return await officer(region="320100")


async def bad(boss: Actor, count: int = 1, region: str = "320102", **more) -> list[str]:
    made = await finished(boss, count, region=region, **more)
    for case_id in made:
        assert await rate(boss, case_id, "1", ("104",), WORDS) == []
    return made


async def test_a_bad_rating_is_put_right_and_who_gave_it_is_told(boss, who):
    (case_id,) = await bad(boss)
    assert "核实整改" in (await seen(boss, case_id)).rectifying
    (row,) = (await listed(who)).rows
    assert (row.level, row.reasons, row.words, row.open) == (
        "非常不满意",
        ("网上申报后仍要求线下提交",),
        WORDS,
        True,
    )
    assert row.region.endswith("玄武区")
    assert "15" in row.limit
    assert await counted(who) == Counts(1, 0)
    refused = await close(who, row, "好")
    assert refused
    assert refused.field == "done"
    assert await close(who, row) is None
    assert (await listed(who)).rows == ()
    (done,) = (await listed(who, Tab.CLOSED)).rows
    assert (done.open, done.done, who.login in done.officer) == (False, DONE, True)
    view = await seen(boss, case_id)
    assert (view.done, "完成整改" in view.rectifying) == (DONE, True)
    (told,) = [one for one in await rows(Notice) if one.title == "您的评价已完成整改"]
    assert (told.person_id, told.unit_id, told.href) == (boss.person_id, boss.unit_id, f"/cases/{case_id}")
    assert DONE in told.text
    (noted,) = [one for one in await rows(AuditEntry) if one.action == "rating.rectify"]
    assert (noted.person_id, noted.subject) == (who.id, row.id)
    assert DONE not in await everything_stored()


async def test_an_officer_learns_neither_who_rated_nor_which_case(boss, who):
    await bad(boss)
    (row,) = (await listed(who)).rows
    (case,), (person, *_), (given,) = await rows(Case), await rows(Person), await rows(Rating)
    shown = json.dumps(dataclasses.asdict(row), ensure_ascii=False)
    hidden = (case.id, case.number, given.id, boss.person_id, boss.unit_id, person.name, person.mobile)
    assert not [one for one in hidden if one and one in shown]
    assert not {"case", "person", "unit", "number", "applicant", "rater"} & {
        one.name for one in dataclasses.fields(row)
    }


async def test_fifty_officers_at_once_close_once(boss, who):
    await bad(boss)
    (row,) = (await listed(who)).rows
    outcomes = await at_once(*(close(who, row, f"{DONE}{n}") for n in range(50)))
    assert [one for one in outcomes if one is None] == [None]
    assert {one.code for one in outcomes if one} == {"stale"}
    assert len([one for one in await rows(Notice) if one.title == "您的评价已完成整改"]) == 1


async def test_an_officer_sees_and_closes_those_of_the_own_region(boss, who):
    await bad(boss, region="320500")
    everywhere = await officer("li.si")
    suzhou = await officer("wang.wu", region="320500")
    (row,) = (await listed(suzhou)).rows
    assert ((await listed(who)).rows, len((await listed(everywhere)).rows)) == ((), 1)
    refused = await close(who, row)
    assert refused
    assert refused.code == "gone"
    assert await close(suzhou, replace(row, id="0" * 32)) == rectifications.GONE
    assert await close(suzhou, row) is None


@pytest.mark.parametrize("role", [one for one in StaffRole if one is not StaffRole.OFFICER])
async def test_nobody_else_of_the_bureau_has_the_list(boss, who, role):
    await bad(boss)
    (row,) = (await listed(who)).rows
    other = await officer("zhao.liu", role)
    async with db.reading() as session:
        assert await rectifications.list_rectifications(session, actor=other.acting) == FORBIDDEN
        assert await rectifications.list_rectifications(session, actor=boss) == FORBIDDEN
        assert await rectifications.count_rectifications(session, actor=boss) == Counts()
    assert await close(other, row) == FORBIDDEN


async def test_an_officer_who_was_locked_meanwhile_closes_nothing(boss, who):
    await bad(boss)
    (row,) = (await listed(who)).rows
    async with db.unit_of_work() as session:
        (await session.get_one(Staff, who.id)).status = "LOCKED"
    assert await close(who, row) == FORBIDDEN


async def test_what_is_due_first_stands_first_and_what_is_overdue_apart(boss, who, time):
    (rated,) = await bad(boss)
    time.pass_by(days=3)
    await bad(boss, first=2)
    first, second = (await listed(who)).rows
    async with db.reading() as session:
        due = {one.id: one.due_by for one in (await session.execute(select(Rectification))).scalars()}
    assert due[first.id] < due[second.id]
    time.pass_by(days=(due[first.id] - clock.today()).days)
    assert await counted(who) == Counts(2, 0, soon=2)  # the last day counts whole
    assert "前（含当日）答复" in (await seen(boss, rated)).rectifying
    time.pass_by(days=1)
    assert await counted(who) == Counts(2, 1, soon=1)
    (late,) = (await listed(who, Tab.OVERDUE)).rows
    assert (late.id, late.tone, "已超过" in late.limit) == (first.id, "bad", True)
    assert "现已逾期" in (await seen(boss, rated)).rectifying, "a day that has gone is no promise"


async def test_officers_are_reminded_three_working_days_before(boss, who, time):
    await bad(boss)
    assert await counted(who) == Counts(1, 0, soon=0)
    (row,) = (await listed(who)).rows
    assert row.tone == "neutral"
    due = (await rows(Rectification))[0].due_by
    while rules.urgent_from(clock.today(), work_days()) < due:
        assert (await counted(who)).soon == 0
        time.pass_by(days=1)
    assert work_days().between(clock.today(), due) == rules.REMIND_DAYS
    assert await counted(who) == Counts(1, 0, soon=1)
    (row,) = (await listed(who)).rows
    assert row.tone == "warn"
    await close(who, row)
    assert await counted(who) == Counts()


@pytest.mark.parametrize("tab", [Tab.OPEN, Tab.CLOSED])
async def test_pages_follow_each_other_without_a_gap(boss, who, tab):
    await bad(boss, 25)
    if tab is Tab.CLOSED:
        for row in [*(await listed(who)).rows, *(await listed(who, after=(await listed(who)).next)).rows]:
            assert await close(who, row) is None
    first = await listed(who, tab)
    second = await listed(who, tab, first.next)
    assert (len(first.rows), len(second.rows), second.next) == (20, 5, "")
    assert len({one.id for one in (*first.rows, *second.rows)}) == 25
    assert len((await listed(who, tab, "x~y")).rows) == 20


async def test_who_has_closed_the_account_is_told_no_more(boss, who):
    await bad(boss)
    async with db.unit_of_work() as session:
        (await session.get_one(Person, boss.person_id)).status = "CLOSED"
    (row,) = (await listed(who)).rows
    assert await close(who, row) is None
    assert not [one for one in await rows(Notice) if one.title == "您的评价已完成整改"]
