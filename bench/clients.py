"""Browsers' websockets without the browsers: light enough that five hundred of them leave the server its core."""

import asyncio
import json
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import aiohttp

_NAMESPACE = "/_event"
_ROOT = "reflex___state____state"
_EVENT = f'42{_NAMESPACE},["event"'
_ON_LOAD = "reflex___state____on_load_internal_state.on_load_internal"
_READY = '"is_hydrated_rx_state_":true'
_PATIENCE = 30


class Browsers:
    """Opens websockets to one address, many at once; the connections share what a client needs of memory."""

    def __init__(self, origin: str) -> None:
        """Speak to ``origin``."""
        self.origin = origin
        self.http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )

    async def __aenter__(self) -> "Browsers":
        """Begin."""
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close every connection."""
        await self.http.close()

    async def visit(self, path: str = "/", address: str = "") -> str:
        """Open a document and return the cookies that came with it, as a browser would send them.

        ``address`` is where the browser is, as a proxy in front of the portal would say.
        """
        async with self.http.get(self.origin + path, headers=forwarded(address)) as answer:
            await answer.read()
            return "; ".join(f"{name}={morsel.value}" for name, morsel in answer.cookies.items())

    async def tab(self, path: str = "/", cookie: str | None = None, address: str = "") -> "Tab":
        """Open a page and its websocket, and wait until the page is filled. Without ``cookie``: as a new visitor."""
        cookies = await self.visit(path, address) if cookie is None else cookie
        url = f"{self.origin.replace('http', 'ws', 1)}{_NAMESPACE}/?EIO=4&transport=websocket&token={uuid.uuid4()}"
        headers = {"Origin": self.origin, "Cookie": cookies, **forwarded(address)}
        socket = await self.http.ws_connect(url, headers=headers, max_msg_size=0, compress=0)
        tab = Tab(socket, path)
        await tab.boot()
        return tab

    async def tabs(self, count: int, path: str = "/", cookies: list[str] | None = None) -> list["Tab"]:
        """Open ``count`` of them, ten at a time."""
        found: list[Tab] = []
        for first in range(0, count, 10):
            some = range(first, min(first + 10, count))
            found += await asyncio.gather(*(self.tab(path, cookies[one] if cookies else None) for one in some))
        return found


def forwarded(address: str) -> dict[str, str]:
    """Return the header with which a proxy in front of the portal says where a browser is; none without."""
    return {"X-Forwarded-For": address} if address else {}


class Tab:
    """One websocket: sends an event and waits for the update it causes."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, path: str) -> None:
        """Read ``socket`` from now on."""
        self.path = path
        self.updates = 0
        self.last = ""
        self._socket = socket
        self._waited: tuple[str, asyncio.Future[str]] | None = None
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._socket:
            frame: str = message.data
            if frame == "2":
                await self._socket.send_str("3")
            elif frame.startswith(_EVENT):
                self.updates += 1
                self.last = frame
                if self._waited is not None and self._waited[0] in frame and not self._waited[1].done():
                    self._waited[1].set_result(frame)
        if self._waited is not None and not self._waited[1].done():
            self._waited[1].set_exception(ConnectionError("the server closed the connection"))

    async def _asking(self, frame: str, text: str) -> str:
        answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waited = text, answered
        await self._socket.send_str(frame)
        try:
            async with asyncio.timeout(_PATIENCE):
                return await answered
        except TimeoutError:
            raise TimeoutError(f"{frame[60:150]} was not answered with {text}; last: {self.last[:400]}") from None

    @property
    def open(self) -> bool:
        """Whether the server has not ended the connection."""
        return not self._reader.done()

    async def boot(self) -> None:
        """Connect as a page does: its first event rides in the packet that opens the namespace."""
        await self._asking(f"40{_NAMESPACE},{json.dumps({'event': self._event('hydrate_and_load')})}", _READY)

    def _event(self, name: str, payload: Mapping[str, Any] | None = None) -> dict[str, Any]:
        place = {"pathname": self.path, "query": {}, "asPath": self.path}
        return {"name": f"{_ROOT}.{name}", "payload": dict(payload or {}), "router_data": place}

    def frame(self, name: str, payload: Mapping[str, Any] | None = None) -> str:
        """Return the event called ``name`` below the root state, as it is sent."""
        return f"42{_NAMESPACE},{json.dumps(['event', self._event(name, payload)])}"

    async def round_trip(self, frame: str, text: str = "") -> str:
        """Send an event's ``frame`` and return the update that it causes, the first one with ``text`` in it."""
        return await self._asking(frame, text)

    async def tell(self, frame: str) -> None:
        """Send an event's ``frame`` and wait for nothing."""
        await self._socket.send_str(frame)

    async def go(self, path: str) -> str:
        """Go to another page of the app, as its links do, and return the update with which it is filled.

        The whole state is sent only when a page connects; a link has the next page's load events done.
        """
        self.path = path
        return await self._asking(self.frame(_ON_LOAD), _READY)

    async def close(self) -> None:
        """Leave, as a closed tab does."""
        await self._socket.close()
        await self._reader
