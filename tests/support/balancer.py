"""A load balancer for tests: connections go to the servers in turn, can all be cut, and are counted."""

import asyncio
import contextlib
import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Balancer:
    """Passes TCP connections on ``port`` to ``servers`` (ports on this machine) one after the other.

    A server that does not answer is passed over, as a balancer with health checks does.
    """

    port: int
    servers: list[int]
    carried: Counter[int] = field(default_factory=Counter)
    """How many connections each server was given."""
    asked: Counter[int] = field(default_factory=Counter)
    """How many websockets each server was given."""
    only: int | None = None
    """The one server that new connections go to, while a test says so."""
    _turn: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop = field(init=False)

    def __enter__(self) -> "Balancer":
        """Begin to listen."""
        self._loop, ready = asyncio.new_event_loop(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10), "the balancer does not listen"
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening and cut what is open; it may begin again afterwards."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        assert self._thread is not None
        self._thread.join(10)

    def cut(self) -> None:
        """Cut every open connection, as a network that fails for a moment."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    async def _cut(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self._loop.call_soon(ready.set)
        self._loop.run_forever()
        server.close()
        self._loop.close()

    async def _reach(self) -> tuple[int, asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Connect to the server whose turn it is, or to the next that answers."""
        for _ in self.servers:
            self._turn += 1
            port = self.only or self.servers[self._turn % len(self.servers)]
            with contextlib.suppress(OSError):
                return port, *(await asyncio.open_connection("127.0.0.1", port))
        return None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = await self._reach()
        if found is None:
            writer.transport.abort()
            return
        port, far_reader, far_writer = found
        self.carried[port] += 1
        self._open |= {writer, far_writer}
        try:
            first = await reader.read(65536)
            self.asked[port] += first.startswith(b"GET /_event")
            far_writer.write(first)
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        except OSError:
            pass
        finally:
            self._open -= {writer, far_writer}
            for end in (writer, far_writer):
                end.transport.abort()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass on what comes until it ends; then the other direction ends too."""
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    finally:
        if target.can_write_eof():
            with contextlib.suppress(OSError):
                target.write_eof()
