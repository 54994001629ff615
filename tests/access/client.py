"""A browser's websocket without the browser: Engine.IO and Socket.IO frames by hand, so that every byte is seen.

It speaks as the built frontend does (``utils/state.js``): websocket only, the client token in the query, the first
event in the CONNECT packet, ``42/_event,["event", {...}]`` afterwards. Unlike it, it sends whatever it is told.
"""

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.access.handlers import ROOT_STATE

NAMESPACE = "/_event"
HYDRATE = f"{ROOT_STATE}.hydrate_and_load"
FENCE = f"{ROOT_STATE}.set_is_hydrated"
REFUSED_BY_ALL = f"{ROOT_STATE}.setvar"
DEPARTURE = f"{ROOT_STATE}.jsrs_portal___access___departure____departure_state"
MARK = "_rx_state_"
SESSION_ENDED = "/session/ended"
RATE, BURST = 24.0, 40.0
"""Below what the guard allows one connection by default (30 a second, 60 at once).

A server that stood still for a while takes what has come meanwhile at once, and allows no more than 60 of it.
"""
OURS = object()
"""Stands for the portal's own origin."""

Delta = dict[str, dict[str, Any]]


class Refused(Exception):
    """The handshake did not end in an open websocket; the argument is the HTTP status."""


def at(path: str = "/") -> dict[str, Any]:
    """Return what the frontend says about the page it is on."""
    return {"pathname": path.partition("?")[0], "query": _query(path), "asPath": path}


def _query(path: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in path.partition("?")[2].split("&") if pair)
    return {name: value for name, _, value in pairs}


@dataclass
class Socket:
    """One websocket connection and everything that came back on it."""

    token: str
    frames: list[str] = field(default_factory=list)
    deltas: list[Delta] = field(default_factory=list)
    close_code: int | None = None
    sent: int = 0
    called: set[str] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None
    _websocket: aiohttp.ClientWebSocketResponse | None = None
    _reader: asyncio.Task[None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _allowance: float = BURST
    _counted_at: float = field(default_factory=time.monotonic)
    _fences: int = 0

    # Opening and closing

    @classmethod
    async def connect(
        cls,
        base: str,
        *,
        cookie: str = "",
        origin: object = OURS,
        token: str = "",
        boot: dict[str, Any] | None = None,
        source: str = "",
        query: str = "EIO=4&transport=websocket",
        patience: float = 15,
    ) -> "Socket":
        """Open a connection as the browser does; ``source`` is the local address to come from.

        ``boot`` rides in the CONNECT packet as the frontend's first event does.
        """
        found = cls(token or str(uuid.uuid4()))
        headers = {"Cookie": cookie} if cookie else {}
        if origin is not None:
            headers["Origin"] = base if origin is OURS else str(origin)
        connector = aiohttp.TCPConnector(local_addr=(source, 0)) if source else None
        found._session = aiohttp.ClientSession(connector=connector)
        address = base.replace("http", "ws", 1).replace("localhost", "127.0.0.1")
        url = f"{address}{NAMESPACE}/?{query}&token={found.token}"
        headers["Host"] = base.rpartition("/")[2]
        try:
            found._websocket = await found._session.ws_connect(url, headers=headers, max_msg_size=0)
        except aiohttp.WSServerHandshakeError as error:
            await found._session.close()
            raise Refused(error.status) from error
        except BaseException:
            await found._session.close()
            raise
        found._reader = asyncio.create_task(found._read())
        auth = json.dumps({"event": boot}) if boot else ""
        await found.raw(f"40{NAMESPACE},{auth}")
        await found.until(lambda: found.open or found.closed, patience)
        return found

    async def __aenter__(self) -> "Socket":
        """Use it as a context: it closes at the end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """Close the connection as a closed tab does."""
        if self._websocket is not None:
            await self._websocket.close()
        if self._reader is not None:
            self._reader.cancel()
        if self._session is not None:
            await self._session.close()

    @property
    def open(self) -> bool:
        """Whether the namespace has accepted us."""
        return any(frame.startswith(f"40{NAMESPACE}") for frame in self.frames)

    @property
    def closed(self) -> bool:
        """Whether the server has ended the connection."""
        return self.close_code is not None

    # What came back

    async def _read(self) -> None:
        assert self._websocket is not None
        while True:
            message = await self._websocket.receive()
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                said = message.data if message.type is aiohttp.WSMsgType.CLOSE else None
                self.close_code = said or self._websocket.close_code or 1006  # aiohttp forgets it when its answer fails
                self._news.set()
                return
            data = message.data if isinstance(message.data, str) else repr(message.data)
            self.frames.append(data)
            if data == "2":
                await self._websocket.send_str("3")
            elif data.startswith(f"42{NAMESPACE},"):
                name, *rest = json.loads(data[len(NAMESPACE) + 3 :])
                if name == "event" and isinstance(rest[0].get("delta"), dict):
                    self.deltas.append(rest[0]["delta"])
            self._news.set()

    @property
    def received(self) -> str:
        """Everything that came back, as sent and with JSON's escapes undone."""
        return "\n".join(frame + "\n" + _readable(frame) for frame in self.frames)

    @property
    def departures(self) -> list[str]:
        """Where the page was told to go, in order; why a session is over stands in ``reasons``."""
        return [path.partition("?because=")[0] for path in self._told]

    @property
    def reasons(self) -> list[str]:
        """Why the page was told that its session is over, each time."""
        return [path.partition("?because=")[2] for path in self._told if path.startswith(SESSION_ENDED)]

    @property
    def _told(self) -> list[str]:
        return [delta[DEPARTURE][f"to{MARK}"] for delta in self.deltas if delta.get(DEPARTURE, {}).get(f"to{MARK}")]

    def value(self, state: str, name: str) -> Any:
        """Return the newest value of a state's variable that came back; ``None`` if none did."""
        for delta in reversed(self.deltas):
            for full, changes in delta.items():
                if full.rpartition("____")[2] == state and f"{name}{MARK}" in changes:
                    return changes[f"{name}{MARK}"]
        return None

    async def until(self, condition: Any, patience: float = 20) -> bool:
        """Wait until ``condition`` holds; return whether it came to hold in time."""
        end = time.monotonic() + patience
        while not condition():
            left = end - time.monotonic()
            if left <= 0 or (self.closed and not condition()):
                return bool(condition())
            self._news.clear()
            if condition():
                break
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                return bool(condition())
        return True

    # Sending

    async def raw(self, frame: str | bytes) -> None:
        """Send a frame as it is, at the rate the guard allows."""
        assert self._websocket is not None
        now = time.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._counted_at) * RATE)
        self._counted_at = now
        if self._allowance < 1:
            await asyncio.sleep((1 - self._allowance) / RATE)
        self._allowance -= 1
        await self.flood(frame)

    async def flood(self, frame: str | bytes) -> None:
        """Send a frame without regard for the rate."""
        assert self._websocket is not None
        assert not self.closed, f"the server has closed the connection: {self.close_code}"
        if isinstance(frame, str):
            await self._websocket.send_str(frame)
        else:
            await self._websocket.send_bytes(frame)

    async def send(self, name: str, payload: Any = None, router_data: Any = None) -> None:
        """Send one event. ``payload`` and ``router_data`` may be anything JSON can say."""
        event = {
            "name": name,
            "payload": {} if payload is None else payload,
            "router_data": at() if router_data is None else router_data,
        }
        self.sent += 1
        self.called.add(name)
        await self.raw(packet("event", event))

    async def settle(self, page: str = "/", patience: float = 60) -> bool:
        """Wait until the server has handled everything sent so far, and its consequences.

        The last event carries a mark in its page's address, which the server sends back.

        Events of one client run in order, so the answer to a last one of ours says that all before it are done; what
        they set off is queued behind them, and what that sets off behind that, so it takes three. Without a living
        session the answer is a departure, like all others: then wait for as many as were sent, and return ``False``.
        Where fewer come, it is asked once more: a server that is merely slow answers that with the mark.
        ``page`` is where the browser is.
        """
        for _ in range(3):
            known_departures = 0
            self._fences += 1
            mark = f"{self.token[:8]}-{self._fences}"
            frames = len(self.frames)
            said = at(f"{page}{'&' if '?' in page else '?'}fence={mark}")
            await self.send(FENCE, {"value": True}, said)

            def passed(mark: str = mark, frames: int = frames) -> bool:
                return any(mark in frame for frame in self.frames[frames:])

            def over() -> bool:
                return len(self.departures) >= self.sent and self.departures[-1] == SESSION_ENDED

            end = time.monotonic() + patience
            while not passed() and not over():
                known = len(self.frames)
                if await self.until(lambda known=known: len(self.frames) > known, 1):
                    continue
                if self.departures and self.departures[-1] == SESSION_ENDED and not self.closed:
                    if not known_departures:
                        known_departures = len(self.departures)
                        await self.send(FENCE, {"value": True}, said)
                    elif len(self.departures) > known_departures:
                        return False
                if time.monotonic() > end or self.closed:
                    raise AssertionError(f"the server stopped answering (closed: {self.close_code})")
            if not passed():
                return False
        return True

    async def hydrate(self, path: str = "/") -> None:
        """Open a page as the frontend does at every new document, and wait until its handlers are done."""
        await self.send(HYDRATE, {}, at(path))
        await self.settle(path)


def packet(name: str, *arguments: Any) -> str:
    """Return a Socket.IO event as a frame."""
    return f"42{NAMESPACE},{json.dumps([name, *arguments], ensure_ascii=True)}"


def _readable(frame: str) -> str:
    start = min((place for place in (frame.find("["), frame.find("{")) if place >= 0), default=-1)
    if start < 0:
        return ""
    try:
        return json.dumps(json.loads(frame[start:]), ensure_ascii=False)
    except ValueError:
        return ""
