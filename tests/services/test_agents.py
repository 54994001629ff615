"""Giving a grant: what it does, who is told, what it leaves, the limits; and who may do nothing to one (R-2.6.5)."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain.authority import (
    REASON_SENTENCES,
    Actor,
    GrantStatus,
    Reason,
    Role,
    Scope,
)
from jsrs_portal.domain.dates import in_words
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.units import Grant, GrantEvent
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import agents
from jsrs_portal.services.agents import GONE, NO_MATCH
from jsrs_portal.services.grant_terms import Terms
from jsrs_portal.services.grants import read_scope
from tests.services.granting import (
    ANYTHING,
    BOSS,
    LABOUR,
    UNIT,
    acting,
    alter,
    audited,
    day,
    give,
    given,
    people,
    revoke,
    steps,
    texts_for,
    the_grant,
)
from tests.services.numbers import employer, human
from tests.services.world import OTHER_PASSWORD, everything_stored, how_many, visitor

pytestmark = [pytest.mark.req("R-2.6.5.7"), pytest.mark.usefixtures("time")]
HER = human(9)
SOCIAL = Terms(scope=Scope.of(["insurance"]))


@pytest.fixture
async def her(world):
    """A registered person whom nobody has granted anything."""
    return await world.registered_person(HER, OTHER_PASSWORD)


# Giving


@pytest.mark.req("R-2.6.5.2", "R-2.6.5.4")
async def test_a_grant_says_what_was_confirmed_and_leaves_a_step_and_an_entry(boss, her):
    terms = replace(LABOUR, valid_from=day(1), valid_until=day(90))
    made = await the_grant((await given(boss, her, terms=terms)).id)
    assert (made.unit_id, made.person_id, made.role, made.status) == (boss.unit_id, her, "AGENT", "GRANTED")
    assert (made.valid_from, made.valid_until, made.version) == (day(1), day(90), 1)
    assert read_scope(made.scope) == terms.scope
    assert await steps(made.id) == ["GRANTED"]
    (entry,) = await audited("grant.give")
    assert (entry.subject, entry.result) == (made.id, "OK")
    assert (entry.person_id, entry.unit_id, entry.grant_id) == (boss.person_id, boss.unit_id, boss.grant_id)
    details = json.loads(entry.details)
    assert details["person"] == her
    assert details["after"] == {
        "role": "AGENT",
        "valid_from": str(day(1)),
        "valid_until": str(day(90)),
        "scope": made.scope,
    }


async def test_the_person_is_told_by_sms_and_nobody_else_is(boss, her):
    await given(boss, her, terms=Terms(valid_from=day(1), valid_until=day(2), scope=Scope.of(["labour", "insurance"])))
    assert await how_many(OutboxMessage) == 1
    (text,) = await texts_for(HER.mobile)
    assert text.startswith(f"{UNIT.name}授权您担任经办人，{in_words(day(1))}至{in_words(day(2))}，")
    assert "可办理社会保险、劳动关系。" in text


@pytest.mark.req("R-2.6.5.3")
async def test_an_administrator_is_told_of_all_business(boss, her):
    await given(boss, her, Role.ADMIN)
    (text,) = await texts_for(HER.mobile)
    assert text.startswith(f"{UNIT.name}授权您担任管理员，长期有效，可办理全部业务。")


async def test_nothing_about_anybody_is_stored_in_plain_text(boss, her):
    made = await given(boss, her, terms=replace(LABOUR, valid_until=day(9)))
    await revoke(boss, await alter(boss, made, SOCIAL))
    await give(replace(boss, role=Role.AGENT), her)
    stored = await everything_stored()
    for secret in (HER.name, HER.mobile, HER.id_number, BOSS.name, '"after"', '"person"', "授权您担任", "已收回您的"):
        assert secret not in stored
    assert len(await texts_for(HER.mobile)) == 3


@pytest.mark.req("R-2.6.5.3", "R-2.6.5.4")
@pytest.mark.parametrize("status", [PersonStatus.LOCKED, PersonStatus.CLOSED])
async def test_a_person_locked_since_the_proposal_is_given_nothing(boss, her, status):
    async with db.unit_of_work() as session:
        await session.execute(update(Person).where(col(Person.id) == her).values(status=status))
    assert await give(boss, her) == await give(boss, "f" * 32) == NO_MATCH
    assert await how_many(Grant) == 1


@pytest.mark.req("R-2.6.5.3")
async def test_a_second_administrator_is_one_too_many(world, boss, her):
    first = await given(boss, her, Role.ADMIN)
    other = (await people(world, 1))[0]
    assert (await give(boss, other, Role.ADMIN)).code == Reason.MOST_ADMINS
    await revoke(boss, first)
    await given(boss, other, Role.ADMIN)


@pytest.mark.req("R-2.6.5.4")
async def test_an_eleventh_agent_is_one_too_many_whoever_grants(world, boss, her):
    """An administrator grants agents too; a scheduled grant counts, the administrator's own does not."""
    admin = await acting((await given(boss, her, Role.ADMIN)).id)
    persons = await people(world, 12)
    for n, person in enumerate(persons[:10]):
        terms = replace(LABOUR, valid_from=day(30)) if n < 2 else LABOUR
        last = await given((boss, admin)[n % 2], person, terms=terms)
    for actor in (boss, admin):
        refused = await give(actor, persons[10])
        assert (refused.code, refused.sentence) == (Reason.MOST_AGENTS, REASON_SENTENCES[Reason.MOST_AGENTS])
    await revoke(admin, last)
    await given(admin, persons[10])
    assert (await give(boss, persons[11])).code == Reason.MOST_AGENTS


@pytest.mark.req("R-2.6.5.4")
async def test_an_agent_whose_time_is_over_makes_room(world, unit, boss):
    persons = await people(world, 11)
    ended = await world.granted(unit, persons[0], valid_until=day(-1))
    for person in persons[1:]:
        await given(boss, person)
    assert (await give(boss, persons[0])).code == Reason.MOST_AGENTS
    back = await alter(boss, await the_grant(ended), replace(LABOUR, valid_until=day(5)))
    assert back.code == Reason.MOST_AGENTS
    assert (await the_grant(ended)).status == GrantStatus.GRANTED


@pytest.mark.req("R-2.6.5.4")
async def test_whoever_is_granted_again_has_one_grant_and_the_old_one_is_replaced(world, unit, boss, her):
    ended = await world.granted(unit, her, valid_until=day(-1))
    made = await given(boss, her)
    assert (await the_grant(ended)).status == GrantStatus.REVOKED
    assert await steps(ended) == ["REPLACED"]
    assert await steps(made.id) == ["GRANTED"]
    assert (await give(boss, her)).code == "already"


@pytest.mark.req("R-2.6.5.3")
async def test_a_new_administrator_replaces_one_whose_time_is_over(world, unit, boss, her):
    ended = await world.granted(unit, (await people(world, 1))[0], role=Role.ADMIN, valid_until=day(-1))
    agent = await world.granted(unit, (await people(world, 1, 200))[0], valid_until=day(-1))
    await given(boss, her, Role.ADMIN)
    assert (await the_grant(ended)).status == GrantStatus.REVOKED
    assert (await the_grant(agent)).status == GrantStatus.GRANTED


@pytest.mark.req("R-2.6.5.4")
async def test_however_many_grants_have_ended_those_that_count_are_counted(world, unit, boss, monkeypatch):
    """Of very many only some are read: those that ended longest ago are left out first."""
    monkeypatch.setattr("jsrs_portal.services.grants._MOST_HELD", 13)
    persons = await people(world, 36)
    for n, person in enumerate(persons[:25]):
        await world.granted(unit, person, valid_until=day(-1 - n))
    for n, person in enumerate(persons[25:35]):
        await given(boss, person, terms=replace(LABOUR, valid_until=day(n) if n % 2 else None))
    assert (await give(boss, persons[35])).code == Reason.MOST_AGENTS


async def test_one_person_may_act_for_two_units_and_one_unit_leads_to_no_other(world, boss, her):
    other = await acting((await world.registered_unit(employer(2))).grant_id)
    mine, theirs = await given(boss, her), await given(other, her, terms=SOCIAL)
    assert {mine.unit_id, theirs.unit_id} == {boss.unit_id, other.unit_id}
    await revoke(boss, mine)
    assert (await the_grant(theirs.id)).status == GrantStatus.GRANTED


# Who may not


async def test_another_units_grants_do_not_exist(world, boss, her):
    theirs = await given(await acting((await world.registered_unit(employer(2))).grant_id), her)
    unknown = Grant(id="f" * 32, unit_id=boss.unit_id, person_id=her, role=Role.AGENT)
    nobody = Actor(session_key=crypto.fingerprint("x"), person_id=her)
    for actor, grant in ((boss, theirs), (boss, unknown), (nobody, theirs)):
        assert await alter(actor, grant, SOCIAL) == GONE
        assert await revoke(actor, grant) == GONE
        assert await opened(actor, grant) == GONE
    assert (await the_grant(theirs.id)).version == 1


async def opened(actor, grant):
    async with db.reading() as session:
        return await agents.terms_of(session, actor=actor, grant_id=grant.id, today=clock.today())


async def test_the_form_of_a_change_shows_what_the_grant_says(boss, her):
    terms = replace(LABOUR, valid_from=day(1), valid_until=day(5))
    made = await given(boss, her, terms=terms)
    grant, said = await opened(boss, made)
    assert (grant.id, grant.version, said) == (made.id, 1, terms)


@pytest.fixture
async def everybody(world, unit, boss, her):
    """The legal representative, the administrator and an agent, and the grants of all three."""
    admin = await given(boss, her, Role.ADMIN)
    agent = await given(boss, (await people(world, 1))[0])
    actors_ = {Role.LEGAL_REP: boss, Role.ADMIN: await acting(admin.id), Role.AGENT: await acting(agent.id)}
    return actors_, {Role.LEGAL_REP: await the_grant(unit.grant_id), Role.ADMIN: admin, Role.AGENT: agent}


@pytest.mark.req("R-2.6.5.6")
@pytest.mark.parametrize(
    ("role", "target", "reason"),
    [
        (Role.LEGAL_REP, Role.LEGAL_REP, Reason.BY_REGISTRY),
        (Role.ADMIN, Role.LEGAL_REP, Reason.BY_REGISTRY),
        (Role.ADMIN, Role.ADMIN, Reason.ONLY_LEGAL_REP),
        (Role.AGENT, Role.LEGAL_REP, Reason.AGENTS_DO_NOT_GRANT),
        (Role.AGENT, Role.ADMIN, Reason.AGENTS_DO_NOT_GRANT),
        (Role.AGENT, Role.AGENT, Reason.AGENTS_DO_NOT_GRANT),
    ],
)
async def test_who_may_not_hears_why_and_the_attempt_is_on_record(world, everybody, role, target, reason):
    acting_as, grants = everybody
    actor, grant = acting_as[role], grants[target]
    other = (await people(world, 1, 200))[0]
    before = await how_many(GrantEvent), await how_many(OutboxMessage)
    terms = LABOUR if target is Role.AGENT else ANYTHING
    attempts = {
        "grant.give": await give(actor, other, target, terms),
        "grant.change": await alter(actor, grant, terms),
        "grant.revoke": await revoke(actor, grant),
    }
    for action, outcome in attempts.items():
        assert (outcome.code, outcome.sentence) == (reason, REASON_SENTENCES[reason])
        (entry,) = [entry for entry in await audited(action) if entry.result != "OK"]
        assert (entry.result, entry.person_id, entry.grant_id) == (reason, actor.person_id, actor.grant_id)
        assert entry.subject == ("" if action == "grant.give" else grant.id)
    assert (await opened(actor, grant)).code == reason
    assert (await how_many(GrantEvent), await how_many(OutboxMessage)) == before
    assert (await the_grant(grant.id)).version == 1


@pytest.mark.req("R-2.6.5.5", "R-2.6.5.6")
@pytest.mark.parametrize("gone", ["revoked", "expired", "scheduled", "replaced"])
async def test_an_administrator_whose_grant_is_worth_nothing_any_more_grants_nothing(world, boss, her, time, gone):
    """Also within the seconds in which a server may still believe the session."""
    grant = await given(boss, her, Role.ADMIN, Terms(valid_until=day(5)))
    admin, persons = await acting(grant.id), await people(world, 2)
    agent = await given(admin, persons[0])
    if gone == "revoked":
        await revoke(boss, grant)
    elif gone == "scheduled":
        await alter(boss, grant, Terms(valid_from=day(2)))
    else:
        time.pass_by(days=6)
    if gone == "replaced":
        await given(boss, persons[1], Role.ADMIN)
    for action, outcome in (
        ("grant.give", await give(admin, persons[1])),
        ("grant.change", await alter(admin, agent, SOCIAL)),
        ("grant.revoke", await revoke(admin, agent)),
    ):
        assert outcome.code == Reason.NOT_FOR_THE_UNIT
        assert Reason.NOT_FOR_THE_UNIT in [entry.result for entry in await audited(action)]
    assert (await the_grant(agent.id)).version == 1


async def test_without_a_unit_nothing_is_given(her):
    nobody = Actor(session_key=crypto.fingerprint("x"), person_id=her)
    assert (await give(nobody, her)).code == Reason.NOT_FOR_THE_UNIT
    assert (await give(visitor(), her)).code == Reason.NOT_FOR_THE_UNIT
    made_up = replace(nobody, unit_id="f" * 32, grant_id="f" * 32, role=Role.LEGAL_REP)
    assert (await give(made_up, her)).code == Reason.NOT_FOR_THE_UNIT
    assert await how_many(Grant) == 0
