"""The websocket's guard: origin, connections per address, message size and rate (architecture, documents)."""

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jsrs_portal.api import frames, metrics
from jsrs_portal.domain.addresses import address_in, source_of
from jsrs_portal.settings import Settings

log = structlog.get_logger(__name__)

LARGEST_MESSAGE = 64 * 1024
"""Bytes in one websocket message; the largest honest one, a form, is under 10 KB."""
SOURCE_FACTOR = 8
"""All connections of a source together may send so many times what one may: an office, not a machine."""
_TOKEN = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_POLICY_VIOLATION, _TOO_BIG, _SERVICE_RESTART, _TRY_LATER = 1008, 1009, 1012, 1013


@dataclass
class Line:
    """An open connection of this process; ``loaded`` once its page has asked for its data over it."""

    loaded: bool = False
    _is_cut: bool = False
    _reading: asyncio.Task[Any] | None = None

    def cut(self) -> None:
        """End it. The page says so, comes again by itself, and keeps what was typed (R-2.2.8)."""
        self._is_cut = True
        if self._reading is not None:
            self._reading.cancel()

    async def next(self, receive: Receive) -> Message | None:
        """Return what comes next; ``None`` when it was cut. The server closes nothing while somebody receives."""
        if self._is_cut:
            return None
        self._reading = reading = asyncio.current_task()
        try:
            return await receive()
        except asyncio.CancelledError:
            if not self._is_cut or reading is None:
                raise
            reading.uncancel()
            return None
        finally:
            self._reading = None


_lines: dict[str, Line] = {}


def line_of(token: str) -> Line | None:
    """Return the connection of a client token, if this process holds it."""
    return _lines.get(token)


def client_address(scope: Scope, trusted_hops: int) -> str:
    """Return the client's address: the peer's, or what the configured chain of proxies in front says.

    What is no address there stands for nobody: the peer counts then.
    """
    peer = (scope.get("client") or ("", 0))[0]
    if trusted_hops:
        lines = [value for name, value in scope.get("headers") or [] if name == b"x-forwarded-for"]
        forwarded = b",".join(lines).decode("latin-1")
        hops = [part.strip() for part in forwarded.split(",") if part.strip()]
        if len(hops) >= trusted_hops:
            return address_in(hops[-trusted_hops]) or str(peer)
    return str(peer)


class _Pace:
    """How fast one source may send over all its connections; beyond that its messages are taken later, not refused."""

    def __init__(self, rate: float) -> None:
        self._rate, self._allowance, self._last = rate, rate, time.monotonic()

    def wait(self) -> float:
        """Take one message's turn and return how many seconds it has to wait for it."""
        now = time.monotonic()
        self._allowance = min(self._rate, self._allowance + (now - self._last) * self._rate) - 1
        self._last = now
        return max(0.0, -self._allowance / self._rate)


class WebsocketGuard:
    """Wraps an ASGI app; everything but websockets passes untouched."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        """Guard ``app`` with the limits of ``settings``."""
        self._app = app
        self._settings = settings
        self._origins = frozenset(settings.allowed_origins)
        self._open: Counter[str] = Counter()
        self._paces: dict[str, _Pace] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a foreign origin or one connection too many; close on a message too big or too many."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        origin = dict(scope.get("headers") or []).get(b"origin", b"").decode("latin-1")
        address = source_of(client_address(scope, self._settings.trusted_proxy_hops))
        if origin not in self._origins:
            await self._refuse(receive, send, _POLICY_VIOLATION, "origin")
            return
        token = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if not _TOKEN.fullmatch(token):
            await self._refuse(receive, send, _POLICY_VIOLATION, "token")
            return
        if self._open[address] >= self._settings.connections_per_address:
            await self._refuse(receive, send, _TRY_LATER, "connections")
            return
        self._open[address] += 1
        metrics.SOCKETS.inc()
        line = _lines[token] = Line()
        try:
            pace = self._paces.setdefault(address, _Pace(self._settings.events_per_second * SOURCE_FACTOR))
            await self._app(scope, self._counted(line, receive, send, pace), send)
        finally:
            metrics.SOCKETS.dec()
            if _lines.get(token) is line:
                del _lines[token]
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]
                self._paces.pop(address, None)

    async def _refuse(self, receive: Receive, send: Send, code: int, reason: str) -> None:
        log.warning("websocket.refused", reason=reason)
        metrics.SOCKETS_REFUSED.labels(reason).inc()
        await receive()
        await send({"type": "websocket.close", "code": code})

    def _counted(self, line: Line, receive: Receive, send: Send, pace: _Pace) -> Receive:
        rate = self._settings.events_per_second
        burst = rate * 2.0
        allowance, last = burst, time.monotonic()

        async def counted() -> Message:
            nonlocal allowance, last
            message = await line.next(receive)
            if message is None:
                await send({"type": "websocket.close", "code": _SERVICE_RESTART})
                return {"type": "websocket.disconnect", "code": _SERVICE_RESTART}
            if message["type"] != "websocket.receive":
                return message
            now = time.monotonic()
            allowance = min(burst, allowance + (now - last) * rate) - 1
            last = now
            size = _size(message)
            fits = size <= LARGEST_MESSAGE and frames.is_ours(message.get("text") or "")
            if fits and allowance >= 0:
                if (seconds := pace.wait()) > 0:
                    await asyncio.sleep(seconds)
                return message
            code, reason = _POLICY_VIOLATION, "rate" if allowance < 0 else "frame"
            if size > LARGEST_MESSAGE:
                code, reason = _TOO_BIG, "size"
            log.warning("websocket.closed", reason=reason)
            metrics.SOCKETS_REFUSED.labels(reason).inc()
            await send({"type": "websocket.close", "code": code})
            return {"type": "websocket.disconnect", "code": code}

        return counted


def _size(message: dict[str, Any] | Message) -> int:
    return len(message.get("bytes") or b"") or len((message.get("text") or "").encode())
