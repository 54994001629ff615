"""Officers log in with two factors: one answer for all that is wrong, one comparison, one use of each code."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jsrs_portal import clock, crypto, db
from jsrs_portal.access.actor import Ended
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import staff as rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.domain.totp import step_at
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.sessions import Counter, LoginTicket
from jsrs_portal.models.staff import Staff, StaffSession, StaffTicket
from jsrs_portal.services import recovery, retention, sessions, staff, staff_login, staff_sessions
from jsrs_portal.services.staff_login import StaffTicket as Ticket
from tests.services.officers import PASSWORD, account, at_work, log_in, officer, redeem, whose
from tests.services.world import at_once, change, everything_stored, how_many, rows, statements, visitor, warm_up

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


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


async def results() -> list[str]:
    """Return the results of the logins in the audit trail, in order."""
    return [one.result for one in await rows(AuditEntry) if one.action == "staff.login"]


# What is typed


async def test_all_three_right_lead_in(time, comparisons):
    who = await officer()
    outcome = await log_in(who)
    assert isinstance(outcome, Ticket)
    assert len(comparisons) == 1
    found = await whose(await redeem(outcome))
    assert isinstance(found, Actor)
    assert (found.staff_id, found.staff_role, found.signed_in) == (who.id, StaffRole.OFFICER, False)
    assert not found.may(Permission.OWN_ACCOUNT)
    assert await results() == ["OK"]
    entries = [one for one in await rows(AuditEntry) if one.action.startswith("staff.") and one.person_id == who.id]
    assert [one.action for one in entries] == ["staff.login", "staff.session.open"]


@pytest.mark.parametrize("wrong", ["login", "password", "code", "password and code", "nothing typed", "locked"])
async def test_whatever_is_wrong_the_answer_and_the_cost_are_the_same(time, comparisons, wrong):
    who = await officer()
    typed: dict[str, str] = {}
    if wrong == "login":
        typed = {"login": "nobody.here"}
    if "password" in wrong:
        typed |= {"password": "Wrong-4711-quiet"}
    if "code" in wrong:
        typed |= {"code": who.code(5)}
    if wrong == "nothing typed":
        typed = {"login": "x", "password": "", "code": ""}
    if wrong == "locked":
        await change(Staff, status="LOCKED")
    outcome = await log_in(who, **typed)
    assert outcome == Refusal(rules.WRONG, code="wrong")
    assert len(comparisons) == 1
    assert await how_many(StaffTicket) == 0
    expected = {"code": "CODE", "locked": "ACCOUNT_LOCKED"}.get(wrong, "WRONG")
    assert await results() == [expected]


async def test_known_and_unknown_accounts_cost_the_same_statements(time):
    who = await officer()
    counts = []
    for login in (who.login, "nobody.here"):
        await warm_up()
        with statements() as seen:
            await log_in(who, login=login, password="Wrong-4711-quiet")
        counts.append(len(seen))
    assert counts[0] == counts[1]


async def test_a_code_is_good_for_once(time):
    who = await officer()
    code = who.code()
    assert isinstance(await log_in(who, code=code), Ticket)
    assert (await log_in(who, code=code)).code == "wrong"
    time.pass_by(seconds=30)
    assert (await log_in(who, code=code)).code == "wrong"
    assert isinstance(await log_in(who), Ticket)
    assert (await log_in(who, code=who.code(-1))).code == "wrong"
    assert (await account(who)).totp_last_step == step_at(time.now)


async def test_of_many_at_once_with_one_code_one_comes_in(time):
    who = await officer()
    code = who.code()
    outcomes = await at_once(*(log_in(who, code=code, actor=visitor(f"b{n}", f"198.51.100.{n}")) for n in range(4)))
    assert sum(isinstance(one, Ticket) for one in outcomes) == 1
    assert await how_many(StaffTicket) == 1


async def test_a_wrong_password_does_not_use_up_the_code(time):
    who = await officer()
    assert (await log_in(who, password="Wrong-4711-quiet")).code == "wrong"
    assert isinstance(await log_in(who), Ticket)


async def test_a_hash_copied_from_another_account_opens_nothing(time):
    one, other = await officer(), await officer("li.si")
    async with db.unit_of_work() as session:
        mine, theirs = await session.get_one(Staff, one.id), await session.get_one(Staff, other.id)
        theirs.password_hash = mine.password_hash
        theirs.binding = mine.binding
    assert (await log_in(other)).code == "wrong"


# Limits


async def test_five_failures_lock_and_the_lock_grows(time, comparisons):
    who = await officer()
    for minutes in (15, 30, 60, 60):
        for n in range(5):
            assert (await log_in(who, password=f"Wrong-{n}-quiet")).code == "wrong"
        compared = len(comparisons)
        locked = await log_in(who)
        assert locked.code == "locked"
        assert str(minutes) in locked.sentence
        assert len(comparisons) == compared
        time.pass_by(minutes=minutes, seconds=1)
    assert isinstance(await log_in(who), Ticket)
    assert "LOCKED" in await results()


async def test_an_unknown_account_is_locked_alike(time):
    who = await officer()
    found = [(await log_in(who, login="nobody.here")).code for _ in range(6)]
    assert found == ["wrong"] * 5 + ["locked"]
    assert isinstance(await log_in(who), Ticket)


async def test_simultaneous_guesses_cannot_pass_the_limit_together(time, comparisons):
    who = await officer()
    outcomes = await at_once(*(log_in(who, password=f"Wrong-{n}-quiet", actor=visitor(f"b{n}")) for n in range(12)))
    assert sum(one.code == "wrong" for one in outcomes) == 5
    assert len(comparisons) == 5


async def test_a_source_is_throttled_whatever_it_tries(time, monkeypatch):
    monkeypatch.setattr(frequency, "STAFF_SOURCE", replace(frequency.STAFF_SOURCE, most=3))
    who = await officer()
    found = [(await log_in(who, login=f"guess{n}")).code for n in range(5)]
    assert found == ["wrong"] * 3 + ["throttled"] * 2
    assert (await results()).count("THROTTLED") == 1
    assert isinstance(await log_in(who, actor=visitor("other", "198.51.100.9")), Ticket)


async def test_a_success_forgives_the_failures_before(time):
    who = await officer()
    for _ in range(4):
        await log_in(who, password="Wrong-4711-quiet")
    assert isinstance(await log_in(who), Ticket)
    assert {row.count for row in await rows(Counter)} == {4}  # the source's failures; the account's are forgotten


# The session


async def test_a_ticket_is_for_one_browser_once_and_thirty_seconds(time):
    who = await officer()
    first = await log_in(who)
    assert await redeem(first, visitor("another browser")) == ""
    assert await redeem(first)
    assert await redeem(first) == ""
    time.pass_by(seconds=60)
    late = await log_in(who)
    time.pass_by(seconds=31)
    assert await redeem(late) == ""
    assert await how_many(StaffSession) == 1


async def test_neither_kind_of_ticket_opens_the_other_kind_of_session(time, world):
    from tests.services.numbers import employer

    who, unit = await officer(), await world.registered_unit(employer(1))
    ticket = await log_in(who)
    assert isinstance(ticket, Ticket)
    assert await world.redeem(visitor(), ticket.value) == ""
    assert await redeem(await world.ticket(visitor(), unit)) == ""
    assert await redeem(ticket)
    assert await how_many(LoginTicket) == 1


async def test_a_cookie_of_one_kind_is_never_looked_up_as_the_other(time, world):
    """The same secret with the other letter proves another key; even the same key is looked for in its own table."""
    who = await officer()
    value = await at_work(who)
    assert await whose("s" + value[1:]) == Ended(SessionEnd.REPLACED)
    async with db.reading() as session:
        stored = (await rows(StaffSession))[0].token_hash
        assert not await sessions.find_sessions(session, keys=[stored])
        assert set(await staff_sessions.find_staff_sessions(session, keys=[stored])) == {stored}


@pytest.mark.parametrize(("minutes", "end"), [(15, None), (16, SessionEnd.IDLE)])
async def test_fifteen_idle_minutes_end_it(time, minutes, end):
    value = await at_work(await officer())
    time.pass_by(minutes=minutes)
    found = await whose(value)
    assert found == Ended(end, staff=True) if end else isinstance(found, Actor)


async def test_activity_prolongs_it_to_eight_hours_and_no_more(time):
    value = await at_work(await officer())
    for _ in range(48):
        assert isinstance(await whose(value, passive=False), Actor)
        time.pass_by(minutes=10)
    time.pass_by(seconds=1)
    assert await whose(value) == Ended(SessionEnd.ABSOLUTE, staff=True)


async def test_looking_does_not_prolong_it(time):
    value = await at_work(await officer())
    for _ in range(2):
        time.pass_by(minutes=8)
        found = await whose(value, passive=True)
    assert found == Ended(SessionEnd.IDLE, staff=True)


async def test_a_new_role_or_region_counts_at_once(time):
    who = await officer()
    value = await at_work(who)
    await change(Staff, role=StaffRole.AUDIT, region="320500")
    time.pass_by(seconds=6)
    found = await whose(value)
    assert isinstance(found, Actor)
    assert (found.staff_role, found.staff_region) == (StaffRole.AUDIT, "320500")


async def test_logging_out_ends_it(time):
    value = await at_work(await officer())
    found = await whose(value)
    assert isinstance(found, Actor)
    async with db.unit_of_work() as session:
        await staff_sessions.end_staff_session(session, actor=found, because=SessionEnd.LOGOUT)
        await staff_sessions.end_staff_session(session, actor=visitor(), because=SessionEnd.LOGOUT)
    time.pass_by(seconds=6)
    assert await whose(value) == Ended(SessionEnd.LOGOUT, staff=True)


async def test_a_restored_backup_has_no_open_session(time):
    who = await officer()
    value, ticket = await at_work(who), None
    time.pass_by(seconds=30)
    ticket = await log_in(who)
    await recovery.void_what_was_open()
    time.pass_by(seconds=6)
    assert await whose(value) == Ended(SessionEnd.REPLACED, staff=True)
    assert await redeem(ticket) == ""


async def test_what_is_long_over_is_cleared_away(time):
    who = await officer()
    await at_work(who)
    time.pass_by(days=2)
    await retention.clear_away()
    assert (await how_many(StaffTicket), await how_many(StaffSession)) == (0, 1)
    time.pass_by(days=190)
    await retention.clear_away()
    assert await how_many(StaffSession) == 0


# What an account has to be


@pytest.mark.parametrize(
    ("changed", "result"),
    [({"authorised": False}, "NOT_AUTHORISED"), ({"must_change": True, "void_after": LONG_AGO}, "VOID")],
)
async def test_an_account_that_is_not_let_in_hears_the_same_as_ever(time, comparisons, changed, result):
    who = await officer()
    await change(Staff, **changed)
    assert await log_in(who) == Refusal(rules.WRONG, code="wrong")
    assert len(comparisons) == 1
    assert await results() == [result]
    assert await how_many(StaffTicket) == 0


async def test_an_account_without_an_authenticator_or_a_code_lets_nobody_in(time, comparisons):
    who = await officer()
    await change(Staff, enrolled=False)
    for typed in ("", "-", who.code()):
        assert (await log_in(who, code=typed)).code == "wrong"
    assert (len(comparisons), await results()) == (3, ["CODE"] * 3)


async def test_an_account_that_is_enrolled_needs_its_code(time):
    who = await officer()
    assert (await log_in(who, code="")).code == "wrong"
    assert await results() == ["CODE"]


@pytest.mark.parametrize("act", ["reset", "lock and unlock"])
async def test_a_ticket_is_worth_nothing_once_the_account_is_another(time, act):
    who = await officer()
    ticket = await log_in(who)
    async with db.unit_of_work() as session:
        if act == "reset":
            await staff.reset_staff(session, login=who.login)
        else:
            for locked in (True, False):
                await staff.set_locked_by_operator(session, login=who.login, locked=locked)
    assert await redeem(ticket) == ""
    assert await how_many(StaffSession) == 0


# What is stored, and the demonstration


async def test_nothing_secret_is_stored_in_clear(time):
    who = await officer()
    ticket = await log_in(who)
    assert isinstance(ticket, Ticket)
    value = await redeem(ticket)
    stored = await everything_stored()
    assert [one for one in ("张三丰", who.secret, PASSWORD, ticket.value, value) if one in stored] == []


async def test_the_demonstrations_officers_exist_only_there(time, monkeypatch):
    async with db.unit_of_work() as session:
        assert await staff.load_demo_staff(session)
        assert not await staff.load_demo_staff(session)
    assert [one.login for one in staff_login.demo_codes()] == [one.login for one in staff.DEMO_STAFF]
    codes = {one.login: one.code for one in staff_login.demo_codes()}
    outcome = await staff_login.login_staff(
        actor=visitor(), login="officer", password=staff.DEMO_STAFF_PASSWORD, code=codes["officer"]
    )
    assert isinstance(outcome, Ticket)
    for module in (staff, staff_login):
        monkeypatch.setattr(module, "get_settings", lambda: type("Production", (), {"demo": False}))
    assert staff_login.demo_codes() == []
    async with db.unit_of_work() as session:
        with pytest.raises(RuntimeError):
            await staff.load_demo_staff(session)
    assert clock.now()
