"""The access tests share the running portal, seed their own people, and take everything they wrote away again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import pytest

from tests.access import people
from tests.access.people import Account
from tests.support.portal import Portal

_KEPT = ("audit", "outbox", "heartbeats", "sequences", "alembic_version", "counters")


@dataclass(frozen=True)
class Cast:
    """The people of these tests, registered in the running portal."""

    portal: Portal
    victim: Account
    neighbour: Account
    roleless: Account


@pytest.fixture(scope="package")
def cast(portal: Portal) -> Iterator[Cast]:
    """Register the people; afterwards delete every row that came into being, so that others start as they expect."""
    before = {table: _ids(portal, table) for table in people.tables(portal) if not table.startswith(_KEPT)}
    numbers = people.enrol(portal, people.VICTIM, people.NEIGHBOUR, people.ROLELESS)
    known = [
        replace(one, unit_number=numbers.get(one.mobile, ""))
        for one in (people.VICTIM, people.NEIGHBOUR, people.ROLELESS)
    ]
    yield Cast(portal, *known)
    with closing(sqlite3.connect(portal.folder / "portal.db", timeout=10)) as connection, connection:
        for table, ids in before.items():
            new = [(found,) for found in _ids(portal, table) - ids]
            connection.executemany(f'DELETE FROM "{table}" WHERE id = ?', new)


def _ids(portal: Portal, table: str) -> set[str]:
    query = f'SELECT id FROM "{table}"'
    return {row["id"] for row in people.rows(portal, query)}


@pytest.fixture(autouse=True)
def _forgiven(request: pytest.FixtureRequest) -> Iterator[None]:
    """Attacks use up what an address may do in an hour; the next test starts with everything allowed again."""
    yield
    if "portal" in request.fixturenames:
        people.execute(request.getfixturevalue("portal"), "DELETE FROM counters")
