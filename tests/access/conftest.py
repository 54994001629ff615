"""The access tests share the running portal, seed their own people, and take everything they wrote away again."""

from collections.abc import Iterator
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
    admin: Account
    agent: Account
    expired: Account
    scheduled: Account
    revoked: Account
    institution_admin: Account
    newcomer: Account


def register_cast(portal: Portal) -> Cast:
    """Register the people in ``portal``."""
    everybody = (
        *(people.VICTIM, people.NEIGHBOUR, people.ROLELESS),
        *(people.ADMIN, people.AGENT, people.EXPIRED, people.SCHEDULED, people.REVOKED),
        *(people.INSTITUTION_ADMIN, people.NEWCOMER),
    )
    numbers = people.enrol(portal, *everybody)
    people.enrol_staff(portal)
    return Cast(portal, *(replace(one, unit_number=numbers.get(one.mobile, "")) for one in everybody))


@pytest.fixture(scope="package")
def cast(portal: Portal) -> Iterator[Cast]:
    """Register the people; afterwards delete every row that came into being, so that others start as they expect."""
    before = {table: _ids(portal, table) for table in people.tables(portal) if not table.startswith(_KEPT)}
    yield register_cast(portal)
    portal.database.change(
        *(
            f"DELETE FROM \"{table}\" WHERE id = '{new}'"
            for table, ids in before.items()
            for new in _ids(portal, table) - ids
        )
    )


def _ids(portal: Portal, table: str) -> set[str]:
    """Return the rows of a table by their id; tables without one hold nothing that tests write."""
    return {row["id"] for row in people.rows(portal, f'SELECT * FROM "{table}"') if "id" in row}


@pytest.fixture(autouse=True)
def _forgiven(request: pytest.FixtureRequest) -> Iterator[None]:
    """Attacks use up what an address may do in an hour; the next test starts with everything allowed again."""
    yield
    if "portal" in request.fixturenames:
        people.execute(request.getfixturevalue("portal"), "DELETE FROM counters")
