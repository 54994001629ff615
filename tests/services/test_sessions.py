"""Signed-in sessions: opened once by a ticket, ended by time, by people and by grants (R-2.4.8)."""

from datetime import datetime, timedelta

import pytest

from jsrs_portal import clock, crypto, db
from jsrs_portal.access import actor as actors
from jsrs_portal.access import cookie
from jsrs_portal.access.actor import Ended, resolve
from jsrs_portal.domain.authority import Actor, GrantStatus, Role
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.units import Grant
from jsrs_portal.services import codes, sessions
from jsrs_portal.services.drafts import SavedProgress
from tests.services.numbers import employer
from tests.services.world import (
    ADDRESS,
    at_once,
    change,
    everything_stored,
    how_many,
    rows,
    statements,
    visitor,
    warm_up,
)

pytestmark = pytest.mark.req("R-2.4.8")
ME = visitor()


@pytest.fixture
async def unit(world):
    """A registered unit."""
    return await world.registered_unit(employer(1))


async def who(value: str, *, passive: bool = True):
    return await resolve(cookie.proof(value), address=ADDRESS, passive=passive)


async def the_session() -> UserSession:
    (found,) = await rows(UserSession)
    return found


async def end(value: str) -> None:
    actor = await who(value)
    assert isinstance(actor, Actor)
    async with db.unit_of_work() as session:
        await sessions.end_session(session, actor=actor, because=SessionEnd.LOGOUT)


def beijing(*when: int) -> datetime:
    return datetime(*when, tzinfo=clock.BEIJING)


# The ticket


async def test_a_ticket_opens_the_session_it_promises(world, unit, time):
    value = await world.signed_in(unit)
    found = await the_session()
    assert (found.person_id, found.unit_id, found.grant_id) == (unit.person_id, unit.unit_id, unit.grant_id)
    assert (found.last_active_at, found.expires_at) == (time.now, time.now + timedelta(hours=12))
    assert (found.address, found.device, found.ended_at) == (ADDRESS, "Chrome · Windows", None)
    assert value not in await everything_stored()
    assert await who(value) == Actor(
        session_key=cookie.session_key(value),
        address=ADDRESS,
        session_id=found.id,
        person_id=unit.person_id,
        unit_id=unit.unit_id,
        grant_id=unit.grant_id,
        role=Role.LEGAL_REP,
    )


async def test_a_ticket_works_once(world, unit):
    ticket = await world.ticket(ME, unit)
    assert await world.redeem(ME, ticket)
    assert not await world.redeem(ME, ticket)
    assert await how_many(UserSession) == 1


async def test_fifty_simultaneous_uses_of_a_ticket_open_one_session(world, unit):
    ticket = await world.ticket(ME, unit)
    opened = await at_once(*[world.redeem(ME, ticket) for _ in range(50)])
    assert len([value for value in opened if value]) == 1
    assert await how_many(UserSession) == 1


async def test_a_ticket_lives_thirty_seconds(world, unit, time):
    early, late = await world.ticket(ME, unit), await world.ticket(ME, unit)
    time.pass_by(seconds=29.9)
    assert await world.redeem(ME, early)
    time.pass_by(seconds=0.1)
    assert not await world.redeem(ME, late)


async def test_a_ticket_is_worth_nothing_in_another_browser(world, unit):
    ticket = await world.ticket(ME, unit)
    assert not await world.redeem(visitor("another browser"), ticket)
    assert await world.redeem(ME, ticket)


@pytest.mark.parametrize("ticket", ["", "x" * 43])
async def test_a_made_up_ticket_opens_nothing(world, unit, ticket):
    assert not await world.redeem(ME, ticket)
    assert await how_many(UserSession) == 0


async def test_only_the_hash_of_a_ticket_is_stored(world, unit):
    ticket = await world.ticket(ME, unit)
    assert ticket not in await everything_stored()
    (row,) = await rows(LoginTicket)
    assert row.ticket_hash == crypto.fingerprint(ticket)


async def test_opening_and_ending_leave_one_entry_each(world, unit):
    value = await world.signed_in(unit)
    found = await the_session()
    await end(value)
    entries = {entry.action: entry for entry in await rows(AuditEntry) if entry.action.startswith("session.")}
    assert set(entries) == {"session.open", "session.end"}
    for entry in entries.values():
        assert (entry.subject, entry.person_id, entry.unit_id) == (found.id, unit.person_id, unit.unit_id)
        assert entry.address == ADDRESS
    assert entries["session.end"].result == SessionEnd.LOGOUT


async def test_ending_an_ended_session_again_leaves_no_second_entry(world, unit):
    value = await world.signed_in(unit)
    actor = await who(value)
    for _ in range(2):
        async with db.unit_of_work() as session:
            await sessions.end_session(session, actor=actor, because=SessionEnd.LOGOUT)
    assert [entry.action for entry in await rows(AuditEntry)].count("session.end") == 1


# Time


async def test_a_session_ends_after_thirty_idle_minutes(world, unit, time):
    value = await world.signed_in(unit)
    time.pass_by(minutes=30)
    assert isinstance(await who(value), Actor)
    time.pass_by(seconds=1)
    assert await who(value) == Ended(SessionEnd.IDLE)
    assert await who(value, passive=False) == Ended(SessionEnd.IDLE)


async def test_activity_prolongs_a_session(world, unit, time):
    value = await world.signed_in(unit)
    for _ in range(3):
        time.pass_by(minutes=29)
        assert isinstance(await who(value, passive=False), Actor)


async def test_polls_do_not_prolong_a_session(world, unit, time):
    value = await world.signed_in(unit)
    opened = (await the_session()).last_active_at
    for _ in range(30):
        time.pass_by(minutes=1)
        assert isinstance(await who(value), Actor)
    assert (await the_session()).last_active_at == opened
    time.pass_by(minutes=1)
    assert await who(value) == Ended(SessionEnd.IDLE)


async def test_a_session_ends_after_twelve_hours_however_busy(world, unit, time):
    value = await world.signed_in(unit)
    for _ in range(36):
        time.pass_by(minutes=20)
        assert isinstance(await who(value, passive=False), Actor)
    time.pass_by(seconds=1)
    assert await who(value, passive=False) == Ended(SessionEnd.ABSOLUTE)


async def test_a_remembered_session_ends_on_time_all_the_same(world, unit, time):
    value = await world.signed_in(unit)
    time.pass_by(minutes=29, seconds=59)
    assert isinstance(await who(value), Actor)
    time.pass_by(seconds=2)
    assert await who(value) == Ended(SessionEnd.IDLE)


async def test_activity_is_written_once_a_minute_at_most(world, unit, time):
    value = await world.signed_in(unit)
    time.pass_by(minutes=2)
    await warm_up()
    with statements() as seen:
        for _ in range(59):
            await who(value, passive=False)
            time.pass_by(seconds=1)
    assert len([statement for statement in seen if statement.startswith("UPDATE")]) == 1
    with statements() as seen:
        time.pass_by(seconds=1)
        await who(value, passive=False)
    assert len([statement for statement in seen if statement.startswith("UPDATE")]) == 1


async def test_the_recorded_activity_is_never_more_than_a_minute_old(world, unit, time):
    value = await world.signed_in(unit)
    for _ in range(20):
        time.pass_by(seconds=25)
        await who(value, passive=False)
        assert time.now - (await the_session()).last_active_at <= timedelta(minutes=1)


async def test_simultaneous_events_write_one_activity(world, unit, time):
    value = await world.signed_in(unit)
    time.pass_by(minutes=5)
    await who(value)
    await warm_up()
    with statements() as seen:
        await at_once(*[who(value, passive=False) for _ in range(20)])
    assert len([statement for statement in seen if statement.startswith("UPDATE")]) == 1


# Ended by people, grants, persons


async def test_a_logged_out_session_is_over_for_this_process_at_once(world, unit, time):
    value = await world.signed_in(unit)
    await end(value)
    actors.forget(cookie.session_key(value))
    assert await who(value) == Ended(SessionEnd.LOGOUT)


async def test_a_revocation_elsewhere_is_seen_within_five_seconds(world, unit, time):
    value = await world.signed_in(unit)
    assert isinstance(await who(value), Actor)
    await change(UserSession, ended_at=time.now, ended_because=SessionEnd.LOGOUT)
    time.pass_by(seconds=4.9)
    assert isinstance(await who(value), Actor)
    time.pass_by(seconds=0.1)
    assert await who(value) == Ended(SessionEnd.LOGOUT)


async def test_busy_polling_does_not_keep_a_revoked_session_alive(world, unit, time):
    value = await world.signed_in(unit)
    await who(value)
    await change(Grant, status=GrantStatus.REVOKED)
    alive = []
    for _ in range(10):
        time.pass_by(seconds=1)
        alive.append(isinstance(await who(value, passive=False), Actor))
    assert alive == [True] * 4 + [False] * 6


async def test_an_ended_session_stays_ended(world, unit, time):
    value = await world.signed_in(unit)
    found = await the_session()
    await change(UserSession, ended_at=time.now, ended_because=SessionEnd.LOGOUT)
    time.pass_by(minutes=5)
    async with db.unit_of_work() as session:
        await sessions.touch_session(session, session_id=found.id, now=time.now)
    assert (await the_session()).last_active_at == found.last_active_at
    assert await who(value) == Ended(SessionEnd.LOGOUT)


@pytest.mark.parametrize("status", [PersonStatus.LOCKED, PersonStatus.CLOSED])
async def test_a_session_ends_when_its_person_is_locked(world, unit, status):
    value = await world.signed_in(unit)
    await change(Person, status=status)
    assert await who(value) == Ended(SessionEnd.REPLACED)


@pytest.mark.req("R-2.6.5.7")
@pytest.mark.parametrize("values", [{"status": GrantStatus.REVOKED}, {"proven_at": None}])
async def test_a_session_ends_with_its_grant(world, unit, values):
    value = await world.signed_in(unit)
    await change(Grant, **values)
    assert await who(value) == Ended(SessionEnd.GRANT)


@pytest.mark.req("R-2.6.5.7")
@pytest.mark.parametrize(
    ("now", "alive"),
    [
        ((2026, 3, 9, 23, 59, 59), False),
        ((2026, 3, 10, 0, 0, 0), True),
        ((2026, 3, 10, 7, 59, 59), True),
        ((2026, 3, 11, 0, 0, 0), True),
        ((2026, 3, 12, 23, 59, 59), True),
        ((2026, 3, 13, 0, 0, 0), False),
        ((2026, 3, 13, 7, 59, 59), False),
    ],
)
async def test_both_days_of_a_grant_count_by_the_clock_in_china(world, unit, time, now, alive):
    await change(
        Grant, valid_from=beijing(2026, 3, 10).date(), valid_until=beijing(2026, 3, 12).date(), proven_at=time.now
    )
    time.set(beijing(*now))
    value = await world.signed_in(unit)
    found = await who(value)
    assert isinstance(found, Actor) if alive else found == Ended(SessionEnd.GRANT)


@pytest.mark.req("R-2.6.5.7")
async def test_an_open_session_ends_at_midnight_in_china_after_the_last_day(world, unit, time):
    time.set(beijing(2026, 3, 12, 23, 50))
    value = await world.signed_in(unit)
    await change(Grant, valid_until=beijing(2026, 3, 12).date())
    time.set(beijing(2026, 3, 12, 23, 59, 59))
    assert isinstance(await who(value), Actor)
    time.pass_by(seconds=5)
    assert await who(value) == Ended(SessionEnd.GRANT)


async def test_a_persons_own_session_needs_no_grant(world, unit, time):
    async with db.unit_of_work() as session:
        ticket = sessions.issue_ticket(session, actor=ME, person_id=unit.person_id, unit_id=None, grant_id=None)
    value = await world.redeem(ME, ticket)
    await change(Grant, status=GrantStatus.REVOKED)
    found = await who(value)
    assert (found.person_id, found.unit_id, found.role) == (unit.person_id, "", None)


# Cookies


async def test_a_visitor_is_an_actor_without_rights_and_costs_no_statement(database):
    await warm_up()
    value = cookie.new_visitor()
    with statements() as seen:
        found = await who(value)
    assert found == Actor(session_key=cookie.session_key(value), address=ADDRESS)
    assert not found.signed_in
    assert seen == []


@pytest.mark.parametrize("value", ["", "a.x.y", "s.", "x" * 60, "a." + "x" * 43 + "." + "y" * 43, "s.短"])
async def test_a_cookie_that_is_not_ours_is_nobody(value):
    assert await who(value) is None


async def test_a_made_up_session_is_nobodys():
    assert await who("s." + "x" * 43) == Ended(SessionEnd.REPLACED)


async def test_a_session_is_found_by_one_statement_and_remembered(world, unit, time):
    value = await world.signed_in(unit)
    for n in range(2, 8):
        await world.signed_in(await world.registered_unit(employer(n)), visitor(f"browser {n}"))
    await warm_up()
    with statements() as seen:
        for _ in range(5):
            await who(value)
    assert len(seen) == 1


# What moves along at login


@pytest.mark.req("R-2.2.8")
async def test_a_visitors_drafts_move_along_at_login(world, unit):
    other = employer(2)
    world.outside.know(other)
    await world.fill_unit(ME, other)
    value = await world.signed_in(unit)
    (draft,) = await rows(Draft)
    assert draft.owner == cookie.session_key(value)
    found = await world.load(await who(value))
    assert found.progress.answers["unit"]["uscc"] == other.uscc
    assert (await world.load(ME)).version == 0


@pytest.mark.req("R-2.2.8")
async def test_a_registration_can_be_finished_after_logging_in_during_it(world, unit):
    """The face check and the code were this browser's before; logging in must not make them worthless."""
    typed = await world.ready_to_register(ME, employer(2))
    now = await who(await world.signed_in(unit))
    outcome = await world.register(now, typed)
    assert isinstance(outcome, SavedProgress), outcome


@pytest.mark.req("R-2.2.8")
async def test_another_browsers_drafts_stay_where_they_are(world, unit):
    her = visitor("another browser")
    world.outside.know(employer(2))
    await world.fill_unit(her, employer(2))
    await world.signed_in(unit)
    assert (await world.load(her)).version == 1


async def test_a_code_sent_before_login_is_not_usable_by_other_sessions(world, unit):
    code = await world.code(ME, employer(2).legal_rep.mobile)
    async with db.unit_of_work() as session:
        refused = await codes.use_code(
            session,
            actor=visitor("another browser"),
            purpose=CodePurpose.UNIT_REGISTRATION,
            mobile=employer(2).legal_rep.mobile,
            code=code,
        )
    assert refused is not None
