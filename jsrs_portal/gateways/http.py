"""The one place that calls outside systems over HTTP: one deadline, one limit of size, one mapping of failures.

Every call opens a connection of its own. On a kept one, a request that meets the server's idle close fails in a way
that cannot be told from one that was carried out, and an SMS must not be sent twice for that.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import httpx

from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System

MOST_BYTES = 1 << 20
"""No answer of these systems comes near 1 MiB, but for revocation lists."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers (names in lower case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@lru_cache
def _tls() -> ssl.SSLContext:
    """Return the shared TLS context; building one costs tens of milliseconds."""
    return httpx.create_ssl_context()


async def call(
    system: System,
    method: str,
    url: str,
    *,
    timeout: float,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    most: int = MOST_BYTES,
) -> Answer:
    """Make one request, never repeat it, and return the answer below 500.

    Raises :class:`GatewayError`: UNREACHABLE when no connection came about, TIMEOUT when the request may have arrived
    but nothing came back within ``timeout`` seconds in all, BUSY for 429, BAD_ANSWER for 5xx and for oversized or
    broken answers.
    """
    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        raise GatewayError(system, GatewayFailure.MISCONFIGURED, "url", answered=False) from None
    limits = httpx.Timeout(timeout, connect=max(timeout / 2, 0.1))
    try:
        async with asyncio.timeout(timeout):
            client = httpx.AsyncClient(verify=_tls(), timeout=limits, trust_env=host not in _LOOPBACK)
            async with client, client.stream(method, url, headers=headers, content=body) as response:
                answer = await _read(system, response, most)
    except _NEVER_SENT as error:
        raise GatewayError(system, GatewayFailure.UNREACHABLE, type(error).__name__) from None
    except httpx.DecodingError:
        raise GatewayError(system, GatewayFailure.BAD_ANSWER, "encoding") from None
    except httpx.InvalidURL:
        raise GatewayError(system, GatewayFailure.MISCONFIGURED, "url", answered=False) from None
    except (httpx.HTTPError, TimeoutError) as error:
        raise GatewayError(system, GatewayFailure.TIMEOUT, type(error).__name__) from None
    if answer.status == 429:
        raise GatewayError(system, GatewayFailure.BUSY, "429")
    if answer.status >= 500:
        raise GatewayError(system, GatewayFailure.BAD_ANSWER, str(answer.status))
    return answer


async def _read(system: System, response: httpx.Response, most: int) -> Answer:
    """Read the body up to ``most`` bytes; ``Content-Length`` is not believed."""
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > most:
            raise GatewayError(system, GatewayFailure.BAD_ANSWER, "too_large")
        parts.append(part)
    return Answer(response.status_code, dict(response.headers), b"".join(parts))
