"""In whose name one acts: what may be chosen, what asks for a password of its own, one session at a time (R-2.4.9)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.access import actor as actors
from jsrs_portal.access import cookie
from jsrs_portal.domain.authority import Actor, Permission, Role
from jsrs_portal.domain.institutions import InstitutionStatus
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant, Institution
from jsrs_portal.services import login, switching
from jsrs_portal.services.login import Ticket
from tests.services.numbers import employer, human
from tests.services.world import ADDRESS, OTHER_PASSWORD, PASSWORD, change, rows, statements, visitor

pytestmark = pytest.mark.req("R-2.4.9")
ME = human(50)
FIRST, SECOND = employer(1), employer(2)


@pytest.fixture
async def held(world):
    """Somebody who is an agent of two units, one of which has a password of its own for them."""
    person = await world.registered_person(ME, PASSWORD)
    one, two = await world.registered_unit(FIRST), await world.registered_unit(SECOND)
    grants = [await world.granted(unit, person) for unit in (one, two)]
    await world.set_unit_password(two, person, OTHER_PASSWORD)
    return person, one, two, grants


async def signed_in(world, outcome) -> Actor:
    assert isinstance(outcome, Ticket), outcome
    return await resolved(await world.redeem(visitor(), outcome))


async def resolved(value: str) -> Actor:
    found = await actors.resolve(cookie.proof(value), address=ADDRESS)
    assert isinstance(found, Actor), found
    return found


async def as_person(world) -> Actor:
    return await signed_in(world, await login.login_person(actor=visitor(), identifier=ME.mobile, password=PASSWORD))


async def choices(actor: Actor):
    async with db.reading() as session:
        return await switching.list_roles(session, actor=actor, today=clock.today())


async def enter(actor: Actor, grant_id: str):
    async with db.unit_of_work() as session:
        return await switching.enter(session, actor=actor, grant_id=grant_id, today=clock.today())


async def test_a_login_says_whether_there_is_anything_to_choose(world, held):
    assert held
    outcome = await login.login_person(actor=visitor(), identifier=ME.mobile, password=PASSWORD)
    assert isinstance(outcome, Ticket)
    assert outcome.several
    await change(Grant, valid_until=clock.today() - timedelta(days=1))
    outcome = await login.login_person(actor=visitor(), identifier=ME.mobile, password=PASSWORD)
    assert isinstance(outcome, Ticket)
    assert not outcome.several


async def test_the_roles_that_count_today_and_which_ask_for_a_password(world, held):
    actor = await as_person(world)
    assert [(one.name, one.current, one.asks, one.unset) for one in await choices(actor)] == [
        ("以个人身份办事", True, "", False),
        (FIRST.name, False, "", False),
        (SECOND.name, False, "单位密码", False),
    ]


async def test_only_the_personal_password_opens_the_persons_own_account(world, held):
    _, _, _, (grant, _) = held
    actor = await as_person(world)
    assert actor.may(Permission.OWN_ACCOUNT)
    ticket = await enter(actor, grant)
    assert isinstance(ticket, str)
    by_it = await resolved(await world.redeem(actor, ticket))
    assert by_it.may(Permission.OWN_ACCOUNT)
    assert by_it.may(Permission.UNIT_VIEW)
    outcome = await login.login_unit(
        actor=visitor(), account=SECOND.uscc, identifier=ME.mobile, password=OTHER_PASSWORD
    )
    by_the_unit = await signed_in(world, outcome)
    assert by_the_unit.may(Permission.UNIT_VIEW)
    assert not by_the_unit.may(Permission.OWN_ACCOUNT)


async def test_entering_opens_a_session_in_the_other_role_and_ends_the_former(world, held):
    _, one, _, (grant, _) = held
    actor = await as_person(world)
    ticket = await enter(actor, grant)
    assert isinstance(ticket, str)
    other = await resolved(await world.redeem(actor, ticket))
    assert (other.unit_id, other.grant_id, other.role) == (one.unit_id, grant, Role.AGENT)
    (former,) = [row for row in await rows(UserSession) if row.id == actor.session_id]
    assert former.ended_because == SessionEnd.SWITCHED
    back = await enter(other, "")
    assert isinstance(back, str)
    again = await resolved(await world.redeem(other, back))
    assert (again.unit_id, again.grant_id, again.role) == ("", "", None)


async def test_a_ticket_is_worth_nothing_in_another_browser(world, held):
    actor = await as_person(world)
    ticket = await enter(actor, held[3][0])
    assert isinstance(ticket, str)
    assert await world.redeem(visitor("another"), ticket) == ""
    assert await world.redeem(replace(actor, session_key="0" * 64), ticket) == ""


async def test_a_role_with_a_password_of_its_own_is_not_entered_by_the_personal_one(world, held):
    actor = await as_person(world)
    assert await enter(actor, held[3][1]) == switching.OWN_PASSWORD


async def test_a_units_own_password_opens_nothing_else(world, held):
    outcome = await login.login_unit(
        actor=visitor(), account=SECOND.uscc, identifier=ME.mobile, password=OTHER_PASSWORD
    )
    actor = await signed_in(world, outcome)
    assert [one.asks for one in await choices(actor)] == ["个人密码", "个人密码", ""]
    assert await enter(actor, "") == switching.OWN_PASSWORD
    assert await enter(actor, held[3][0]) == switching.OWN_PASSWORD


@pytest.mark.parametrize("why", ["revoked", "expired", "scheduled", "another's", "unheard of"])
async def test_what_is_not_held_today_is_not_entered(world, held, why):
    _, one, _, (grant, _) = held
    today = clock.today()
    changes = {
        "revoked": {"status": "REVOKED"},
        "expired": {"valid_until": today - timedelta(days=1)},
        "scheduled": {"valid_from": today + timedelta(days=1)},
    }
    if why in changes:
        await change(Grant, **changes[why])
    wanted = {"another's": one.grant_id, "unheard of": "f" * 32}.get(why, grant)
    actor = await as_person(world)
    assert await enter(actor, wanted) == switching.GONE
    assert [choice.grant_id for choice in await choices(actor)].count(wanted) == 0


async def test_an_institution_always_asks_for_its_own_password(world, held):
    person, one, _, _ = held
    async with db.unit_of_work() as session:
        made = Institution(
            unit_id=one.unit_id,
            number="J320000077",
            name="某机构",
            kind="other",
            level="CITY",
            region="320100",
            status=InstitutionStatus.OPEN,
        )
        session.add(made)
        await session.flush()
        grant = Grant(unit_id=one.unit_id, person_id=person, role=Role.INSTITUTION_ADMIN, institution_id=made.id)
        session.add(grant)
        grant_id = grant.id
    actor = await as_person(world)
    assert [(c.name, c.asks) for c in await choices(actor) if c.grant_id == grant_id] == [("某机构", "机构密码")]
    assert await enter(actor, grant_id) == switching.OWN_PASSWORD
    async with db.unit_of_work() as session:
        found = (await session.execute(select(Institution).where(col(Institution.number) == "J320000077"))).scalar_one()
        found.status = InstitutionStatus.DISABLED
    assert await enter(actor, grant_id) == switching.GONE


async def test_a_session_that_has_ended_meanwhile_opens_nothing(world, held):
    actor = await as_person(world)
    await change(UserSession, ended_at=clock.now())
    assert await enter(actor, held[3][0]) == switching.OWN_PASSWORD
    assert await enter(actor, "") == switching.OWN_PASSWORD


async def test_visitors_and_those_with_a_first_password_choose_nothing(world, held):
    actor = await as_person(world)
    for nobody in (visitor(), replace(actor, must_change=True)):
        assert await choices(nobody) == ()
        assert await enter(nobody, "") == switching.GONE
        assert isinstance(await enter(nobody, held[3][0]), Refusal)


async def test_the_list_costs_the_same_for_few_and_for_many(world, held):
    person, *_ = held
    actor = await as_person(world)
    with statements() as few:
        await choices(actor)
    for number in range(3, 9):
        await world.granted(await world.registered_unit(employer(number)), person)
    with statements() as many:
        assert len(await choices(actor)) == 9
    assert len(few) == len(many) == 3
