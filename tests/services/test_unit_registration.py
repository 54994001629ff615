"""单位注册, the rules of its operations (R-2.2.1 to R-2.2.6, R-2.2.8)."""

import json

import pytest

from jsrs_portal import crypto
from jsrs_portal.domain.authority import Role
from jsrs_portal.domain.registration import UNIT_AGREEMENT, UNIT_REGISTRATION, unit_number
from jsrs_portal.domain.wizards import current_step
from jsrs_portal.gateways.errors import GatewayFailure
from jsrs_portal.gateways.face.port import FaceAnswer
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.people import Credential, Person, unit_realm
from jsrs_portal.models.proofs import CodeState, FaceCheck, FaceState, SmsCode
from jsrs_portal.models.units import Consent, Grant, Unit
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import unit_registration
from jsrs_portal.services.drafts import SavedProgress
from tests.services.fakes import FACTS
from tests.services.numbers import employer, human
from tests.services.world import (
    OTHER_PASSWORD,
    PASSWORD,
    account,
    change,
    fields,
    how_many,
    rows,
    sentences,
    the_unit,
    visitor,
)

pytestmark = pytest.mark.req("R-2.2.8")
UNIT = employer(1)
BOSS = UNIT.legal_rep
ME = visitor()


async def nothing_registered() -> bool:
    return not any([await how_many(model) for model in (Unit, Person, Grant, Credential, Consent, OutboxMessage)])


@pytest.mark.req("R-2.2.6")
async def test_the_last_step_writes_everything_once(world):
    typed = await world.ready_to_register(ME, UNIT)
    done = await world.register(ME, typed)
    assert isinstance(done, SavedProgress)
    made = await the_unit()
    (person,), (grant,), (consent,) = await rows(Person), await rows(Grant), await rows(Consent)
    (credential,) = await rows(Credential)
    assert (made.uscc, made.name, made.unit_number) == (UNIT.uscc, UNIT.name, unit_number(1))
    assert (made.registered_address, made.authority_name) == (FACTS.registered_address, FACTS.authority_name)
    assert (made.authority_region, made.industry_code) == (FACTS.authority_region, FACTS.industry_code)
    assert (person.name, person.id_number, person.mobile) == (BOSS.name, BOSS.id_number, BOSS.mobile)
    assert (grant.role, grant.unit_id, grant.person_id) == (Role.LEGAL_REP, made.id, person.id)
    assert grant.proven_at is not None
    assert (credential.person_id, credential.realm) == (person.id, unit_realm(made.id))
    assert crypto.verify_password(PASSWORD, credential.password_hash)
    assert (consent.person_id, consent.unit_id) == (person.id, made.id)
    assert (consent.agreement, consent.agreement_version) == UNIT_AGREEMENT
    assert done.progress.result == {"unit_number": made.unit_number, "unit_name": UNIT.name}


@pytest.mark.req("R-2.2.6")
async def test_the_finished_draft_keeps_the_result_and_no_personal_answer(world):
    await world.register(ME, await world.ready_to_register(ME, UNIT))
    (draft,) = await rows(Draft)
    kept = json.loads(draft.progress)
    assert kept["answers"] == {}
    assert kept["result"]["unit_number"] == unit_number(1)
    for personal in (BOSS.name, BOSS.id_number, BOSS.mobile):
        assert personal not in draft.progress


@pytest.mark.req("R-2.2.6")
async def test_the_new_unit_is_told_its_number_by_sms(world):
    await world.register(ME, await world.ready_to_register(ME, UNIT))
    (message,) = await rows(OutboxMessage)
    body = json.loads(message.body)
    assert body["mobile"] == BOSS.mobile
    assert unit_number(1) in body["text"]


@pytest.mark.req("R-2.2.6")
async def test_registering_leaves_one_audit_entry_per_act(world):
    await world.register(ME, await world.ready_to_register(ME, UNIT))
    made, (person,) = await the_unit(), await rows(Person)
    entries = await rows(AuditEntry)
    assert sorted(entry.action for entry in entries) == [
        "code.send",
        "face.end",
        "face.start",
        "person.enrol",
        "registry.check",
        "unit.register",
    ]
    (entry,) = [entry for entry in entries if entry.action == "unit.register"]
    assert (entry.subject, entry.unit_id, entry.person_id) == (made.id, made.id, person.id)
    assert {entry.address for entry in entries} == {ME.address}


@pytest.mark.req("R-2.2.1")
@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"uscc": ""}, "uscc"),
        ({"uscc": UNIT.uscc[:-1]}, "uscc"),
        ({"unit_name": " "}, "unit_name"),
        ({"id_type": "99"}, "id_type"),
        ({"id_type": "01 "}, "id_type"),
        ({"id_number": "320106199003070010"}, "id_number"),
        ({"legal_name": ""}, "legal_name"),
        ({"agreed": False}, "agreed"),
    ],
)
async def test_a_field_that_is_wrong_in_itself_never_reaches_the_registry(world, other, field):
    world.outside.know(UNIT)
    assert fields(await world.fill_unit(ME, UNIT, **other)) == [field]
    assert world.outside.registry.calls == 0
    assert await how_many(Draft) == 0


@pytest.mark.req("R-2.2.1")
async def test_everything_missing_is_said_at_once(world):
    blank = {"uscc": "", "unit_name": "", "id_number": "", "legal_name": "", "agreed": False}
    found = fields(await world.fill_unit(ME, UNIT, **blank))
    assert found == ["uscc", "unit_name", "id_number", "legal_name", "agreed"]


@pytest.mark.req("R-2.2.1")
async def test_numbers_are_understood_however_they_are_typed(world):
    world.outside.know(UNIT)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in UNIT.uscc.lower())
    saved = await world.fill_unit(ME, UNIT, uscc=f" {wide} ", id_number=f"{BOSS.id_number[:6]} {BOSS.id_number[6:]}")
    assert isinstance(saved, SavedProgress)
    assert saved.progress.answers["unit"]["uscc"] == UNIT.uscc


@pytest.mark.req("R-2.2.2")
@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"unit_name": "南京另一家有限公司"}, "unit_name"),
        ({"id_number": human(77).id_number}, "id_number"),
        ({"legal_name": "钱别人"}, "legal_name"),
        ({"id_type": "03", "id_number": "E12345678"}, "id_number"),
    ],
)
async def test_a_mismatch_says_which_field_and_never_the_right_value(world, other, field):
    world.outside.know(UNIT)
    refused = await world.fill_unit(ME, UNIT, **other)
    assert fields(refused) == [field]
    for right in (UNIT.name, BOSS.name, BOSS.id_number, BOSS.id_number[-4:], FACTS.registered_address):
        assert right not in sentences(refused)
    assert await how_many(Draft) == 0


@pytest.mark.req("R-2.2.2")
async def test_several_mismatches_are_all_named(world):
    world.outside.know(UNIT)
    refused = await world.fill_unit(ME, UNIT, unit_name="南京另一家有限公司", legal_name="钱别人")
    assert fields(refused) == ["unit_name", "legal_name"]


@pytest.mark.req("R-2.2.2")
async def test_a_unit_the_registry_does_not_know_is_refused(world):
    refused = await world.fill_unit(ME, UNIT)
    assert (fields(refused), refused[0].code) == (["uscc"], "not_found")


@pytest.mark.req("R-2.2.2")
async def test_a_dissolved_unit_is_refused(world):
    world.outside.know(UNIT)
    world.outside.registry.dissolved.add(UNIT.uscc)
    refused = await world.fill_unit(ME, UNIT)
    assert (fields(refused), refused[0].code) == (["uscc"], "inactive")


@pytest.mark.req("R-2.2.2")
@pytest.mark.parametrize("failure", list(GatewayFailure))
async def test_a_registry_that_fails_is_said_and_nothing_is_saved(world, failure):
    world.outside.know(UNIT)
    world.outside.registry.failure = failure
    refused = await world.fill_unit(ME, UNIT)
    assert refused[0].code == "registry"
    assert sentences(refused).endswith("。")
    assert await how_many(Draft) == 0


@pytest.mark.req("R-2.2.2")
async def test_a_registered_unit_is_sent_to_login_without_its_data(world):
    world.outside.know(UNIT)
    await world.registered_unit(UNIT)
    refused = await world.fill_unit(ME, UNIT)
    assert (fields(refused), refused[0].code) == (["uscc"], "registered")
    made = await the_unit()
    for hidden in (made.name, made.unit_number, BOSS.name, BOSS.mobile):
        assert hidden not in sentences(refused)


@pytest.mark.req("R-2.2.2")
async def test_only_somebody_who_knows_the_legal_representative_learns_that_a_unit_is_registered(world):
    world.outside.know(UNIT)
    await world.registered_unit(UNIT)
    refused = await world.fill_unit(ME, UNIT, legal_name="钱别人")
    assert [refusal.code for refusal in refused] == ["mismatch"]


@pytest.mark.req("R-2.2.2")
async def test_an_address_cannot_try_out_names_at_the_registry(world, time):
    for n in range(30):
        await world.fill_unit(visitor(f"browser {n}"), employer(100 + n))
    refused = await world.fill_unit(visitor("another browser"), employer(200))
    assert refused[0].code == "too_often"
    assert world.outside.registry.calls == 30
    time.pass_by(hours=1, seconds=1)
    assert (await world.fill_unit(ME, employer(201)))[0].code == "not_found"


async def test_one_units_data_cannot_be_tried_out_from_a_place_and_nobody_is_kept_from_it_elsewhere(world):
    for n in range(20):
        assert (await world.fill_unit(visitor(f"browser {n}"), UNIT))[0].code == "not_found"
    refused = await world.fill_unit(visitor("another"), UNIT)
    assert refused[0].code == "too_often"
    assert world.outside.registry.calls == 20
    world.outside.know(UNIT)
    passed = await world.fill_unit(visitor("the unit itself", address="203.0.113.200"), UNIT)
    assert not isinstance(passed, list)


# No step can be skipped


async def test_without_step_one_there_is_no_face_check_and_no_account(world):
    world.outside.know(UNIT)
    code = await world.code(ME, BOSS.mobile)
    assert (await world.start_face(ME)).code == "stale"
    assert (await world.follow_face(ME))[1] is None
    assert (await world.register(ME, account(BOSS.mobile, code)))[0].code == "stale"
    assert world.outside.face.orders == []
    assert await nothing_registered()


async def test_without_a_passed_face_there_is_no_account(world):
    world.outside.know(UNIT)
    await world.fill_unit(ME, UNIT)
    await world.start_face(ME)
    await world.follow_face(ME)
    code = await world.code(ME, BOSS.mobile)
    assert (await world.register(ME, account(BOSS.mobile, code)))[0].code == "stale"
    assert await nothing_registered()


async def test_a_made_up_progress_opens_no_account(world):
    """The draft in the database counts, and the face check's row, not what a caller says."""
    typed = await world.ready_to_register(ME, UNIT)
    await change(FaceCheck, state=FaceState.FAILED)
    refused = await world.register(ME, typed)
    assert refused[0].code == "face_missing"
    assert await nothing_registered()


async def test_a_progress_read_before_the_draft_changed_is_refused(world):
    typed = await world.ready_to_register(ME, UNIT)
    old = await world.load(ME)
    world.outside.know(employer(2))
    assert isinstance(await world.fill_unit(ME, employer(2)), SavedProgress)
    refused = await unit_registration.register_unit(actor=ME, saved=old, typed=typed)
    assert refused[0].code == "stale"
    assert await nothing_registered()


async def test_changing_step_one_clears_the_face_step(world):
    await world.ready_to_register(ME, UNIT)
    other = employer(2)
    world.outside.know(other)
    saved = await world.fill_unit(ME, other)
    assert set(saved.progress.answers) == {"unit"}
    assert current_step(UNIT_REGISTRATION, saved.progress) == "face"
    assert (await world.follow_face(ME))[1] is None


async def test_the_same_answer_again_keeps_the_face_step(world):
    await world.ready_to_register(ME, UNIT)
    saved = await world.fill_unit(ME, UNIT)
    assert set(saved.progress.answers) == {"unit", "face"}


async def test_a_finished_registration_answers_every_step_with_its_result(world):
    typed = await world.ready_to_register(ME, UNIT)
    done = await world.register(ME, typed)
    again = await world.register(ME, typed)
    assert again.progress.result == done.progress.result
    assert await how_many(Unit) == 1
    assert (await world.start_face(ME)).code == "stale"


async def test_somebody_elses_browser_starts_at_the_beginning(world):
    await world.ready_to_register(ME, UNIT)
    assert (await world.load(visitor("another browser"))).progress.answers == {}


# The face check that is used


@pytest.mark.req("R-2.2.3")
async def test_a_check_of_another_person_is_worth_nothing(world):
    typed = await world.ready_to_register(ME, UNIT)
    await change(FaceCheck, subject_index=crypto.blind_index("face-subject", "somebody else"))
    assert (await world.register(ME, typed))[0].code == "face_missing"
    assert await nothing_registered()


@pytest.mark.req("R-2.2.3")
async def test_a_check_of_another_browser_is_worth_nothing(world):
    typed = await world.ready_to_register(ME, UNIT)
    await change(FaceCheck, owner=visitor("another browser").session_key)
    assert (await world.register(ME, typed))[0].code == "face_missing"
    assert await nothing_registered()


@pytest.mark.req("R-2.2.3")
@pytest.mark.parametrize("state", [state for state in FaceState if state is not FaceState.PASSED])
async def test_only_a_passed_check_counts(world, state):
    typed = await world.ready_to_register(ME, UNIT)
    await change(FaceCheck, state=state)
    assert (await world.register(ME, typed))[0].code == "face_missing"
    assert await nothing_registered()


@pytest.mark.req("R-2.2.3")
async def test_a_check_is_used_once(world, time):
    boss = human(3)
    await world.register(ME, await world.ready_to_register(ME, employer(1, boss)))
    (used,) = await rows(FaceCheck)
    assert used.state == FaceState.USED
    time.pass_by(minutes=2)
    await change(Draft, owner="finished")
    world.outside.know(employer(2, boss))
    await world.fill_unit(ME, employer(2, boss))
    saved, view = await world.follow_face(ME)
    assert view.state is FaceState.USED
    assert "face" not in saved.progress.answers


@pytest.mark.req("R-2.2.3")
async def test_a_check_that_nobody_passed_in_time_is_not_asked_for_any_more(world, time):
    world.outside.know(UNIT)
    await world.fill_unit(ME, UNIT)
    await world.start_face(ME)
    world.outside.face.answer = FaceAnswer(passed=True)
    time.pass_by(minutes=5)
    saved, view = await world.follow_face(ME)
    assert view.state is FaceState.EXPIRED
    assert "face" not in saved.progress.answers
    assert world.outside.face.queries == 0


# The account step


@pytest.mark.req("R-2.2.4")
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"mobile": "02583276000"}, "mobile"),
        ({"code": "12345"}, "code"),
        ({"code": "１２３４５６"}, "code"),
        ({"confirmation": OTHER_PASSWORD}, "confirmation"),
    ],
)
async def test_the_account_step_says_which_field_is_wrong(world, typed, field):
    right = await world.ready_to_register(ME, UNIT)
    refused = await world.register(ME, account(**{**vars_of(right)} | typed))
    assert fields(refused) == [field]
    assert await nothing_registered()


def vars_of(typed) -> dict[str, str]:
    return {"mobile": typed.mobile, "code": typed.code, "password": typed.password, "confirmation": typed.confirmation}


@pytest.mark.req("R-2.2.5")
@pytest.mark.parametrize(
    "password", ["short1A", UNIT.uscc[-8:] + "aB#", "Aa#" + BOSS.id_number[6:14], "Aa#" + BOSS.mobile[-8:], "Aa123456"]
)
async def test_a_weak_password_or_one_with_an_own_number_is_refused(world, password):
    right = await world.ready_to_register(ME, UNIT)
    refused = await world.register(ME, account(right.mobile, right.code, password))
    assert fields(refused) == ["password"]
    assert await nothing_registered()
    (code,) = await rows(SmsCode)
    assert code.state == CodeState.LIVE


@pytest.mark.req("R-2.2.6")
async def test_a_person_who_is_registered_already_is_kept(world):
    known = await world.registered_person(BOSS, password=OTHER_PASSWORD)
    await world.register(ME, await world.ready_to_register(ME, UNIT))
    (person,), (grant,) = await rows(Person), await rows(Grant)
    assert person.id == grant.person_id == known
    assert person.mobile == BOSS.mobile
    assert await how_many(OutboxMessage) == 1
    hashes = {found.realm: found.password_hash for found in await rows(Credential)}
    assert crypto.verify_password(OTHER_PASSWORD, hashes["personal"])
    assert crypto.verify_password(PASSWORD, hashes[unit_realm(grant.unit_id)])


@pytest.mark.req("R-2.2.6", "R-2.6.8.2")
async def test_another_phone_replaces_the_old_one_which_is_told(world):
    await world.registered_person(BOSS)
    new = human(55).mobile
    await world.register(ME, await world.ready_to_register(ME, UNIT, mobile=new))
    (person,) = await rows(Person)
    assert person.mobile == new
    assert person.mobile_index == crypto.blind_index("mobile", new)
    told = {
        body["mobile"]: body["text"] for body in [json.loads(message.body) for message in await rows(OutboxMessage)]
    }
    assert set(told) == {BOSS.mobile, new}
    assert new not in told[BOSS.mobile]


@pytest.mark.req("R-2.2.4")
async def test_the_phone_of_another_person_is_refused(world):
    stranger = human(60)
    await world.registered_person(stranger)
    refused = await world.register(ME, await world.ready_to_register(ME, UNIT, mobile=stranger.mobile))
    assert (fields(refused), refused[0].code) == (["mobile"], "mobile_taken")
    assert await how_many(Unit) == 0
    (person,) = await rows(Person)
    assert (person.name, person.mobile) == (stranger.name, stranger.mobile)


@pytest.mark.req("R-2.2.4")
async def test_only_the_holder_of_a_phone_learns_that_it_is_taken(world):
    stranger = human(60)
    await world.registered_person(stranger)
    right = await world.ready_to_register(ME, UNIT, mobile=stranger.mobile)
    refused = await world.register(ME, account(stranger.mobile, "000000" if right.code != "000000" else "111111"))
    assert refused[0].code == "code_wrong"


@pytest.mark.req("R-2.2.4")
async def test_a_refused_last_step_wastes_no_code(world):
    """A face check that has to be repeated must not cost the person another code and a minute's wait."""
    typed = await world.ready_to_register(ME, UNIT)
    await change(FaceCheck, state=FaceState.EXPIRED)
    assert (await world.register(ME, typed))[0].code == "face_missing"
    assert "face" not in (await world.load(ME)).progress.answers, "the person is led back to that step"
    await change(FaceCheck, state=FaceState.PASSED)
    await world.follow_face(ME)
    assert isinstance(await world.register(ME, typed), SavedProgress)


@pytest.mark.req("R-2.2.6")
async def test_two_units_of_one_legal_representative_have_passwords_of_their_own(world, time):
    boss, first, second = human(3), employer(1, human(3)), employer(2, human(3))
    await world.register(ME, await world.ready_to_register(ME, first))
    time.pass_by(minutes=2)
    her = visitor("another browser")
    right = await world.ready_to_register(her, second)
    done = await world.register(her, account(boss.mobile, right.code, OTHER_PASSWORD))
    assert isinstance(done, SavedProgress)
    assert await how_many(Person) == 1
    by_realm = {found.realm: found.password_hash for found in await rows(Credential)}
    units = {made.uscc: unit_realm(made.id) for made in await rows(Unit)}
    assert crypto.verify_password(PASSWORD, by_realm[units[first.uscc]])
    assert crypto.verify_password(OTHER_PASSWORD, by_realm[units[second.uscc]])
