"""The portal's database, SQLite or PostgreSQL, read and rearranged behind its back."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg

Row = tuple[Any, ...]


class Database:
    """Plain SQL with ``?`` for values, on the database of a SQLAlchemy URL; SQLite's by default."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def on_sqlite(self) -> bool:
        """Whether it is a file."""
        return self._url.startswith("sqlite")

    @contextmanager
    def _open(self) -> Iterator[Any]:
        """Give a connection whose statements are one transaction."""
        if self.on_sqlite:
            file = self._url.partition(":///")[2]
            with closing(sqlite3.connect(file, timeout=20, isolation_level=None)) as connection:
                connection.execute("BEGIN")
                yield connection
                connection.execute("COMMIT")
        else:
            with psycopg.connect(self._url.replace("+psycopg", "")) as connection:
                yield connection

    def _spelt(self, sql: str) -> str:
        return sql if self.on_sqlite else sql.replace("%", "%%").replace("?", "%s")

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """Return what a query finds."""
        with self._open() as connection:
            return connection.execute(self._spelt(sql), values).fetchall()

    def records(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Return what a query finds, by column."""
        with self._open() as connection:
            found = connection.execute(self._spelt(sql), values)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def whole(self, tables: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Return every row of ``tables`` as they were at one moment."""
        found: dict[str, list[dict[str, Any]]] = {}
        with self._open() as connection:
            for table in tables:
                rows = connection.execute(f'SELECT * FROM "{table}"')
                names = [column[0] for column in rows.description]
                found[table] = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
        return found

    def change(self, *statements: str) -> None:
        """Run statements in one transaction."""
        with self._open() as connection:
            for statement in statements:
                connection.execute(statement)

    def execute(self, statement: str, *values: Any) -> None:
        """Run one statement with values."""
        with self._open() as connection:
            connection.execute(self._spelt(statement), values)

    def put(self, table: str, rows: Sequence[Row]) -> None:
        """Write whole rows back as they were read."""
        for row in rows:
            self.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", *row)

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        sqlite = "SELECT name FROM sqlite_master WHERE type = 'table'"
        other = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return [name for (name,) in self.rows(sqlite if self.on_sqlite else other)]
