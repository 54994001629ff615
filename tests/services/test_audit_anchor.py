"""A trail that was emptied is missed, by an anchor from the log or by the people it should speak of (S11)."""

import pytest
from sqlalchemy import delete

from jsrs_portal import db, logs, worker
from jsrs_portal.models.audit import AuditEntry, AuditHead
from jsrs_portal.services import audit
from tests.services.numbers import employer
from tests.services.operator import jsrs
from tests.services.test_audit_archive import archived, faults, target, written, written_at
from tests.services.world import rows

__all__ = ["target"]


async def anchor() -> str:
    (head,) = await rows(AuditHead)
    return f"{head.position}:{head.seal[:16]}"


async def test_an_anchor_of_the_log_fits_the_trail_it_was_taken_from(target, time):
    await written(4)
    known = await anchor()
    await written(2)
    assert (await jsrs("audit", "verify", "--anchor", known)).code == 0
    time.pass_by(days=2000)
    await archived(target)
    said = await jsrs("audit", "verify", "--anchor", known)
    assert said.code == 1
    assert "已归档" in said.text


async def test_a_trail_emptied_together_with_its_head_is_missed_by_its_anchor():
    await written(4)
    known = await anchor()
    async with db.unit_of_work() as session:
        await session.execute(delete(AuditEntry))
        await session.execute(delete(AuditHead))
    assert await faults() == []
    said = await jsrs("audit", "verify", "--anchor", known)
    assert said.code == 1
    assert "清空" in said.text


async def test_another_trail_in_its_place_does_not_fit_the_anchor():
    await written(4)
    known = await anchor()
    async with db.unit_of_work() as session:
        await session.execute(delete(AuditEntry))
        await session.execute(delete(AuditHead))
    await written(6)
    assert await faults() == []
    assert (await jsrs("audit", "verify", "--anchor", known)).code == 1


@pytest.mark.parametrize("text", ["4", "4:", "4:abc", "x:0123456789abcdef", ":0123456789abcdef"])
async def test_an_anchor_that_proves_nothing_is_refused(text):
    said = await jsrs("audit", "verify", "--anchor", text)
    assert said.code == 1
    assert "POSITION:SEAL" in said.text


async def test_an_emptied_trail_is_missed_where_there_are_people(world):
    """Everybody was written together with an entry."""
    await world.registered_unit(employer(1))
    await worker.seal_audit()
    assert await faults() == []
    async with db.unit_of_work() as session:
        await session.execute(delete(AuditEntry))
        await session.execute(delete(AuditHead))
    assert any("清空" in fault for fault in await faults())


async def test_a_trail_that_begins_after_the_people_is_missed_too(world, time):
    """Emptied, and then the portal went on: new entries do not hide that the old ones are gone."""
    await world.registered_unit(employer(1))
    async with db.unit_of_work() as session:
        await session.execute(delete(AuditEntry))
        await session.execute(delete(AuditHead))
    time.pass_by(days=1)
    await written_at(time.now, 3)
    assert any("清空" in fault for fault in await faults())


async def test_the_seal_in_the_log_is_long_enough_and_its_position_readable(monkeypatch):
    noted = []
    monkeypatch.setattr(worker.log, "info", lambda event, **fields: noted.append((event, fields)))
    await written(2)
    ((event, fields),) = noted
    assert event == "audit.sealed"
    assert audit.Anchor.parse(f"{fields['position']}:{fields['seal']}").fits((await rows(AuditHead))[0].seal)
    kept = logs._without_personal_data(None, "info", {"event": event, "position": 12_345_678, "seal": "1" * 16})
    assert (kept["position"], kept["seal"]) == (12_345_678, "1" * 16)


async def test_entries_sealed_while_the_trail_is_walked_are_no_fault(monkeypatch):
    """Another process goes on: the walk sees the database as it was when it began."""
    await written(4)
    async with db.walking() as session:
        walking = session.stream_scalars

        async def meanwhile(*arguments, **how):
            await written(2)
            return await walking(*arguments, **how)

        monkeypatch.setattr(session, "stream_scalars", meanwhile)
        report = await audit.verify_trail(session)
    assert (report.sealed, report.faults) == (4, [])
