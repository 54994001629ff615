"""A clamd for tests and rehearsals: speaks INSTREAM, knows one thing only, and goes wrong in any way it is told to.

``python -m jsrs_portal.gateways.scanner.sandbox 3310`` starts one; the demonstration has none, files are taken unseen.
"""

import asyncio
import contextlib
import struct
import sys
from enum import Enum
from typing import Self

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every scanner calls a virus, so that it can be tried; written in two parts, or scanners would find it here."""
MOST_BYTES = 25 * 1024 * 1024
"""clamd's StreamMaxLength as it is shipped."""


class ClamdFault(Enum):
    """How an answer goes wrong."""

    HANG = "read, never answered"
    SLOW = "answered after a second"
    GARBAGE = "no words of clamd's"
    ENDLESS = "an answer without an end"
    CUT_OFF = "the answer breaks off"
    AWAY = "the connection ends before anything is read"
    ERROR = "clamd could not work on it"
    SIZE = "larger than clamd is set up for"
    TWICE = "the answer comes twice"


class ClamdSandbox:
    """Listens on a port of its own; ``fault`` holds for every answer until it is taken back."""

    def __init__(self, *, most: int = MOST_BYTES) -> None:
        """Take the largest stream it reads."""
        self._most = most
        self.fault: ClamdFault | None = None
        self.port = 0
        self.seen = 0

    async def start(self, port: int = 0) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        """Listen as long as the block lasts."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        self._server.close()

    async def serve(self) -> None:
        """Listen for ever."""
        await self._server.serve_forever()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if self.fault is not ClamdFault.AWAY and await reader.readuntil(b"\0") == b"zINSTREAM\0":
                writer.write(await self._answer(reader))
                await writer.drain()
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        content = bytearray()
        while length := struct.unpack(">I", await reader.readexactly(4))[0]:
            if len(content) + length > self._most or self.fault is ClamdFault.SIZE:
                return b"INSTREAM size limit exceeded. ERROR\0"
            content += await reader.readexactly(length)
        self.seen += 1
        said = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        match self.fault:
            case ClamdFault.HANG:
                await asyncio.sleep(60)
            case ClamdFault.SLOW:
                await asyncio.sleep(1)
            case ClamdFault.GARBAGE:
                return b"<html>\xff\0"
            case ClamdFault.ENDLESS:
                return b"stream: " + b"x" * 100_000
            case ClamdFault.CUT_OFF:
                return said[:8]
            case ClamdFault.ERROR:
                return b"stream: Can't allocate memory ERROR\0"
            case ClamdFault.TWICE:
                return said * 2
            case _:
                pass
        return said


async def _main(port: int) -> None:
    sandbox = ClamdSandbox()
    await sandbox.start(port)
    await sandbox.serve()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 3310))
