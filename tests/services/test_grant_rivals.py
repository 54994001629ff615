"""Grants at the same instant: the limits hold, nobody has two, nobody overwrites anybody (R-2.6.5.3, R-2.6.5.4)."""

import pytest

from jsrs_portal.domain.authority import GrantState, GrantStatus, Reason, Role, Scope
from jsrs_portal.models.units import Grant
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services.agents import STALE
from jsrs_portal.services.grant_terms import Terms
from jsrs_portal.services.grants import standing_on
from tests.services.granting import acting, alter, audited, codes, day, give, given, people, revoke, steps
from tests.services.world import at_once, how_many, rows

pytestmark = pytest.mark.usefixtures("time")


async def granted(role: Role) -> list[Grant]:
    return [grant for grant in await rows(Grant) if (grant.role, grant.status) == (role, GrantStatus.GRANTED)]


@pytest.mark.req("R-2.6.5.3")
async def test_of_fifty_administrators_at_once_one_is_made(world, boss):
    persons = await people(world, 50)
    outcomes = await at_once(*[give(boss, person, Role.ADMIN) for person in persons])
    assert codes(outcomes) == [Reason.MOST_ADMINS] * 49
    assert len(await granted(Role.ADMIN)) == 1
    assert await how_many(OutboxMessage) == 1
    assert sorted(entry.result for entry in await audited("grant.give")) == [Reason.MOST_ADMINS] * 49 + ["OK"]


@pytest.mark.req("R-2.6.5.3")
async def test_of_fifty_who_follow_an_administrator_whose_time_is_over_one_is_made(world, unit, boss):
    persons = await people(world, 51)
    ended = await world.granted(unit, persons[50], role=Role.ADMIN, valid_until=day(-1))
    outcomes = await at_once(*[give(boss, person, Role.ADMIN) for person in persons[:50]])
    assert codes(outcomes) == [Reason.MOST_ADMINS] * 49
    assert len(await granted(Role.ADMIN)) == 1
    assert await steps(ended) == ["REPLACED"]


@pytest.mark.req("R-2.6.5.4")
async def test_of_fifty_agents_at_once_ten_are_made_whoever_grants(world, boss):
    admin = await acting((await given(boss, (await people(world, 1, 300))[0], Role.ADMIN)).id)
    persons = await people(world, 50)
    outcomes = await at_once(*[give((boss, admin)[n % 2], person) for n, person in enumerate(persons)])
    assert codes(outcomes) == [Reason.MOST_AGENTS] * 40
    made = await granted(Role.AGENT)
    assert len(made) == len({grant.person_id for grant in made}) == 10
    assert {standing_on(grant, day(0)) for grant in made} == {GrantState.ACTIVE}
    assert await how_many(OutboxMessage) == 11


@pytest.mark.req("R-2.6.5.4")
async def test_one_person_granted_by_twenty_at_once_has_one_grant(world, boss):
    (person,) = await people(world, 1)
    outcomes = await at_once(*[give(boss, person) for _ in range(20)])
    assert codes(outcomes) == ["already"] * 19
    assert len(await granted(Role.AGENT)) == 1
    assert await how_many(OutboxMessage) == 1


async def test_one_person_made_agent_and_administrator_at_once_is_one_of_them(world, boss):
    (person,) = await people(world, 1)
    outcomes = await at_once(*[give(boss, person, (Role.ADMIN, Role.AGENT)[n % 2]) for n in range(20)])
    assert len([outcome for outcome in outcomes if isinstance(outcome, Grant)]) == 1
    assert len(await granted(Role.ADMIN)) + len(await granted(Role.AGENT)) == 1


@pytest.mark.req("R-2.6.5.4")
async def test_grants_brought_back_to_life_at_once_stop_at_ten(world, unit, boss):
    """Changing the dates of one that has ended makes one more, like granting."""
    persons = await people(world, 20)
    for person in persons:
        await world.granted(unit, person, valid_until=day(-1))
    terms = Terms(valid_until=day(9), scope=Scope.of(["labour"]))
    outcomes = await at_once(*[alter(boss, grant, terms) for grant in await granted(Role.AGENT)])
    assert codes(outcomes) == [Reason.MOST_AGENTS] * 10
    counted = [grant for grant in await granted(Role.AGENT) if standing_on(grant, day(0)) is GrantState.ACTIVE]
    assert len(counted) == 10


@pytest.mark.req("R-2.6.5.7")
async def test_of_changes_at_once_one_is_made_and_the_others_hear_it(world, boss):
    made = await given(boss, (await people(world, 1))[0])
    outcomes = await at_once(
        *[alter(boss, made, Terms(valid_until=day(n), scope=Scope.of(["labour"])), version=1) for n in range(1, 21)]
    )
    assert codes(outcomes) == [STALE.code] * 19
    assert await steps(made.id) == ["GRANTED", "CHANGED"]


@pytest.mark.req("R-2.6.5.7")
async def test_of_ten_who_take_a_grant_back_at_once_one_does(world, boss):
    made = await given(boss, (await people(world, 1))[0])
    outcomes = await at_once(*[revoke(boss, made, version=1) for _ in range(10)])
    assert codes(outcomes) == [Reason.ALREADY_REVOKED] * 9
    assert await steps(made.id) == ["GRANTED", "REVOKED"]
    assert await how_many(OutboxMessage) == 2


@pytest.mark.req("R-2.6.5.7")
async def test_an_administrator_dismissed_while_granting_grants_no_more_afterwards(world, boss):
    """Both hold the unit's row, so each grant came before the dismissal or not at all."""
    grant = await given(boss, (await people(world, 1, 300))[0], Role.ADMIN)
    admin = await acting(grant.id)
    outcomes = await at_once(
        *[give(admin, person) for person in await people(world, 5)],
        revoke(boss, grant),
        *[give(admin, person) for person in await people(world, 5, 200)],
    )
    assert set(codes(outcomes)) <= {Reason.NOT_FOR_THE_UNIT}
    assert len(await granted(Role.AGENT)) == 10 - len(codes(outcomes))
    assert [entry.result for entry in await audited("grant.revoke")] == ["OK"]
