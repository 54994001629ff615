"""Every event handler, sent what its form could carry and what it could not, over the raw websocket of the product."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal.domain.permissions import STAFF_PERMISSIONS, StaffRole
from tests.access import people
from tests.access.client import Refused, Socket, at
from tests.access.conftest import Cast
from tests.access.evidence import Log, assert_no_secret, assert_nothing_internal
from tests.access.handlers import Handler, named, registry
from tests.access.people import Browser
from tests.fuzz.doors import TARGETS as DOORS
from tests.fuzz.effort import LONG, count, effort
from tests.fuzz.payloads import ANYTHING, forms, likely, payloads
from tests.fuzz.targets import TEXT, as_text

Run = Callable[[Awaitable[Any]], Any]
_TABS = 8
"""So many tabs take turns, since one may send thirty messages a second."""
_WHERE_TO = ("/refused", "/login", "/session/", "/phone/", "/staff/")
_LEAVE = ("log_out", "end_others", "request")
_FRAMES = next(target.likely for target in DOORS if target.name == "frames")


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Run coroutines on one loop from within hypothesis's synchronous examples."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        yield runner.run


@dataclass
class Fuzzer:
    """Somebody with several tabs, and somebody else who must not notice."""

    cast: Cast
    browser: Browser
    bystander: Socket
    tabs: list[Socket]
    before: dict[str, set[str]]
    turn: int = 0
    secrets: list[str] = field(default_factory=list)

    @classmethod
    async def arrive(cls, cast: Cast, browser: Browser, others: tuple[people.Account, ...]) -> "Fuzzer":
        """Open the tabs; every tab has a token of its own."""
        other = await people.visitor(cast.portal)
        tabs = [await Browser(cast.portal, browser.cookie).tab() for _ in range(_TABS)]
        before = people.dump(cast.portal, browser.key)
        staff = browser.cookie.startswith("jsrs=t.")  # officers see which units there are, and persons masked
        secrets = [secret for one in others for secret in (one.own_secrets if staff else one.secrets)]
        return cls(cast, browser, await other.tab(), tabs, before, secrets=secrets)

    async def leave(self) -> None:
        """Close everything."""
        await asyncio.gather(*(tab.close() for tab in (*self.tabs, self.bystander)))

    async def send(self, events: list[tuple[Handler, Any]], may: Callable[[Handler], bool]) -> None:
        """Send events from the next tab and look at everything they could have left behind."""
        self.turn += 1
        tab, log = self.tabs[self.turn % _TABS], Log(self.cast.portal)
        tab.frames.clear()
        tab.deltas.clear()
        tab.sent = 0
        for handler, payload in events:
            await tab.send(handler.name, payload)
        assert await tab.settle(), "the session ended"
        refused = sum(not may(handler) for handler, _ in events)
        assert len(tab.departures) >= refused, "a refusal was not answered"
        assert all(path.startswith(_WHERE_TO) for path in tab.departures), tab.departures
        assert_nothing_internal([tab], json.dumps([payload for _, payload in events], ensure_ascii=False))
        assert_no_secret([tab], self.secrets)
        assert people.dump(self.cast.portal, self.browser.key) == self.before, "somebody else's rows changed"
        log.assert_no_failure()
        if self.turn % 10 == 0:
            people.execute(self.cast.portal, "DELETE FROM counters")  # or everything would soon be one refusal
            assert await asyncio.wait_for(self.bystander.settle(), 10), "another browser is not served"


def _events(handler: Handler) -> st.SearchStrategy[tuple[Handler, Any]]:
    sent = st.tuples(st.just(handler), payloads(handler))
    if handler.method in _LEAVE:  # called properly they would end the fuzzer's own sessions
        return sent.filter(lambda event: isinstance(event[1], dict) and bool(event[1]))
    return sent


EVENTS = st.lists(st.one_of([_events(handler) for handler in registry().handlers]), min_size=1, max_size=12)
_STATES = ("UnitRegistrationState", "PersonRegistrationState", "RecoveryState", "UpgradeState", "TakeoverState")
_WIZARDS = [one for one in registry().handlers if one.ours and one.for_visitors and one.state in _STATES]
WALKS = st.lists(
    st.one_of([st.tuples(st.just(handler), likely(handler)) for handler in _WIZARDS if forms()[handler.name]])
    | st.one_of([st.tuples(st.just(handler), likely(handler)) for handler in _WIZARDS])
    | st.one_of([_events(handler) for handler in _WIZARDS]),
    min_size=4,
    max_size=12,
)
"""What somebody in a wizard could do in any order, so that more gets behind the gate and into the services."""

_OFFICERS = STAFF_PERMISSIONS[StaffRole.OFFICER]
ACTORS: dict[str, tuple[Callable[[Cast], Awaitable[Browser]], Callable[[Handler], bool]]] = {
    "visitor": (lambda cast: people.visitor(cast.portal), lambda handler: handler.for_visitors),
    "officer": (
        lambda cast: people.log_in_staff(cast.portal, people.OFFICER),
        lambda handler: handler.for_visitors or bool(handler.policy and handler.policy[1] in _OFFICERS),
    ),
    "member of a unit": (lambda cast: people.log_in(cast.portal, cast.neighbour), lambda handler: handler.for_units),
}


@pytest.mark.parametrize("who", ACTORS)
def test_a_handler_answers_anything_and_breaks_nothing(cast: Cast, run: Run, who: str) -> None:
    """An answer to each, nothing internal or foreign in it, no failure in the log, nobody's rows, others served."""
    arrive, may = ACTORS[who]
    member = who == "member of a unit"
    others = (cast.victim, cast.roleless) if member else (cast.victim, cast.roleless, cast.neighbour)

    async def begin() -> Fuzzer:
        return await Fuzzer.arrive(cast, await arrive(cast), others)

    fuzzer: Fuzzer = run(begin())
    called: set[str] = set()

    @effort(200, 900)
    @given(EVENTS | WALKS)
    def holds(events: list[tuple[Handler, Any]]) -> None:
        count(f"handlers, {who}", len(events))
        called.update(handler.name for handler, _ in events)
        run(fuzzer.send(events, may))

    try:
        holds()
    finally:
        run(fuzzer.leave())
    # A short run draws about so many, however many there are.
    assert len(called) > (len(registry().handlers) // 4 if LONG else 80)
    checks = people.rows(cast.portal, "SELECT id FROM face_checks WHERE owner = ?", fuzzer.browser.key)
    assert checks or who != "visitor" or not LONG, "nobody got as far as a face check"


# Frames and handshakes

_GOODBYE = "41/_event,"
"""After it nothing more is answered, as the page has asked."""


async def _frame(cast: Cast, browser: Browser, frame: str) -> None:
    log = Log(cast.portal)
    async with await browser.tab() as tab:
        with suppress(ConnectionError, aiohttp.ClientError):
            await tab.raw(frame)
        if not await tab.until(lambda: tab.closed, 0.01):
            with suppress(ConnectionError, aiohttp.ClientError, AssertionError):
                await tab.settle(patience=5)
        answered = any(one.startswith("42") for one in tab.frames) or frame == _GOODBYE
        assert tab.closed or answered, "neither closed nor answering"
    assert_nothing_internal([tab], frame)
    assert_no_secret([tab], cast.victim.secrets)
    log.assert_no_failure()


def test_a_frame_is_answered_or_ends_its_own_connection(cast: Cast, run: Run) -> None:
    """Whatever stands in a frame, well-formed or not: nothing fails, and the next connection is served."""
    browser: Browser = run(people.visitor(cast.portal))
    envelope = st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from([named("ShellState.load"), named("LoginState.load")]) | TEXT | ANYTHING,
            "payload": ANYTHING,
            "router_data": st.just(at("/")) | st.just(at("/unit")) | ANYTHING,
            "token": ANYTHING,
            "substate_token": ANYTHING,
        },
    )
    arguments = st.lists(envelope | st.none() | ANYTHING, max_size=2) | envelope.map(lambda event: [event])
    packets = st.tuples(st.sampled_from(["event"] * 4 + ["client_error", "ping"]), arguments)
    events = packets.map(lambda drawn: "42/_event," + json.dumps([drawn[0], *drawn[1]]))

    @effort(40, 1_500)
    @given(events | _FRAMES.map(as_text).map(lambda text: text.encode("utf-8", "replace").decode()))
    def holds(frame: str) -> None:
        count("frames")
        run(_frame(cast, browser, frame))

    before = people.dump(cast.portal, browser.key)
    holds()
    assert people.dump(cast.portal, browser.key) == before


_VALUE = st.text(st.characters(exclude_characters="\r\n\x00", exclude_categories=("Cs", "Cc")), max_size=60)
_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Cookie": _VALUE | _VALUE.map(lambda text: f"jsrs=a.{text}"),
        "Origin": _VALUE | st.sampled_from(["null", "*"]),
        "X-Forwarded-For": _VALUE,
        "User-Agent": _VALUE,
        "Accept-Language": _VALUE,
        "Sec-WebSocket-Protocol": _VALUE,
        "X-Forwarded-Proto": _VALUE,
    },
)


async def _handshake(cast: Cast, browser: Browser, headers: dict[str, str], query: str) -> None:
    log = Log(cast.portal)
    said = {"Origin": cast.portal.origin, "Cookie": browser.cookie} | headers
    async with aiohttp.ClientSession(skip_auto_headers=["User-Agent"]) as session:
        address = cast.portal.origin.replace("http", "ws", 1).replace("localhost", "127.0.0.1")
        status = 101
        try:
            async with session.ws_connect(
                f"{address}/_event/?EIO=4&transport=websocket{query}", headers=said
            ) as socket:
                await socket.send_str("40/_event,")
                with suppress(TimeoutError):
                    await asyncio.wait_for(socket.receive(), 1)
        except aiohttp.WSServerHandshakeError as error:
            status = error.status
    assert status in (101, 400, 403), status
    log.assert_no_failure()


def test_a_handshake_is_let_in_or_refused(cast: Cast, run: Run) -> None:
    """Whatever its headers and its query say."""
    browser: Browser = run(people.visitor(cast.portal))
    tokens = st.just(f"&token={browser.token}") | _VALUE.map(lambda text: f"&token={text}") | _VALUE.map("&a={}".format)

    @effort(25, 600)
    @given(_HEADERS, tokens)
    def holds(headers: dict[str, str], query: str) -> None:
        count("handshakes")
        run(_handshake(cast, browser, headers, query))

    holds()
    with suppress(Refused):
        run(_frame(cast, browser, "2"))
