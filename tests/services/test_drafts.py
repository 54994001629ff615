"""Drafts of wizards: saved once per version, short-lived, unreadable in the database (R-2.2.8)."""

from dataclasses import replace
from pathlib import Path

import pytest

from jsrs_portal import db
from jsrs_portal.domain.registration import PERSON_REGISTRATION, UNIT_REGISTRATION
from jsrs_portal.domain.wizards import Progress
from jsrs_portal.models.drafts import Draft
from jsrs_portal.services.drafts import SavedProgress, drop_progress, load_progress, save_progress
from tests.services.numbers import employer
from tests.services.world import at_once, everything_stored, how_many, rows, statements, visitor, warm_up

pytestmark = pytest.mark.req("R-2.2.8")
ME, UNIT = visitor(), employer(1)


def answered(text: str) -> Progress:
    return Progress(answers={"unit": {"unit_name": text}})


async def save(saved: SavedProgress, owner: str = "me", spec=UNIT_REGISTRATION) -> bool:
    async with db.unit_of_work() as session:
        return await save_progress(session, spec=spec, owner=owner, saved=saved)


async def load(owner: str = "me", spec=UNIT_REGISTRATION) -> SavedProgress:
    async with db.reading() as session:
        return await load_progress(session, spec=spec, owner=owner)


async def test_a_draft_comes_back_as_it_was_saved():
    assert await save(SavedProgress(answered("一")))
    found = await load()
    assert (found.progress, found.version) == (answered("一"), 1)
    assert found.saved_at is not None


async def test_of_two_tabs_the_second_is_told_that_the_page_is_old():
    await save(SavedProgress(answered("一")))
    first, second = await load(), await load()
    assert await save(replace(first, progress=answered("二")))
    assert not await save(replace(second, progress=answered("三")))
    assert ((await load()).progress, (await load()).version) == (answered("二"), 2)


async def test_of_fifty_tabs_that_begin_at_once_one_begins():
    outcomes = await at_once(*[save(SavedProgress(answered(str(n)))) for n in range(50)])
    assert outcomes.count(True) == 1
    assert await how_many(Draft) == 1


async def test_of_fifty_tabs_that_go_on_at_once_one_goes_on():
    await save(SavedProgress(answered("一")))
    found = await load()
    outcomes = await at_once(*[save(replace(found, progress=answered(str(n)))) for n in range(50)])
    assert outcomes.count(True) == 1
    assert (await load()).version == 2


async def test_a_version_is_compared_with_the_row_and_not_with_what_was_read_before(world):
    """An operation that read the draft earlier in its transaction must still notice another tab's save."""
    await save(SavedProgress(answered("一")))
    if (await _dialect()) == "sqlite":
        return  # one writer at a time: nobody can save in between
    async with db.unit_of_work() as session:
        mine = await load_progress(session, spec=UNIT_REGISTRATION, owner="me")
        assert await save(replace(mine, progress=answered("二")))
        assert not await save_progress(session, spec=UNIT_REGISTRATION, owner="me", saved=mine)
    assert (await load()).progress == answered("二")


async def _dialect() -> str:
    return db.engine().dialect.name


async def test_a_draft_lives_24_hours_from_its_beginning(time):
    await save(SavedProgress(answered("一")))
    time.pass_by(hours=23, minutes=59)
    await save(replace(await load(), progress=answered("二")))
    assert (await load()).progress == answered("二")
    time.pass_by(minutes=1)
    assert await load() == SavedProgress(Progress())


async def test_after_the_end_one_begins_anew(time):
    await save(SavedProgress(answered("一")))
    time.pass_by(hours=24)
    assert await save(SavedProgress(answered("新")))
    assert ((await load()).progress, (await load()).version) == (answered("新"), 1)
    assert await how_many(Draft) == 1


async def test_an_ended_draft_cannot_be_gone_on_with(time):
    await save(SavedProgress(answered("一")))
    found = await load()
    time.pass_by(hours=24)
    assert not await save(replace(found, progress=answered("二")))


async def test_every_browser_and_every_wizard_has_a_draft_of_its_own():
    await save(SavedProgress(answered("我")))
    assert await save(SavedProgress(answered("她")), owner="her")
    assert await save(SavedProgress(answered("个人")), spec=PERSON_REGISTRATION)
    assert (await load()).progress == answered("我")
    assert (await load("her")).progress == answered("她")


async def test_dropping_a_draft_drops_this_one_only():
    await save(SavedProgress(answered("我")))
    await save(SavedProgress(answered("她")), owner="her")
    async with db.unit_of_work() as session:
        await drop_progress(session, spec=UNIT_REGISTRATION, owner="me")
    assert (await load()).version == 0
    assert (await load("her")).version == 1


async def test_reading_a_draft_is_one_statement():
    await save(SavedProgress(answered("一")))
    for n in range(10):
        await save(SavedProgress(answered("一")), owner=f"other {n}")
    await warm_up()
    with statements() as seen:
        await load()
    assert len(seen) == 1


async def test_no_personal_value_is_readable_at_rest(world, database):
    """Whatever the rows hold after a whole registration, a copy of the database tells no name, number or phone."""
    typed = await world.ready_to_register(ME, UNIT)
    boss = UNIT.legal_rep
    secrets = (boss.name, boss.id_number, boss.mobile)
    stored = await everything_stored()
    assert not [secret for secret in secrets if secret in stored]
    (draft,) = await rows(Draft)
    assert UNIT.name not in draft.progress_cipher.decode("utf-8", "replace")
    await world.register(ME, typed)
    stored = await everything_stored()
    assert UNIT.uscc in stored
    assert not [secret for secret in secrets if secret in stored]
    if database.startswith("sqlite"):
        file = Path(database.partition(":///")[2])
        raw = b"".join(found.read_bytes() for found in file.parent.glob(f"{file.name}*"))
        assert UNIT.uscc.encode() in raw
        assert not [secret for secret in secrets if secret.encode() in raw]
