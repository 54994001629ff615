"""The session's cookie and the way into a session: one ticket, one browser, half a minute (rule 2)."""

import asyncio
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from jsrs_portal import crypto
from jsrs_portal.access import cookie as cookies
from jsrs_portal.api.sessions import landing
from jsrs_portal.settings import get_settings
from tests.access import people
from tests.access.client import at
from tests.access.conftest import Cast
from tests.access.handlers import named
from tests.access.people import Browser
from tests.support.portal import Portal

pytestmark = pytest.mark.asyncio(loop_scope="session")

NO_TICKET = "/login?reason=ticket"


def _sessions(cast: Cast) -> int:
    return people.rows(cast.portal, "SELECT count(*) AS n FROM user_sessions")[0]["n"]


def _flags(header: str) -> set[str]:
    return {part.strip().lower() for part in header.split(";")[1:]}


# The ticket


@pytest.mark.req("R-2.4.4")
async def test_a_ticket_opens_one_session_in_its_own_browser(cast: Cast) -> None:
    """The right browser fetches its session, gets a new cookie and lands in the centre."""
    browser = await people.visitor(cast.portal)
    before, sessions = browser.cookie, _sessions(cast)
    answer = await browser.get(await people.ticket_address(browser, cast.neighbour))
    assert (answer.status_code, answer.headers["location"]) == (303, "/unit")
    assert answer.headers["cache-control"] == "no-store"
    assert browser.cookie != before
    assert _sessions(cast) == sessions + 1


async def test_a_ticket_works_once(cast: Cast) -> None:
    """Again from the same visitor's cookie: refused, no session, no cookie."""
    browser = await people.visitor(cast.portal)
    address = await people.ticket_address(browser, cast.neighbour)
    again = Browser(cast.portal, browser.cookie)
    assert (await browser.get(address)).headers["location"] == "/unit"
    sessions = _sessions(cast)
    for attempt in (again, browser):
        answer = await attempt.get(address)
        assert answer.headers["location"] == NO_TICKET
        assert "set-cookie" not in answer.headers
    assert _sessions(cast) == sessions


async def test_a_ticket_raced_for_works_once(cast: Cast) -> None:
    """Ten requests at the same instant: one session."""
    browser = await people.visitor(cast.portal)
    address, sessions = await people.ticket_address(browser, cast.neighbour), _sessions(cast)
    rivals = [Browser(cast.portal, browser.cookie) for _ in range(10)]
    answers = await asyncio.gather(*(rival.get(address) for rival in rivals))
    assert sorted(answer.headers["location"] for answer in answers) == [NO_TICKET] * 9 + ["/unit"]
    assert _sessions(cast) == sessions + 1


async def test_a_ticket_is_bound_to_the_browser_that_asked(cast: Cast) -> None:
    """Another visitor, nobody, a made-up visitor, and somebody signed in get nothing from it."""
    owner = await people.visitor(cast.portal)
    address, sessions = await people.ticket_address(owner, cast.neighbour), _sessions(cast)
    signed_in = await people.log_in(cast.portal, cast.roleless, as_person=True)
    forged = Browser(cast.portal, f"jsrs=a.{'A' * 43}.{'B' * 43}")
    for thief in (await people.visitor(cast.portal), Browser(cast.portal), forged, signed_in):
        answer = await thief.get(address)
        assert answer.headers["location"] == NO_TICKET
        assert "set-cookie" not in answer.headers
    assert _sessions(cast) == sessions + 1  # the one signed in above
    assert (await owner.get(address)).headers["location"] == "/unit"


async def test_a_ticket_lives_thirty_seconds(cast: Cast) -> None:
    """Its row says thirty seconds; once they are over it is refused."""
    browser = await people.visitor(cast.portal)
    address = await people.ticket_address(browser, cast.neighbour)
    query = (
        "SELECT (julianday(expires_at) - julianday(created_at)) * 86400 AS life FROM login_tickets"
        " WHERE anonymous_key = ? ORDER BY created_at DESC LIMIT 1"
    )
    assert people.rows(cast.portal, query, browser.key)[0]["life"] == pytest.approx(30, abs=1)
    over = "UPDATE login_tickets SET expires_at = strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 second')"
    people.execute(cast.portal, f"{over} WHERE anonymous_key = ?", browser.key)
    assert (await browser.get(address)).headers["location"] == NO_TICKET


@pytest.mark.parametrize("ticket", ["", "x", "A" * 43, "A" * 5_000, "' OR '1'='1' --      ", "%00" * 30, "é" * 30])
async def test_a_made_up_ticket_opens_nothing(cast: Cast, ticket: str) -> None:
    """Whatever is in the address."""
    browser, sessions = await people.visitor(cast.portal), _sessions(cast)
    answer = await browser.get(f"/session/open?ticket={quote(ticket, safe='%')}")
    assert answer.headers["location"] == NO_TICKET
    assert _sessions(cast) == sessions


async def test_only_a_get_opens_a_session(cast: Cast) -> None:
    """A HEAD from a scanner or a link preview must not use the ticket up; a POST is no way in."""
    browser = await people.visitor(cast.portal)
    address = await people.ticket_address(browser, cast.neighbour)
    async with browser.http() as client:
        for method in ("POST", "PUT", "HEAD"):
            answer = await client.request(method, address)
            assert "set-cookie" not in answer.headers, method
    assert (await browser.get(address)).headers["location"] == "/unit"


async def test_the_ticket_is_stored_only_hashed(cast: Cast) -> None:
    """Neither the ticket nor the cookie can be read from the database."""
    browser = await people.visitor(cast.portal)
    address = await people.ticket_address(browser, cast.neighbour)
    ticket = parse_qs(urlsplit(address).query)["ticket"][0]
    await browser.get(address)
    content = repr([people.rows(cast.portal, f'SELECT * FROM "{t}"') for t in people.tables(cast.portal)])
    assert ticket not in content
    assert browser.cookie.partition("=")[2] not in content


# Where it leads


_ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "https://evil.example",
    "https:evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%2f/evil.example",
    "/%5cevil.example",
    "%2f%2fevil.example",
    "javascript:alert(1)",
    "/unit@evil.example",
    "/unit//evil.example",
    "/unit/../../evil",
    "/unit?next=//evil.example",
    "/unit#//evil.example",
    "/unit\r\nLocation: https://evil.example",
    "/unit\n",
    "/unit/\t/evil.example",
    "/units",
    "/my",
    "/session/ended",
    "unit",
    "",
    "/unit/" + "a" * 5_000 + "!",
]


@pytest.mark.parametrize("wanted", _ELSEWHERE)
async def test_a_login_leads_nowhere_else(wanted: str) -> None:
    """``next`` is an inner page of the same side, or the centre."""
    assert landing(wanted, home="/unit") == "/unit"


@pytest.mark.parametrize(
    ("wanted", "home"),
    [("/unit/info", "/unit"), ("/my", "/my"), ("/unit/staff/new", "/unit"), ("/institution", "/institution")],
)
async def test_a_login_goes_on_to_the_page_that_was_wanted(wanted: str, home: str) -> None:
    """Otherwise the refusals would prove nothing."""
    assert landing(wanted, home=home) == wanted


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "%2f%2fevil.example"])
async def test_a_link_with_a_foreign_next_leads_to_the_centre(cast: Cast, wanted: str) -> None:
    """From the login page's own address to the redirect, in the running portal."""
    browser = await people.visitor(cast.portal)
    address = await people.ticket_address(browser, cast.neighbour, page=f"/login?next={wanted}")
    assert address.startswith("/session/open?ticket=")
    assert (await browser.get(address)).headers["location"] == "/unit"
    other = await people.visitor(cast.portal)
    plain = (await people.ticket_address(other, cast.neighbour)).partition("&next=")[0]
    assert (await other.get(f"{plain}&next={wanted}")).headers["location"] == "/unit"


async def test_on_the_way_to_an_inner_page_the_login_remembers_it(cast: Cast) -> None:
    """A visitor at 单位信息 is sent to log in and then arrives there."""
    browser = await people.visitor(cast.portal)
    async with await browser.tab() as tab:
        await tab.send(named("UnitState.load"), {}, at("/unit/info"))
        await tab.until(lambda: bool(tab.departures))
    assert tab.departures == ["/login?next=/unit/info"]
    address = await people.ticket_address(browser, cast.neighbour, page=tab.departures[0])
    assert (await browser.get(address)).headers["location"] == "/unit/info"


# Search engines


@pytest.mark.req("R-2.1.10")
async def test_search_engines_are_shown_public_pages_and_no_demonstration(portal: Portal) -> None:
    """The map names lists, cities, guides and news, all of which are there; robots are kept out of a demonstration."""
    browser = Browser(portal)
    robots = await browser.get("/robots.txt")
    assert robots.text.splitlines() == ["User-agent: *", "Disallow: /"]
    answer = await browser.get("/sitemap.xml")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    addresses = re.findall(r"<loc>([^<]+)</loc>", answer.text)
    assert len(set(addresses)) == len(addresses) > 120
    assert all(address.startswith(f"{portal.origin}/") for address in addresses)
    for address in (addresses[1], next(a for a in addresses if "/cities/" in a), addresses[-1]):
        assert (await browser.get(address.removeprefix(portal.origin))).status_code == 200


# The cookie


@pytest.mark.parametrize("page", ["/", "/login", "/unit", "/register/unit", "/no/such/page"])
async def test_every_document_brings_a_cookie(portal: Portal, page: str) -> None:
    """HttpOnly, Lax, for the whole site, until the browser closes; no domain, so no other host gets it."""
    answer = await Browser(portal).get(page)
    header = answer.headers["set-cookie"]
    assert re.match(r"jsrs=a\.[\w-]{43}\.[\w-]{43};", header)
    assert _flags(header) == {"httponly", "samesite=lax", "path=/"}
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_a_document_not_modified_brings_a_cookie_too(portal: Portal) -> None:
    """A cached page asks with its tag and no cookie (a new browser session): 304, and a cookie all the same."""
    first = await Browser(portal).get("/")
    async with Browser(portal).http() as client:
        again = await client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["set-cookie"].startswith("jsrs=a.")
    assert again.headers["cache-control"] == "private, no-cache"
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


async def test_a_browser_that_has_a_cookie_keeps_it(cast: Cast) -> None:
    """Neither a visitor nor somebody signed in gets another one with every page."""
    for browser in (await people.visitor(cast.portal), await people.log_in(cast.portal, cast.neighbour)):
        assert "set-cookie" not in (await browser.get("/")).headers


@pytest.mark.parametrize(
    "forged",
    [
        f"a.{'A' * 43}.{'B' * 43}",
        f"a.{'A' * 43}.",
        "a..",
        "a",
        "",
        f"b.{'A' * 43}.{'B' * 43}",
        "s.",
        "s.short",
        "x" * 5_000,
        "%00",
        "a.é.é",
    ],
)
async def test_a_forged_visitor_cookie_is_replaced(portal: Portal, forged: str) -> None:
    """Nobody chooses a session's name: an attacker could plant it in a victim's browser and wait."""
    raw = f"jsrs={forged}".encode()
    async with Browser(portal).http() as client:
        answer = await client.get("/", headers=[(b"Cookie", raw)])
    assert answer.headers["set-cookie"].startswith("jsrs=a.")


async def test_a_changed_signature_is_not_accepted(portal: Portal) -> None:
    """One character of a real visitor's cookie changed, in either part."""
    browser = await people.visitor(portal)
    _, token, signature = browser.cookie.split(".")
    for changed in (f"jsrs=a.{_other(token)}.{signature}", f"jsrs=a.{token}.{_other(signature)}"):
        async with await Browser(portal, changed).tab() as tab:
            await tab.send(named("ShellState.load"))
            await tab.until(lambda tab=tab: bool(tab.departures))
            assert tab.departures == ["/session/ended"]


def _other(text: str) -> str:
    return ("B" if text[0] == "A" else "A") + text[1:]


async def test_a_planted_cookie_is_worth_nothing_after_the_login(cast: Cast) -> None:
    """Fixation: the cookie before the login, which somebody else may know, is not the one after it."""
    browser = await people.visitor(cast.portal)
    planted = Browser(cast.portal, browser.cookie)
    await browser.get(await people.ticket_address(browser, cast.neighbour))
    assert browser.cookie != planted.cookie
    async with await planted.tab() as tab:
        await tab.hydrate("/unit")
        await tab.send(named("UnitState.load"), {}, at("/unit"))
        await tab.settle()
        assert tab.departures
        assert set(tab.departures) == {"/login?next=/unit"}
        assert not any(secret in tab.received for secret in cast.neighbour.secrets)


async def test_logging_in_and_out_gives_a_new_cookie_each_time(cast: Cast) -> None:
    """Visitor, session, visitor: three different ones, and the old session is dead."""
    browser = await people.visitor(cast.portal)
    seen = [browser.cookie]
    await browser.get(await people.ticket_address(browser, cast.neighbour))
    seen.append(browser.cookie)
    async with await browser.tab() as tab:
        await tab.send(named("ShellState.log_out"))
        await tab.until(lambda: bool(tab.departures))
    old = Browser(cast.portal, browser.cookie)
    answer = await browser.get("/session/ended")
    assert answer.headers["location"] == "/login?reason=logout"
    seen.append(browser.cookie)
    assert len(set(seen)) == 3
    async with await old.tab() as tab:
        await tab.send(named("UnitState.load"))
        await tab.until(lambda: bool(tab.departures))
        assert tab.departures == ["/session/ended"]


async def test_a_foreign_link_cannot_log_anybody_out(cast: Cast) -> None:
    """``/session/ended`` leaves a living session alone."""
    browser = await people.log_in(cast.portal, cast.neighbour)
    answer = await browser.get("/session/ended")
    assert answer.headers["location"] == "/unit"
    assert "set-cookie" not in answer.headers


@pytest.fixture
def https(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of a portal that is reached by HTTPS, in this process."""
    monkeypatch.setenv("JSRS_PUBLIC_URL", "https://hall.example.gov.cn")
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()
    crypto.keyring.cache_clear()


@pytest.mark.usefixtures("https")
async def test_on_https_the_cookie_is_secure_and_tied_to_the_host() -> None:
    """``__Host-``: no domain, path ``/``, Secure — a neighbouring host can neither read nor plant it."""
    value = cookies.new_visitor()
    header = cookies.set_cookie(value)
    assert header.startswith(f"__Host-jsrs={value};")
    assert _flags(header) == {"httponly", "samesite=lax", "path=/", "secure"}


@pytest.mark.usefixtures("https")
async def test_on_https_the_unprotected_name_is_not_read() -> None:
    """A cookie under the plain name could have been planted over http."""
    value = cookies.new_visitor()
    assert cookies.read(f"__Host-jsrs={value}") == value
    assert cookies.read(f"jsrs={value}") == ""
    assert get_settings().allowed_origins == ("https://hall.example.gov.cn",)


# Caching


async def test_hashed_assets_are_kept_forever_and_bring_no_cookie(portal: Portal) -> None:
    """Their name changes with their content."""
    page = await Browser(portal).get("/")
    names = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text)
    assert names
    for name in names[:3]:
        async with Browser(portal).http() as client:
            answer = await client.get(name)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "set-cookie" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_missing_asset_is_not_kept(portal: Portal) -> None:
    """A 404 that is cached for a year would outlive the next deployment."""
    async with Browser(portal).http() as client:
        answer = await client.get("/assets/nothing-0000.js")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/%2e%2e/.env", "/assets/..%2f..%2f..%2fpyproject.toml", "/.env", "/portal.db"],
)
async def test_no_file_outside_the_frontend_is_served(portal: Portal, path: str) -> None:
    """Neither by dots nor by their encodings."""
    import httpx

    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(httpx.URL(portal.origin).copy_with(raw_path=path.encode()))
    assert answer.status_code == 404
    assert "JSRS_" not in answer.text
    assert "[project]" not in answer.text


@pytest.mark.req("R-2.4.8")
async def test_a_login_form_sent_by_who_is_signed_in_opens_nothing(cast: Cast) -> None:
    """Or another's session would count as a change of role, and nobody would be told of the new device."""
    browser = await people.log_in(cast.portal, cast.roleless, as_person=True)
    tickets = people.rows(cast.portal, "SELECT id FROM login_tickets")
    async with await browser.tab() as tab:
        for name in ("LoginState.submit_person", "LoginState.submit_unit"):
            form = {"account": cast.neighbour.uscc, "identifier": cast.neighbour.mobile, "password": people.PASSWORD}
            await tab.send(named(name), {"form": form}, at("/login"))
            await tab.settle()
            assert tab.departures[-1] == "/session/ended"
    assert people.rows(cast.portal, "SELECT id FROM login_tickets") == tickets
