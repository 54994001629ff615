"""The new password at the end of 找回密码: the last five refused, sessions ended, locks lifted, once (R-2.5.4)."""

import threading
from dataclasses import replace

import pytest

from jsrs_portal import crypto, db
from jsrs_portal.access.actor import Ended
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Role
from jsrs_portal.domain.proofs import by_phone
from jsrs_portal.domain.recovery import RECOVERY, AccountKind
from jsrs_portal.domain.wizards import current_step
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.people import PERSONAL, Credential, FormerPassword, Person, unit_realm
from jsrs_portal.models.proofs import FaceState
from jsrs_portal.models.scans import TrustedPhone
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.units import Grant, GrantEvent, GrantEventKind
from jsrs_portal.services import password_recovery
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.login import Ticket
from jsrs_portal.services.sessions import issue_ticket
from tests.services.granting import BOSS, UNIT, audited, given, texts_for, who
from tests.services.numbers import human
from tests.services.opening import HER, first
from tests.services.phoning import trusted
from tests.services.recovering import (
    AGENT,
    ELSEWHERE,
    LEGAL,
    ME,
    NEW,
    NEWER,
    again,
    attempt,
    begun,
    by_face,
    by_sms,
    choose,
    follow,
    log_in,
    opens,
    phone_code,
    recovered,
    remembered,
    type_code,
    typed,
    why,
)
from tests.services.world import OTHER_PASSWORD, PASSWORD, at_once, change, rows, visitor

pytestmark = [pytest.mark.req("R-2.5.4"), pytest.mark.usefixtures("time", "as_in_the_server")]

# Whose: every kind gets the password back that opens its login


@pytest.mark.req("R-2.5.3")
@pytest.mark.parametrize("face", [True, False], ids=["face", "sms"])
async def test_a_legal_representative_gets_the_units_password_back(world, unit, face):
    finished = await recovered(world, LEGAL, BOSS, face=face)
    assert current_step(RECOVERY, finished.progress) == "done"
    assert UNIT.name in finished.progress.result["words"]
    assert (finished.progress.result["kind"], finished.progress.result["number"]) == (AccountKind.LEGAL_REP, UNIT.uscc)
    assert await opens(UNIT.uscc, BOSS, NEW)
    assert not await opens(UNIT.uscc, BOSS, PASSWORD)


@pytest.mark.req("R-2.5.5")
@pytest.mark.parametrize("by_number", [True, False], ids=["unit number", "uscc"])
async def test_an_agent_gets_the_personal_password_back_and_is_told_what_it_opens(world, unit, agent, by_number):
    account = unit.unit_number if by_number else UNIT.uscc
    finished = await recovered(world, typed(AccountKind.STAFF, AGENT, account), AGENT)
    assert "个人密码" in finished.progress.result["words"]
    assert await opens(UNIT.uscc, AGENT, NEW)
    assert await opens("", AGENT, NEW)
    assert await opens(UNIT.uscc, BOSS, PASSWORD), "nobody else's changes"


@pytest.mark.req("R-2.5.5")
async def test_an_administrator_with_a_password_of_the_units_own_keeps_the_personal_one(world, unit, boss):
    grant = await given(boss, await world.registered_person(AGENT, OTHER_PASSWORD), Role.ADMIN)
    await world.set_unit_password(unit, grant.person_id, PASSWORD)
    await recovered(world, typed(AccountKind.STAFF, AGENT, UNIT.uscc), AGENT, face=True, mobile=AGENT.mobile)
    assert await opens(UNIT.uscc, AGENT, NEW)
    assert await opens("", AGENT, OTHER_PASSWORD)


@pytest.mark.req("R-2.5.5", "R-2.6.6.3")
async def test_an_institutions_administrator_gets_its_password_back_first_password_or_not(world, school, time):
    time.pass_by(days=8)
    assert not await opens(school.number, HER, first(HER)), "void by now"
    step_1 = typed(AccountKind.INSTITUTION, HER, school.number.lower())
    finished = await recovered(world, step_1, HER, face=True, mobile=HER.mobile)
    assert school.name in finished.progress.result["words"]
    assert finished.progress.result["number"] == school.number
    assert await opens(school.number, HER, NEW)
    assert await opens("", HER, OTHER_PASSWORD)
    (credential,) = [one for one in await rows(Credential) if one.realm.startswith("institution:")]
    assert (credential.must_change, credential.void_after) == (False, None)


@pytest.mark.req("R-2.5.5")
async def test_a_person_gets_the_personal_password_back_or_a_first_one(world, unit, agent):
    await recovered(world, typed(AccountKind.PERSON, AGENT), AGENT)
    assert await opens("", AGENT, NEW)
    assert await opens(UNIT.uscc, AGENT, NEW)
    await recovered(world, typed(AccountKind.PERSON, BOSS), BOSS, NEWER, ELSEWHERE, face=True)
    assert await opens("", BOSS, NEWER), "a legal representative had none"
    assert await opens(UNIT.uscc, BOSS, PASSWORD)


async def test_a_password_that_had_to_be_set_anew_is_set_anew(world, unit):
    await change(Credential, reset_required=True)
    await recovered(world, LEGAL, BOSS)
    assert [one.reset_required for one in await rows(Credential)] == [False]


# The first face check of somebody


async def test_a_first_face_check_proves_the_person_and_the_phone_and_ends_what_a_stranger_had(world, time):
    """Somebody registered AGENT with a phone and a password of their own; AGENT shows their face."""
    stranger = replace(AGENT, mobile=human(77).mobile)
    person = await world.registered_person(stranger, OTHER_PASSWORD)
    assert isinstance(await trusted(person), TrustedPhone)
    await begun(world, typed(AccountKind.PERSON, AGENT))
    await by_face(world)
    outcome = await choose(world)
    assert [one.field for one in outcome] == ["mobile", "code"]
    code = await phone_code(world, AGENT.mobile)
    other = "000000" if code != "000000" else "111111"
    assert why(await choose(world, mobile=AGENT.mobile, code=other)) == "code_wrong"
    assert isinstance(await choose(world, mobile=AGENT.mobile, code=code), SavedProgress)
    assert await opens("", AGENT, NEW)
    assert not await opens("", stranger, NEW), "the phone is the holder's own from now on"
    assert [phone.revoked_at is None for phone in await rows(TrustedPhone)] == [False]
    (found,) = await rows(Person)
    assert found.proven_at is not None
    await again(world)
    time.pass_by(seconds=61)
    await recovered(world, typed(AccountKind.PERSON, AGENT), AGENT, NEWER)
    assert await opens("", AGENT, NEWER), "later on a code on that phone will do"


async def test_a_phone_of_somebody_else_is_not_taken(world):
    await world.registered_person(replace(AGENT, mobile=human(77).mobile), OTHER_PASSWORD)
    other = human(78)
    await world.registered_person(other, OTHER_PASSWORD)
    await begun(world, typed(AccountKind.PERSON, AGENT))
    await by_face(world)
    code = await phone_code(world, other.mobile)
    assert why(await choose(world, mobile=other.mobile, code=code)) == "mobile_taken"
    assert not await opens("", other, NEW)


@pytest.mark.req("R-2.3.5")
async def test_an_unproven_legal_representative_begins_with_their_face(world, unit):
    """As an upgrade leaves it: the role is there, nobody has shown their face (the credentials section)."""
    await change(Grant, proven_at=None)
    await change(Person, proven_at=None)
    assert not await opens(UNIT.uscc, BOSS, PASSWORD)
    assert isinstance(await begun(world, LEGAL), SavedProgress)
    saved = await world.load(ME, RECOVERY)
    assert await password_recovery.send_code(world.outside.sms, actor=ME, saved=saved) == password_recovery.FACE_ONLY
    assert await type_code(world, "123456") == [password_recovery.FACE_ONLY]
    view = await password_recovery.view_account(saved=saved)
    assert view is not None
    assert (view.face_only, view.asks_phone) == (True, False)
    await by_face(world)
    code = await phone_code(world, BOSS.mobile)
    assert isinstance(await choose(world, mobile=BOSS.mobile, code=code), SavedProgress)
    (grant,) = await rows(Grant)
    assert grant.proven_at is not None
    assert GrantEventKind.PROVEN in {event.kind for event in await rows(GrantEvent)}
    assert await opens(UNIT.uscc, BOSS, NEW)


# What comes with it


@pytest.mark.req("R-2.2.5")
@pytest.mark.parametrize("part", ["uscc", "unit number", "mobile", "document"])
async def test_the_password_rule_holds(world, unit, part):
    number = {"uscc": UNIT.uscc[-6:], "unit number": unit.unit_number[-6:], "mobile": BOSS.mobile[-6:]}
    await begun(world, LEGAL)
    await by_sms(world, BOSS)
    refused = await choose(world, f"Kq-{number.get(part, BOSS.id_number[6:12])}-z")
    assert [one.field for one in refused] == ["password"]
    assert [one.field for one in await choose(world, NEW, NEWER)] == ["confirmation"]


@pytest.mark.req("R-2.2.5")
async def test_an_institutions_number_is_no_part_of_its_password(world, school):
    await begun(world, typed(AccountKind.INSTITUTION, HER, school.number))
    await by_sms(world, HER)
    assert why(await choose(world, f"Kq-{school.number[-6:]}-z")) == "password"


async def test_the_five_last_passwords_are_refused_and_the_sixth_is_not(world, unit, time):
    passwords = [PASSWORD, *(f"Meadow-{n}5-quill" for n in range(1, 6))]
    for n, password in enumerate(passwords[1:]):
        await recovered(world, LEGAL, BOSS, password, visitor(f"b{n}"), face=True)
        time.pass_by(hours=2)
    realm = unit_realm(unit.unit_id)
    assert len(await remembered(unit.person_id, realm)) == 5
    assert len(await rows(FormerPassword)) == 4
    await begun(world, LEGAL)
    await by_face(world)
    for password in reversed(passwords[1:]):
        assert why(await choose(world, password)) == "reused"
    assert (await choose(world, passwords[0])).progress.result
    assert await opens(UNIT.uscc, BOSS, passwords[0])


async def test_passwords_of_another_login_are_not_compared(world, unit, boss):
    grant = await given(boss, await world.registered_person(AGENT, OTHER_PASSWORD), Role.ADMIN)
    await world.set_unit_password(unit, grant.person_id, PASSWORD)
    await recovered(world, typed(AccountKind.STAFF, AGENT, UNIT.uscc), AGENT, OTHER_PASSWORD)
    assert await opens("", AGENT, OTHER_PASSWORD)


async def test_everything_the_former_password_opened_ends_and_nothing_else(world, unit, boss):
    grant = await given(boss, await world.registered_person(AGENT, OTHER_PASSWORD), Role.ADMIN)
    await world.set_unit_password(unit, grant.person_id, PASSWORD)
    mine, own, theirs = (visitor(name) for name in ("unit", "personal", "boss"))
    values = [
        await world.redeem(mine, await log_in(UNIT.uscc, AGENT, PASSWORD, mine)),
        await world.redeem(own, await log_in("", AGENT, OTHER_PASSWORD, own)),
        await world.redeem(theirs, await log_in(UNIT.uscc, BOSS, PASSWORD, theirs)),
    ]
    waiting = await log_in(UNIT.uscc, AGENT, PASSWORD, mine)
    assert not [value for value in values if isinstance(await who(value), Ended)]
    await recovered(world, typed(AccountKind.STAFF, AGENT, UNIT.uscc), AGENT)
    assert [isinstance(await who(value), Ended) for value in values] == [True, False, False]
    assert await world.redeem(mine, waiting) == "", "a login on its way is none"
    assert {one.realm for one in await rows(FormerPassword)} == {unit_realm(unit.unit_id)}
    assert len([one for one in await rows(UserSession) if one.ended_at]) == 1
    assert not [one for one in await rows(LoginTicket) if one.used_at is None]


@pytest.mark.req("R-2.4.3")
async def test_phones_go_with_the_personal_password_that_made_them_trusted(world, unit, agent):
    (person,) = [one for one in await rows(Person) if one.mobile == AGENT.mobile]
    phone = await trusted(person.id)
    assert isinstance(phone, TrustedPhone)
    async with db.unit_of_work() as session:
        ticket = issue_ticket(
            session, actor=visitor(), person_id=person.id, unit_id=None, grant_id=None, proved=by_phone(phone.id)
        )
    value = await world.redeem(visitor(), ticket)
    await recovered(world, typed(AccountKind.LEGAL_REP, BOSS, UNIT.uscc), BOSS)
    assert not isinstance(await who(value), Ended), "another person's phone stays"
    await recovered(world, typed(AccountKind.PERSON, AGENT), AGENT, NEWER, ELSEWHERE)
    assert isinstance(await who(value), Ended)
    assert [bool(one.revoked_at) for one in await rows(TrustedPhone)] == [True]


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize(
    "kind", [AccountKind.LEGAL_REP, AccountKind.STAFF, AccountKind.PERSON, AccountKind.INSTITUTION]
)
async def test_locks_are_lifted_under_every_name(world, unit, agent, school, kind):
    of = {AccountKind.LEGAL_REP: BOSS, AccountKind.INSTITUTION: HER}.get(kind, AGENT)
    number = {AccountKind.PERSON: "", AccountKind.INSTITUTION: school.number}.get(kind, UNIT.uscc)
    names = [(account, who_) for account in _names(kind, unit, school) for who_ in (of.mobile, of.id_number)]
    for n, (account, identifier) in enumerate(names):
        for m in range(frequency.LOGIN_TYPED.most):
            await attempt(account, identifier, "Wrong-Aa-1", visitor(f"t{n}-{m}", f"192.0.2.{n}"))
    locked = {why(await attempt(*name, OTHER_PASSWORD, visitor("t", "192.0.2.200"))) for name in names}
    assert locked == {"locked"}
    await recovered(world, typed(kind, of, number), of)
    for n, name in enumerate(names):
        outcome = await attempt(*name, NEW, visitor(f"n{n}", f"192.0.2.{100 + n}"))
        assert isinstance(outcome, Ticket), (name, outcome)


def _names(kind, unit, school) -> list[str]:
    if kind is AccountKind.INSTITUTION:
        return [school.number]
    units = [UNIT.uscc, unit.unit_number]
    return units if kind is AccountKind.LEGAL_REP else ["", *units]


async def test_its_holder_is_told_and_the_trail_says_by_what_it_was_proven(world, unit):
    await recovered(world, LEGAL, BOSS, face=True)
    (text,) = await texts_for(BOSS.mobile)
    assert UNIT.name in text
    assert "密码已重新设置" in text
    (entry,) = await audited("recovery.done")
    assert (entry.person_id, entry.unit_id, entry.subject) == (unit.person_id, unit.unit_id, unit_realm(unit.unit_id))
    assert '"way": "FACE"' in (entry.details or "")
    (draft,) = await rows(Draft)
    assert not [personal for personal in (BOSS.name, BOSS.id_number, BOSS.mobile) if personal in draft.progress]


async def test_a_proof_is_used_up_once(world, unit):
    await recovered(world, LEGAL, BOSS, face=True)
    await again(world)
    await begun(world, LEGAL)
    saved, view = await follow(world)
    assert (view.state, "proof" in saved.progress.answers) == (FaceState.USED, False)
    assert why(await choose(world, NEWER)) == "stale"


async def test_asked_twice_it_is_done_once_and_both_see_the_end(world, unit):
    await begun(world, LEGAL)
    await by_sms(world, BOSS)
    first_one, second = await choose(world), await choose(world, NEWER)
    assert first_one.progress.result == second.progress.result
    assert len(await audited("recovery.done")) == 1
    assert await opens(UNIT.uscc, BOSS, NEW)


@pytest.mark.parametrize("face", [True, False], ids=["face", "sms"])
async def test_fifty_at_once_change_it_once(world, unit, face):
    await begun(world, LEGAL)
    await (by_face(world) if face else by_sms(world, BOSS))
    outcomes = await at_once(*[choose(world, f"Meadow-{n:02}5-quill") for n in range(50)])
    assert any(isinstance(outcome, SavedProgress) for outcome in outcomes)
    codes_heard = {why(outcome) for outcome in outcomes if isinstance(outcome, list)}
    assert codes_heard <= {"stale", "throttled"}
    assert len(await audited("recovery.done")) == 1
    assert len(await rows(FormerPassword)) == 1
    assert len(await texts_for(BOSS.mobile)) == 1


async def test_two_browsers_that_both_proved_it_do_not_both_go_by_the_same_last_passwords(world, unit):
    for actor in (ME, ELSEWHERE):
        await begun(world, LEGAL, actor)
        await by_face(world, actor)
    outcomes = await at_once(choose(world, NEW), choose(world, NEW, actor=ELSEWHERE))
    refused = [why(outcome) for outcome in outcomes if isinstance(outcome, list)]
    assert refused in (["stale"], ["reused"])
    assert len(await audited("recovery.done")) == 1


async def test_two_browsers_that_set_a_first_personal_password_at_once(world, unit):
    mine = typed(AccountKind.PERSON, BOSS)
    for actor in (ME, ELSEWHERE):
        await begun(world, mine, actor)
        await by_face(world, actor)
    outcomes = await at_once(choose(world, NEW), choose(world, NEW, actor=ELSEWHERE))
    assert [why(outcome) for outcome in outcomes if isinstance(outcome, list)] in (["stale"], ["reused"])
    assert len([one for one in await rows(Credential) if one.realm == PERSONAL]) == 1


async def test_a_grant_that_was_taken_back_meanwhile_leads_to_the_first_step(world, unit, agent):
    await begun(world, typed(AccountKind.STAFF, AGENT, UNIT.uscc))
    await by_sms(world, AGENT)
    await change(Grant, status="REVOKED")
    assert why(await choose(world)) == "changed"
    assert current_step(RECOVERY, (await world.load(ME, RECOVERY)).progress) == "account"
    assert await opens("", AGENT, OTHER_PASSWORD)


async def test_new_passwords_are_not_tried_without_end(world, unit):
    await begun(world, LEGAL)
    await by_sms(world, BOSS)
    for _ in range(frequency.RECOVERY_PASSWORD.most):
        assert why(await choose(world, PASSWORD)) == "reused"
    assert why(await choose(world)) == "throttled"


async def test_comparing_with_the_last_passwords_keeps_nobody_waiting(world, unit, monkeypatch):
    """Five comparisons happen off the loop."""
    used: set[int] = set()
    compare = crypto.verify_password

    def noted(password, stored):
        used.add(threading.get_ident())
        return compare(password, stored)

    monkeypatch.setattr(crypto, "verify_password", noted)
    await begun(world, LEGAL)
    await by_sms(world, BOSS)
    assert (await choose(world)).progress.result
    assert used
    assert threading.get_ident() not in used


@pytest.mark.req("R-2.5.4", "R-2.3.5")
async def test_a_first_face_check_ends_a_strangers_passwords_of_units_too(world, unit):
    """A stranger registered AGENT, and had them made administrator of a unit whose old password they knew."""
    stranger = replace(AGENT, mobile=human(77).mobile)
    person = await world.registered_person(stranger, OTHER_PASSWORD)
    await world.granted(unit, person, role=Role.ADMIN)
    await world.set_unit_password(unit, person, PASSWORD)
    assert await opens(UNIT.uscc, stranger, PASSWORD)
    await begun(world, typed(AccountKind.PERSON, AGENT))
    await by_face(world)
    code = await phone_code(world, AGENT.mobile)
    assert isinstance(await choose(world, mobile=AGENT.mobile, code=code), SavedProgress)
    assert not await opens(UNIT.uscc, AGENT, PASSWORD)
    assert await opens(UNIT.uscc, AGENT, NEW), "it is entered by the personal password from now on"
