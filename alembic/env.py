"""How alembic reaches the database: the settings' URL, our metadata, type changes noticed, on both databases."""

import asyncio
from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import event
from sqlalchemy.engine import Connection

from jsrs_portal.db import WRITES, UtcDateTime, make_engine
from jsrs_portal.models.registry import metadata
from jsrs_portal.settings import get_settings


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | bool:
    """Write our column types into migrations as what they are in the database."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def compare_type(_context: Any, _inspected: Any, _column: Any, inspected_type: Any, metadata_type: Any) -> bool | None:
    """Our instants are plain timestamps to the database; let alembic compare everything else."""
    return False if isinstance(metadata_type, UtcDateTime) else None


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out the words of search: each database has its own kind of table for them, made by migration 0003."""
    return not (kind == "table" and (name or "").startswith("search_index"))


ONE_AT_A_TIME = 0x6A737273
"""The lock on PostgreSQL that a migration holds to its end."""
SECONDS_FOR_OTHERS = 3600
"""How long SQLite is waited for while another migration has it."""


def take_turns(connection: Connection) -> None:
    """Wait for a migration that another portal has begun, however long it takes; SQLite's ``BEGIN`` has done so."""
    if not _is_sqlite(connection):
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})")
        connection.exec_driver_sql("SET LOCAL lock_timeout TO DEFAULT")


def run(connection: Connection) -> None:
    """Run the migrations in one transaction, on SQLite as well: one that is killed has changed nothing."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=compare_type,
        render_item=render_item,
        include_name=include_name,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        take_turns(connection)
        context.run_migrations()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() if _is_sqlite(connection) else []
        if broken:
            raise RuntimeError(f"rows without what they refer to: {sorted({row[0] for row in broken})}")


def _is_sqlite(bind: Any) -> bool:
    return bind.dialect.name == "sqlite"


def _unchecked(connection: Any, _record: Any) -> None:
    """SQLite makes a table anew to change it; what refers to it may not stop that, and is looked at afterwards."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.execute(f"PRAGMA busy_timeout={SECONDS_FOR_OTHERS * 1000}")
    cursor.close()


async def online() -> None:
    """Connect and run; the engine is closed again so that a migration leaves nothing open."""
    url = context.get_x_argument(as_dictionary=True).get("url") or get_settings().sqlalchemy_url
    engine = make_engine(url, patient=True)
    if _is_sqlite(engine):
        event.listen(engine.sync_engine, "connect", _unchecked)
    async with engine.connect() as plain:
        connection = await plain.execution_options(**{WRITES: True})
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(online())
