"""The simulators' own SQLite database: what was begun, sent and used, across restarts and kills."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite

from jsrs_portal import clock

NONCES_KEPT = 1860
"""Seconds: a little more than both ends of the widest window, ±15 minutes."""
_NONCES = """
CREATE TABLE IF NOT EXISTS nonces (
    system TEXT NOT NULL, nonce TEXT NOT NULL, used_at REAL NOT NULL, PRIMARY KEY (system, nonce)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ix_nonces_used_at ON nonces (used_at);
"""


class Store:
    """One connection, opened at first use; its transactions follow one another, other processes wait for them."""

    def __init__(self, file: Path, *schemas: str) -> None:
        """Take the database file and the ``CREATE … IF NOT EXISTS`` statements of every simulator."""
        self._file = file
        self._schema = "\n".join((_NONCES, *schemas))
        self._lock = asyncio.Lock()
        self._connection: aiosqlite.Connection | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Give the connection for statements that happen together or, when anything is raised, not at all."""
        async with self._lock:
            connection = self._connection or await self._open()
            await connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                await connection.execute("COMMIT")
            except BaseException:
                await connection.execute("ROLLBACK")
                raise

    async def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return what a query finds."""
        async with self._lock:
            connection = self._connection or await self._open()
            return list(await connection.execute_fetchall(sql, values))

    async def use_nonce(self, system: str, nonce: str) -> bool:
        """Note that ``nonce`` has been used; return whether this was its first time."""
        now = clock.now().timestamp()
        async with self.transaction() as connection:
            await connection.execute("DELETE FROM nonces WHERE used_at < ?", (now - NONCES_KEPT,))
            cursor = await connection.execute(
                "INSERT INTO nonces VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (system, nonce, now)
            )
            return cursor.rowcount == 1

    async def close(self) -> None:
        """Close the connection, at the end of the process."""
        async with self._lock:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None

    async def _open(self) -> aiosqlite.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        connection = await aiosqlite.connect(self._file, isolation_level=None, timeout=10)
        connection.row_factory = sqlite3.Row
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=NORMAL")
        await connection.executescript(self._schema)
        self._connection = connection
        return connection
