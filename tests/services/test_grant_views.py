"""What a unit's people see of its grants: counts, rows, history; masked, and an agent only the own (R-2.6.5.1)."""

from dataclasses import replace

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import REASON_SENTENCES, Actor, Reason, Role, Scope
from jsrs_portal.domain.dates import in_words
from jsrs_portal.models.units import Grant
from jsrs_portal.services.grant_terms import Terms
from jsrs_portal.services.grant_views import REVOKED_SHOWN, in_order, period_words, view_grants, view_history
from tests.services.granting import (
    BOSS,
    LABOUR,
    UNIT,
    acting,
    alter,
    day,
    given,
    load_matters,
    people,
    revoke,
    the_grant,
)
from tests.services.numbers import employer, human
from tests.services.world import change, statements, visitor, warm_up

pytestmark = [pytest.mark.req("R-2.6.5.1"), pytest.mark.usefixtures("time")]
HER, ADMIN = human(9), human(8)


@pytest.fixture
async def unit(world):
    """A registered unit, beside another one with an agent of its own."""
    made = await world.registered_unit(UNIT)
    other = await world.registered_unit(employer(2))
    await given(await acting(other.grant_id), await world.registered_person(human(20)))
    return made


@pytest.fixture
async def boss(unit):
    """Its legal representative."""
    return await acting(unit.grant_id)


@pytest.fixture
async def admin(world, boss):
    """Its administrator."""
    return await acting((await given(boss, await world.registered_person(ADMIN), Role.ADMIN)).id)


@pytest.fixture
async def agent(world, boss):
    """One of its agents."""
    return await acting((await given(boss, await world.registered_person(HER))).id)


async def view(actor):
    async with db.reading() as session:
        return await view_grants(session, actor=actor, today=clock.today())


async def row_of(actor, grant_id):
    seen = await view(actor)
    return next(row for row in (*seen.rows, *seen.revoked) if row.id == grant_id)


async def history(actor, grant_id):
    async with db.reading() as session:
        return await view_history(session, actor=actor, grant_id=grant_id)


# How many


async def test_the_counts_are_one_and_as_many_as_have_been_granted(world, boss, admin, agent):
    for person in await people(world, 3):
        await given(boss, person, terms=replace(LABOUR, valid_from=day(3)))
    seen = await view(boss)
    assert (seen.legal_reps, seen.admins, seen.agents) == (1, 1, 4)
    assert [row.role for row in seen.rows] == ["LEGAL_REP", "ADMIN", *["AGENT"] * 4]
    assert seen.rows[2].id == agent.grant_id  # the oldest of them first


async def test_what_has_ended_is_listed_and_not_counted_and_what_was_taken_back_is_listed_apart(world, unit, boss):
    persons = await people(world, 3)
    ended = await world.granted(unit, persons[0], valid_until=day(-1))
    revoked = await given(boss, persons[1])
    await revoke(boss, revoked)
    await world.granted(unit, persons[2], role=Role.ADMIN, valid_until=day(-1))
    seen = await view(boss)
    assert (seen.legal_reps, seen.admins, seen.agents) == (1, 0, 0)
    assert seen.expired == sum(row.state == "EXPIRED" for row in seen.rows)
    assert ended in [row.id for row in seen.rows]
    assert [row.id for row in seen.revoked] == [revoked.id]
    assert seen.admin_why == seen.agent_why == ""


async def test_of_what_was_taken_back_the_newest_are_shown(world, boss):
    made = []
    for person in await people(world, REVOKED_SHOWN + 2):
        made.append(await given(boss, person))
        await revoke(boss, made[-1])
    assert [row.id for row in (await view(boss)).revoked] == [grant.id for grant in reversed(made[2:])]


# Who sees what


async def test_all_roles_see_names_phones_and_numbers_masked_only(boss, admin, agent):
    for actor in (boss, admin, agent):
        shown = repr(await view(actor)) + repr([await history(actor, id_) for id_ in (admin.grant_id, agent.grant_id)])
        for person in (BOSS, HER, ADMIN, human(20)):
            for secret in (person.name, person.name[1:], person.mobile, person.id_number, person.id_number[6:14]):
                assert secret not in shown
    row = await row_of(boss, agent.grant_id)
    assert (row.name, row.mobile) == (f"{HER.name[0]}**", "1*******09")
    assert row.document == "*" * 15 + HER.id_number[-4:]


@pytest.mark.req("R-2.6.5.6")
async def test_an_agent_sees_the_own_grant_alone(world, boss, admin, agent):
    other = await given(boss, (await people(world, 1))[0])
    seen = await view(agent)
    assert [(row.id, row.own) for row in seen.rows] == [(agent.grant_id, True)]
    assert seen.revoked == ()
    assert len(await history(agent, agent.grant_id)) == 1
    for hidden in (other.id, admin.grant_id, boss.grant_id):
        assert await history(agent, hidden) == ()
    (row,) = seen.rows
    assert row.change_why == row.revoke_why == seen.admin_why == seen.agent_why
    assert seen.agent_why == REASON_SENTENCES[Reason.AGENTS_DO_NOT_GRANT]


@pytest.mark.req("R-2.6.5.3", "R-2.6.5.6")
async def test_buttons_that_cannot_be_pressed_say_why(world, boss, admin, agent):
    by_registry, only_boss, most = (
        REASON_SENTENCES[reason] for reason in (Reason.BY_REGISTRY, Reason.ONLY_LEGAL_REP, Reason.MOST_ADMINS)
    )
    seen = {row.id: (row.change_why, row.revoke_why) for row in (await view(boss)).rows}
    assert seen == {boss.grant_id: (by_registry,) * 2, admin.grant_id: ("", ""), agent.grant_id: ("", "")}
    seen = {row.id: (row.change_why, row.revoke_why) for row in (await view(admin)).rows}
    assert seen == {boss.grant_id: (by_registry,) * 2, admin.grant_id: (only_boss,) * 2, agent.grant_id: ("", "")}
    assert ((await view(boss)).admin_why, (await view(boss)).agent_why) == (most, "")
    assert ((await view(admin)).admin_why, (await view(admin)).agent_why) == (only_boss, "")


@pytest.mark.req("R-2.6.5.4")
async def test_when_all_ten_are_there_the_buttons_say_so(world, unit, boss):
    persons = await people(world, 11)
    ended = await world.granted(unit, persons[0], valid_until=day(-1))
    for person in persons[1:]:
        last = await given(boss, person)
    seen = await view(boss)
    full = REASON_SENTENCES[Reason.MOST_AGENTS]
    assert (seen.agents, seen.agent_why, seen.admin_why) == (10, full, "")
    whys = {row.id: (row.change_why, row.revoke_why) for row in seen.rows}
    assert whys[ended] == (full, "")  # brought back to life it would be the eleventh
    assert whys[last.id] == ("", "")


async def test_whoever_acts_for_no_unit_sees_nothing(unit, boss, agent):
    person = Actor(session_key=boss.session_key, person_id=boss.person_id)
    for actor in (visitor(), person):
        assert await view(actor) is None
        assert await history(actor, agent.grant_id) == ()
    assert await history(boss, "f" * 32) == ()


async def test_another_units_grants_are_not_seen(world, unit, boss, agent):
    third = await acting((await world.registered_unit(employer(3))).grant_id)
    assert [row.id for row in (await view(third)).rows] == [third.grant_id]
    assert await history(third, agent.grant_id) == ()
    assert len((await view(boss)).rows) == 2


# The rows


@pytest.mark.parametrize(
    ("start", "end", "state", "tone", "hint", "elapsed"),
    [
        (None, None, "ACTIVE", "ok", "", -1),
        (-3, None, "ACTIVE", "ok", "", -1),
        (0, 9, "ACTIVE", "ok", "还剩 9 天", 10),
        (-4, 5, "ACTIVE", "ok", "还剩 5 天", 50),
        (-9, 0, "ACTIVE", "ok", "今天到期", 100),
        (None, 0, "ACTIVE", "ok", "今天到期", 100),
        (3, 9, "SCHEDULED", "info", "3 天后生效", 0),
        (3, None, "SCHEDULED", "info", "3 天后生效", -1),
        (-9, -1, "EXPIRED", "warn", "", 100),
    ],
)
async def test_a_row_says_where_a_grant_is_in_its_time(
    world, unit, boss, agent, start, end, state, tone, hint, elapsed
):
    valid_from, valid_until = (None if days is None else day(days) for days in (start, end))
    async with db.unit_of_work() as session:
        grant = await session.get_one(Grant, agent.grant_id)
        grant.valid_from, grant.valid_until = valid_from, valid_until
        began = grant.created_at.astimezone(clock.BEIJING).date()
    row = await row_of(boss, agent.grant_id)
    assert (row.state, row.tone, row.hint, row.elapsed) == (state, tone, hint, elapsed)
    since = valid_from or (began if valid_until else None)  # without a first day, the one it was given
    assert row.period == period_words(since, valid_until)
    assert row.state_label in ("有效", "未生效", "已到期")


async def test_a_legal_representative_without_a_face_check_is_marked(unit, boss):
    await change(Grant, proven_at=None)
    row = await row_of(boss, unit.grant_id)
    assert (row.state, row.state_label, row.tone) == ("UNPROVEN", "待认证", "warn")
    assert "人脸认证" in row.hint
    assert (await view(boss)).legal_reps == 1


@pytest.mark.req("R-2.6.5.5")
async def test_a_row_says_for_what_a_grant_is(world, boss, admin):
    await load_matters()
    scope = Scope.of(["insurance", "employment"], ["contract-renewal", "contract-change"])
    made = await given(boss, await world.registered_person(HER), terms=Terms(scope=scope))
    assert (await row_of(boss, made.id)).scope == ("就业创业", "社会保险", "劳动合同变更", "劳动合同续签")
    for grant_id in (boss.grant_id, admin.grant_id):
        assert (await row_of(boss, grant_id)).scope == ("全部业务",)


def test_what_nobody_knows_any_more_is_named_so():
    scope = Scope.of(["gone", "labour"], ["gone-too"])
    assert in_order(scope, {"labour": "劳动关系"}) == ("劳动关系", "已停用的业务", "已下架的事项")


def test_periods_in_words():
    first, last = day(0), day(30)
    assert period_words(None, None) == "长期有效"
    assert period_words(first, None) == f"{in_words(first)}起长期有效"
    assert period_words(None, last) == f"即日起至{in_words(last)}"
    assert period_words(first, last) == f"{in_words(first)}至{in_words(last)}"


# The history


async def test_the_history_is_every_step_newest_first_with_who_took_it(world, boss, admin, agent):
    grant = await the_grant(agent.grant_id)
    terms = Terms(valid_until=day(30), scope=Scope.of(["insurance", "labour"]))
    await revoke(boss, await alter(admin, grant, terms))
    taken_back, changed, granted = await history(boss, agent.grant_id)
    assert (taken_back.what, changed.what, granted.what) == ("收回授权", "变更授权", "开通授权")
    leader, manager = f"{BOSS.name[0]}**（法定代表人）", f"{ADMIN.name[0]}**（管理员）"
    assert (taken_back.by, changed.by, granted.by) == (leader, manager, leader)
    assert taken_back.detail == ""
    assert changed.detail == f"即日起至{in_words(day(30))}；社会保险、劳动关系"
    assert granted.detail == "长期有效；劳动关系"
    assert await history(admin, agent.grant_id) == (taken_back, changed, granted)


async def test_the_history_of_the_legal_representative_begins_with_the_registration(boss):
    (step,) = await history(boss, boss.grant_id)
    assert (step.what, step.by, step.detail) == ("开通授权", "系统", "长期有效；全部业务")


async def test_a_step_has_its_instant_in_china(boss, agent):
    (step,) = await history(boss, agent.grant_id)
    here = (await the_grant(agent.grant_id)).created_at.astimezone(clock.BEIJING)
    assert step.when.startswith(f"{here.year}年{here.month}月{here.day}日 ")


async def test_a_grant_that_was_replaced_says_so(world, unit, boss):
    person = (await people(world, 1))[0]
    ended = await world.granted(unit, person, valid_until=day(-1))
    await given(boss, person)
    (step,) = await history(boss, ended)
    assert (step.what, step.detail) == ("由新的授权取代", "")


# What it costs


async def cost(actor, grant_id) -> tuple[int, int]:
    await warm_up()
    with statements() as list_:
        await view(actor)
    with statements() as steps:
        await history(actor, grant_id)
    return len(list_), len(steps)


async def test_eleven_grants_cost_no_more_statements_than_one(world, boss, admin):
    made = await given(boss, await world.registered_person(HER))
    before = [await cost(actor, made.id) for actor in (boss, admin, await acting(made.id))]
    await load_matters()
    for n, person in enumerate(await people(world, 9)):
        await given(boss, person, terms=Terms(valid_until=day(n), scope=Scope.of([], ["contract-change"])))
    for n in range(10):
        grant = await the_grant(made.id)
        await alter(boss, grant, replace(LABOUR, valid_until=day(n + 1)))
    after = [await cost(actor, made.id) for actor in (boss, admin, await acting(made.id))]
    assert before == after == [(3, 3)] * 3
