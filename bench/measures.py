"""The measurements: each takes both sides in turn, so that a machine that slows down slows both."""

import asyncio
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from itertools import cycle

import bcrypt
import httpx
import socketio
from playwright.async_api import Browser, async_playwright

from jsrs_portal import clock, crypto, db
from jsrs_portal.catalog.demo import DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.domain.authority import Actor
from jsrs_portal.services import login
from scripts import programs

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_ROOT = "reflex___state____state"
OUR_EVENT = (f"{_ROOT}.jsrs_portal___state___login____login_state.choose_side", ({"side": "person"}, {"side": "unit"}))
BARE_EVENT = (f"{_ROOT}.bare___bare____bare_state.add", ({},))
"""Handlers that change one value of the state: name, and the payloads to send in turn."""
Call = Callable[[], Awaitable[None]]


async def alternate(ours: Call, bare: Call, *, rounds: int, each: int) -> tuple[list[float], list[float]]:
    """Return the seconds of every call of both, measured in turns of ``each`` calls."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for side, call in enumerate((ours, bare)):
            for _ in range(each):
                started = time.perf_counter()
                await call()
                times[side].append(time.perf_counter() - started)
    return times


class EventClient:
    """A websocket that sends an event and waits for the update it causes."""

    def __init__(self, origin: str, event: tuple[str, tuple[dict[str, str], ...]]) -> None:
        """Speak to ``origin``, calling the handler ``event`` with its payloads in turn."""
        self._origin, self._event = origin, event[0]
        self._payloads = cycle(event[1])
        self._socket = socketio.AsyncClient()
        self._answered = asyncio.Event()

    async def __aenter__(self) -> "EventClient":
        """Connect as a browser does: with the cookie that came with the document."""
        async with httpx.AsyncClient() as http:
            answer = await http.get(self._origin)
        cookies = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        self._socket.on("event", self._note, namespace="/_event")
        await self._socket.connect(
            f"{self._origin}?token={uuid.uuid4()}",
            headers={"Cookie": cookies, "Origin": self._origin},
            transports=["websocket"],
            socketio_path="/_event",
            namespaces=["/_event"],
        )
        await self._send("reflex___state____state.hydrate", {})
        await asyncio.sleep(0.3)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave."""
        await self._socket.disconnect()

    async def _note(self, *_: object) -> None:
        self._answered.set()

    async def _send(self, name: str, payload: dict[str, str]) -> None:
        place = {"pathname": "/", "query": {}, "asPath": "/"}
        await self._socket.emit("event", {"name": name, "payload": payload, "router_data": place}, namespace="/_event")

    async def round_trip(self) -> None:
        """Send the event and wait for its answer."""
        self._answered.clear()
        await self._send(self._event, next(self._payloads))
        await asyncio.wait_for(self._answered.wait(), 10)


async def event_p50_ratio(ours: str, bare: str) -> tuple[float, float]:
    """Return the median round trip of an event of ours over a bare app's, and ours in milliseconds.

    Ours includes the cookie, the policy and the payload's check.
    """
    async with EventClient(ours, OUR_EVENT) as own, EventClient(bare, BARE_EVENT) as floor:
        await alternate(own.round_trip, floor.round_trip, rounds=2, each=20)
        times = await alternate(own.round_trip, floor.round_trip, rounds=20, each=20)
    own_p50, bare_p50 = (statistics.median(found) for found in times)
    return own_p50 / bare_p50, own_p50 * 1000


async def login_ratio() -> float:
    """Return our logins per second over bare bcrypt comparisons per second at the same cost, one at a time."""
    keys = crypto.keyring()
    stored = bcrypt.hashpw(b"x" * 44, bcrypt.gensalt(keys.bcrypt_cost))

    async def log_in() -> None:
        actor = Actor(session_key=clock.new_id(), address=clock.new_id()[:8])
        outcome = await login.login_unit(
            actor=actor, account=DEMO_UNIT.uscc, identifier=DEMO_PERSON.mobile, password=DEMO_PASSWORD
        )
        if not isinstance(outcome, login.Ticket):
            raise RuntimeError("the demonstration's login was refused")

    async def compare() -> None:
        await asyncio.to_thread(bcrypt.checkpw, b"x" * 44, stored)

    await log_in()
    ours, bare = await alternate(log_in, compare, rounds=6, each=4)
    await db.close_engine()
    return statistics.median(bare) / statistics.median(ours)


async def first_load_bytes(browser: Browser, address: str) -> int:
    """Return the bytes over the wire until ``address`` is quiet, in a browser that has seen nothing yet."""
    context = await browser.new_context()
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    total = 0

    def note(event: dict[str, float]) -> None:
        nonlocal total
        total += int(event["encodedDataLength"])

    session.on("Network.loadingFinished", note)
    await page.goto(address, wait_until="networkidle")
    await context.close()
    return total


async def first_load_ratio(ours: str, bare: str) -> tuple[float, float]:
    """Return our hall's first load over a bare page's, and ours in KB."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=programs.chromium(), args=CHROMIUM)
        own, floor = await first_load_bytes(browser, ours), await first_load_bytes(browser, bare)
        await browser.close()
    return own / floor, own / 1024
