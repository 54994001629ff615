"""A man in the middle of the tests: it passes requests on to the simulators and tampers with what comes back."""

import asyncio
import re
from enum import Enum
from typing import Self


class Trick(Enum):
    """What it does."""

    ANSWER_TWICE = "the answer comes twice"
    OLD_ANSWER = "every request but the first gets an answer given before to the same method"
    ASK_TWICE = "the request is delivered twice, the second answer passed on"
    CUT_OFF = "the answer breaks off in the middle"
    TOO_MANY = "429 without asking anybody"


class Proxy:
    """Listens on a port of its own and passes everything on to ``target``."""

    def __init__(self, target: int, trick: Trick | None) -> None:
        self._target = target
        self._trick = trick
        self._answers: dict[bytes, bytes] = {}
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1])) if length else b""
            head = re.sub(rb"connection: *keep-alive", b"Connection: close", head, flags=re.IGNORECASE)
            writer.write(await self._answer(head, body))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, body: bytes) -> bytes:
        method = b"".join(re.findall(rb"method=([a-z.]+)", head)) or head.split(b" ")[1].split(b"?")[0]
        if self._trick is Trick.TOO_MANY:
            return b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"
        if self._trick is Trick.OLD_ANSWER and method in self._answers:
            return self._answers[method]
        answer = await self._ask(head + body)
        self._answers[method] = answer
        if self._trick is Trick.ASK_TWICE and b"certify.verify" not in method:
            answer = await self._ask(head + body)
        if self._trick is Trick.CUT_OFF:
            return answer[: answer.index(b"\r\n\r\n") + 6]
        return answer * 2 if self._trick is Trick.ANSWER_TWICE else answer

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._target)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        return answer
