"""What an outside party has proven lets in whom it names: a unit, a person with a role, or the wizard (R-2.4.5)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.access import actor as actors
from jsrs_portal.access import cookie
from jsrs_portal.domain.assertions import PROOF_LIFE, Assertion, AssertionProblem, Source
from jsrs_portal.domain.authority import Actor, Permission, Role
from jsrs_portal.domain.proofs import by_assertion
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.registration import PERSON_REGISTRATION, proven_fields
from jsrs_portal.domain.sessions import LoginWay
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.proofs import UnitProof
from jsrs_portal.models.scans import TrustedPhone
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.units import Grant
from jsrs_portal.services import asserted_login, scan_logins
from jsrs_portal.services.asserted_login import Confirm, Enter, Register
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.login import Ticket
from jsrs_portal.services.scan_logins import ScanCode, ScanView
from tests.services.numbers import employer, human
from tests.services.phoning import trusted
from tests.services.world import ADDRESS, at_once, change, everything_stored, rows, sentences, visitor

pytestmark = pytest.mark.req("R-2.4.5", "R-2.4.6")
UNIT = employer(1)
BOSS, CLERK, NOBODY = UNIT.legal_rep, human(61), human(62)
HERE = visitor("computer")
BY_CA = Assertion(source=Source.CA, issuer="CN=测试CA", subject="4f2a", uscc=UNIT.uscc)
BY_OIDC = Assertion(source=Source.OIDC, issuer="https://sso.example", subject="u-17", uscc=UNIT.uscc)


def as_person(who, **other: str) -> Assertion:
    return replace(BY_OIDC, **({"person_name": who.name, "person_id_number": who.id_number} | other))


async def admit(assertion: Assertion, actor: Actor = HERE):
    async with db.unit_of_work() as session:
        return await asserted_login.admit(session, actor=actor, assertion=assertion)


async def inside(world, ticket: str, actor: Actor = HERE) -> Actor:
    found = await actors.resolve(cookie.proof(await world.redeem(actor, Ticket(ticket))), address=ADDRESS)
    assert isinstance(found, Actor)
    return found


def refused(outcome: object, problem: AssertionProblem) -> None:
    assert isinstance(outcome, Refusal), outcome
    assert outcome.code == problem


async def last_login() -> AuditEntry:
    return sorted((one for one in await rows(AuditEntry) if one.action == "login"), key=lambda one: one.created_at)[-1]


@pytest.fixture
async def unit(world):
    return await world.registered_unit(UNIT)


@pytest.fixture
async def clerk(world, unit) -> str:
    person = await world.registered_person(CLERK, "gB7~nR2_xW5^pL8")
    await world.granted(unit, person)
    return person


# The unit alone


async def test_a_unit_without_agents_enters_as_its_legal_representative(world, unit):
    outcome = await admit(BY_CA)
    assert isinstance(outcome, Enter), outcome
    actor = await inside(world, outcome.ticket)
    assert (actor.person_id, actor.unit_id, actor.role) == (unit.person_id, unit.unit_id, Role.LEGAL_REP)
    assert not actor.may(Permission.OWN_ACCOUNT), "the unit is proven, not the person"
    (opened,) = await rows(UserSession)
    assert (opened.way, opened.proved) == (LoginWay.CA, by_assertion("ca", unit.unit_id))
    entry = await last_login()
    assert (entry.result, entry.person_id, entry.unit_id) == ("OK", unit.person_id, unit.unit_id)


@pytest.mark.parametrize("days", [0, 3], ids=["agent now", "agent from later on"])
async def test_once_somebody_else_has_a_role_the_person_must_confirm(world, unit, days):
    person = await world.registered_person(CLERK)
    await world.granted(unit, person, valid_from=clock.today() + timedelta(days=days))
    assert await admit(BY_CA) == Confirm(unit.unit_id)
    assert await rows(LoginTicket) == []
    async with db.reading() as session:
        view = await asserted_login.view_proof(session, actor=HERE)
        assert view is not None
        assert (view.unit_name, view.source_label) == (UNIT.name, "CA 证书")
        assert await asserted_login.view_proof(session, actor=visitor("another browser")) is None


async def test_a_role_that_is_over_needs_no_confirmation(world, unit):
    person = await world.registered_person(CLERK)
    await world.granted(unit, person, valid_until=clock.today() - timedelta(days=1))
    assert isinstance(await admit(BY_CA), Enter)


async def test_a_licence_that_a_manager_shows_is_not_the_legal_representative(unit):
    shown = replace(BY_CA, source=Source.LICENCE, needs_person=True)
    assert await admit(shown) == Confirm(unit.unit_id)
    assert isinstance(await admit(replace(shown, needs_person=False)), Enter)


async def test_another_legal_representative_than_the_registered_one_enters_as_nobody(unit):
    shown = replace(BY_CA, source=Source.LICENCE, legal_name=BOSS.name)
    assert isinstance(await admit(shown), Enter)
    refused(await admit(replace(shown, legal_name="王新任")), AssertionProblem.LEGAL)
    refused(await admit(replace(shown, legal_id_number=CLERK.id_number)), AssertionProblem.LEGAL)


async def test_an_unproven_legal_representative_enters_by_nothing_alone(unit):
    await change(Grant, proven_at=None)
    assert await admit(BY_CA) == Confirm(unit.unit_id)


# The scan that confirms


async def confirmed_by(person_id: str, actor: Actor = HERE) -> tuple[ScanCode, TrustedPhone]:
    phone = await trusted(person_id)
    assert isinstance(phone, TrustedPhone)
    code = await scan_logins.open_scan(actor=actor, device="Chrome · Windows", confirms=True)
    assert isinstance(code, ScanCode), code
    secret = code.address.rpartition("/q/")[2]
    for move in (scan_logins.scan, scan_logins.confirm):
        async with db.unit_of_work() as session:
            view = await move(session, actor=visitor("phone"), phone=phone, code=secret)
        assert isinstance(view, ScanView), view
        assert view.unit == UNIT.name, "the phone says what it confirms"
    return code, phone


async def take(code: ScanCode, actor: Actor = HERE):
    async with db.unit_of_work() as session:
        return await scan_logins.take_up(session, actor=actor, scan_id=code.id)


async def test_whoever_confirms_enters_the_unit_in_their_own_role(world, unit, clerk):
    await admit(BY_CA)
    code, phone = await confirmed_by(clerk)
    ticket = await take(code)
    assert isinstance(ticket, str)
    actor = await inside(world, ticket)
    assert (actor.person_id, actor.unit_id, actor.role) == (clerk, unit.unit_id, Role.AGENT)
    opened = (await rows(UserSession))[-1]
    assert opened.way == LoginWay.CA
    assert opened.proved == f"phone:{phone.id}"
    assert [proof.used_at is not None for proof in await rows(UnitProof)] == [True]


async def test_somebody_without_a_role_is_named_and_another_may_still_confirm(world, unit, clerk):
    await admit(BY_CA)
    code, _ = await confirmed_by(await world.registered_person(NOBODY, "gB7~nR2_xW5^pL8"))
    refused(await take(code), AssertionProblem.NO_ROLE)
    entry = await last_login()
    assert entry.result == "NO_ROLE"
    code, _ = await confirmed_by(clerk)
    assert isinstance(await take(code), str)


async def test_nothing_is_confirmed_that_was_not_proven_here(unit, clerk):
    assert await scan_logins.open_scan(actor=HERE, device="x", confirms=True) == scan_logins.NOT_PROVEN
    await admit(BY_CA, visitor("another browser"))
    assert await scan_logins.open_scan(actor=HERE, device="x", confirms=True) == scan_logins.NOT_PROVEN


async def test_a_proof_grows_old(time, unit, clerk):
    await admit(BY_CA)
    time.pass_by(seconds=PROOF_LIFE.total_seconds() + 1)
    assert await scan_logins.open_scan(actor=HERE, device="x", confirms=True) == scan_logins.NOT_PROVEN
    await admit(BY_CA)
    time.pass_by(seconds=PROOF_LIFE.total_seconds() - 60)
    code, _ = await confirmed_by(clerk)
    time.pass_by(seconds=70)
    assert await take(code) == scan_logins.NOT_PROVEN


async def test_one_proof_opens_one_session_however_often_it_is_taken_up(unit, clerk):
    await admit(BY_CA)
    code, _ = await confirmed_by(clerk)
    outcomes = await at_once(*(take(code) for _ in range(20)))
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert len(await rows(LoginTicket)) == 1


# A person


async def test_a_proven_person_enters_by_their_role(world, unit, clerk):
    outcome = await admit(as_person(CLERK))
    assert isinstance(outcome, Enter), outcome
    actor = await inside(world, outcome.ticket)
    assert (actor.person_id, actor.role) == (clerk, Role.AGENT)
    (opened,) = await rows(UserSession)
    assert opened.way == LoginWay.PROVINCIAL


async def test_the_legal_representative_may_always(unit, clerk):
    assert isinstance(await admit(as_person(BOSS)), Enter)


async def test_nobody_enters_without_a_role_today(world, unit):
    person = await world.registered_person(CLERK)
    refused(await admit(as_person(CLERK)), AssertionProblem.NO_ROLE)
    await world.granted(unit, person, valid_from=clock.today() + timedelta(days=1))
    refused(await admit(as_person(CLERK)), AssertionProblem.NO_ROLE)
    assert await rows(LoginTicket) == []


async def test_every_refusal_has_its_name(world, unit, clerk):
    refused(await admit(replace(BY_CA, uscc="91320000000000000X")), AssertionProblem.NO_UNIT)
    refused(await admit(as_person(CLERK, person_id_number="320102199001011234")), AssertionProblem.NO_PERSON)
    refused(await admit(as_person(CLERK, person_id_type="77")), AssertionProblem.NO_PERSON)
    refused(await admit(as_person(CLERK, person_name="王冒名")), AssertionProblem.NAME)
    await change(Grant, proven_at=None)
    refused(await admit(as_person(BOSS)), AssertionProblem.UNPROVEN)
    await change(Person, status=PersonStatus.LOCKED)
    refused(await admit(as_person(CLERK)), AssertionProblem.PERSON_LOCKED)
    results = {entry.result for entry in await rows(AuditEntry) if entry.action == "login"}
    assert results == {"NO_UNIT", "NO_PERSON", "NAME", "UNPROVEN", "PERSON_LOCKED"}
    assert await rows(LoginTicket) == []


async def test_a_browser_that_is_signed_in_stays_who_it_is(world, unit):
    actor = await actors.resolve(cookie.proof(await world.signed_in(unit)), address=ADDRESS)
    assert isinstance(actor, Actor)
    assert await admit(BY_CA, actor) == asserted_login.SIGNED_IN


# Not registered


async def test_an_unknown_unit_begins_registration_with_what_is_proven(world):
    world.outside.know(UNIT)
    assertion = replace(BY_OIDC, unit_name=UNIT.name, legal_name=BOSS.name, legal_id_number=BOSS.id_number)
    assert await admit(assertion) == Register("/register/unit")
    saved = await world.load(HERE)
    assert saved.progress.given["uscc"] == UNIT.uscc
    other = employer(2)
    filled = await world.fill_unit(HERE, other)  # whatever is typed
    assert isinstance(filled, SavedProgress), sentences(filled)
    answers = filled.progress.answers["unit"]
    assert (answers["uscc"], answers["unit_name"]) == (UNIT.uscc, UNIT.name)
    assert (answers["legal_name"], answers["id_number"]) == (BOSS.name, BOSS.id_number)
    assert await admit(assertion) == Register("/register/unit")
    assert (await world.load(HERE)).progress.answers, "the same proof goes on where it was"
    assert BOSS.id_number not in await everything_stored()


async def test_what_the_step_would_refuse_is_left_to_be_typed(world):
    world.outside.know(UNIT)
    masked = replace(BY_OIDC, legal_name="魏**", legal_id_number=f"{'*' * 14}{BOSS.id_number[-4:]}")
    await admit(masked)
    assert (await world.load(HERE)).progress.given == {"uscc": UNIT.uscc, "source": "oidc"}
    filled = await world.fill_unit(HERE, UNIT)
    assert isinstance(filled, SavedProgress), sentences(filled)


async def test_another_proof_begins_anew(world):
    await admit(BY_CA)
    await admit(replace(BY_CA, uscc=employer(2).uscc))
    assert (await world.load(HERE)).progress.given == {"uscc": employer(2).uscc, "source": "ca"}


async def test_an_unknown_person_of_a_known_unit_registers_first(world, unit):
    world.outside.know_person(CLERK)
    assert await admit(as_person(CLERK)) == Register("/register/person")
    filled = await world.fill_identity(HERE, NOBODY)
    assert isinstance(filled, SavedProgress), sentences(filled)
    answers = (await world.load(HERE, PERSON_REGISTRATION)).progress.answers["identity"]
    assert (answers["name"], answers["id_number"]) == (CLERK.name, CLERK.id_number)


async def test_a_name_that_a_certificate_writes_is_offered_and_not_proven(world):
    await admit(replace(BY_CA, written_name="南京旧名有限公司"))
    saved = await world.load(HERE)
    assert saved.progress.given == {"uscc": UNIT.uscc, "written_name": "南京旧名有限公司", "source": "ca"}
    assert proven_fields(saved.progress.given) == {"uscc": UNIT.uscc}


async def test_a_wizard_that_is_given_only_the_unit_asks_for_the_rest(world):
    world.outside.know(UNIT)
    await admit(BY_CA)
    filled = await world.fill_unit(HERE, UNIT, uscc="")
    assert isinstance(filled, SavedProgress), sentences(filled)
