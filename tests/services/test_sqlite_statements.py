"""SQLite's statements: each one visit to the connection's thread, and what SQLAlchemy asks afterwards is there."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from jsrs_portal import db


@pytest.fixture
def visits(monkeypatch):
    """What was done in connections' threads."""
    import aiosqlite

    seen: list[str] = []
    original = aiosqlite.Connection._execute

    async def counted(self, fn, *args, **kwargs):
        seen.append(fn.__name__)
        return await original(self, fn, *args, **kwargs)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return seen


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_statement_is_one_visit(database, visits):
    async with db.unit_of_work() as session:
        await session.execute(text("CREATE TABLE things (number INTEGER PRIMARY KEY, name TEXT NOT NULL)"))
        visits.clear()
        await session.execute(
            text("INSERT INTO things VALUES (:number, :name)"),
            [{"number": number, "name": f"n{number}"} for number in range(5)],
        )
        assert len(visits) == 1
        changed = await session.execute(text("UPDATE things SET name = 'x' WHERE number > 2"))
        assert changed.rowcount == 2  # pyright: ignore[reportAttributeAccessIssue]
        taken = await session.execute(text("DELETE FROM things WHERE number = 4 RETURNING name"))
        assert taken.scalars().all() == ["x"]
        rows = await session.execute(text("SELECT number, name FROM things ORDER BY number"))
        assert list(rows.keys()) == ["number", "name"]
        assert [tuple(row) for row in rows] == [(0, "n0"), (1, "n1"), (2, "n2"), (3, "x")]
        assert len(visits) == 4
    async with db.reading() as session:
        assert (await session.execute(text("SELECT count(*) FROM things"))).scalar_one() == 4


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_the_database_refuses_is_told_as_what_it_is_and_leaves_the_connection_usable(database):
    async def write() -> None:
        async with db.unit_of_work() as session:
            await session.execute(text("CREATE TABLE things (number INTEGER PRIMARY KEY)"))
            await session.execute(text("INSERT INTO things VALUES (1), (1)"))

    with pytest.raises(IntegrityError):
        await write()
    async with db.reading() as session:
        with pytest.raises(OperationalError):
            await session.execute(text("SELECT * FROM things"))  # what was begun is undone
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1
