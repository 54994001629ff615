"""The database: instants are UTC, writers queue, a failed unit of work leaves nothing (rule 6)."""

import asyncio
import os
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import OperationalError, StatementError

from jsrs_portal import db
from jsrs_portal.models.work import Heartbeat
from jsrs_portal.settings import get_settings

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture(autouse=True)
async def _database(tmp_path, monkeypatch):
    """A SQLite file with one table of ours."""
    for name in [known for known in os.environ if known.startswith("JSRS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("JSRS_VAR_DIR", str(tmp_path / "var"))
    get_settings.cache_clear()
    async with db.engine().begin() as connection:
        await connection.run_sync(Heartbeat.__table__.create)
    yield
    await db.close_engine()
    monkeypatch.undo()
    get_settings.cache_clear()


async def names() -> list[str]:
    async with db.reading() as session:
        return sorted((await session.execute(text("SELECT name FROM heartbeats"))).scalars())


async def add(name: str, beat_at: datetime | None = None) -> None:
    async with db.unit_of_work() as session:
        session.add(Heartbeat(name=name, beat_at=beat_at or datetime.now(UTC)))


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 3, 10, 12, 30, 15, 123456, tzinfo=UTC),
        datetime(2026, 3, 10, 7, 59, tzinfo=timezone(timedelta(hours=8))),
    ],
)
async def test_an_instant_comes_back_aware_and_the_same(instant):
    await add("x", instant)
    async with db.reading() as session:
        found = await session.get(Heartbeat, "x")
    assert found.beat_at == instant
    assert found.beat_at.tzinfo is UTC


async def test_a_naive_time_is_refused():
    with pytest.raises(StatementError, match="naive"):
        await add("x", datetime(2026, 3, 10))  # noqa: DTZ001 — what must be refused


async def test_instants_are_compared_as_instants():
    await add("early", datetime(2026, 3, 10, 7, tzinfo=timezone(timedelta(hours=8))))
    await add("late", datetime(2026, 3, 10, 1, tzinfo=UTC))
    async with db.reading() as session:
        query = text("SELECT name FROM heartbeats ORDER BY beat_at")
        assert list((await session.execute(query)).scalars()) == ["early", "late"]


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt])
async def test_a_unit_of_work_that_raises_leaves_nothing(error):
    class Stop(error):
        pass

    async def work() -> None:
        async with db.unit_of_work() as session:
            session.add(Heartbeat(name="x"))
            await session.flush()
            raise Stop

    with pytest.raises(Stop):
        await work()
    assert await names() == []
    await add("afterwards")
    assert await names() == ["afterwards"]


@pytest.mark.parametrize("opened", [db.reading, db.walking])
async def test_who_reads_cannot_write_nor_lock(opened):
    async with opened() as session:
        for statement in (
            insert(Heartbeat).values(name="x", beat_at=datetime.now(UTC)),
            update(Heartbeat).values(name="y"),
            delete(Heartbeat),
            select(Heartbeat).with_for_update(),
        ):
            with pytest.raises(RuntimeError, match="reading"):
                await session.execute(statement)
        session.add(Heartbeat(name="x"))
        with pytest.raises(RuntimeError, match="reading"):
            await session.flush()
        session.expunge_all()
    assert await names() == []


async def test_fifty_simultaneous_count_then_insert_keep_the_limit():
    async def add_if_few(n: int) -> None:
        async with db.unit_of_work() as session:
            count = (await session.execute(text("SELECT count(*) FROM heartbeats"))).scalar_one()
            await asyncio.sleep(0)
            if count < 10:
                session.add(Heartbeat(name=f"{n:02d}"))

    await asyncio.gather(*[add_if_few(n) for n in range(50)])
    assert len(await names()) == 10


async def test_a_reader_does_not_wait_for_a_writer():
    async with db.unit_of_work() as session:
        session.add(Heartbeat(name="x"))
        await session.flush()
        assert await asyncio.wait_for(names(), 2) == []
    assert await names() == ["x"]


async def test_objects_can_be_read_after_the_commit():
    async with db.unit_of_work() as session:
        row = Heartbeat(name="x")
        session.add(row)
    assert row.name == "x"


async def test_every_connection_is_configured():
    async with db.reading() as session:
        found = {
            pragma: (await session.execute(text(f"PRAGMA {pragma}"))).scalar_one()
            for pragma in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10000}


async def test_the_option_to_write_does_not_stay_with_the_connection():
    await add("x")
    async with db.engine().connect() as connection:
        assert connection.sync_connection is not None
        assert not connection.sync_connection.get_execution_options().get(db.WRITES)


async def test_the_engine_is_one_per_event_loop():
    first = db.engine()
    assert db.engine() is first

    async def elsewhere() -> bool:
        other = db.engine()
        await db.close_engine()
        return other is first

    assert not await asyncio.to_thread(lambda: asyncio.run(elsewhere()))
    await db.close_engine()
    assert db.engine() is not first


async def test_closing_twice_is_no_error():
    await db.close_engine()
    await db.close_engine()


async def test_a_locked_database_is_an_error_and_not_a_loss(monkeypatch):
    async with db.unit_of_work() as session:
        await session.execute(text("SELECT 1"))
        other = db.make_engine(get_settings().sqlalchemy_url)
        async with other.connect() as plain:
            await plain.exec_driver_sql("PRAGMA busy_timeout=50")
            await plain.rollback()
            connection = await plain.execution_options(**{db.WRITES: True})
            with pytest.raises(OperationalError, match="locked"):
                await connection.execute(text("SELECT 1"))
        await other.dispose()
        session.add(Heartbeat(name="mine"))
    assert await names() == ["mine"]
