"""Registrations at the same instant: double clicks, two tabs, two browsers (R-2.2.6, R-2.2.7, R-2.2.8)."""

import asyncio
import contextlib
import json
from itertools import count

import pytest
from sqlalchemy import delete

from jsrs_portal import crypto, db
from jsrs_portal.domain.registration import PERSON_REGISTRATION, unit_number
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.people import Credential, Person
from jsrs_portal.models.sessions import Counter
from jsrs_portal.models.units import Consent, Grant, Unit
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import people, unit_registration
from jsrs_portal.services.drafts import SavedProgress
from tests.services.numbers import employer, human
from tests.services.world import at_once, how_many, rows, sentences, visitor

pytestmark = pytest.mark.req("R-2.2.8")
ME, HER = visitor(), visitor("another browser")
MADE_BY_A_UNIT = (Unit, Person, Grant, Credential, Consent, OutboxMessage)


async def counts(*models) -> list[int]:
    return [await how_many(model) for model in models]


@pytest.mark.req("R-2.2.6")
async def test_fifty_simultaneous_submissions_register_one_unit(world):
    typed = await world.ready_to_register(ME, employer(1))
    outcomes = await at_once(*[world.register(ME, typed) for _ in range(50)])
    assert await counts(*MADE_BY_A_UNIT) == [1] * len(MADE_BY_A_UNIT)
    assert [entry.action for entry in await rows(AuditEntry)].count("unit.register") == 1
    assert any(isinstance(outcome, SavedProgress) for outcome in outcomes)


@pytest.mark.req("R-2.2.6")
async def test_a_double_click_shows_the_success_page_twice(world):
    """The second answer is what the person sees; it must not be an error about a code that was right."""
    typed = await world.ready_to_register(ME, employer(1))
    outcomes = await at_once(*[world.register(ME, typed) for _ in range(5)])
    wrong = [sentences(outcome) for outcome in outcomes if not isinstance(outcome, SavedProgress)]
    assert wrong == []
    assert {outcome.progress.result["unit_number"] for outcome in outcomes} == {unit_number(1)}


@pytest.mark.req("R-2.2.6")
async def test_a_repeated_request_with_the_old_progress_finds_the_result(world):
    typed = await world.ready_to_register(ME, employer(1))
    before = await world.load(ME)
    await world.register(ME, typed)
    again = await unit_registration.register_unit(actor=ME, saved=before, typed=typed)
    assert isinstance(again, SavedProgress)
    assert again.progress.result["unit_number"] == unit_number(1)


@pytest.mark.req("R-2.2.6")
async def test_of_two_browsers_that_register_one_unit_one_wins(world):
    boss = human(1)
    mine = await world.ready_to_register(ME, employer(1, boss))
    hers = await world.ready_to_register(HER, employer(1, boss), mobile=human(2).mobile)
    outcomes = await at_once(world.register(ME, mine), world.register(HER, hers))
    (lost,) = [outcome for outcome in outcomes if not isinstance(outcome, SavedProgress)]
    assert lost[0].code == "registered"
    assert await counts(*MADE_BY_A_UNIT) == [1] * len(MADE_BY_A_UNIT)
    (person,), (message,) = await rows(Person), await rows(OutboxMessage)
    assert json.loads(message.body)["mobile"] == person.mobile


@pytest.mark.req("R-2.2.6")
async def test_of_fifty_browsers_that_register_one_unit_one_wins(world):
    """Every one has passed face and code; the others hear that the unit is registered, and leave nothing behind."""
    boss = human(1)
    browsers = [visitor(f"browser {n}", address=f"203.0.113.{n}") for n in range(50)]
    typed = []
    for n, me in enumerate(browsers):
        typed.append(await world.ready_to_register(me, employer(1, boss), mobile=human(100 + n).mobile))
        async with db.unit_of_work() as session:  # on fifty days, as far as the limits know
            await session.execute(delete(Counter))
    outcomes = await at_once(*[world.register(me, step) for me, step in zip(browsers, typed, strict=True)])
    lost = [outcome[0].code for outcome in outcomes if not isinstance(outcome, SavedProgress)]
    assert lost == ["registered"] * 49
    assert await counts(*MADE_BY_A_UNIT) == [1] * len(MADE_BY_A_UNIT)


@pytest.fixture
def looking_up_together(monkeypatch):
    """Hold the first who looks a person up until the second one does (where the database lets them meet)."""
    arrived = asyncio.Semaphore(0)
    seen = count()
    original = people.find_by_document

    async def find(session, **document):
        found = await original(session, **document)
        if next(seen) == 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(arrived.acquire(), 0.5)
        else:
            arrived.release()
        return found

    monkeypatch.setattr(people, "find_by_document", find)


@pytest.mark.req("R-2.2.6")
async def test_one_legal_representative_registers_two_units_at_once(world, looking_up_together):
    """Nobody may hear that a unit is registered that is not: the rival was another unit of the same person."""
    boss = human(1)
    first, second = employer(1, boss), employer(2, boss)
    mine = await world.ready_to_register(ME, first)
    hers = await world.ready_to_register(HER, second, mobile=human(2).mobile)
    outcomes = await at_once(world.register(ME, mine), world.register(HER, hers))
    registered = {unit.uscc for unit in await rows(Unit)}
    for outcome, unit in zip(outcomes, (first, second), strict=True):
        if not isinstance(outcome, SavedProgress):
            assert unit.uscc not in registered
            assert outcome[0].code != "registered", sentences(outcome)
    assert await how_many(Person) == 1


@pytest.mark.req("R-2.2.6")
async def test_unit_numbers_are_unique_and_in_order_under_rivalry(world):
    browsers = [visitor(f"browser {n}", address=f"203.0.113.{n}") for n in range(1, 11)]
    typed = [await world.ready_to_register(me, employer(n)) for n, me in enumerate(browsers, start=1)]
    await at_once(*[world.register(me, step) for me, step in zip(browsers, typed, strict=True)])
    assert sorted(unit.unit_number for unit in await rows(Unit)) == [unit_number(n) for n in range(1, 11)]


@pytest.mark.req("R-2.2.7")
async def test_fifty_simultaneous_submissions_register_one_person(world):
    typed = await world.ready_to_enrol(ME, human(1))
    await at_once(*[world.enrol(ME, typed) for _ in range(50)])
    assert await counts(Person, Credential, Consent) == [1, 1, 1]
    assert [entry.action for entry in await rows(AuditEntry)].count("person.enrol") == 1
    assert (await world.load(ME, PERSON_REGISTRATION)).progress.result


@pytest.mark.req("R-2.2.7")
async def test_a_double_click_of_a_person_shows_the_success_page_twice(world):
    typed = await world.ready_to_enrol(ME, human(1))
    outcomes = await at_once(*[world.enrol(ME, typed) for _ in range(5)])
    assert [sentences(outcome) for outcome in outcomes if not isinstance(outcome, SavedProgress)] == []


@pytest.mark.req("R-2.2.7")
async def test_of_two_browsers_that_register_one_person_one_wins(world):
    mine = await world.ready_to_enrol(ME, human(1))
    twin = human(2)
    world.outside.know_person(human(1))
    hers = await world.ready_to_enrol(HER, type(twin)(human(1).name, human(1).id_number, twin.mobile))
    outcomes = await at_once(world.enrol(ME, mine), world.enrol(HER, hers))
    (lost,) = [outcome for outcome in outcomes if not isinstance(outcome, SavedProgress)]
    assert lost[0].code == "registered"
    assert await counts(Person, Credential, Consent) == [1, 1, 1]


@pytest.mark.req("R-2.2.6", "R-2.2.7")
async def test_a_person_and_their_unit_registered_at_once_leave_one_person(world):
    boss = human(1)
    as_unit = await world.ready_to_register(ME, employer(1, boss))
    twin = type(boss)(boss.name, boss.id_number, human(2).mobile)
    as_person = await world.ready_to_enrol(HER, twin)
    await at_once(world.register(ME, as_unit), world.enrol(HER, as_person))
    (person,) = await rows(Person)
    assert person.id_number == boss.id_number
    for credential in await rows(Credential):
        assert credential.person_id == person.id
    assert crypto.blind_index("mobile", person.mobile) == person.mobile_index
