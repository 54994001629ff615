"""The database: one engine, reading sessions, and the unit of work in which every write happens (rule 6)."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import DateTime, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from jsrs_portal import telemetry
from jsrs_portal.settings import Settings, get_settings
from jsrs_portal.sqlite_statements import in_one_visit
from jsrs_portal.turns import Turns

_AFTERWARDS = "jsrs_after_commit"
WRITES = "jsrs_writes"
"""Execution option of a connection whose transaction will write."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: it would be a different instant on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give SQLite's naive values back their zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def make_engine(url: str, *, patient: bool = False) -> AsyncEngine:
    """Return an engine for ``url`` with the locking that rule 6 needs and a limit on everything that waits.

    SQLite: WAL, foreign keys, 10 s busy timeout, and writing transactions begin ``IMMEDIATE``; otherwise fifty
    simultaneous count-then-insert operations all count before the first one inserts. Writers of one process queue for
    that (:func:`unit_of_work`): SQLite lets anybody have the file who happens to ask when it is free. PostgreSQL:
    limits on connecting, on each statement, on waiting for locks and on idle transactions, kept by the server;
    ``patient`` lifts the one on statements, for migrations.
    """
    settings = get_settings()
    if not url.startswith("sqlite"):
        engine = create_async_engine(
            url,
            pool_size=10,
            max_overflow=10,
            pool_timeout=settings.database_pool_timeout,
            connect_args=_postgresql_limits(settings, patient=patient),
        )
        return _counted(_asked_after_rest(engine))
    file = url.rpartition(":///")[2]
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, pool_size=10, max_overflow=20, pool_timeout=settings.database_pool_timeout)

    @event.listens_for(engine.sync_engine, "do_connect")
    def _connect(dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        return in_one_visit(dialect.connect(*arguments, **options))

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's own BEGIN below, not the driver's
        cursor = connection.cursor()
        for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return _counted(engine)


TRUSTED = 1.0
"""For so many seconds a connection that was just used is taken to be alive without a question."""


def _asked_after_rest(engine: AsyncEngine) -> AsyncEngine:
    """Have a connection that has rested asked whether it lives before it is used; a dead one is replaced.

    Asked each time, a page's connections cost as many round trips again. One that breaks while it is in use says so
    itself, and SQLAlchemy then replaces all that are as old.
    """
    dialect = engine.sync_engine.dialect
    errors: Any = dialect.loaded_dbapi.Error

    @event.listens_for(engine.sync_engine, "checkin")
    def _rests(_connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["used"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def _ask(connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        if time.monotonic() - entry.info.get("used", math.inf) < TRUSTED:  # a new one has not been used
            return
        try:
            dialect.do_ping(connection)
        except errors as error:
            raise InvalidatePoolError from error

    return engine


def _counted(engine: AsyncEngine) -> AsyncEngine:
    """Have the statements of ``engine`` counted where traces are kept."""
    if telemetry.on():

        @event.listens_for(engine.sync_engine, "before_cursor_execute")
        def _count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith("BEGIN"):  # SQLite's, which is ours to send
                telemetry.note_statement()

    return engine


_PLANS = "-c plan_cache_mode=force_custom_plan"
"""A statement is planned for its values: one unit has a handful of cases, another has a hundred thousand."""


def _postgresql_limits(settings: Settings, *, patient: bool) -> dict[str, Any]:
    """Return what the driver and the server are told about waiting; a dead peer is noticed by TCP as well."""
    limits = {
        "lock_timeout": settings.database_lock_timeout,
        "statement_timeout": 0 if patient else settings.database_statement_timeout,
        "idle_in_transaction_session_timeout": settings.database_idle_timeout,
    }
    return {
        "connect_timeout": settings.database_connect_timeout,
        "options": " ".join([f"-c {name}={int(seconds * 1000)}" for name, seconds in limits.items()] + [_PLANS]),
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }


_engines: dict[asyncio.AbstractEventLoop, AsyncEngine] = {}


def engine() -> AsyncEngine:
    """Return this event loop's engine, opened at first use: workers fork after import, so never earlier."""
    loop = asyncio.get_running_loop()
    if loop not in _engines:
        for closed in [known for known in _engines if known.is_closed()]:
            del _engines[closed]
        _engines[loop] = make_engine(get_settings().sqlalchemy_url)
    return _engines[loop]


async def close_engine() -> None:
    """Close this loop's connections, at the end of a process or a test."""
    found = _engines.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.dispose()


@asynccontextmanager
async def unit_of_work() -> AsyncIterator[AsyncSession]:
    """Give a session whose writes are committed together at the end, or not at all when anything is raised."""
    async with _turn(), engine().connect() as plain:
        connection = await plain.execution_options(**{WRITES: True})
        session = async_sessionmaker(connection, expire_on_commit=False)()
        try:
            yield session
            await session.commit()
        except BaseException:
            await session.rollback()
            raise
        finally:
            await session.close()
    afterwards: list[Callable[[], Awaitable[object]]] = session.info.pop(_AFTERWARDS, [])
    for work in afterwards:  # the connection is free again: this may ask another server
        await work()


_writers = Turns()


def _turn() -> AbstractAsyncContextManager[Any]:
    return _writers() if engine().dialect.name == "sqlite" else nullcontext()


def after_commit(session: AsyncSession, work: Callable[[], Awaitable[object]]) -> None:
    """Have ``work`` done once this unit of work is committed, and never if it is not."""
    session.info.setdefault(_AFTERWARDS, []).append(work)


class _ReadingSession(Session):
    """A session that refuses to write and to lock: on PostgreSQL each of its statements is a transaction of its own."""

    def flush(self, objects: Any = None) -> None:
        """Write nothing; what was added would be there for good."""
        if self.new or self.deleted or any(self.is_modified(one) for one in self.dirty):
            raise RuntimeError("a reading session writes nothing")


@event.listens_for(_ReadingSession, "do_orm_execute")
def _only_read(asked: ORMExecuteState) -> None:
    locks = asked.is_select and getattr(asked.statement, "_for_update_arg", None) is not None
    if asked.is_insert or asked.is_update or asked.is_delete or locks:
        raise RuntimeError("a reading session writes nothing and holds no lock")


_readers: WeakKeyDictionary[AsyncEngine, async_sessionmaker[AsyncSession]] = WeakKeyDictionary()


def _reader(bind: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Return what makes the reading sessions of an engine."""
    if bind not in _readers:
        alone = bind.dialect.name == "postgresql"
        used = bind.execution_options(isolation_level="AUTOCOMMIT") if alone else bind
        options: dict[str, Any] = {"autoflush": False, "expire_on_commit": False}
        _readers[bind] = async_sessionmaker(used, sync_session_class=_ReadingSession, **options)
    return _readers[bind]


@asynccontextmanager
async def reading() -> AsyncIterator[AsyncSession]:
    """Give a session for queries; it never waits for a writer, and refuses to write.

    In one transaction, too, PostgreSQL shows each statement what was committed before it (READ COMMITTED): to begin
    and end one costs two round trips and says nothing. On SQLite it is one transaction, which costs none.
    """
    async with _reader(engine())() as session:
        yield session


@asynccontextmanager
async def walking() -> AsyncIterator[AsyncSession]:
    """Give a reading session that may keep a cursor open: a long walk, piece by piece, through one picture."""
    options: dict[str, Any] = {"autoflush": False, "expire_on_commit": False}
    async with AsyncSession(engine(), sync_session_class=_ReadingSession, **options) as session:
        yield session
