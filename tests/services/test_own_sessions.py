"""One's own sessions: which of them somebody sees, and ending one or all the others (R-2.4.8)."""

from typing import Any

import pytest

from jsrs_portal import crypto, db
from jsrs_portal.access.actor import Ended, resolve
from jsrs_portal.access.cookie import proof
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import END_LABELS, SessionEnd
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.people import PERSONAL, Credential
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant
from jsrs_portal.services import login, own_sessions, people
from jsrs_portal.services.login import Ticket
from jsrs_portal.services.own_sessions import GONE, OWN, OwnSessions
from tests.services.numbers import employer
from tests.services.world import (
    ADDRESS,
    OTHER_PASSWORD,
    PASSWORD,
    Account,
    World,
    change,
    how_many,
    rows,
    statements,
    visitor,
    warm_up,
)

pytestmark = [pytest.mark.req("R-2.4.8"), pytest.mark.usefixtures("as_in_the_server")]
BOSS, OTHER = employer(1), employer(2)


@pytest.fixture
async def unit(world: World) -> Account:
    """A unit whose legal representative has a personal password besides the unit's."""
    account = await world.registered_unit(BOSS)
    await _personal(account)
    return account


@pytest.fixture
async def stranger(world: World) -> Actor:
    """Somebody else who is signed in."""
    account = await world.registered_unit(OTHER)
    await _personal(account)
    return await who(await enter(world, OTHER, "elsewhere"))


async def _personal(account: Account) -> None:
    async with db.unit_of_work() as session:
        hashed = crypto.hash_password(OTHER_PASSWORD)
        await people.set_password(session, person_id=account.person_id, realm=PERSONAL, password_hash=hashed)


async def enter(world: World, boss: Any, device: str, account: str = "") -> str:
    """Log in as a person, or for the unit with this number; return the cookie's value."""
    actor, mobile = visitor(device), boss.legal_rep.mobile
    if account:
        outcome = await login.login_unit(actor=actor, account=account, identifier=mobile, password=PASSWORD)
    else:
        outcome = await login.login_person(actor=actor, identifier=mobile, password=OTHER_PASSWORD)
    assert isinstance(outcome, Ticket), outcome
    return await world.redeem(actor, outcome, device=device)


async def state(value: str) -> Any:
    """Return who a cookie stands for."""
    return await resolve(proof(value), address=ADDRESS)


async def who(value: str) -> Actor:
    """Return the actor of a living session."""
    found = await state(value)
    assert isinstance(found, Actor), found
    return found


async def seen(actor: Actor) -> OwnSessions:
    """Return what somebody sees."""
    async with db.reading() as session:
        return await own_sessions.list_sessions(session, actor=actor)


async def end(actor: Actor, session_id: str) -> Refusal | None:
    """「结束登录」."""
    async with db.unit_of_work() as session:
        return await own_sessions.end_one(session, actor=actor, session_id=session_id)


async def end_others(actor: Actor) -> int:
    """「结束其他所有登录」."""
    async with db.unit_of_work() as session:
        return await own_sessions.end_others(session, actor=actor)


async def test_the_current_session_comes_first_with_all_that_is_known_of_it(world: World, unit: Account, time: Any):
    await enter(world, BOSS, "office", unit.unit_number)
    time.pass_by(minutes=5)
    mine = await who(await enter(world, BOSS, "home"))
    time.pass_by(minutes=1)
    found = await seen(mine)
    assert [(one.current, one.whom) for one in found.living] == [(True, "个人"), (False, f"{BOSS.name}（法定代表人）")]
    first = found.living[0]
    assert (first.id, first.device, first.way, first.end) == (mine.session_id, "Chrome · Windows", "账号密码", "")
    assert first.place == f"外网 {ADDRESS}"
    assert first.opened == first.active != ""
    assert found.ended == ()


async def test_the_personal_password_shows_all_the_units_own_only_its_own(world: World, unit: Account, stranger: Actor):
    personal = await who(await enter(world, BOSS, "home"))
    office = await who(await enter(world, BOSS, "office", unit.unit_number))
    counter = await who(await enter(world, BOSS, "counter", unit.unit_number))
    assert {one.id for one in (await seen(personal)).living} == {
        personal.session_id,
        office.session_id,
        counter.session_id,
    }
    assert {one.id for one in (await seen(office)).living} == {office.session_id, counter.session_id}
    assert {one.id for one in (await seen(stranger)).living} == {stranger.session_id}


async def test_one_session_is_ended_at_once_and_shown_among_the_ended(world: World, unit: Account):
    mine, lost = await who(await enter(world, BOSS, "home")), await enter(world, BOSS, "lost laptop")
    target = await who(lost)
    assert await end(mine, target.session_id) is None
    assert await state(lost) == Ended(SessionEnd.ELSEWHERE)
    found = await seen(mine)
    assert [one.id for one in found.living] == [mine.session_id]
    assert [(one.id, one.end) for one in found.ended] == [(target.session_id, END_LABELS[SessionEnd.ELSEWHERE])]
    entries = [one for one in await rows(AuditEntry) if one.action == "session.end"]
    assert [(one.subject, one.result, one.person_id) for one in entries] == [
        (target.session_id, "ELSEWHERE", unit.person_id)
    ]
    assert await end(mine, target.session_id) == GONE


async def test_nobody_ends_what_they_do_not_see(world: World, unit: Account, stranger: Actor):
    personal = await who(await enter(world, BOSS, "home"))
    office = await who(await enter(world, BOSS, "office", unit.unit_number))
    for actor, target in (
        (stranger, personal.session_id),
        (stranger, office.session_id),
        (personal, stranger.session_id),
        (office, personal.session_id),
        (office, ""),
        (office, "0" * 32),
        (visitor(), personal.session_id),
    ):
        assert await end(actor, target) == GONE
    assert await end(office, office.session_id) == OWN
    assert not [one for one in await rows(UserSession) if one.ended_at]
    assert not [one for one in await rows(AuditEntry) if one.action == "session.end"]


async def test_all_the_others_end_and_the_current_one_does_not(world: World, unit: Account, stranger: Actor):
    mine = await enter(world, BOSS, "home")
    others = [await enter(world, BOSS, f"other {n}") for n in range(3)]
    others.append(await enter(world, BOSS, "office", unit.unit_number))
    assert await end_others(await who(mine)) == 4
    for value in others:
        assert await state(value) == Ended(SessionEnd.ELSEWHERE)
    assert isinstance(await state(mine), Actor)
    assert len((await seen(stranger)).living) == 1
    assert await end_others(await who(mine)) == 0
    assert [one.action for one in await rows(AuditEntry)].count("session.others") == 1


async def test_from_the_units_password_the_personal_sessions_go_on(world: World, unit: Account):
    personal = await enter(world, BOSS, "home")
    office, counter = [await enter(world, BOSS, name, unit.unit_number) for name in ("office", "counter")]
    assert await end_others(await who(office)) == 1
    assert await state(counter) == Ended(SessionEnd.ELSEWHERE)
    assert isinstance(await state(personal), Actor)


async def test_what_ran_out_is_ended_with_its_reason_and_time(world: World, unit: Account, time: Any):
    await enter(world, BOSS, "idle one")
    office = await enter(world, BOSS, "office", unit.unit_number)
    time.pass_by(minutes=20)
    await resolve(proof(office), address=ADDRESS, passive=False)
    mine = await who(await enter(world, BOSS, "home"))
    time.pass_by(minutes=11)
    await change(Grant, status="REVOKED")
    found = await seen(mine)
    assert [one.id for one in found.living] == [mine.session_id]
    assert {one.end for one in found.ended} == {END_LABELS[SessionEnd.IDLE], END_LABELS[SessionEnd.GRANT]}
    assert all(one.ended for one in found.ended)


async def test_after_thirty_days_an_ended_one_is_shown_no_more(world: World, unit: Account, time: Any):
    await enter(world, BOSS, "home")
    time.pass_by(days=29)
    assert len((await seen(await who(await enter(world, BOSS, "home")))).ended) == 1
    time.pass_by(days=2)
    found = await seen(await who(await enter(world, BOSS, "home")))
    assert (len(found.living), len(found.ended)) == (1, 1)


async def test_who_must_change_the_password_sees_and_ends_nothing(world: World, unit: Account):
    mine = await who(await enter(world, BOSS, "home"))
    other = await who(await enter(world, BOSS, "other"))
    first = Actor(session_key="x", session_id=mine.session_id, person_id=mine.person_id, must_change=True)
    assert await seen(first) == OwnSessions((), ())
    assert await end(first, other.session_id) == GONE
    assert await end_others(first) == 0


async def test_a_session_that_has_ended_sees_and_ends_nothing(world: World, unit: Account):
    mine = await who(await enter(world, BOSS, "home"))
    other = await who(await enter(world, BOSS, "other"))
    assert await end(other, mine.session_id) is None
    assert await seen(mine) == OwnSessions((), ())
    assert await end(mine, other.session_id) == GONE
    assert await end_others(mine) == 0


async def test_however_many_there_are_it_takes_three_statements(world: World, unit: Account):
    mine = await who(await enter(world, BOSS, "home"))
    await warm_up()
    counts: list[int] = []
    for _ in range(2):
        with statements() as said:
            await seen(mine)
        counts.append(len(said))
        for number in range(5):
            await enter(world, BOSS, f"device {number}", unit.unit_number)
    assert counts == [3, 3]
    assert await how_many(Credential) == 2


async def test_the_current_session_is_shown_however_many_others_there_are(
    world: World, unit: Account, monkeypatch: Any
):
    monkeypatch.setattr(own_sessions, "MOST_LIVING", 3)
    mine = await who(await enter(world, BOSS, "home"))
    for number in range(5):
        await enter(world, BOSS, f"device {number}")
    found = await seen(mine)
    assert len(found.living) == 3
    assert found.living[0].current
    assert await end_others(mine) == 5
