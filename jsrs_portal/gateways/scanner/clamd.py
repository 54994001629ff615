"""ClamAV's daemon by its own protocol: ``zINSTREAM``, parts with their length, an empty one, one line back.

See clamd(8). A connection per file; the protocol has neither encryption nor a password, so clamd belongs on the same
machine, at 127.0.0.1 or a socket in the file system.
"""

import asyncio
import contextlib
import re
import struct
from collections.abc import AsyncIterable

from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.scanner.port import Verdict

_LONGEST = 1_000
"""Characters of an answer: a name, no more."""
_FOUND = re.compile(r"stream: (.{1,200}) FOUND")


class ClamdScanner:
    """Implements :class:`jsrs_portal.gateways.scanner.port.Scanner`."""

    def __init__(self, *, host: str, port: int, timeout: float) -> None:
        """Take clamd's address, or the path of its socket as ``host``, and the seconds until it counts as hanging."""
        self._host, self._port, self._timeout = host, port, timeout

    async def scan(self, content: AsyncIterable[bytes], *, seconds: float | None = None) -> Verdict:
        """Send a file and read the verdict."""
        limit = seconds or self._timeout
        try:
            async with asyncio.timeout(limit):
                reader, writer = await self._connect(limit / 2)
                try:
                    return _verdict(await _ask(reader, writer, content))
                finally:
                    writer.close()
        except TimeoutError:
            raise _failed(GatewayFailure.TIMEOUT, "timeout") from None

    async def _connect(self, limit: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            async with asyncio.timeout(limit):
                if self._host.startswith("/"):
                    return await asyncio.open_unix_connection(self._host, limit=_LONGEST)
                return await asyncio.open_connection(self._host, self._port, limit=_LONGEST)
        except (OSError, TimeoutError) as error:
            raise _failed(GatewayFailure.UNREACHABLE, type(error).__name__) from None


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, content: AsyncIterable[bytes]) -> str:
    """Send everything and return the answer; what clamd says before the end, it says instead of reading on."""
    with contextlib.suppress(ConnectionError):
        writer.write(b"zINSTREAM\0")
        async for part in content:
            writer.write(struct.pack(">I", len(part)) + part)
            await writer.drain()
        writer.write(struct.pack(">I", 0))
        await writer.drain()
    try:
        answer = await reader.readuntil(b"\0")
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise _failed(GatewayFailure.TIMEOUT, type(error).__name__) from None
    except asyncio.LimitOverrunError:
        raise _failed(GatewayFailure.BAD_ANSWER, "too_large") from None
    return answer[:-1].decode("utf-8", "replace").strip()


def _verdict(answer: str) -> Verdict:
    if answer == "stream: OK":
        return Verdict()
    if found := _FOUND.fullmatch(answer):
        return Verdict(found[1])
    if answer.startswith("INSTREAM size limit exceeded"):
        raise _failed(GatewayFailure.MISCONFIGURED, "size_limit")
    raise _failed(GatewayFailure.BAD_ANSWER, "error" if answer.endswith("ERROR") else "unknown")


def _failed(failure: GatewayFailure, code: str) -> GatewayError:
    return GatewayError(System.SCANNER, failure, code)
