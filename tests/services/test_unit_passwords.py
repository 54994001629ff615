"""A password set for a unit ends with the grant under which it was set (R-2.6.5.7, docs/authority.md)."""

from datetime import timedelta

import pytest

from jsrs_portal import db
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.authority import Role, Scope
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.people import PERSONAL, Credential
from jsrs_portal.models.units import Grant
from jsrs_portal.services import login
from jsrs_portal.services.grant_terms import Terms
from jsrs_portal.services.login import Ticket
from tests.services.granting import LABOUR, UNIT, alter, day, give, given, load_matters, revoke, the_grant
from tests.services.numbers import human
from tests.services.world import OTHER_PASSWORD, PASSWORD, rows, visitor

pytestmark = [pytest.mark.req("R-2.6.5.7"), pytest.mark.usefixtures("time")]
HER = human(50)
WRONG = Refusal(rules.WRONG, code="wrong")
BRIEF = Terms(valid_until=day(3), scope=LABOUR.scope)


@pytest.fixture
async def her(world) -> str:
    """A registered person with a personal password."""
    await load_matters()
    return await world.registered_person(HER, PASSWORD)


async def log_in(password: str):
    return await login.login_unit(actor=visitor(), account=UNIT.uscc, identifier=HER.mobile, password=password)


async def realms(person_id: str) -> list[str]:
    return sorted(row.realm for row in await rows(Credential) if row.person_id == person_id)


@pytest.mark.parametrize("how", ["revoked", "expired", "scheduled"])
async def test_it_opens_nothing_while_the_grant_does_not_count(world, unit, boss, her, time, how):
    grant = await given(boss, her, terms=BRIEF)
    await world.set_unit_password(unit, her, OTHER_PASSWORD)
    assert isinstance(await log_in(OTHER_PASSWORD), Ticket)
    if how == "revoked":
        await revoke(boss, grant)
    elif how == "expired":
        time.pass_by(days=4)
    else:
        await alter(boss, grant, Terms(valid_from=day(1), scope=LABOUR.scope))
    assert await log_in(OTHER_PASSWORD) == WRONG
    assert await log_in(PASSWORD) == WRONG


@pytest.mark.parametrize("how", ["revoked", "expired", "prolonged"])
async def test_a_later_grant_does_not_revive_it(world, unit, boss, her, time, how):
    grant = await given(boss, her, terms=BRIEF)
    await world.set_unit_password(unit, her, OTHER_PASSWORD)
    if how == "revoked":
        await revoke(boss, grant)
    else:
        time.pass_by(days=4)
    if how == "prolonged":
        await alter(boss, await the_grant(grant.id), Terms(valid_until=day(30), scope=LABOUR.scope))
    else:
        await given(boss, her)
    assert await log_in(OTHER_PASSWORD) == WRONG
    assert isinstance(await log_in(PASSWORD), Ticket)
    assert await realms(her) == [PERSONAL]


async def test_one_left_behind_by_an_older_grant_goes_too(world, unit, boss, her):
    await world.set_unit_password(unit, her, OTHER_PASSWORD)
    await given(boss, her)
    assert await log_in(OTHER_PASSWORD) == WRONG
    assert isinstance(await log_in(PASSWORD), Ticket)


async def test_another_administrator_ends_the_former_ones_password(world, unit, boss, her, time):
    await given(boss, her, Role.ADMIN, Terms(valid_until=day(3)))
    await world.set_unit_password(unit, her, OTHER_PASSWORD)
    time.pass_by(days=4)
    await given(boss, await world.registered_person(human(51)), Role.ADMIN)
    assert await realms(her) == [PERSONAL]


async def test_a_change_of_a_grant_that_counts_leaves_it(world, unit, boss, her):
    grant = await given(boss, her, terms=BRIEF)
    await world.set_unit_password(unit, her, OTHER_PASSWORD)
    await alter(boss, grant, Terms(valid_until=day(60), scope=Scope.of(["card"])))
    assert isinstance(await log_in(OTHER_PASSWORD), Ticket)


async def test_what_is_refused_leaves_it(world, unit, boss, her):
    await given(boss, her)
    await world.set_unit_password(unit, her, OTHER_PASSWORD)
    assert isinstance(await give(boss, her), Refusal)
    assert isinstance(await log_in(OTHER_PASSWORD), Ticket)


async def test_an_old_grant_beside_one_that_counts_takes_nothing_away(unit, boss):
    """A legal representative who was an agent before: their password is the legal representative's."""
    async with db.unit_of_work() as session:
        old = Grant(
            unit_id=unit.unit_id, person_id=unit.person_id, role=Role.AGENT, valid_until=day(0) - timedelta(days=9)
        )
        session.add(old)
    before = await realms(unit.person_id)
    await revoke(boss, old)
    assert await realms(unit.person_id) == before != []
