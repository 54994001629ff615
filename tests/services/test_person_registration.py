"""个人用户注册, the rules of its operations (R-2.2.7, R-2.2.8)."""

import json

import pytest

from jsrs_portal import crypto
from jsrs_portal.domain.registration import PERSON_AGREEMENT, PERSON_REGISTRATION
from jsrs_portal.domain.wizards import current_step
from jsrs_portal.gateways.errors import GatewayFailure
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.people import PERSONAL, Credential, Person
from jsrs_portal.models.units import Consent
from jsrs_portal.services import person_registration
from jsrs_portal.services.drafts import SavedProgress
from tests.services.numbers import human, human_ending_in_x
from tests.services.world import PASSWORD, account, fields, how_many, rows, sentences, visitor

pytestmark = pytest.mark.req("R-2.2.7")
ME, PERSON = visitor(), human(1)


async def test_the_last_step_writes_person_password_and_consent(world):
    done = await world.enrol(ME, await world.ready_to_enrol(ME, PERSON))
    assert done.progress.result == {"registered": True}
    (person,), (credential,), (consent,) = await rows(Person), await rows(Credential), await rows(Consent)
    assert (person.name, person.id_number, person.mobile) == (PERSON.name, PERSON.id_number, PERSON.mobile)
    assert (credential.person_id, credential.realm) == (person.id, PERSONAL)
    assert crypto.verify_password(PASSWORD, credential.password_hash)
    assert (consent.person_id, consent.unit_id) == (person.id, None)
    assert (consent.agreement, consent.agreement_version) == PERSON_AGREEMENT


async def test_registering_leaves_one_audit_entry_per_act(world):
    await world.enrol(ME, await world.ready_to_enrol(ME, PERSON))
    (person,) = await rows(Person)
    entries = await rows(AuditEntry)
    assert sorted(entry.action for entry in entries) == ["code.send", "identity.check", "person.enrol"]
    (entry,) = [entry for entry in entries if entry.action == "person.enrol"]
    assert (entry.person_id, entry.subject, entry.result, entry.address) == (person.id, person.id, "OK", ME.address)


async def test_the_finished_draft_keeps_no_personal_answer(world):
    await world.enrol(ME, await world.ready_to_enrol(ME, PERSON))
    (draft,) = await rows(Draft)
    assert json.loads(draft.progress)["answers"] == {}


async def test_a_number_ending_in_a_small_x_is_the_same_person(world):
    person = human_ending_in_x()
    world.outside.know_person(person)
    await world.registered_person(person)
    refused = await world.fill_identity(ME, person, id_number=person.id_number.lower())
    assert refused[0].code == "registered"


async def test_a_wrong_name_and_an_unknown_number_sound_the_same(world):
    world.outside.know_person(PERSON)
    wrong = await world.fill_identity(ME, PERSON, name="钱别人")
    unknown = await world.fill_identity(ME, human(2))
    assert wrong == unknown
    assert fields(wrong) == ["id_number"]
    assert PERSON.name not in sentences(wrong)
    assert await how_many(Draft) == 0


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"id_type": ""}, "id_type"),
        ({"id_number": "1"}, "id_number"),
        ({"name": "李"}, "name"),
        ({"agreed": False}, "agreed"),
    ],
)
async def test_a_field_that_is_wrong_in_itself_is_named(world, other, field):
    world.outside.know_person(PERSON)
    assert fields(await world.fill_identity(ME, PERSON, **other)) == [field]


@pytest.mark.parametrize("failure", list(GatewayFailure))
async def test_a_real_name_check_that_fails_is_said_and_nothing_is_saved(world, failure):
    world.outside.know_person(PERSON)
    world.outside.identity.failure = failure
    refused = await world.fill_identity(ME, PERSON)
    assert refused[0].code == "identity"
    assert sentences(refused).endswith("。")
    assert await how_many(Draft) == 0


@pytest.mark.req("R-2.2.8")
async def test_without_step_one_there_is_no_account(world):
    sent = await world.ready_to_enrol(visitor("another browser"), PERSON)
    assert (await world.enrol(ME, sent))[0].code == "stale"
    assert await how_many(Person) == 0


@pytest.mark.req("R-2.2.8")
async def test_changing_the_identity_changes_who_is_registered(world):
    typed = await world.ready_to_enrol(ME, PERSON)
    other = human(2)
    world.outside.know_person(other)
    saved = await world.fill_identity(ME, other)
    assert current_step(PERSON_REGISTRATION, saved.progress) == "account"
    await world.enrol(ME, typed)
    (person,) = await rows(Person)
    assert person.name == other.name


@pytest.mark.req("R-2.2.8")
async def test_a_progress_read_before_the_draft_changed_is_refused(world):
    typed = await world.ready_to_enrol(ME, PERSON)
    old = await world.load(ME, PERSON_REGISTRATION)
    world.outside.know_person(human(2))
    await world.fill_identity(ME, human(2))
    refused = await person_registration.register_person(actor=ME, saved=old, typed=typed)
    assert refused[0].code == "stale"
    assert await how_many(Person) == 0


async def test_a_person_registers_once(world, time):
    await world.enrol(ME, await world.ready_to_enrol(ME, PERSON))
    refused = await world.fill_identity(visitor("another browser"), PERSON)
    assert refused[0].code == "registered"
    assert PERSON.mobile not in sentences(refused)


async def test_the_phone_of_another_person_is_refused_after_the_code_was_right(world):
    await world.registered_person(human(2))
    twin = type(PERSON)(PERSON.name, PERSON.id_number, human(2).mobile)
    typed = await world.ready_to_enrol(ME, twin)
    guess = "000000" if typed.code != "000000" else "111111"
    assert (await world.enrol(ME, account(twin.mobile, guess)))[0].code == "code_wrong"
    refused = await world.enrol(ME, typed)
    assert (fields(refused), refused[0].code) == (["mobile"], "mobile_taken")
    assert await how_many(Person) == 1


async def test_a_code_for_a_units_registration_opens_no_persons_account(world):
    world.outside.know_person(PERSON)
    await world.fill_identity(ME, PERSON)
    code = await world.code(ME, PERSON.mobile)
    assert (await world.enrol(ME, account(PERSON.mobile, code)))[0].code == "code_wrong"
    assert await how_many(Person) == 0


async def test_a_registered_person_answers_again_with_the_result(world):
    typed = await world.ready_to_enrol(ME, PERSON)
    await world.enrol(ME, typed)
    again = await world.enrol(ME, typed)
    assert isinstance(again, SavedProgress)
    assert await how_many(Person) == 1
