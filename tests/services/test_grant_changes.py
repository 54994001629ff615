"""Changing a grant and taking it back: who is told, and what becomes of the sessions by it (R-2.6.5.7)."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import update

from jsrs_portal import announcements, db
from jsrs_portal.access import actor as actors
from jsrs_portal.access.actor import Ended
from jsrs_portal.domain.authority import (
    NO_SCOPE,
    Actor,
    GrantStatus,
    Reason,
    Role,
    Scope,
)
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.catalog import ContentStatus, Matter
from jsrs_portal.models.units import Grant
from jsrs_portal.services import login, sessions
from jsrs_portal.services.agents import STALE
from jsrs_portal.services.grant_terms import Terms
from jsrs_portal.services.grants import read_scope
from jsrs_portal.services.login import Ticket
from tests.services.granting import (
    ANYTHING,
    LABOUR,
    UNIT,
    acting,
    alter,
    audited,
    day,
    given,
    load_matters,
    log_in,
    revoke,
    steps,
    texts_for,
    the_grant,
    who,
)
from tests.services.numbers import employer, human
from tests.services.world import OTHER_PASSWORD, visitor

pytestmark = [pytest.mark.req("R-2.6.5.7"), pytest.mark.usefixtures("time")]
HER = human(9)
SOCIAL = Terms(scope=Scope.of(["insurance"]))


@pytest.fixture
async def her(world):
    """A registered person whom nobody has granted anything."""
    return await world.registered_person(HER, OTHER_PASSWORD)


@pytest.fixture
def told(monkeypatch):
    """Have this process hear what it announces, as the running portal does."""
    monkeypatch.setattr(announcements, "_listeners", [actors.forget])


# Changing


async def test_a_change_gives_other_dates_and_tells_the_person(boss, her):
    made = await given(boss, her, terms=replace(LABOUR, valid_until=day(5)))
    changed = await alter(boss, made, replace(LABOUR, valid_until=day(400)))
    now = await the_grant(made.id)
    assert (changed.id, now.valid_until, now.version) == (made.id, day(400), 2)
    assert await steps(made.id) == ["GRANTED", "CHANGED"]
    _, text = await texts_for(HER.mobile)
    assert text.startswith(f"{UNIT.name}变更了您的经办人授权：即日起至{in_words(day(400))}，可办理劳动关系。")
    (entry,) = await audited("grant.change")
    details = json.loads(entry.details)
    assert (details["person"], entry.subject) == (her, made.id)
    assert (details["before"]["valid_until"], details["after"]["valid_until"]) == (str(day(5)), str(day(400)))


async def test_what_changes_nothing_leaves_nothing(boss, her):
    made = await given(boss, her, terms=replace(LABOUR, valid_until=day(5)))
    same = await alter(boss, made, replace(LABOUR, valid_until=day(5)))
    assert isinstance(same, Grant)
    assert (await the_grant(made.id)).version == 1
    assert await steps(made.id) == ["GRANTED"]
    assert await audited("grant.change") == []
    assert len(await texts_for(HER.mobile)) == 1


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(boss, her):
    made = await given(boss, her)
    await alter(boss, made, SOCIAL)
    assert await alter(boss, made, replace(LABOUR, valid_until=day(5)), version=1) == STALE
    assert await revoke(boss, made, version=1) == STALE
    now = await the_grant(made.id)
    assert (now.status, now.version, read_scope(now.scope)) == (GrantStatus.GRANTED, 2, SOCIAL.scope)


async def test_a_first_day_that_has_passed_may_stay_and_others_may_not_lie_in_the_past(time, boss, her):
    made = await given(boss, her, terms=replace(LABOUR, valid_from=day(0)))
    time.pass_by(days=3)
    assert isinstance(await alter(boss, made, replace(LABOUR, valid_from=day(-3), valid_until=day(9))), Grant)
    made = await the_grant(made.id)
    assert (await alter(boss, made, replace(LABOUR, valid_from=day(-2)))).field == "valid_from"
    assert (await alter(boss, made, replace(LABOUR, valid_until=day(-1)))).field == "valid_until"


@pytest.mark.req("R-2.6.5.5")
async def test_what_a_grant_had_may_stay_when_it_is_no_longer_offered(boss, her):
    await load_matters()
    old = Scope.of([], ["labour-old"])
    made = await given(boss, her, terms=Terms(scope=old))
    async with db.unit_of_work() as session:
        await session.execute(update(Matter).values(status=ContentStatus.RETIRED))
    assert isinstance(await alter(boss, made, Terms(valid_until=day(5), scope=old)), Grant)
    made = await the_grant(made.id)
    more = Scope.of([], ["labour-old", "contract-change"])
    assert (await alter(boss, made, Terms(scope=more))).field == "scope"
    assert (await alter(boss, made, Terms(scope=Scope.of(["no-such"], ["labour-old"])))).field == "scope"
    assert (await alter(boss, made, ANYTHING)).field == "scope"


@pytest.mark.req("R-2.6.5.3")
async def test_an_administrators_dates_change_and_not_the_business(boss, her):
    made = await given(boss, her, Role.ADMIN)
    assert (await alter(boss, made, LABOUR)).field == "scope"
    changed = await alter(boss, made, Terms(valid_until=day(30)))
    assert (await the_grant(changed.id)).valid_until == day(30)


@pytest.mark.req("R-2.6.5.5")
async def test_a_session_by_the_grant_goes_on_with_the_new_business_at_once(world, unit, boss, her, told):
    made = await given(boss, her)
    value = await log_in(world, unit, made)
    before = await who(value)
    await alter(boss, made, SOCIAL)
    after = await who(value)  # no time has passed: what is remembered has been forgotten
    assert (before.scope, after.scope) == (LABOUR.scope, SOCIAL.scope)
    assert after.session_id == before.session_id
    assert not after.may_do(matter="contract-renewal", category="labour")
    async with db.reading() as session:
        view = (await sessions.find_sessions(session, keys=[after.session_key])).get(after.session_key)
    assert (view.scope, view.end) == (SOCIAL.scope, None)


@pytest.mark.req("R-2.6.5.5")
async def test_only_an_agents_session_has_a_scope(world, unit, boss, her):
    admin = await who(await log_in(world, unit, await given(boss, her, Role.ADMIN)))
    leader = await who(await world.signed_in(unit, visitor("another browser")))
    for found in (admin, leader):
        assert found.scope == NO_SCOPE
        assert found.may_do(matter="contract-renewal", category="labour")


async def test_a_grant_that_begins_later_now_ends_the_session(world, unit, boss, her, told):
    made = await given(boss, her)
    value = await log_in(world, unit, made)
    assert isinstance(await who(value), Actor)
    await alter(boss, made, replace(LABOUR, valid_from=day(1)))
    assert await who(value) == Ended(SessionEnd.GRANT)


async def test_a_grant_brought_back_to_life_lets_its_holder_in_again(world, unit, boss, her):
    ended = await the_grant(await world.granted(unit, her, valid_until=day(-1)))
    assert (await try_to_log_in()).code == "wrong"
    await alter(boss, ended, replace(LABOUR, valid_until=day(0)))
    assert isinstance(await try_to_log_in(), Ticket)


async def try_to_log_in():
    return await login.login_unit(actor=visitor(), account=UNIT.uscc, identifier=HER.id_number, password=OTHER_PASSWORD)


# Taking back


async def test_taking_back_ends_the_sessions_for_the_unit_at_once_and_no_others(world, unit, boss, her, told):
    made = await given(boss, her)
    elsewhere = await world.registered_unit(employer(2))
    other = await given(await acting(elsewhere.grant_id), her)
    here = [await log_in(world, unit, made, f"browser {n}") for n in range(2)]
    there = await log_in(world, elsewhere, other, "there")
    own = await world.redeem(visitor("own"), await personal_ticket(her))
    leader = await world.signed_in(unit, visitor("boss"))
    for value in (*here, there, own, leader):
        assert isinstance(await who(value), Actor)
    await revoke(boss, made)
    assert [await who(value) for value in here] == [Ended(SessionEnd.GRANT)] * 2
    for value in (there, own, leader):
        assert isinstance(await who(value), Actor)


async def personal_ticket(person_id):
    async with db.unit_of_work() as session:
        return sessions.issue_ticket(session, actor=visitor("own"), person_id=person_id, unit_id=None, grant_id=None)


async def test_what_was_taken_back_opens_nothing_again(world, unit, boss, her):
    made = await given(boss, her)
    waiting = await world.ticket(visitor(), replace(unit, person_id=her, grant_id=made.id))
    assert isinstance(await try_to_log_in(), Ticket)
    await revoke(boss, made)
    assert (await try_to_log_in()).code == "wrong"
    value = await world.redeem(visitor(), waiting)  # the ticket of a moment ago
    assert await who(value) == Ended(SessionEnd.GRANT)


async def test_taking_back_tells_the_person_and_leaves_a_step_and_an_entry(boss, her):
    made = await given(boss, her)
    await revoke(boss, made)
    now = await the_grant(made.id)
    assert (now.status, now.version) == (GrantStatus.REVOKED, 2)
    assert await steps(made.id) == ["GRANTED", "REVOKED"]
    assert (await texts_for(HER.mobile))[1] == f"{UNIT.name}已收回您的经办人授权，您不能再代表该单位办事。"
    (entry,) = await audited("grant.revoke")
    assert (entry.subject, entry.result, json.loads(entry.details)) == (made.id, "OK", {"person": her})


async def test_what_was_taken_back_is_neither_changed_nor_taken_back_again(boss, her):
    made = await given(boss, her)
    await revoke(boss, made)
    made = await the_grant(made.id)
    for outcome in (await alter(boss, made, SOCIAL), await revoke(boss, made)):
        assert outcome.code == Reason.ALREADY_REVOKED
    again = await given(boss, her, terms=SOCIAL)
    assert again.id != made.id


async def test_what_has_ended_by_itself_can_be_taken_back(world, unit, boss, her):
    ended = await the_grant(await world.granted(unit, her, valid_until=day(-1)))
    assert isinstance(await revoke(boss, ended), Grant)
    assert await steps(ended.id) == ["REVOKED"]
