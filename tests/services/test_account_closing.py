"""Closing an account: who may, seven days to think better of it, what ends, and registering anew (R-2.6.8.5)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain.account_closing import COOLING_OFF, HeldRole, why_not_close
from jsrs_portal.domain.authority import Actor, GrantState, Role
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.cases import Case, CaseForm
from jsrs_portal.models.catalog import Favourite
from jsrs_portal.models.people import PERSONAL, Credential, FormerPassword, Person, PersonStatus
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant, GrantEvent
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import account_closing, people, retention, units
from jsrs_portal.services.account_closing import EMPTY, REFUSED, WRONG
from tests.services.applying import begin, serve, shipped
from tests.services.granting import BOSS, UNIT, acting, given
from tests.services.numbers import human
from tests.services.settling import entered, lives
from tests.services.world import (
    OTHER_PASSWORD,
    PASSWORD,
    at_once,
    change,
    how_many,
    rows,
    visitor,
)

pytestmark = [pytest.mark.req("R-2.6.8.5"), pytest.mark.usefixtures("as_in_the_server")]
HER = human(9)


@pytest.fixture
async def her_id(world) -> str:
    return await world.registered_person(HER, PASSWORD)


@pytest.fixture
async def her(world, her_id) -> Actor:
    """Somebody logged in as themself."""
    return await entered(world, HER, PASSWORD)


async def request(actor: Actor, password: str = PASSWORD):
    return await account_closing.request_closing(actor=actor, password=password)


async def cancel(actor: Actor):
    async with db.unit_of_work() as session:
        return await account_closing.cancel_closing(session, actor=actor)


async def view(actor: Actor):
    async with db.reading() as session:
        return await account_closing.view_closing(session, actor=actor)


async def banner(actor: Actor) -> str:
    async with db.reading() as session:
        seen = await units.view_viewer(session, actor=actor)
    assert seen is not None
    return seen.closing


async def time_is_up(person_id: str) -> None:
    async with db.unit_of_work() as session:
        person = await session.get_one(Person, person_id)
        assert person.closing_at is not None
        person.closing_at = clock.now() - timedelta(seconds=1)


async def person(person_id: str) -> Person:
    async with db.reading() as session:
        return await session.get_one(Person, person_id)


# The rule


@pytest.mark.parametrize("state", list(GrantState))
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("replaceable", [True, False])
def test_who_has_to_hand_over_first(role: Role, state: GrantState, replaceable: bool) -> None:
    counts = state in (GrantState.ACTIVE, GrantState.SCHEDULED, GrantState.UNPROVEN)
    hinders = role in (Role.LEGAL_REP, Role.INSTITUTION_ADMIN) or (role is Role.ADMIN and not replaceable)
    why = why_not_close([HeldRole(role, "某单位", state, replaceable)])
    assert bool(why) is (counts and hinders)
    assert all("某单位" in sentence and "请先" in sentence for sentence in why)


# Asking


async def test_an_account_is_closed_seven_days_later(her, her_id):
    before = clock.now()
    assert await request(her) is None
    kept = await person(her_id)
    assert kept.closing_at is not None
    assert before + COOLING_OFF <= kept.closing_at <= clock.now() + COOLING_OFF
    assert kept.status == PersonStatus.ACTIVE
    assert (await view(her)).at == await banner(her) != ""
    assert await account_closing.close_accounts() == 0
    assert await lives(her)
    assert len([one for one in await rows(OutboxMessage) if HER.mobile in one.body]) == 1


async def test_asked_twice_the_first_day_stays(her, her_id):
    assert await at_once(*(request(her) for _ in range(5))) == [None] * 5
    first = (await person(her_id)).closing_at
    assert await request(her) is None
    assert (await person(her_id)).closing_at == first
    assert len([one for one in await rows(AuditEntry) if one.action == "account.close_request"]) == 1


async def test_a_wrong_password_closes_nothing_and_locks(her, her_id):
    assert await request(her, "") == EMPTY
    assert (await request(her, "Wrong-1234-word")) == Refusal(WRONG, "closing_password", "wrong")
    outcomes = await at_once(*(request(her, f"Wrong-{n}-word") for n in range(20)))
    assert {one.code for one in outcomes} == {"wrong", "locked"}
    assert (await request(her)).code == "locked"
    assert (await person(her_id)).closing_at is None


async def test_only_who_proved_to_be_themself(world, her_id):
    account = await world.registered_unit(UNIT)
    by_the_unit = await acting(account.grant_id)
    for nobody in (visitor(), by_the_unit, Actor(session_key="x", person_id=her_id)):
        assert await request(nobody) == REFUSED
        assert await cancel(nobody) == REFUSED
        assert await view(nobody) is None


async def test_a_legal_representative_hands_over_first(world):
    account = await world.registered_unit(UNIT)
    async with db.unit_of_work() as session:
        hashed = crypto.hash_password(OTHER_PASSWORD)
        await people.set_password(session, person_id=account.person_id, realm=PERSONAL, password_hash=hashed)
    oneself = await entered(world, BOSS, OTHER_PASSWORD)
    (why,) = (await view(oneself)).why_not
    assert UNIT.name in why
    refused = await request(oneself, OTHER_PASSWORD)
    assert (refused.code, refused.sentence) == ("held", why)
    assert await banner(oneself) == ""


async def test_taken_back_it_stays_as_it_was(her, her_id):
    await request(her)
    assert await cancel(her) is None
    assert await cancel(her) is None
    assert await banner(her) == ""
    assert (await person(her_id)).closing_at is None
    actions = [one.action for one in await rows(AuditEntry)]
    assert (actions.count("account.close_request"), actions.count("account.close_cancel")) == (1, 1)
    assert await account_closing.close_accounts() == 0


# The end


async def test_when_the_time_is_up_everything_ends_and_the_records_stay(world, her_id):
    account = await world.registered_unit(UNIT)
    grant = await given(await acting(account.grant_id), her_id)
    her = await entered(world, HER, PASSWORD)
    await request(her)
    await time_is_up(her_id)
    assert sum(await at_once(*(account_closing.close_accounts() for _ in range(4)))) == 1
    gone = await person(her_id)
    assert (gone.status, gone.mobile, gone.closing_at) == (PersonStatus.CLOSED, "", None)
    assert (gone.name, gone.id_number) == (HER.name, HER.id_number)
    assert not await lives(her)
    assert all(one.ended_at for one in await rows(UserSession) if one.person_id == her_id)
    assert [one.status for one in await rows(Grant) if one.id == grant.id] == ["REVOKED"]
    assert [one.kind for one in await rows(GrantEvent) if one.grant_id == grant.id][-1] == "REVOKED"
    for table in (Credential, FormerPassword, Favourite):
        assert not [one for one in await rows(table) if one.person_id == her_id]
    assert any("账户已注销" in one.body and HER.mobile in one.body for one in await rows(OutboxMessage))
    assert await account_closing.close_accounts() == 0


async def test_drafts_of_applications_end_with_the_account(her, her_id):
    await serve(shipped("labour-arbitration-application"))
    assert isinstance(await begin(her, "labour-arbitration-application"), str)
    await request(her)
    await time_is_up(her_id)
    assert await account_closing.close_accounts() == 1
    await retention.clear_away()
    assert [await how_many(model) for model in (Case, CaseForm)] == [0, 0]


async def test_whoever_was_closed_registers_anew_as_somebody_new(world, her, her_id):
    await request(her)
    await time_is_up(her_id)
    await account_closing.close_accounts()
    again = await world.registered_person(HER, PASSWORD)
    assert again != her_id
    assert await how_many(Person) == 2
    assert await entered(world, HER, PASSWORD)


async def test_a_role_given_meanwhile_keeps_the_account(world, her, her_id):
    """Somebody who became a legal representative in those days is told, and nothing ends."""
    await request(her)
    account = await world.registered_unit(UNIT)
    await change(Grant, person_id=her_id)
    await time_is_up(her_id)
    assert await account_closing.close_accounts() == 0
    kept = await person(her_id)
    assert (kept.status, kept.closing_at) == (PersonStatus.ACTIVE, None)
    assert await lives(her)
    assert account.unit_id


async def test_a_locked_account_is_not_closed(her, her_id):
    """Nobody gets rid of a lock, and of the record of who they are, by waiting."""
    await request(her)
    await change(Person, status=PersonStatus.LOCKED)
    await time_is_up(her_id)
    assert await account_closing.close_accounts() == 0
    assert (await person(her_id)).status == PersonStatus.LOCKED


async def test_the_banner_is_for_who_may_take_it_back(her):
    await request(her)
    assert await banner(replace(her, personal=False)) == ""
