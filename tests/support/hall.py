"""The portal's own ASGI app in this process, around nothing: its routes, headers and deadlines without a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from jsrs_portal.api.app import Portal
from jsrs_portal.gateways import Gateways
from jsrs_portal.gateways.breaker import Breaker, Guard
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System

SYSTEMS = {
    "face": System.FACE,
    "sms_aliyun": System.SMS,
    "registry": System.REGISTRY,
    "identity": System.IDENTITY,
}


@asynccontextmanager
async def browser(app: Portal | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the app; what the app raises is raised here."""
    transport = httpx.ASGITransport(app=app or Portal(_nothing))
    async with httpx.AsyncClient(transport=transport, base_url="http://hall.example") as client:
        yield client


async def _nothing(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def black_hole() -> AsyncIterator[int]:
    """Give a port that takes connections and never says a word."""
    over = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()


def gateways() -> Gateways:
    """Return gateways that consist of their guards alone: three failures trip one."""
    guards = {name: Guard(system, Breaker(failures=3, window=60, pause=60)) for name, system in SYSTEMS.items()}
    return Gateways(face=None, sms=None, registry=None, identity=None, guards=guards)  # pyright: ignore


async def fail(found: Gateways, name: str, times: int = 3) -> None:
    """Have an outside system fail so many times in a row."""

    async def call() -> None:
        raise GatewayError(SYSTEMS[name], GatewayFailure.TIMEOUT)

    for _ in range(times):
        try:
            await found.guards[name].run(call)
        except GatewayError:
            continue
