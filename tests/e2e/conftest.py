"""The browser, its visitors, and a portal whose limits and registrations start afresh with every test."""

import re
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.browser import PHONE, Visitor, chromium, closed
from tests.e2e.journeys import ACCOUNT_STEP, SOFTWARE, log_in_person, log_in_unit, to_account
from tests.support.portal import Portal
from tests.traceability import BrowserEvidence, browser_evidence

_FAULT = re.compile(r'"level": ?"(error|critical)"|Traceback|\[ERROR\]')
_PROOFS = (
    "case_results",
    "rectifications",
    "ratings",
    "case_export_parts",
    "case_exports",
    "shipment_milestones",
    "parcel_events",
    "shipments",
    "parcels",
    "case_deliveries",
    "case_events",
    "case_submissions",
    "case_files",
    "case_forms",
    "cases",
    "counters",
    "drafts",
    "face_checks",
    "puzzles",
    "scan_logins",
    "unit_proofs",
    "ca_challenges",
    "sso_logins",
    "licence_logins",
    "trusted_phones",
    "sms_codes",
    "login_tickets",
    "login_alerts",
)
_PERSONS = ("former_passwords", "login_alerts", "credentials")


class ServerLog:
    """What the portal's processes have written since the test began."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._start = self._lengths()
        self._expected: list[str] = []

    def expects(self, pattern: str) -> None:
        """Name an error that belongs to this test (a regular expression)."""
        self._expected.append(pattern)

    @property
    def lines(self) -> list[str]:
        """Every line since the test began."""
        found: list[str] = []
        for file in sorted(self._portal.folder.glob("*.log")):
            with file.open("rb") as log:
                log.seek(self._start.get(file.name, 0))
                found += log.read().decode("utf-8", "replace").splitlines()
        return found

    @property
    def faults(self) -> list[str]:
        """Lines that say something failed, but those expected."""
        return [
            line
            for line in self.lines
            if _FAULT.search(line) and not any(re.search(pattern, line) for pattern in self._expected)
        ]

    def _lengths(self) -> dict[str, int]:
        return {file.name: file.stat().st_size for file in self._portal.folder.glob("*.log")}


_OLD_UNITS = "SELECT * FROM legacy_units"
"""What an upgrade forgets, and the next test needs again."""


@pytest.fixture(scope="session")
def known(portal: Portal) -> dict[str, str]:
    """The units and persons that were there before these tests, as SQL lists."""
    database = portal.database
    database.change("DROP TABLE IF EXISTS legacy_units_before", f"CREATE TABLE legacy_units_before AS {_OLD_UNITS}")
    return {
        table: ",".join(f"'{row[0]}'" for row in database.rows(f"SELECT id FROM {table}"))
        for table in ("units", "persons")
    }


def _see_to_it_that_all_run(portal: Portal) -> None:
    """Start what an earlier test has killed and not started again."""
    processes = portal.processes
    missing = [n for n in ("sandbox", "worker", "server") if n not in processes or processes[n].poll() is not None]
    if missing:
        portal.start(*missing)


@pytest.fixture(autouse=True)
def afresh(portal: Portal, known: dict[str, str]) -> None:
    """Before each test: everything runs, nobody is throttled, and nobody is registered who was not before."""
    _see_to_it_that_all_run(portal)
    new_unit, new_person = f"unit_id NOT IN ({known['units']})", f"person_id NOT IN ({known['persons']})"
    portal.database.change(
        *(f"DELETE FROM {table}" for table in _PROOFS),
        f"DELETE FROM grant_events WHERE grant_id IN (SELECT id FROM grants WHERE {new_unit} OR {new_person})",
        *(f"DELETE FROM {table} WHERE {new_unit} OR {new_person}" for table in ("user_sessions", "consents", "grants")),
        *(f"DELETE FROM {table} WHERE {new_person}" for table in _PERSONS),
        f"DELETE FROM legacy_upgrades WHERE {new_unit}",
        "DELETE FROM legacy_units",
        "INSERT INTO legacy_units SELECT * FROM legacy_units_before",
        f"DELETE FROM credentials WHERE realm LIKE 'unit:%' AND substr(realm, 6) NOT IN ({known['units']})",
        f"DELETE FROM units WHERE id NOT IN ({known['units']})",
        f"DELETE FROM persons WHERE id NOT IN ({known['persons']})",
    )


@pytest.fixture(autouse=True)
def server_log(portal: Portal, afresh: None) -> Iterator[ServerLog]:
    """What the processes write during the test; an error in it that was not expected fails the test."""
    log = ServerLog(portal)
    yield log
    assert not log.faults, "\n".join(log.faults)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, one for all tests."""
    async with chromium() as found:
        yield found


class Arrive(Protocol):
    """Opens a browser of its own; keywords go to Playwright's browser context."""

    def __call__(self, **options: Any) -> Awaitable[Visitor]: ...


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(request: pytest.FixtureRequest, browser: Browser, portal: Portal) -> AsyncIterator[Arrive]:
    """Browsers of this test; what goes wrong in any of them and was not expected fails it."""
    visitors: list[Visitor] = []

    async def arrive(**options: Any) -> Visitor:
        visitors.append(await Visitor.arrive(browser, portal, browser_evidence(request), **options))
        return visitors[-1]

    yield arrive
    problems = [problem for visitor in visitors for problem in visitor.problems]
    for visitor in visitors:
        await closed(visitor.context)
    assert not problems, "\n".join(problems)


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(arrive: Arrive) -> Visitor:
    """Somebody at a computer who has never been here."""
    return await arrive()


@pytest_asyncio.fixture(loop_scope="session")
async def phone(arrive: Arrive) -> Visitor:
    """A second browser, on a phone."""
    return await arrive(viewport=PHONE, is_mobile=True, has_touch=True)


async def _cookies(browser: Browser, portal: Portal, *, for_unit: bool) -> Any:
    """Log the demonstration's person in, once in a module: others end each other's sessions, as is their business."""
    _see_to_it_that_all_run(portal)
    portal.database.change("DELETE FROM counters")  # this comes before a test is begun afresh
    visitor = await Visitor.arrive(browser, portal, BrowserEvidence())
    await (log_in_unit(visitor) if for_unit else log_in_person(visitor))
    state = await visitor.context.storage_state()
    await closed(visitor.context)
    return state


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def unit_cookies(browser: Browser, portal: Portal) -> Any:
    """A browser's storage, signed in for the demonstration's unit."""
    return await _cookies(browser, portal, for_unit=True)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def person_cookies(browser: Browser, portal: Portal) -> Any:
    """A browser's storage, signed in as the demonstration's person."""
    return await _cookies(browser, portal, for_unit=False)


@pytest_asyncio.fixture(loop_scope="session")
async def member(arrive: Arrive, unit_cookies: Any) -> Visitor:
    """The demonstration's legal representative, signed in for the unit; leave this session alive."""
    return await arrive(storage_state=unit_cookies)


@pytest_asyncio.fixture(loop_scope="session")
async def person(arrive: Arrive, person_cookies: Any) -> Visitor:
    """The demonstration's person, signed in for themselves; leave this session alive."""
    return await arrive(storage_state=person_cookies)


@dataclass(frozen=True)
class Halfway:
    """A registration whose face check has passed: the browser's storage, and what the database holds of it."""

    cookies: Any
    rows: dict[str, list[tuple[Any, ...]]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def halfway(browser: Browser, portal: Portal) -> Halfway:
    """Bring a registration of SOFTWARE to its account step once, for all tests that begin there."""
    _see_to_it_that_all_run(portal)
    visitor, phone = [await Visitor.arrive(browser, portal, BrowserEvidence()) for _ in range(2)]
    await to_account(visitor, phone, SOFTWARE)
    mine = "owner = (SELECT owner FROM face_checks WHERE state = 'PASSED' ORDER BY created_at DESC LIMIT 1)"
    rows = {table: visitor.database.rows(f"SELECT * FROM {table} WHERE {mine}") for table in ("drafts", "face_checks")}
    assert [len(found) for found in rows.values()] == [1, 1]
    state = await visitor.context.storage_state()
    for one in (visitor, phone):
        await closed(one.context)
    return Halfway(state, rows)


@pytest_asyncio.fixture(loop_scope="session")
async def applicant(arrive: Arrive, portal: Portal, halfway: Halfway) -> Visitor:
    """Somebody who registers SOFTWARE and stands at the account step."""
    for table, rows in halfway.rows.items():
        portal.database.put(table, rows)
    visitor = await arrive(storage_state=halfway.cookies)
    visitor.database.change("UPDATE face_checks SET created_at = strftime('%Y-%m-%d %H:%M:%f', 'now')")
    await visitor.open("/register/unit")
    await visitor.field(ACCOUNT_STEP).wait_for()
    return visitor
