"""Going to a role that asks for another password than the one that opened the session (R-2.4.9, R-2.4.7)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.people import PERSONAL, Credential
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant
from jsrs_portal.services import login, switching
from jsrs_portal.services.login import Ticket
from tests.services.granting import audited, who
from tests.services.numbers import employer, human
from tests.services.opening import HER, OWN_PASSWORD, administrator, done, first, open_, registered, switch
from tests.services.world import ADDRESS, OTHER_PASSWORD, PASSWORD, change, rows, visitor

pytestmark = pytest.mark.req("R-2.4.9")
ME = human(50)
FIRST, SECOND = employer(1), employer(2)


@pytest.fixture
async def held(world):
    """Somebody with a personal password, who is an agent of two units; the second has a password for them."""
    person = await world.registered_person(ME, PASSWORD)
    one, two = await world.registered_unit(FIRST), await world.registered_unit(SECOND)
    grants = [await world.granted(unit, person) for unit in (one, two)]
    await world.set_unit_password(two, person, OTHER_PASSWORD)
    return person, one, two, grants


@pytest.fixture
def comparisons(monkeypatch):
    """Every password comparison that is carried out."""
    seen: list[str | None] = []
    original = crypto.verify_password

    def counted(password: str, stored: str | None) -> bool:
        seen.append(stored)
        return original(password, stored)

    monkeypatch.setattr(crypto, "verify_password", counted)
    return seen


async def as_person(world) -> Actor:
    outcome = await login.login_person(actor=visitor(), identifier=ME.mobile, password=PASSWORD)
    return await opened(world, visitor(), outcome)


async def for_the_second(world) -> Actor:
    outcome = await log_in()
    return await opened(world, visitor(), outcome)


async def log_in(actor: Actor | None = None, password: str = OTHER_PASSWORD):
    return await login.login_unit(
        actor=actor or visitor(), account=SECOND.uscc, identifier=ME.mobile, password=password
    )


async def opened(world, actor: Actor, outcome) -> Actor:
    assert isinstance(outcome, Ticket), outcome
    found = await who(await world.redeem(actor, outcome))
    assert isinstance(found, Actor), found
    return found


async def enter(actor: Actor, grant_id: str, password: str):
    return await switching.enter_by_password(actor=actor, grant_id=grant_id, password=password, today=clock.today())


async def guess(actor: Actor, grant_id: str, times: int) -> list[str]:
    return [(await enter(actor, grant_id, f"wrong-{n}-Aa")).code for n in range(times)]


async def test_the_right_password_opens_the_role_with_a_session_of_its_own(world, held):
    _, _, two, (_, grant) = held
    actor = await as_person(world)
    other = await opened(world, actor, await enter(actor, grant, OTHER_PASSWORD))
    assert (other.unit_id, other.grant_id) == (two.unit_id, grant)
    assert other.session_key != actor.session_key
    assert not other.may(Permission.OWN_ACCOUNT)
    former = next(row for row in await rows(UserSession) if row.id == actor.session_id)
    assert former.ended_because == SessionEnd.SWITCHED
    (entry,) = await audited("session.switch")
    assert (entry.result, entry.subject, entry.person_id, entry.unit_id) == ("OK", grant, held[0], two.unit_id)


async def test_from_a_units_password_to_oneself_by_the_personal_one(world, held):
    actor = await for_the_second(world)
    assert not actor.may(Permission.OWN_ACCOUNT)
    assert (await enter(actor, "", OTHER_PASSWORD)).code == "wrong"
    oneself = await opened(world, actor, await enter(actor, "", PASSWORD))
    assert (oneself.unit_id, oneself.grant_id) == ("", "")
    assert oneself.may(Permission.OWN_ACCOUNT)


async def test_from_a_units_password_to_a_unit_that_the_personal_one_opens(world, held):
    _, one, _, (grant, _) = held
    actor = await for_the_second(world)
    other = await opened(world, actor, await enter(actor, grant, PASSWORD))
    assert other.unit_id == one.unit_id
    assert other.may(Permission.OWN_ACCOUNT)


@pytest.mark.req("R-2.4.7")
async def test_a_wrong_one_is_told_in_one_sentence_and_five_lock_the_role_and_its_password(world, held, comparisons):
    _, _, _, (_, grant) = held
    actor = await as_person(world)
    comparisons.clear()
    assert await enter(actor, grant, "wrong-Aa-0") == Refusal(rules.WRONG_PASSWORD, code="wrong")
    assert await guess(actor, grant, 5) == ["wrong"] * 4 + ["locked"]
    assert len(comparisons) == 5
    locked = await enter(actor, grant, OTHER_PASSWORD)
    assert isinstance(locked, Refusal)
    assert (locked.code, len(comparisons)) == ("locked", 5)
    assert "分钟后再试" in locked.sentence
    # The password is the one of the login: it is used up there too, in silence, and the other way round.
    assert await log_in(visitor("another browser")) == Refusal(rules.WRONG, code="wrong")
    assert [entry.result for entry in await audited("session.switch")] == ["WRONG"] * 5 + ["LOCKED"] * 2
    assert {(entry.subject, entry.unit_id) for entry in await audited("session.switch")} == {(grant, held[2].unit_id)}


@pytest.mark.req("R-2.4.7")
async def test_tries_at_the_login_count_here(world, held):
    actor = await as_person(world)
    for n in range(5):
        assert isinstance(await log_in(visitor("elsewhere"), f"wrong-{n}-Aa"), Refusal)
    assert await enter(actor, held[3][1], OTHER_PASSWORD) == Refusal(rules.WRONG_PASSWORD, code="wrong")


@pytest.mark.req("R-2.4.7")
async def test_the_right_one_forgives_what_went_before(world, held):
    actor = await as_person(world)
    assert await guess(actor, held[3][1], 4) == ["wrong"] * 4
    other = await opened(world, actor, await enter(actor, held[3][1], OTHER_PASSWORD))
    back = await opened(world, other, await enter(other, "", PASSWORD))
    assert await guess(back, held[3][1], 4) == ["wrong"] * 4


@pytest.mark.req("R-2.4.7")
async def test_a_network_is_throttled_here_as_at_the_login(world, held, monkeypatch):
    actor = await as_person(world)
    monkeypatch.setattr(frequency, "LOGIN_SOURCE", replace(frequency.LOGIN_SOURCE, most=2))
    assert await guess(actor, held[3][1], 3) == ["wrong", "wrong", "throttled"]
    assert [entry.result for entry in await audited("session.switch")] == ["WRONG", "WRONG", "THROTTLED"]


@pytest.mark.req("R-2.4.7")
@pytest.mark.usefixtures("puzzles_asked")
async def test_after_three_failures_a_puzzle_comes_first(world, held):
    actor = await as_person(world)
    assert await guess(actor, held[3][1], 4) == ["wrong"] * 3 + ["puzzle"]
    assert (await enter(actor, held[3][1], OTHER_PASSWORD)).code == "puzzle"


@pytest.mark.parametrize("why", ["revoked", "expired", "another's", "unheard of", "session ended", "visitor", "first"])
async def test_what_is_not_held_is_not_entered_and_nothing_is_compared(world, held, comparisons, why):
    _, one, _, (_, grant) = held
    actor = await as_person(world)
    changes = {"revoked": {"status": "REVOKED"}, "expired": {"valid_until": clock.today() - timedelta(days=1)}}
    if why in changes:
        await change(Grant, **changes[why])
    if why == "session ended":
        await change(UserSession, ended_at=clock.now())
    actor = {"visitor": visitor(), "first": replace(actor, must_change=True)}.get(why, actor)
    comparisons.clear()
    wanted = {"another's": one.grant_id, "unheard of": "f" * 32}.get(why, grant)
    assert await enter(actor, wanted, OTHER_PASSWORD) == switching.GONE
    assert comparisons == []


async def test_whoever_has_no_personal_password_is_told_so_and_enters_nothing(world, held):
    actor = await for_the_second(world)
    async with db.unit_of_work() as session:
        await session.execute(delete(Credential).where(col(Credential.realm) == PERSONAL))
    async with db.reading() as session:
        own = (await switching.list_roles(session, actor=actor, today=clock.today()))[0]
    assert (own.asks, own.unset) == ("个人密码", True)
    assert (await enter(actor, "", PASSWORD)).code == "wrong"


@pytest.mark.req("R-2.6.6.3")
@pytest.mark.usefixtures("as_in_the_server")
async def test_an_institutions_first_password_has_to_be_changed_and_may_be_void(world, unit, boss, time):

    await world.registered_person(HER, PASSWORD)
    school = done(await open_(boss, await registered(unit), administrator(HER)))
    outcome = await login.login_person(actor=visitor(), identifier=HER.mobile, password=PASSWORD)
    actor = await opened(world, visitor(), outcome)
    (grant,) = [one for one in await rows(Grant) if one.institution_id == school.id]
    assert (await enter(actor, grant.id, OWN_PASSWORD)).code == "wrong"
    ticket = await enter(actor, grant.id, first(HER))
    assert isinstance(ticket, Ticket)
    there = await opened(world, actor, ticket)
    assert [one for one in Permission if there.may(one)] == [Permission.FIRST_PASSWORD]
    assert (there.institution_id, there.unit_id, there.address) == (school.id, "", ADDRESS)
    outcome = await login.login_person(actor=visitor(), identifier=HER.mobile, password=PASSWORD)
    actor = await opened(world, visitor(), outcome)
    time.pass_by(days=7, seconds=1)
    actor = await opened(
        world, visitor(), await login.login_person(actor=visitor(), identifier=HER.mobile, password=PASSWORD)
    )
    assert await enter(actor, grant.id, first(HER)) == Refusal(rules.VOID, code="void")
    await switch(boss, school, disabled=True)
    assert await enter(actor, grant.id, first(HER)) == switching.GONE
