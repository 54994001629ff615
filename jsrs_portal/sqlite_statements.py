"""SQLite's statements in one visit to the connection's thread each.

The driver makes a visit for the cursor, one for the statement, one for its rows and one to close it. Each wakes a
thread and comes back through the event loop, which takes longer than what is asked. What a statement reads is in memory
afterwards either way.
"""

# pyright: reportPrivateUsage=false
# The driver's own way to its thread, and the parts of SQLAlchemy's cursor; both packages are pinned.

import sqlite3
from collections import deque
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.util import EMPTY_DICT


@dataclass
class _Told:
    """What a cursor tells about its statement when it is closed already."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1

    async def close(self) -> None:
        """There is nothing to close."""


def _run(connection: sqlite3.Connection, many: bool, operation: str, parameters: Any) -> tuple[_Told, list[Any]]:
    cursor = connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(operation, parameters)
        rows = cursor.fetchall() if cursor.description else []
        return _Told(cursor.description, cursor.rowcount, cursor.lastrowid), rows
    finally:
        cursor.close()


class StatementCursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor that runs its statement, reads all rows and is closed, all at once."""

    __slots__ = ()

    def __init__(self, adapt_connection: AsyncAdapt_aiosqlite_connection) -> None:
        """Begin without a statement."""
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._cursor: Any = _Told()
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = deque()

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        return await self._visit(False, operation, () if parameters is None else parameters)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> Any:
        return await self._visit(True, operation, seq_of_parameters)

    async def _visit(self, many: bool, operation: Any, parameters: Any) -> None:
        driver: Any = self._connection
        async with self._adapt_connection._execute_mutex:
            self._cursor, rows = await driver._execute(_run, driver._conn, many, operation, parameters)
            self._rows = deque(rows)


class StatementConnection(AsyncAdapt_aiosqlite_connection):
    """A connection whose statements are :class:`StatementCursor`'s."""

    __slots__ = ()
    _cursor_cls = StatementCursor


def in_one_visit(opened: AsyncAdapt_aiosqlite_connection) -> StatementConnection:
    """Return a connection that SQLAlchemy has opened, with statements that take one visit."""
    return StatementConnection(opened.dbapi, opened._connection)
