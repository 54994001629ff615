"""Whatever is waited for has a limit: connections, the pool, statements, locks, idle transactions, requests."""

import asyncio
import time as clocks

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from jsrs_portal import crypto, db
from jsrs_portal.api import health
from jsrs_portal.models.work import Sequence
from jsrs_portal.settings import get_settings
from tests.support import hall

postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
once = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def limits(monkeypatch):
    """Set limits for this test."""

    def set_limits(**values: float | str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"JSRS_{name.upper()}", str(value))
        get_settings.cache_clear()
        crypto.keyring.cache_clear()

    return set_limits


@pytest.fixture
def soon():
    """Fail a test that waits for what it should not wait for: its limit is a second at most, the product's own ten."""
    began = clocks.monotonic()
    yield
    assert clocks.monotonic() - began < 9


@postgresql
@pytest.mark.usefixtures("soon")
async def test_a_statement_that_takes_too_long_is_ended(limits):
    limits(database_statement_timeout=0.2)
    async with db.reading() as session:
        with pytest.raises(DBAPIError, match="statement timeout"):
            await session.execute(text("SELECT pg_sleep(60)"))
    async with db.reading() as session:
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1


@postgresql
@pytest.mark.usefixtures("soon")
async def test_a_row_that_somebody_holds_is_not_waited_for_for_ever(limits):
    limits(database_lock_timeout=0.2)
    async with db.unit_of_work() as session:
        session.add(Sequence(name="x", value=1))
    async with db.unit_of_work() as holder:
        await holder.execute(text("UPDATE sequences SET value = 2"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            async with db.unit_of_work() as other:
                await other.execute(text("UPDATE sequences SET value = 3"))
    async with db.reading() as session:
        assert (await session.execute(text("SELECT value FROM sequences"))).scalar_one() == 2


@postgresql
@pytest.mark.usefixtures("soon")
async def test_a_transaction_that_does_nothing_is_ended_and_its_locks_with_it(limits):
    limits(database_idle_timeout=0.2)
    async with db.unit_of_work() as session:
        session.add(Sequence(name="x", value=1))

    async def dream() -> None:
        async with db.unit_of_work() as session:
            await session.execute(text("UPDATE sequences SET value = 2"))
            await asyncio.sleep(0.6)
            await session.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError):
        await dream()
    async with db.unit_of_work() as session:
        await session.execute(text("UPDATE sequences SET value = 3"))


@once
@pytest.mark.usefixtures("soon")
async def test_a_server_that_takes_connections_and_says_nothing_is_away(limits):
    async with hall.black_hole() as port:
        limits(database_connect_timeout=1, database_url=f"postgresql+psycopg://hall@127.0.0.1:{port}/portal")
        with pytest.raises(OperationalError):
            async with asyncio.timeout(4.5), db.reading() as session:  # the product's own limit is five seconds
                await session.execute(text("SELECT 1"))


@pytest.mark.usefixtures("soon")
async def test_a_pool_without_a_free_connection_says_so(limits):
    limits(database_pool_timeout=0.2)
    async with asyncio.timeout(8):
        held = [await db.engine().connect() for _ in range(20)]
        more = [asyncio.create_task(db.engine().connect().start()) for _ in range(11)]
        results = await asyncio.gather(*more, return_exceptions=True)
        assert any(isinstance(found, PoolTimeout) for found in results)
        for connection in [*held, *[found for found in results if not isinstance(found, BaseException)]]:
            await connection.close()


@postgresql
async def test_migrations_may_take_their_time_but_not_wait_for_ever():
    engine = db.make_engine(get_settings().sqlalchemy_url, patient=True)
    async with engine.connect() as connection:
        shown = {
            name: (await connection.execute(text(f"SHOW {name}"))).scalar_one()
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        }
    await engine.dispose()
    assert shown == {"statement_timeout": "0", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"}


@postgresql
async def test_every_connection_of_the_portal_has_the_limits_of_the_settings():
    async with db.reading() as session:
        shown = {
            name: (await session.execute(text(f"SHOW {name}"))).scalar_one()
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        }
    assert shown == {"statement_timeout": "15s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"}


# Requests


@once
@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("stubborn", [False, True])
async def test_a_request_that_hangs_is_answered_with_a_sentence(limits, monkeypatch, stubborn):
    limits(request_deadline=0.2)
    released = asyncio.Event()

    async def hanging(*_):
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                if not stubborn:
                    raise
        return {}

    monkeypatch.setattr(health._Question, "answer", hanging)
    async with hall.browser() as client:
        answer = await client.get("/_health")
        released.set()
        await asyncio.sleep(0.05)
    assert answer.status_code == 503
    assert "没有在规定时间内完成" in answer.text
    assert answer.headers["content-type"].startswith("text/plain; charset=utf-8")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@once
def test_the_limits_fit_into_one_another():
    """Inner limits end first, so that what is said is about what was waited for, and locks outlast their holders."""
    import rxconfig

    settings = get_settings()
    assert settings.database_lock_timeout < settings.database_statement_timeout
    assert settings.database_statement_timeout <= settings.request_deadline
    assert 2 * settings.gateway_timeout < settings.event_deadline, "two SMS providers, one after the other"
    assert rxconfig.config.redis_lock_expiration > settings.event_deadline * 1000


# Redis


@once
async def test_redis_is_told_how_long_to_try(limits):
    assert get_settings().redis_address == ""
    limits(redis_url="rediss://:geheim@redis.example:6380/3?ssl_cert_reqs=required")
    address = get_settings().redis_address
    assert address.startswith("rediss://:geheim@redis.example:6380/3?ssl_cert_reqs=required&socket_connect_timeout=3&")
    from redis.asyncio import Redis

    client = Redis.from_url(address)
    told = client.connection_pool.connection_kwargs
    await client.aclose()
    assert (told["socket_connect_timeout"], told["health_check_interval"], told["db"]) == (3.0, 30, 3)
    assert "socket_timeout" not in told, "a subscription waits for news as long as it takes"
