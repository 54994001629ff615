"""Logging in for an institution: by its number, with its own password, into a session of its own (R-2.6.6.5)."""

import asyncio
import threading
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import crypto, db
from jsrs_portal.access.actor import Ended
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.authority import Actor, Permission, Role
from jsrs_portal.domain.institutions import InstitutionStatus
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.people import Credential, Person, PersonStatus
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.units import Grant, Institution
from jsrs_portal.services import login, sessions
from jsrs_portal.services.login import Ticket
from tests.services.granting import UNIT, audited, given, who
from tests.services.numbers import human
from tests.services.opening import (
    HER,
    HIM,
    OWN_PASSWORD,
    SECOND_PASSWORD,
    administrator,
    code,
    done,
    enter,
    first,
    granted,
    hand_over,
    log_in,
    open_,
    registered,
    reset,
    set_own,
    switch,
    with_own_password,
)
from tests.services.world import ADDRESS, OTHER_PASSWORD, at_once, everything_stored, rows, visitor

pytestmark = [pytest.mark.req("R-2.6.6.5"), pytest.mark.usefixtures("time", "as_in_the_server")]
FIRST = first(HER)


@pytest.fixture
async def her(world):
    """A registered person with a personal password."""
    return await world.registered_person(HER, OTHER_PASSWORD)


@pytest.fixture
async def school(unit, boss, her):
    """An institution that has just been opened, with her as its administrator."""
    return done(await open_(boss, await registered(unit), administrator(HER)))


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


# Who comes in


@pytest.mark.req("R-2.6.6.3")
@pytest.mark.parametrize("by", ["id", "phone"])
@pytest.mark.parametrize("number", ["J320000001", " j320000001 ", "Ｊ３２００００００１"])
async def test_the_institutions_number_with_id_number_or_phone(school, her, comparisons, number, by):
    outcome = await login.login_unit(
        actor=visitor(), account=number, identifier=HER.id_number if by == "id" else HER.mobile, password=FIRST
    )
    assert isinstance(outcome, Ticket)
    (ticket,) = await rows(LoginTicket)
    (grant,) = await granted(school)
    assert (ticket.person_id, ticket.grant_id, ticket.institution_id) == (her, grant.id, school.id)
    assert ticket.unit_id is None
    assert outcome.value not in await everything_stored()
    assert len(comparisons) == 1
    assert [(entry.result, entry.person_id) for entry in await audited("login")] == [("OK", her)]


@pytest.mark.req("R-2.6.6.3")
async def test_a_session_with_a_first_password_may_do_nothing_but_change_it(world, school, her):
    value = await enter(world, school, HER, FIRST)
    (found,) = await rows(UserSession)
    (grant,) = await granted(school)
    assert (found.person_id, found.unit_id, found.grant_id) == (her, None, grant.id)
    assert found.institution_id == school.id
    actor = await who(value)
    assert actor == Actor(
        session_key=actor.session_key,
        address=ADDRESS,
        session_id=found.id,
        person_id=her,
        grant_id=grant.id,
        role=Role.INSTITUTION_ADMIN,
        institution_id=school.id,
        must_change=True,
    )
    assert [permission for permission in Permission if actor.may(permission)] == [Permission.FIRST_PASSWORD]
    (entry,) = await audited("session.open")
    assert (entry.subject, entry.person_id) == (school.id, her)
    async with db.reading() as session:
        view = (await sessions.find_sessions(session, keys=[actor.session_key])).get(actor.session_key)
    assert (view.must_change, view.institution_id, view.unit_id, view.end) == (True, school.id, "", None)


@pytest.mark.req("R-2.6.6.3")
async def test_with_an_own_password_one_sees_the_institution_and_nothing_of_the_unit(world, school):
    await with_own_password(world, school, HER)
    actor = await who(await enter(world, school, HER, OWN_PASSWORD, "another browser"))
    assert (actor.role, actor.unit_id, actor.institution_id) == (Role.INSTITUTION_ADMIN, "", school.id)
    assert not actor.must_change
    allowed = [permission for permission in Permission if actor.may(permission)]
    assert allowed == [Permission.OWN_CREDENTIALS, Permission.APPLY, Permission.INSTITUTION_OWN]
    async with db.reading() as session:
        view = (await sessions.find_sessions(session, keys=[actor.session_key])).get(actor.session_key)
    assert (view.must_change, view.end) == (False, None)


async def test_each_institution_of_one_person_has_a_password_and_a_session_of_its_own(world, unit, boss, school):
    other = done(await open_(boss, await registered(unit, 2), administrator(HER)))
    here = await with_own_password(world, school, HER)
    there = await enter(world, other, HER, FIRST, "another browser")
    assert (await who(here)).institution_id == school.id
    assert ((await who(there)).institution_id, (await who(there)).must_change) == (other.id, True)
    assert code(await log_in(other, HER.mobile, OWN_PASSWORD)) == "wrong"
    assert code(await log_in(school, HER.mobile, FIRST)) == "wrong"


# The same answer, and exactly one comparison, whichever part is wrong


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize(
    "what",
    [
        "number",
        "unknown person",
        "password",
        "empty password",
        "small letters",
        "personal password",
        "unit password",
        "not an administrator",
        "former",
        "not opened",
        "disabled",
        "locked person",
        "closed person",
        "revoked grant",
        "copied hash",
    ],
)
async def test_the_same_sentence_and_one_comparison_whichever_part_is_wrong(
    world, unit, boss, school, her, comparisons, what
):
    him = await world.registered_person(HIM, OTHER_PASSWORD)
    account, identifier, password = school.number, HER.mobile, FIRST
    if what == "number":
        account = "J320000009"
    elif what == "unknown person":
        identifier = human(7).mobile
    elif what == "password":
        password = OWN_PASSWORD
    elif what == "empty password":
        password = ""
    elif what == "small letters":
        password = FIRST.lower()
    elif what == "personal password":
        password = OTHER_PASSWORD
    elif what == "unit password":
        await given(boss, her)
        await world.set_unit_password(unit, her, SECOND_PASSWORD)
        password = SECOND_PASSWORD
    elif what == "not an administrator":
        identifier, password = HIM.mobile, OTHER_PASSWORD
    elif what == "former":
        done(await hand_over(boss, school, administrator(HIM)))
    elif what == "not opened":
        account = (await registered(unit, 2)).number
    elif what == "disabled":
        done(await switch(boss, school, disabled=True))
        password = OWN_PASSWORD
    elif what.endswith("person"):
        status = PersonStatus.LOCKED if what.startswith("locked") else PersonStatus.CLOSED
        await set_on(Person, her, status=status)
    elif what == "revoked grant":
        await set_on(Grant, (await granted(school))[0].id, status="REVOKED")
    elif what == "copied hash":
        done(await open_(boss, await registered(unit, 2), administrator(HIM)))
        stolen = [one for one in await rows(Credential) if one.person_id == her and "institution" in one.realm]
        async with db.unit_of_work() as session:
            values = {"password_hash": stolen[0].password_hash, "binding": stolen[0].binding}
            mine = (col(Credential.person_id) == him) & col(Credential.realm).startswith("institution")
            await session.execute(update(Credential).where(mine).values(values))
        account, identifier = "J320000002", HIM.mobile
    refused = await login.login_unit(actor=visitor(), account=account, identifier=identifier, password=password)
    assert (refused.sentence, refused.field, refused.code) == (rules.WRONG, "", "wrong")
    assert len(comparisons) == 1
    assert not await rows(LoginTicket)
    assert [entry.result for entry in await audited("login")] == ["WRONG"]


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize("password", ["own", "first", "first and void"])
async def test_that_it_is_disabled_hears_only_whoever_types_the_right_password(
    world, boss, school, time, comparisons, password
):
    if password == "own":
        await with_own_password(world, school, HER)
    elif password == "first and void":
        time.pass_by(days=8)
    right = OWN_PASSWORD if password == "own" else FIRST
    done(await switch(boss, school, disabled=True))
    comparisons.clear()
    assert code(await log_in(school, HER.mobile, SECOND_PASSWORD)) == "wrong"
    refused = await log_in(school, HER.mobile, right)
    assert (refused.code, len(comparisons)) == ("disabled", 2)
    assert "机构已停用" in refused.sentence
    assert "法定代表人或管理员" in refused.sentence
    assert [one for one in await rows(LoginTicket) if one.used_at is None] == []
    results = {(entry.result, entry.subject) for entry in await audited("login")} - {("OK", school.id)}
    assert results == {("WRONG", school.id), ("DISABLED", school.id)}
    done(await switch(boss, school, disabled=False))
    assert code(await log_in(school, HER.mobile, right)) == "void" if password == "first and void" else True


async def set_on(model, row_id: str, **values) -> None:
    """Change one row behind the portal's back."""
    async with db.unit_of_work() as session:
        await session.execute(update(model).where(col(model.id) == row_id).values(values))


async def test_an_institutions_password_opens_neither_the_unit_nor_the_person(world, unit, boss, school, her):
    await given(boss, her)
    await with_own_password(world, school, HER)
    for account, password in ((UNIT.uscc, FIRST), (unit.unit_number, OWN_PASSWORD)):
        refused = await login.login_unit(actor=visitor(), account=account, identifier=HER.mobile, password=password)
        assert refused.code == "wrong"
    refused = await login.login_person(actor=visitor(), identifier=HER.id_number, password=OWN_PASSWORD)
    assert refused.code == "wrong"
    for account in (UNIT.uscc, unit.unit_number):
        came_in = await login.login_unit(
            actor=visitor(), account=account, identifier=HER.mobile, password=OTHER_PASSWORD
        )
        assert isinstance(came_in, Ticket)
    assert isinstance(await login.login_person(actor=visitor(), identifier=HER.mobile, password=OTHER_PASSWORD), Ticket)


async def test_the_unit_is_not_opened_by_whoever_only_administers_an_institution(unit, school):
    for password in (FIRST, OTHER_PASSWORD):
        refused = await login.login_unit(actor=visitor(), account=UNIT.uscc, identifier=HER.mobile, password=password)
        assert refused.code == "wrong"


@pytest.mark.req("R-2.6.5.7")
async def test_an_agent_who_is_an_administrator_too_logs_in_for_either(world, unit, boss, school, her):
    agent = await given(boss, her)
    outcome = await login.login_unit(actor=visitor(), account=UNIT.uscc, identifier=HER.mobile, password=OTHER_PASSWORD)
    (ticket,) = await rows(LoginTicket)
    assert (ticket.unit_id, ticket.institution_id, ticket.grant_id) == (unit.unit_id, None, agent.id)
    for_the_unit = await who(await world.redeem(visitor(), outcome))
    for_the_school = await who(await enter(world, school, HER, FIRST, "another browser"))
    assert (for_the_unit.role, for_the_unit.institution_id, for_the_unit.must_change) == (Role.AGENT, "", False)
    assert (for_the_school.role, for_the_school.unit_id) == (Role.INSTITUTION_ADMIN, "")


# Seven days


@pytest.mark.req("R-2.6.6.3")
@pytest.mark.parametrize(
    ("after", "good"),
    [
        (timedelta(), True),
        (timedelta(days=6, hours=23, minutes=59, seconds=59), True),
        (timedelta(days=7), True),
        (timedelta(days=7, seconds=1), False),
        (timedelta(days=400), False),
    ],
)
async def test_a_first_password_is_void_after_seven_days(school, her, time, comparisons, after, good):
    time.pass_by(seconds=after.total_seconds())
    outcome = await log_in(school, HER.mobile, FIRST)
    assert isinstance(outcome, Ticket) is good
    assert len(comparisons) == 1
    if not good:
        assert (outcome.sentence, outcome.field, outcome.code) == (rules.VOID, "", "void")
        assert not await rows(LoginTicket)
        assert [(entry.result, entry.person_id) for entry in await audited("login")] == [("VOID", her)]


@pytest.mark.req("R-2.6.6.3", "R-2.4.7")
async def test_that_it_is_void_is_said_only_to_whoever_typed_it_right(school, time, comparisons):
    time.pass_by(days=8)
    for password in (OWN_PASSWORD, FIRST.lower(), "", FIRST + "x"):
        assert (await log_in(school, HER.mobile, password)).sentence == rules.WRONG
    assert code(await log_in(school, human(7).mobile, FIRST)) == "wrong"
    assert code(await log_in(school, HER.id_number, FIRST)) == "void"
    assert len(comparisons) == 6


@pytest.mark.req("R-2.6.6.3", "R-2.4.7")
async def test_a_void_password_is_a_failure_that_counts(school, time, comparisons):
    """Nobody may try for ever, not even with the right one."""
    time.pass_by(days=8)
    for _ in range(5):
        assert code(await log_in(school, HER.mobile, FIRST)) == "void"
    assert code(await log_in(school, HER.mobile, FIRST)) == "locked"
    assert code(await log_in(school, HER.id_number, FIRST)) == "wrong"
    assert len(comparisons) == 6


@pytest.mark.req("R-2.6.6.3")
async def test_an_own_password_is_never_void(world, school, time):
    await with_own_password(world, school, HER)
    time.pass_by(days=400)
    assert isinstance(await log_in(school, HER.mobile, OWN_PASSWORD), Ticket)


@pytest.mark.req("R-2.6.6.3")
async def test_whoever_came_in_in_time_may_still_change_it_when_the_seven_days_are_over(world, school, time):
    time.pass_by(days=6, hours=23, minutes=55)
    value = await enter(world, school, HER, FIRST)
    time.pass_by(minutes=20)
    await set_own(value)
    assert isinstance(await log_in(school, HER.mobile, OWN_PASSWORD), Ticket)


# The lock


@pytest.mark.req("R-2.4.7")
async def test_failures_count_by_the_institutions_password_however_it_is_named(school, comparisons):
    names = [
        (school.number, HER.mobile),
        (school.number.lower(), HER.id_number),
        (f" {school.number}", f"+86{HER.mobile}"),
        (school.number, HER.id_number),
        (school.number, HER.mobile),
    ]
    for n, (account, identifier) in enumerate(names):
        refused = await login.login_unit(
            actor=visitor(), account=account, identifier=identifier, password=f"wrong-{n}-Aa"
        )
        assert refused.code == "wrong"
    assert code(await log_in(school, HER.mobile, FIRST)) == "wrong"
    assert code(await log_in(school, HER.id_number, FIRST)) == "wrong"
    assert len(comparisons) == 7
    assert [entry.result for entry in await audited("login")] == ["WRONG"] * 5 + ["LOCKED"] * 2


@pytest.mark.req("R-2.4.7")
async def test_the_lock_of_an_institution_is_no_other_passwords(world, unit, boss, school, her, time):
    await given(boss, her)
    other = done(await open_(boss, await registered(unit, 2), administrator(HER)))
    for n in range(5):
        assert code(await log_in(school, HER.mobile, f"wrong-{n}-Aa")) == "wrong"
    assert code(await log_in(school, HER.mobile, FIRST)) == "locked"
    assert isinstance(await log_in(other, HER.mobile, FIRST), Ticket)
    for account in (UNIT.uscc, unit.unit_number):
        came_in = await login.login_unit(
            actor=visitor(), account=account, identifier=HER.mobile, password=OTHER_PASSWORD
        )
        assert isinstance(came_in, Ticket)
    assert isinstance(await login.login_person(actor=visitor(), identifier=HER.mobile, password=OTHER_PASSWORD), Ticket)
    time.pass_by(minutes=15, seconds=1)
    assert isinstance(await log_in(school, HER.mobile, FIRST), Ticket)


@pytest.mark.req("R-2.4.7")
async def test_the_lock_of_a_person_is_not_the_institutions(school):
    for n in range(5):
        refused = await login.login_person(actor=visitor(), identifier=HER.mobile, password=f"wrong-{n}-Aa")
        assert refused.code == "wrong"
    assert isinstance(await log_in(school, HER.mobile, FIRST), Ticket)


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize("exists", [True, False])
async def test_fifty_simultaneous_guesses_get_five_comparisons(school, comparisons, exists):
    identifier = HER.mobile if exists else human(7).mobile
    outcomes = await at_once(*[log_in(school, identifier, f"guess-{n}-Aa", visitor(f"browser {n}")) for n in range(50)])
    codes = [refused.code for refused in outcomes]
    assert len(comparisons) == 5
    assert (codes.count("wrong"), codes.count("locked")) == (5, 45)


# What happens while somebody is logging in


@pytest.mark.req("R-2.6.6.4")
@pytest.mark.parametrize("how", ["reset", "hand over"])
async def test_a_password_taken_away_while_it_is_compared_opens_nothing(world, boss, school, monkeypatch, how):
    """The comparison takes a while; whoever began it with the old password must not come in afterwards."""
    await world.registered_person(HIM)
    await with_own_password(world, school, HER)
    started, go_on, original = threading.Event(), threading.Event(), crypto.verify_password

    def slow(password: str, stored: str | None) -> bool:
        started.set()
        assert go_on.wait(20)
        return original(password, stored)

    monkeypatch.setattr(crypto, "verify_password", slow)
    coming = asyncio.create_task(log_in(school, HER.mobile, OWN_PASSWORD))
    assert await asyncio.to_thread(started.wait, 20)
    done(await (reset(boss, school) if how == "reset" else hand_over(boss, school, administrator(HIM))))
    go_on.set()
    assert code(await coming) == "wrong"
    assert [one for one in await rows(LoginTicket) if one.used_at is None] == []


async def test_an_institution_disabled_between_ticket_and_session_ends_the_session(world, school):
    ticket = await log_in(school, HER.mobile, FIRST)
    await set_on(Institution, school.id, status=InstitutionStatus.DISABLED)
    value = await world.redeem(visitor(), ticket)
    assert await who(value) == Ended(SessionEnd.GRANT)


@pytest.mark.parametrize("status", [PersonStatus.LOCKED, PersonStatus.CLOSED])
async def test_a_session_ends_when_its_person_is_locked(world, school, her, time, status):
    value = await with_own_password(world, school, HER)
    await set_on(Person, her, status=status)
    time.pass_by(seconds=5)
    assert await who(value) == Ended(SessionEnd.REPLACED)
