"""A new legal representative takes a unit over; the former one's grant ends, nothing else is lost (R-2.6.2.4)."""

from dataclasses import replace

import pytest

from jsrs_portal import clock, db
from jsrs_portal.access import cookie
from jsrs_portal.access.actor import Ended, resolve
from jsrs_portal.domain.authority import Actor, GrantState, GrantStatus, Role
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.domain.takeover import NOT_ACTIVE, NOT_REGISTERED, SAME, TAKEOVER
from jsrs_portal.gateways.face.port import FaceAnswer
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.people import PERSONAL, Credential, Person, PersonStatus, unit_realm
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Consent, Grant, Institution, Unit
from jsrs_portal.services import face_step, login, takeover
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.grants import held_in
from jsrs_portal.services.login import Ticket
from jsrs_portal.services.unit_registration import UnitStep
from tests.services.granting import BOSS, UNIT, acting, audited, give, given, people, revoke, steps, texts_for
from tests.services.numbers import human
from tests.services.world import (
    ADDRESS,
    PASSWORD,
    account,
    at_once,
    change,
    fields,
    how_many,
    rows,
    sentences,
    statements,
    visitor,
    warm_up,
)

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.2.4")]
NEW = human(40)
NOW_LED = replace(UNIT, legal_rep=NEW)
"""The unit as the registry has it now."""
NEW_PASSWORD = "Meadow-41-fox"


@pytest.fixture
async def changed(world, unit):
    """The registry says that somebody else leads the unit."""
    world.outside.know(NOW_LED)
    return unit


async def fill(world, actor: Actor, employer=NOW_LED, **other) -> SavedProgress | list:
    typed = {
        "uscc": employer.uscc,
        "unit_name": employer.name,
        "id_type": "01",
        "id_number": employer.legal_rep.id_number,
        "legal_name": employer.legal_rep.name,
        "agreed": True,
    } | other
    return await takeover.submit_unit_step(
        world.outside.registry, actor=actor, saved=await world.load(actor, TAKEOVER), typed=UnitStep(**typed)
    )


async def show_face(world, actor: Actor) -> SavedProgress:
    saved = await world.load(actor, TAKEOVER)
    await face_step.start(world.outside.face, takeover.FACE, actor=actor, saved=saved)
    world.outside.face.answer = FaceAnswer(passed=True)
    saved, _ = await face_step.follow(world.outside.face, takeover.FACE, actor=actor, saved=saved)
    world.outside.face.answer = FaceAnswer(passed=False)
    return saved


async def ready(world, actor: Actor, mobile: str = NEW.mobile):
    """Do everything up to the last click and return what is about to be sent."""
    filled = await fill(world, actor)
    assert isinstance(filled, SavedProgress), filled
    await show_face(world, actor)
    return account(mobile, await world.code(actor, mobile, CodePurpose.TAKEOVER), NEW_PASSWORD)


async def submit(world, actor: Actor, typed):
    return await takeover.take_over(
        world.outside.registry, actor=actor, saved=await world.load(actor, TAKEOVER), typed=typed
    )


async def taken_over(world, actor: Actor | None = None, mobile: str = NEW.mobile) -> Actor:
    """Return the new legal representative."""
    actor = actor or visitor()
    outcome = await submit(world, actor, await ready(world, actor, mobile))
    assert isinstance(outcome, SavedProgress), sentences(outcome)
    (grant,) = await leaders()
    return await acting(grant.id)


async def leaders() -> list[Grant]:
    return [one for one in await rows(Grant) if (one.role, one.status) == (Role.LEGAL_REP, GrantStatus.GRANTED)]


async def enter(identifier: str, password: str):
    return await login.login_unit(actor=visitor("login"), account=UNIT.uscc, identifier=identifier, password=password)


# Who may


async def test_the_registry_is_asked_again_at_the_end(world, changed):
    """Whoever was the legal representative when they began is not any more: the face alone takes nothing over."""
    actor = visitor()
    typed = await ready(world, actor)
    world.outside.know(UNIT)
    refused = await submit(world, actor, typed)
    assert isinstance(refused, list)
    (leader,) = await leaders()
    assert leader.id == changed.grant_id


async def test_the_former_ones_grant_ends_with_its_password_and_sessions(world, changed, boss):
    value = await world.signed_in(changed)
    assert isinstance(await enter(BOSS.mobile, PASSWORD), Ticket)
    await taken_over(world)
    (former,) = [one for one in await rows(Grant) if one.id == changed.grant_id]
    assert former.status == GrantStatus.REVOKED
    assert (await steps(former.id))[-1] == "REVOKED"
    assert isinstance(await resolve(cookie.proof(value), address=ADDRESS), Ended)
    assert {one.ended_because for one in await rows(UserSession)} == {SessionEnd.GRANT}
    assert not isinstance(await enter(BOSS.mobile, PASSWORD), Ticket)
    realm = unit_realm(changed.unit_id)
    assert [one.person_id for one in await rows(Credential) if one.realm == realm] != [changed.person_id]


async def test_the_new_one_leads_with_a_proven_grant_and_the_password_they_chose(world, changed):
    new = await taken_over(world)
    (grant,) = await leaders()
    assert grant.proven_at is not None
    assert grant.person_id != changed.person_id
    assert await steps(grant.id) == ["GRANTED"]
    assert isinstance(await enter(NEW.mobile, NEW_PASSWORD), Ticket)
    assert [one.agreement for one in await rows(Consent) if one.person_id == new.person_id] == ["unit-agreement"]
    (entry,) = await audited("unit.takeover")
    assert (entry.unit_id, entry.person_id) == (changed.unit_id, new.person_id)
    assert (await world.load(visitor(), TAKEOVER)).progress.result["unit_number"] == changed.unit_number


async def test_nothing_else_is_lost(world, changed, boss, school):
    persons = await people(world, 3)
    admin = await given(boss, persons[0], Role.ADMIN)
    agents = [await given(boss, person) for person in persons[1:]]
    (before,) = await rows(Unit)
    kept = {one.id: (one.role, one.status, one.version) for one in await rows(Grant) if one.role != Role.LEGAL_REP}
    new = await taken_over(world)
    after = {one.id: (one.role, one.status, one.version) for one in await rows(Grant) if one.role != Role.LEGAL_REP}
    assert after == kept
    assert {admin.id, *(one.id for one in agents)} <= set(after)
    (unit,) = await rows(Unit)
    assert (unit.id, unit.unit_number, unit.name, unit.version) == (
        before.id,
        before.unit_number,
        before.name,
        before.version,
    )
    assert await how_many(Institution) == 1
    async with db.reading() as session:
        held = await held_in(session, unit.id, today=clock.today())
    assert {one.state for one in held} == {GrantState.ACTIVE}
    assert [one.role for one in held] == [Role.LEGAL_REP, Role.ADMIN, Role.AGENT, Role.AGENT]
    assert held[0].person.id == new.person_id


async def test_everybody_concerned_is_told(world, changed, boss):
    persons = await people(world, 2, 300)
    await given(boss, persons[0], Role.ADMIN)
    await given(boss, persons[1])
    before = len(await rows(Notice))
    new = await taken_over(world)
    told = {one.person_id: one.title for one in (await rows(Notice)) if one.unit_id and "法定代表人" in one.title}
    assert told == {
        new.person_id: "您已成为法定代表人",
        changed.person_id: "您不再是法定代表人",
        persons[0]: "单位的法定代表人已变更",
    }
    assert len(await rows(Notice)) == before + 3
    for mobile in (NEW.mobile, BOSS.mobile, human(300).mobile):
        texts = await texts_for(mobile)
        assert any("法定代表人" in text and UNIT.name in text for text in texts)
        assert not any(NEW.name in text or BOSS.name in text for text in texts)


async def test_a_unit_whose_only_administrator_left_is_rescued(world, changed, boss):
    (person,) = await people(world, 1)
    admin = await given(boss, person, Role.ADMIN)
    new = await taken_over(world)
    assert (await revoke(new, admin)).status == GrantStatus.REVOKED
    (other,) = await people(world, 1, 400)
    assert isinstance(await give(new, other, Role.ADMIN), Grant)


async def test_somebody_registered_keeps_what_they_have(world, changed):
    person_id = await world.registered_person(NEW, "Orchard-11-bell")
    new = await taken_over(world)
    assert new.person_id == person_id
    realms = {one.realm for one in await rows(Credential) if one.person_id == person_id}
    assert realms == {PERSONAL, unit_realm(changed.unit_id)}


async def test_the_units_own_administrator_may_be_the_new_one(world, changed, boss):
    person_id = await world.registered_person(NEW)
    admin = await given(boss, person_id, Role.ADMIN)
    new = await taken_over(world)
    assert new.person_id == person_id
    (kept,) = [one for one in await rows(Grant) if one.id == admin.id]
    assert kept.status == GrantStatus.GRANTED


async def test_a_former_one_who_is_an_agent_besides_stays_one_and_keeps_the_password(world, changed, boss):
    agent = await world.granted(changed, changed.person_id)
    await taken_over(world)
    (kept,) = [one for one in await rows(Grant) if one.id == agent]
    assert kept.status == GrantStatus.GRANTED
    assert isinstance(await enter(BOSS.mobile, PASSWORD), Ticket)


async def test_a_legal_representative_nobody_has_proven_gives_way_too(world, changed):
    await change(Grant, proven_at=None)
    await taken_over(world)
    assert len(await leaders()) == 1


async def test_the_phone_the_former_one_left_is_forgotten(world, changed):
    async with db.unit_of_work() as session:
        (await session.get_one(Unit, changed.unit_id)).legal_mobile = BOSS.mobile
    await taken_over(world)
    (unit,) = await rows(Unit)
    assert unit.legal_mobile == ""


# Who may not


async def test_the_registry_decides_who_leads(world, changed):
    """The former one, whom the registry no longer names, and anybody else."""
    for person in (BOSS, human(77)):
        other = replace(UNIT, legal_rep=person)
        outcome = await fill(world, visitor(), other)
        assert set(fields(outcome)) == {"id_number", "legal_name"}
    assert len(await leaders()) == 1


async def test_a_unit_that_is_not_registered_is_sent_to_register(world):
    world.outside.know(NOW_LED)
    assert await fill(world, visitor()) == [NOT_REGISTERED]


async def test_whoever_leads_already_learns_it_after_their_face_and_not_before(world, unit):
    world.outside.know(UNIT)
    actor = visitor()
    filled = await fill(world, actor, UNIT)
    assert isinstance(filled, SavedProgress)
    async with db.reading() as session:
        assert not await takeover.leads_already(session, actor=actor, saved=filled)
    saved = await show_face(world, actor)
    await warm_up()
    with statements() as asked:
        async with db.reading() as session:
            assert await takeover.leads_already(session, actor=actor, saved=saved)
    assert len(asked) <= 4
    code = await world.code(actor, BOSS.mobile, CodePurpose.TAKEOVER)
    assert await submit(world, actor, account(BOSS.mobile, code, NEW_PASSWORD)) == [SAME]
    assert isinstance(await enter(BOSS.mobile, PASSWORD), Ticket)


async def test_without_the_face_nothing_happens(world, changed):
    actor = visitor()
    await fill(world, actor)
    assert [one.code for one in await submit(world, actor, account(NEW.mobile, "123456", NEW_PASSWORD))] == ["stale"]
    await show_face(world, actor)
    outcome = await submit(world, visitor("another browser"), account(NEW.mobile, "123456", NEW_PASSWORD))
    assert [one.code for one in outcome] == ["stale"]
    assert (await leaders())[0].id == changed.grant_id


async def test_a_face_that_grew_old_leads_back(world, changed, time):
    actor = visitor()
    await ready(world, actor)
    time.pass_by(minutes=61)
    code = await world.code(actor, NEW.mobile, CodePurpose.TAKEOVER)
    outcome = await submit(world, actor, account(NEW.mobile, code, NEW_PASSWORD))
    assert "face" not in (await world.load(actor, TAKEOVER)).progress.answers
    assert isinstance(outcome, list)
    assert (await leaders())[0].id == changed.grant_id


async def test_a_wrong_code_and_somebody_elses_phone_are_said_at_their_field(world, changed):
    actor = visitor()
    typed = await ready(world, actor)
    wrong = replace(typed, code="000000" if typed.code != "000000" else "111111")
    assert fields(await submit(world, actor, wrong)) == ["code"]
    other = visitor("other")
    taken = await ready(world, other, BOSS.mobile)
    assert fields(await submit(world, other, taken)) == ["mobile"]
    assert (await leaders())[0].id == changed.grant_id


async def test_a_locked_person_takes_nothing_over(world, changed):
    person_id = await world.registered_person(NEW)
    async with db.unit_of_work() as session:
        (await session.get_one(Person, person_id)).status = PersonStatus.LOCKED
    actor = visitor()
    assert await submit(world, actor, await ready(world, actor)) == [NOT_ACTIVE]
    assert (await leaders())[0].id == changed.grant_id


async def test_a_code_for_a_registration_is_worth_nothing_here(world, changed):
    actor = visitor()
    await fill(world, actor)
    await show_face(world, actor)
    code = await world.code(actor, NEW.mobile, CodePurpose.UNIT_REGISTRATION)
    assert fields(await submit(world, actor, account(NEW.mobile, code, NEW_PASSWORD))) == ["code"]


# At once


async def test_of_several_browsers_at_once_one_takes_over(world, changed):
    actors = [visitor(f"browser {n}", address=f"203.0.113.{n}") for n in range(1, 6)]
    typed = []
    for n, actor in enumerate(actors):
        typed.append(await ready(world, actor, f"1390000010{n}"))
    outcomes = await at_once(*[submit(world, actor, form) for actor, form in zip(actors, typed, strict=True)])
    done = [outcome for outcome in outcomes if isinstance(outcome, SavedProgress)]
    assert len(done) == 1
    assert all(outcome in ([SAME],) or isinstance(outcome, SavedProgress) for outcome in outcomes)
    assert len(await leaders()) == 1
    assert [one.action for one in await audited("unit.takeover")] == ["unit.takeover"]


async def test_asked_twice_it_is_done_once(world, changed):
    actor = visitor()
    typed = await ready(world, actor)
    saved = await world.load(actor, TAKEOVER)
    outcomes = await at_once(
        *[takeover.take_over(world.outside.registry, actor=actor, saved=saved, typed=typed) for _ in range(5)]
    )
    results = {str(outcome.progress.result) for outcome in outcomes if isinstance(outcome, SavedProgress)}
    assert len(results) == 1
    again = await submit(world, actor, typed)
    assert isinstance(again, SavedProgress)
    assert again.progress.answers == {}
    assert len(await audited("unit.takeover")) == 1
