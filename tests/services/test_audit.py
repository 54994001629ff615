"""The audit trail: who, what, from where, with what result; personal data only encrypted (rule 6, rule 7)."""

import asyncio
import contextlib
import json

import pytest
from sqlalchemy import delete, text

from jsrs_portal import crypto, db, worker
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.models.audit import AuditEntry, AuditHead
from jsrs_portal.models.people import Person
from jsrs_portal.services import audit, key_rotation
from jsrs_portal.settings import get_settings
from tests.services.numbers import employer, human
from tests.services.world import ADDRESS, PASSWORD, at_once, change, everything_stored, rows, visitor

pytestmark = pytest.mark.req("R-2.2.6")
ACTOR = Actor(
    session_key="k" * 64, address=ADDRESS, person_id="p" * 32, unit_id="u" * 32, grant_id="g" * 32, role=Role.ADMIN
)


async def record(**values) -> AuditEntry:
    async with db.unit_of_work() as session:
        audit.record(session, **{"actor": ACTOR, "action": "test.act"} | values)
    (entry,) = await rows(AuditEntry)
    return entry


async def test_an_entry_says_who_in_whose_name_by_which_grant_and_from_where():
    entry = await record(subject="row", result="DONE")
    assert (entry.person_id, entry.unit_id, entry.grant_id) == (ACTOR.person_id, ACTOR.unit_id, ACTOR.grant_id)
    assert (entry.action, entry.subject, entry.result, entry.address) == ("test.act", "row", "DONE", ADDRESS)
    assert entry.created_at.tzinfo is not None
    assert entry.details_cipher is None
    assert entry.details == ""


async def test_an_act_may_itself_establish_who_it_was():
    entry = await record(actor=visitor(), person_id="x" * 32, unit_id="y" * 32)
    assert (entry.person_id, entry.unit_id) == ("x" * 32, "y" * 32)


async def test_details_are_encrypted_and_bound_to_their_entry():
    entry = await record(details={"name": "赵测试", "number": "320106199003070012"})
    assert json.loads(entry.details) == {"name": "赵测试", "number": "320106199003070012"}
    stored = await everything_stored()
    assert "赵测试" not in stored
    assert "320106199003070012" not in stored
    entry.id = "0" * 32
    with pytest.raises(crypto.CannotDecrypt):
        _ = entry.details


async def test_an_entry_of_a_rolled_back_act_does_not_exist():
    with contextlib.suppress(RuntimeError):
        async with db.unit_of_work() as session:
            audit.record(session, actor=ACTOR, action="test.act")
            await session.flush()
            raise RuntimeError("the act failed")
    assert await rows(AuditEntry) == []


async def test_no_entry_of_a_whole_registration_holds_personal_data(world):
    me, unit = visitor(), employer(1)
    await world.register(me, await world.ready_to_register(me, unit))
    boss = unit.legal_rep
    for entry in await rows(AuditEntry):
        clear = " ".join(map(str, (entry.action, entry.subject, entry.result, entry.address, entry.grant_id)))
        for personal in (boss.name, boss.id_number, boss.mobile, PASSWORD):
            assert personal not in clear


# The chain


async def written(count: int) -> None:
    async with db.unit_of_work() as session:
        for n in range(count):
            audit.record(session, actor=ACTOR, action=f"test.act-{n}", details={"n": n} if n % 2 else None)


async def sealed(count: int) -> None:
    await written(count)
    await worker.seal_audit()


async def verified() -> audit.AuditReport:
    async with db.walking() as session:
        return await audit.verify_trail(session)


async def sql(statement: str) -> None:
    async with db.unit_of_work() as session:
        await session.execute(text(statement))


async def test_an_untouched_trail_holds():
    await sealed(5)
    await written(2)
    report = await verified()
    assert (report.sealed, report.unsealed, report.faults) == (5, 2, [])


async def test_a_long_trail_is_walked_in_short_stretches(monkeypatch):
    """Whoever else is on the loop has their turn after so many entries at the latest; counted, not timed."""
    await sealed(6 * audit.AT_A_STRETCH + 3)
    turns, stretches = 0, dict[int, int]()
    recompute = audit.fault_of

    def counted(entry: AuditEntry, before: str) -> str:
        stretches[turns] = stretches.get(turns, 0) + 1
        return recompute(entry, before)

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(audit, "fault_of", counted)
    other = asyncio.create_task(somebody_else())
    report = await verified()
    other.cancel()
    assert (report.sealed, report.faults) == (6 * audit.AT_A_STRETCH + 3, [])
    assert sum(stretches.values()) == report.sealed
    assert max(stretches.values()) <= audit.AT_A_STRETCH


async def test_positions_run_without_a_gap_over_several_sealings():
    for count in (3, 0, 4, 1):
        await sealed(count)
    assert sorted(entry.position for entry in await rows(AuditEntry)) == list(range(1, 9))
    assert (await verified()).faults == []


async def test_workers_that_seal_at_once_continue_one_chain():
    await sealed(1)
    await written(20)
    await at_once(*[worker.seal_audit() for _ in range(5)])
    report = await verified()
    assert (report.sealed, report.unsealed, report.faults) == (21, 0, [])


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entries SET action = 'test.other' WHERE position = 3",
        "UPDATE audit_entries SET person_id = 'somebody' WHERE position = 3",
        "UPDATE audit_entries SET result = 'WRONG' WHERE position = 5",
        "UPDATE audit_entries SET details_cipher = NULL WHERE position = 2",
        "UPDATE audit_entries SET details_cipher = NULL, details_digest = '' WHERE position = 2",
        "UPDATE audit_entries SET details_digest = 'x' WHERE position = 2",
        "UPDATE audit_entries SET position = position + 10 WHERE position = 3",
        "DELETE FROM audit_entries WHERE position = 1",
        "DELETE FROM audit_entries WHERE position = 3",
        "DELETE FROM audit_entries WHERE position = 5",
        "DELETE FROM audit_entries WHERE position > 2",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET position = 4",
        "UPDATE audit_entries SET position = NULL, seal = '' WHERE position = 5",
    ],
)
async def test_whatever_is_done_to_sealed_entries_is_found(tampering):
    await sealed(5)
    await sql(tampering)
    assert (await verified()).faults


async def test_cutting_off_the_end_and_adjusting_the_head_is_found():
    await sealed(5)
    (kept,) = [entry for entry in await rows(AuditEntry) if entry.position == 2]
    async with db.unit_of_work() as session:
        await session.execute(delete(AuditEntry).where(AuditEntry.position > 2))
    await change(AuditHead, position=2, seal=kept.seal)
    assert (await verified()).faults


async def test_a_faked_entry_in_between_is_found():
    await sealed(3)
    await sql("UPDATE audit_entries SET position = 4 WHERE position = 3")
    async with db.unit_of_work() as session:
        session.add(AuditEntry(action="test.faked", position=3, seal="0" * 64))
    assert (await verified()).faults


async def test_rotating_the_data_key_keeps_the_seals(monkeypatch):
    await sealed(4)
    await rotate(monkeypatch)
    assert (await verified()).faults == []


async def rotate(monkeypatch) -> None:
    monkeypatch.setenv("JSRS_DATA_KEYS", '{"d1": "data-demo-only", "d2": "another-demo-only"}')
    monkeypatch.setenv("JSRS_DATA_KEY_ID", "d2")
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    async for _ in key_rotation.rotate_keys(batch=2):
        pass


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
async def test_a_rotation_interrupted_after_every_batch_goes_on_and_everything_is_readable_meanwhile(
    world, monkeypatch, cipher
):
    """New key, the same or the other algorithm: stopped after each batch, read everything, write more, go on."""
    me, unit = visitor(), employer(1)
    await world.register(me, await world.ready_to_register(me, unit))
    monkeypatch.setenv("JSRS_DATA_CIPHER", cipher)
    monkeypatch.setenv("JSRS_DATA_KEYS", '{"d1": "data-demo-only", "d2": "another-demo-only"}')
    monkeypatch.setenv("JSRS_DATA_KEY_ID", "d2")
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    interrupted = 0
    while behind := await key_rotation.count_behind():
        async for done in key_rotation.rotate_keys(batch=1):
            assert done.count == 1
            break
        interrupted += 1
        assert await key_rotation.count_behind() == behind - 1
        (person,) = [found for found in await rows(Person) if found.mobile == unit.legal_rep.mobile]
        assert (person.name, person.id_number) == (unit.legal_rep.name, unit.legal_rep.id_number)
        if interrupted == 2:
            await world.registered_person(human(7))
    assert interrupted > 5
    assert {prefix_of(person.name_cipher) for person in await rows(Person)} == {crypto.current_prefix()}
    assert (await verified()).faults == []


def prefix_of(cipher: bytes) -> bytes:
    return cipher[: len(crypto.current_prefix())]


async def test_a_value_written_while_it_is_rotated_is_not_overwritten(world, monkeypatch):
    """Between reading and writing back somebody changes the value: the newer one stays."""
    me, unit = visitor(), employer(1)
    await world.register(me, await world.ready_to_register(me, unit))
    (person,) = await rows(Person)
    stale = person.name_cipher
    async with db.unit_of_work() as session:
        found = await session.get(Person, person.id)
        found.name = "新名字"
    await rotate(monkeypatch)
    (person,) = await rows(Person)
    assert person.name == "新名字"
    assert person.name_cipher != stale


async def test_rotation_renews_every_value_and_loses_none(world, monkeypatch):
    me, unit = visitor(), employer(1)
    await world.register(me, await world.ready_to_register(me, unit))
    await rotate(monkeypatch)
    assert await key_rotation.count_behind() == 0
    monkeypatch.setenv("JSRS_DATA_KEYS", '{"d2": "another-demo-only"}')
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    (person,) = await rows(Person)
    assert (person.name, person.mobile) == (unit.legal_rep.name, unit.legal_rep.mobile)
    assert (await world.load(me)).progress.result["unit_name"] == unit.name
