"""The browser, its visitors, and a portal whose limits and registrations start afresh with every test."""

import re
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.e2e.browser import ARGUMENTS, CHROMIUM, PHONE, Database, Visitor
from tests.e2e.journeys import log_in_person, log_in_unit
from tests.support.portal import Portal
from tests.traceability import BrowserEvidence, browser_evidence

_FAULT = re.compile(r'"level": ?"(error|critical)"|Traceback|\[ERROR\]')
_PROOFS = ("counters", "drafts", "face_checks", "sms_codes", "login_tickets")

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


@pytest.fixture(scope="session")
def known(portal: Portal) -> dict[str, str]:
    """The units and persons that were there before these tests, as SQL lists."""
    database = Database(portal.folder / "portal.db")
    return {
        table: ",".join(f"'{row[0]}'" for row in database.rows(f"SELECT id FROM {table}"))  # noqa: S608
        for table in ("units", "persons")
    }


@pytest.fixture(autouse=True)
def afresh(portal: Portal, known: dict[str, str]) -> None:
    """Before each test: everything runs, nobody is throttled, and nobody is registered who was not before."""
    missing = [
        name
        for name in ("sandbox", "worker", "server")
        if name not in portal.processes or portal.processes[name].poll() is not None
    ]
    if missing:
        portal.start(*missing)
    new_unit, new_person = f"unit_id NOT IN ({known['units']})", f"person_id NOT IN ({known['persons']})"
    Database(portal.folder / "portal.db").change(
        *(f"DELETE FROM {table}" for table in _PROOFS),
        *(f"DELETE FROM {table} WHERE {new_unit} OR {new_person}" for table in ("user_sessions", "consents", "grants")),
        f"DELETE FROM credentials WHERE {new_person}",
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
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        await found.close()


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
        await visitor.context.close()
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
    """Log the demonstration's person in once, for all tests that only need somebody signed in."""
    visitor = await Visitor.arrive(browser, portal, BrowserEvidence())
    await (log_in_unit(visitor) if for_unit else log_in_person(visitor))
    state = await visitor.context.storage_state()
    await visitor.context.close()
    return state


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def unit_cookies(browser: Browser, portal: Portal) -> Any:
    """A browser's storage, signed in for the demonstration's unit."""
    return await _cookies(browser, portal, for_unit=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
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
