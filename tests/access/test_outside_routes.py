"""省政务登录 and 电子营业执照登录 over HTTP: whose browser, from where, how often (R-2.4.6)."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from jsrs_portal.domain.outside_logins import SsoProblem
from jsrs_portal.gateways.identity import sandbox_persons as persons
from tests.access import people
from tests.access.conftest import Cast
from tests.access.outside_scenarios import NEW_UNIT, PAGE, STATE, decide
from tests.access.people import Browser
from tests.access.scenarios import Walk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.6")]


async def ask(browser: Browser, path: str, **headers: str) -> httpx.Response:
    async with browser.http() as client:
        return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def sent_away(browser: Browser) -> str:
    """Return the address of the platform's page that a browser is sent to."""
    answer = await ask(browser, "/sso/start")
    assert answer.status_code == 303
    return answer.headers["location"]


async def come_back(cast: Cast, address: str) -> str:
    """Log in at the simulated platform as the legal representative of a new unit; return where it sends the browser."""
    async with httpx.AsyncClient(base_url=cast.portal.sandbox, trust_env=False) as platform:
        shown = await platform.get(address)
        hidden = dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', shown.text))
        form = hidden | {"person": persons.ZHOU_RUN.id_number, "unit": NEW_UNIT.uscc, "act": "login"}
        location = (await platform.post("/sso/authorize", data=form)).headers["location"]
    return location.removeprefix(cast.portal.origin)


def because(problem: SsoProblem) -> str:
    return f"/login?reason={problem}"


async def test_a_visitor_goes_to_the_platform_and_comes_back_once(cast: Cast) -> None:
    browser = await people.visitor(cast.portal)
    address = await sent_away(browser)
    assert address.startswith(f"{cast.portal.sandbox}/sso/authorize?")
    query = parse_qs(urlsplit(address).query)
    assert query["redirect_uri"] == [f"{cast.portal.origin}/sso/callback"]
    back = await come_back(cast, address)
    answer = await ask(browser, back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/register/unit")
    assert answer.headers["cache-control"] == "no-store"
    assert (await ask(browser, back)).headers["location"] == because(SsoProblem.USED)


async def test_only_a_page_of_ours_sends_somebody_to_the_platform(cast: Cast) -> None:
    browser = await people.visitor(cast.portal)
    for site in ("cross-site", "same-site"):
        answer = await ask(browser, "/sso/start", sec_fetch_site=site)
        assert answer.headers["location"] == "/login"
    assert "/sso/authorize?" in (await ask(browser, "/sso/start", sec_fetch_site="same-origin")).headers["location"]


async def test_without_our_cookie_nobody_is_sent_away(cast: Cast) -> None:
    for cookie in ("", "jsrs=a.x.y", "jsrs=s." + "C" * 43):
        answer = await ask(Browser(cast.portal, cookie), "/sso/start")
        assert answer.headers["location"] == "/session/ended"


async def test_whoever_is_signed_in_is_not_sent_away_and_does_not_come_back(cast: Cast) -> None:
    visitor = await people.visitor(cast.portal)
    back = await come_back(cast, await sent_away(visitor))
    browser = await people.log_in(cast.portal, cast.neighbour)
    for path in ("/sso/start", back):
        assert (await ask(browser, path)).headers["location"] == "/session/ended"
    assert (await ask(visitor, back)).headers["location"] == "/register/unit", "it was not used up"


async def test_another_browsers_way_back_is_unknown(cast: Cast) -> None:
    victim, thief = await people.visitor(cast.portal), await people.visitor(cast.portal)
    back = await come_back(cast, await sent_away(victim))
    assert (await ask(thief, back)).headers["location"] == because(SsoProblem.STATE)
    stranger = await ask(Browser(cast.portal), back)
    assert stranger.headers["location"] == because(SsoProblem.STATE)
    assert stranger.headers["set-cookie"].startswith("jsrs=a.")
    assert (await ask(victim, back)).headers["location"] == "/register/unit"


async def test_a_head_uses_nothing_up(cast: Cast) -> None:
    browser = await people.visitor(cast.portal)
    back = await come_back(cast, await sent_away(browser))
    async with browser.http() as client:
        assert [(await client.head(path)).status_code for path in ("/sso/start", back)] == [405, 405]
        assert (await client.post("/sso/callback")).status_code in (303, 405)
    assert (await ask(browser, back)).headers["location"] == "/register/unit"


@pytest.mark.parametrize("name", ["state", "code", "iss", "error"])
async def test_what_is_said_twice_is_believed_neither_time(cast: Cast, name: str) -> None:
    browser = await people.visitor(cast.portal)
    back = await come_back(cast, await sent_away(browser))
    twice = f"{back}&{urlencode({name: 'other'})}&{urlencode({name: 'again'})}"
    assert (await ask(browser, twice)).headers["location"] == because(SsoProblem.PROVIDER)
    assert (await ask(browser, back)).headers["location"] == "/register/unit"


async def test_one_browser_is_sent_away_so_often(cast: Cast) -> None:
    browser = await people.visitor(cast.portal)
    found = [await sent_away(browser) for _ in range(21)]
    assert found[-1] == because(SsoProblem.BUSY)
    assert all("/sso/authorize?" in address for address in found[:-1])


# What the licence system sends


async def tell(cast: Cast, content: bytes) -> httpx.Response:
    async with httpx.AsyncClient(base_url=cast.portal.origin, trust_env=False) as client:
        return await client.post("/licence/callback", content=content)


async def test_an_invented_result_is_not_believed(cast: Cast) -> None:
    for content in (b"", b"{}", b"[]", b'{"bizSn":"1","state":"AUTHED","data":{},"sign":"AAAA"}', b"\xff"):
        answer = await tell(cast, content)
        assert (answer.status_code, answer.json()) == (401, {"accepted": False})
    assert (await tell(cast, b"x" * 20_000)).status_code == 413


async def test_a_result_told_without_a_poll_lets_only_the_browser_on_that_shows_the_code(cast: Cast) -> None:
    walk = Walk(cast)
    mine, theirs = await people.visitor(cast.portal), await people.visitor(cast.portal)
    async with await mine.tab() as screen, await theirs.tab() as other:
        for tab in (screen, other):
            await walk.call(tab, "LicenceState.load", page=PAGE)
        await decide(str(screen.value(STATE, "demo_address")))
        ((state,),) = cast.portal.database.rows(
            "SELECT state FROM licence_logins WHERE owner = ? ORDER BY created_at DESC LIMIT 1", mine.key
        )
        assert state == "AUTHED", "the licence system told us"
        await walk.call(other, "LicenceState.poll", page=PAGE)
        assert other.departures == []
        for _ in range(2):
            await walk.call(screen, "LicenceState.poll", page=PAGE)
        assert screen.departures == ["/register/unit"]
