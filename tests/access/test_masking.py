"""Every page as every role: nobody's full name, number or phone is in anything a browser receives (rule 7, Masking)."""

from collections.abc import Awaitable, Callable

import pytest

from jsrs_portal.access.unmasked import UNMASKED
from jsrs_portal.catalog.demo import (
    DEMO_ADMIN,
    DEMO_AGENT,
    DEMO_GRANTS,
    DEMO_INSTITUTION_ADMIN,
    DEMO_PASSWORD,
    DEMO_PERSON,
    DEMO_STAFF,
    DEMO_STAFF_PASSWORD,
    DEMO_UNIT,
    DemoPerson,
    DemoStaff,
)
from jsrs_portal.domain.masking import mask_phone
from jsrs_portal.pages.routes import PAGES
from tests.access import people
from tests.access.client import at
from tests.access.handlers import named
from tests.access.people import Browser
from tests.e2e.test_pages import EXAMPLES
from tests.support.portal import Portal
from tests.traceability import record_quality

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVERYBODY = (DEMO_PERSON, *(grant.person for grant in DEMO_GRANTS))
SECRETS = [secret for one in EVERYBODY for secret in (one.name, one.id_number, one.mobile)]


async def _logged_in(portal: Portal, handler: str, form: dict[str, str]) -> Browser:
    browser = await people.visitor(portal)
    async with await browser.tab() as tab:
        await tab.send(named(handler), {"form": form}, at("/login"))
        await tab.settle("/login")
        (way,) = [path for path in tab.departures if path.startswith("/session/open?")]
    await browser.get(way)
    return browser


def _for(account: str, person: DemoPerson) -> Callable[[Portal], Awaitable[Browser]]:
    form = {"account": account, "identifier": person.mobile, "password": DEMO_PASSWORD}
    return lambda portal: _logged_in(portal, "LoginState.submit_unit", form)


def _as_person(portal: Portal) -> Awaitable[Browser]:
    form = {"identifier": DEMO_AGENT.mobile, "password": DEMO_PASSWORD}
    return _logged_in(portal, "LoginState.submit_person", form)


def _officer(one: DemoStaff) -> Callable[[Portal], Awaitable[Browser]]:
    return lambda portal: people.log_in_staff(portal, one.login, password=DEMO_STAFF_PASSWORD, secret=one.totp)


ROLES: dict[str, tuple[Callable[[Portal], Awaitable[Browser]], str]] = {
    "visitor": (people.visitor, ""),
    "person": (_as_person, mask_phone(DEMO_AGENT.mobile)),
    "legal representative": (_for(DEMO_UNIT.uscc, DEMO_PERSON), mask_phone(DEMO_PERSON.mobile)),
    "administrator": (_for(DEMO_UNIT.uscc, DEMO_ADMIN), mask_phone(DEMO_ADMIN.mobile)),
    "agent": (_for(DEMO_UNIT.uscc, DEMO_AGENT), mask_phone(DEMO_AGENT.mobile)),
    "institution administrator": (
        _for("J320000001", DEMO_INSTITUTION_ADMIN),
        mask_phone(DEMO_INSTITUTION_ADMIN.mobile),
    ),
    **{one.login: (_officer(one), one.login) for one in DEMO_STAFF},
}
"""How each logs in, and what must have been seen of themselves, masked: or nothing would have been looked at."""


def _addresses() -> list[str]:
    return sorted({EXAMPLES.get(page.route, (page.route,))[0] for page in PAGES})


@pytest.mark.req("R-2.6.8.1")
@pytest.mark.parametrize("role", list(ROLES))
async def test_nobody_receives_what_is_to_be_masked(portal: Portal, role: str) -> None:
    arrive, own = ROLES[role]
    browser = await arrive(portal)
    found: list[str] = []
    seen = ""
    for address in _addresses():
        document = (await browser.get(address)).text if not address.startswith("/session") else ""
        async with await browser.tab() as tab:
            await tab.hydrate(address)
            received = document + tab.received
        seen += tab.received
        if address not in UNMASKED:
            found += [f"{address}: {secret}" for secret in SECRETS if secret in received]
    assert not found
    assert own in seen
    record_quality("masking_roles", len(ROLES))


async def test_the_list_of_exceptions_names_pages_that_exist() -> None:
    assert set(UNMASKED) <= {page.route for page in PAGES}
