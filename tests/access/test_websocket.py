"""The websocket's guard: who may open one, how much may come over it, and when it ends (rules 1 and 2)."""

import asyncio
import contextlib
import time

import aiohttp
import httpx
import pytest
from aiohttp import WSCloseCode

from tests.access import people
from tests.access.client import BURST, DEPARTURE, HYDRATE, RATE, SESSION_ENDED, Refused, Socket, at, packet
from tests.access.conftest import Cast
from tests.access.handlers import named
from tests.support.portal import Portal

pytestmark = pytest.mark.asyncio(loop_scope="session")

POLICY_VIOLATION, TOO_BIG = 1008, 1009
_ANOTHER_ADDRESS = "127.0.0.61"
"""All of 127.0.0.0/8 is this machine, so a test can come from an address that nobody else uses."""
_CONNECTIONS_PER_ADDRESS = 60


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "*",
        "https://evil.example",
        "http://localhost",
        "http://localhost:1",
        "https://{host}",
        "http://{host}.evil.example",
        "http://evil.example/{host}",
        "http://{host}@evil.example",
        "http://{host} http://evil.example",
    ],
)
async def test_a_foreign_page_cannot_open_the_websocket(portal: Portal, origin: str | None) -> None:
    """Cookies go along with a foreign page's websocket, so the origin decides; without one nobody is let in."""
    browser = await people.visitor(portal)
    said = origin.format(host=portal.origin.partition("//")[2]) if origin else origin
    with pytest.raises(Refused) as refused:
        await browser.tab(origin=said)
    assert refused.value.args[0] == 403


async def test_the_own_origin_is_let_in(portal: Portal) -> None:
    """Otherwise the refusals would prove nothing."""
    browser = await people.visitor(portal)
    async with await browser.tab() as tab:
        assert tab.open
        assert await tab.settle()


@pytest.mark.parametrize("how", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        "/_event/?EIO=4&transport=polling",
        "/_event?EIO=4&transport=polling",
        "/_event/a.js?EIO=4&transport=polling",
        "/%5fevent/?EIO=4&transport=polling",
        "//_event/?EIO=4&transport=polling",
        "/x/../_event/?EIO=4&transport=polling",
        "/_event/?EIO=4&transport=websocket",
    ],
)
async def test_events_cannot_be_sent_over_http(portal: Portal, how: str, path: str) -> None:
    """Long polling would go round the guard: no origin check, no limits."""
    browser = await people.visitor(portal)
    async with browser.http() as client:
        answer = await client.request(how, portal.origin + path, content="40/_event," if how == "POST" else None)
    assert answer.status_code in (404, 405)
    assert '"sid"' not in answer.text
    assert "upgrades" not in answer.text


@pytest.mark.parametrize("path", ["/_upload", "/_upload/", "/_upload/a.png", "//_upload", "/ping", "/_all_routes"])
@pytest.mark.parametrize("how", ["GET", "POST", "PUT", "OPTIONS"])
async def test_no_route_of_the_framework_is_open(portal: Portal, how: str, path: str) -> None:
    """``/_upload`` believes stored headers; none of Reflex's own routes is reachable."""
    browser = await people.visitor(portal)
    files = {"files": ("a.txt", b"x")} if how == "POST" else None
    headers = {"reflex-client-token": browser.token}
    async with browser.http() as client:
        try:
            answer = await client.request(how, portal.origin + path, files=files, headers=headers)
        except httpx.ReadError:
            return  # refused before the body was read
    assert answer.status_code in (404, 405)


async def test_the_second_transport_is_not_offered(portal: Portal) -> None:
    """The handshake names no upgrades, and a websocket that claims to be polling gets nowhere."""
    browser = await people.visitor(portal)
    async with await browser.tab() as tab:
        assert '"upgrades":[]' in tab.frames[0]
    try:
        polling = await browser.tab(query="EIO=4&transport=polling", patience=1)
    except Refused:
        return
    assert not polling.open
    await polling.close()


# How much


async def test_a_message_over_64_kb_ends_the_connection(portal: Portal) -> None:
    """64 KB pass, one byte more closes with 1009; nobody else notices."""
    browser, other = await people.visitor(portal), await people.visitor(portal)
    async with await browser.tab() as tab, await other.tab() as bystander:
        frame = packet("client_error", {"message": ""})
        await tab.raw(frame.replace('""', f'"{"x" * (64 * 1024 - len(frame))}"'))
        assert await tab.settle()
        await tab.raw(frame.replace('""', f'"{"x" * (64 * 1024 - len(frame) + 1)}"'))
        assert await tab.until(lambda: tab.closed, 15)
        assert tab.close_code == TOO_BIG
        assert await bystander.settle()


async def test_the_size_counts_bytes_not_characters(portal: Portal) -> None:
    """A Chinese character is three bytes."""
    browser = await people.visitor(portal)
    async with await browser.tab() as tab:
        await tab.raw(f'42/_event,["client_error",{{"message":"{"长" * 22_000}"}}]')
        assert await tab.until(lambda: tab.closed, 15)
        assert tab.close_code == TOO_BIG


async def test_a_binary_message_is_measured_too(portal: Portal) -> None:
    """An attachment over 64 KB ends the connection as text does."""
    browser = await people.visitor(portal)
    async with await browser.tab() as tab:
        await tab.raw(b"\x00" * (64 * 1024 + 1))
        assert await tab.until(lambda: tab.closed, 15)


async def test_a_flood_ends_the_connection(portal: Portal) -> None:
    """Far more messages than the rate allows: closed, and the server goes on serving others."""
    browser, other = await people.visitor(portal), await people.visitor(portal)
    async with await browser.tab() as tab, await other.tab() as bystander:
        for _ in range(200):
            try:
                await tab.flood(packet("ping"))
            except (aiohttp.ClientConnectionError, ConnectionError):
                break
        assert await tab.until(lambda: tab.closed, 15)
        # Its reason is lost when what is still on the way meets a closed socket: the browser sees a cut line.
        assert tab.close_code in (POLICY_VIOLATION, WSCloseCode.ABNORMAL_CLOSURE)
        assert sum("pong" in frame for frame in tab.frames) <= 70
        assert await bystander.settle()


async def test_an_honest_pace_is_never_cut_off(portal: Portal) -> None:
    """A burst and then the steady rate pass."""
    browser = await people.visitor(portal)
    async with await browser.tab() as tab:
        for _ in range(int(BURST + RATE)):
            await tab.raw(packet("ping"))
        assert await tab.settle()
        assert not tab.closed


async def test_one_address_has_so_many_connections_at_most(portal: Portal) -> None:
    """The next one is refused, others are not concerned, and a closed one makes room."""
    browser = await people.visitor(portal)
    browser.token = ""
    held: list[Socket] = []
    try:
        for start in range(0, _CONNECTIONS_PER_ADDRESS, 20):
            many = range(start, min(start + 20, _CONNECTIONS_PER_ADDRESS))
            held += await asyncio.gather(*(browser.tab(source=_ANOTHER_ADDRESS) for _ in many))
        with pytest.raises(Refused):
            await browser.tab(source=_ANOTHER_ADDRESS)
        async with await browser.tab() as elsewhere:
            assert elsewhere.open
        await held.pop().close()
        await asyncio.sleep(0.3)
        held.append(await browser.tab(source=_ANOTHER_ADDRESS))
    finally:
        await asyncio.gather(*(tab.close() for tab in held))


async def test_a_made_up_forwarded_address_is_not_believed(portal: Portal) -> None:
    """Without a trusted proxy X-Forwarded-For is anybody's invention."""
    browser = await people.visitor(portal)
    async with aiohttp.ClientSession() as session:
        address = portal.origin.replace("http", "ws", 1).replace("localhost", "127.0.0.1")
        url = f"{address}/_event/?EIO=4&transport=websocket&token={browser.token}"
        headers = {"Origin": portal.origin, "Cookie": browser.cookie, "X-Forwarded-For": "203.0.113.7"}
        async with session.ws_connect(url, headers=headers) as websocket:
            await websocket.receive_str()
            event = '{"name":"%s","payload":{},"router_data":{"pathname":"/","query":{},"asPath":"/"}}' % HYDRATE  # noqa: UP031
            await websocket.send_str(f'40/_event,{{"event":{event}}}')
            received = [await websocket.receive_str() for _ in range(2)]
    assert any('"client_ip":"127.0.0.1"' in text for text in received)


# When it ends


@pytest.mark.req("R-2.4.8")
async def test_a_revoked_session_ends_at_once_in_an_open_tab(cast: Cast) -> None:
    """The row is ended behind the server's back: within five seconds every event answers with the way out."""
    browser = await people.log_in(cast.portal, cast.neighbour)
    async with await browser.tab() as tab:
        await tab.hydrate("/unit")
        assert cast.neighbour.uscc in tab.received
        now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
        statement = f"UPDATE user_sessions SET ended_at = {now}, ended_because = 'REPLACED' WHERE token_hash = ?"
        people.execute(cast.portal, statement, browser.key)
        revoked = time.monotonic()
        while SESSION_ENDED not in tab.departures and time.monotonic() - revoked < 12:
            await tab.send(named("ShellState.load"))
            await asyncio.sleep(0.25)
        assert time.monotonic() - revoked < 9, "five seconds are the rule; the rest is a busy machine's"
        frames = len(tab.frames)
        await tab.hydrate("/unit")
        await tab.send(named("UnitState.load"))
        await tab.until(lambda: len(tab.departures) > 2)
        afterwards = "\n".join(tab.frames[frames:])
        assert cast.neighbour.uscc not in afterwards
        assert all(DEPARTURE in frame for frame in tab.frames[frames:] if frame.startswith("42"))
    answer = await browser.get("/session/ended")
    assert answer.headers["location"] == "/login?reason=replaced"


@pytest.mark.req("R-2.4.8")
@pytest.mark.parametrize(
    ("column", "hours", "reason"), [("last_active_at", -1, "idle"), ("expires_at", -1, "absolute")]
)
async def test_an_idle_or_old_session_ends(cast: Cast, column: str, hours: int, reason: str) -> None:
    """After 30 idle minutes, and after twelve hours in all; the login page says which."""
    browser = await people.log_in(cast.portal, cast.neighbour)
    moment = f"strftime('%Y-%m-%d %H:%M:%f', 'now', '{hours} hours')"
    people.execute(cast.portal, f"UPDATE user_sessions SET {column} = {moment} WHERE token_hash = ?", browser.key)
    async with await browser.tab() as tab:
        await tab.send(named("UnitState.load"))
        await tab.until(lambda: bool(tab.departures))
        assert tab.departures == [SESSION_ENDED]
        assert cast.neighbour.uscc not in tab.received
    assert (await browser.get("/session/ended")).headers["location"] == f"/login?reason={reason}"


@pytest.mark.req("R-2.4.8")
async def test_polls_do_not_keep_a_session_alive(cast: Cast) -> None:
    """Passive events leave the last activity as it was; an act of the person moves it."""
    browser = await people.log_in(cast.portal, cast.neighbour)
    moment = "strftime('%Y-%m-%d %H:%M:%f', 'now', '-10 minutes')"
    query = "SELECT last_active_at FROM user_sessions WHERE token_hash = ?"
    people.execute(cast.portal, f"UPDATE user_sessions SET last_active_at = {moment} WHERE token_hash = ?", browser.key)
    before = people.rows(cast.portal, query, browser.key)
    async with await browser.tab() as tab:
        for _ in range(3):
            await tab.hydrate("/unit")
            await tab.send(named("UnitRegistrationState.poll_face"))
        await tab.settle()
        assert people.rows(cast.portal, query, browser.key) == before
        await tab.send(named("ShellState.dismiss"))
        await tab.settle()
    assert people.rows(cast.portal, query, browser.key) != before


@pytest.mark.req("R-2.4.8")
async def test_logging_out_ends_every_tab(cast: Cast) -> None:
    """Another tab of the same browser is sent away at its next event."""
    browser = await people.log_in(cast.portal, cast.neighbour)
    second = people.Browser(cast.portal, browser.cookie)
    async with await browser.tab() as tab, await second.tab() as other:
        await other.hydrate("/unit")
        await tab.send(named("ShellState.log_out"))
        await tab.until(lambda: SESSION_ENDED in tab.departures)
        await other.send(named("UnitState.load"))
        await other.until(lambda: bool(other.departures))
        assert other.departures == [SESSION_ENDED]


@pytest.mark.req("R-2.4.8")
async def test_a_locked_person_and_a_revoked_grant_end_the_session(cast: Cast) -> None:
    """What was granted can be taken back while somebody works."""
    grants = "UPDATE grants SET status = ? WHERE role = 'LEGAL_REP' AND unit_id = (SELECT id FROM units WHERE uscc = ?)"
    persons = (
        "UPDATE persons SET status = ? WHERE id = (SELECT person_id FROM grants g JOIN units u ON u.id = g.unit_id"
        " WHERE g.role = 'LEGAL_REP' AND u.uscc = ?)"
    )
    for statement, taken, given in ((grants, "REVOKED", "GRANTED"), (persons, "LOCKED", "ACTIVE")):
        browser = await people.log_in(cast.portal, cast.neighbour)
        people.execute(cast.portal, statement, taken, cast.neighbour.uscc)
        try:
            async with await browser.tab() as tab:
                await tab.send(named("UnitState.load"))
                await tab.until(lambda tab=tab: bool(tab.departures))
                assert tab.departures == [SESSION_ENDED]
        finally:
            people.execute(cast.portal, statement, given, cast.neighbour.uscc)


async def test_without_a_client_token_nothing_is_answered(portal: Portal) -> None:
    """A connection that names no token belongs to no page: refused, or silent."""
    browser = await people.visitor(portal)
    received: list[str] = []
    address = portal.origin.replace("http", "ws", 1).replace("localhost", "127.0.0.1")
    headers = {"Origin": portal.origin, "Cookie": browser.cookie}
    async with aiohttp.ClientSession() as session:
        try:
            websocket = await session.ws_connect(f"{address}/_event/?EIO=4&transport=websocket", headers=headers)
        except aiohttp.WSServerHandshakeError:
            return
        await websocket.send_str("40/_event,")
        await websocket.send_str(packet("event", {"name": HYDRATE, "payload": {}, "router_data": at()}))
        with contextlib.suppress(TimeoutError):
            while not websocket.closed:
                received.append(str((await asyncio.wait_for(websocket.receive(), 0.5)).data))
        await websocket.close()
    assert not any("delta" in text for text in received)
