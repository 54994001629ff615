"""The driver's door: HTTP on this computer only, for the sites that are allowed, and for nobody who pretends."""

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from . import protocol
from .desk import Desk

ADDRESS = "127.0.0.1"
_LONG = {"Access-Control-Max-Age": "600", "Access-Control-Allow-Methods": "POST"}


def create_app(desk: Desk, *, allowed: Sequence[str], port: int) -> Starlette:
    """Return the app that serves ``desk`` to the origins in ``allowed``, under this computer's own names only."""
    names = {f"{ADDRESS}:{port}", f"localhost:{port}"}
    sites = frozenset(allowed)

    async def serve(request: Request) -> Response:
        # A page elsewhere may have its own name lead here (DNS rebinding): then the host is that name.
        if request.headers.get("host", "").lower() not in names:
            return PlainTextResponse("not this computer", 403)
        origin = request.headers.get("origin", "")
        if origin not in sites:
            return PlainTextResponse("this site is not allowed", 403, {"Vary": "Origin"})
        headers = {"Access-Control-Allow-Origin": origin, "Vary": "Origin", "Cache-Control": "no-store"}
        if request.method == "OPTIONS":
            if request.headers.get("access-control-request-private-network") == "true":
                headers["Access-Control-Allow-Private-Network"] = "true"
            return Response(status_code=204, headers=headers | _LONG)
        body = await _body(request)
        asked = None if body is None else protocol.parse(body)
        given = protocol.answer(protocol.INVALID) if asked is None else await _while_there(request, desk, origin, asked)
        return JSONResponse(given, headers=headers)

    return Starlette(routes=[Route("/", serve, methods=["POST", "OPTIONS"])])


async def _while_there(request: Request, desk: Desk, origin: str, asked: protocol.Request) -> Mapping[str, Any]:
    """Serve for as long as somebody waits: a page that was left takes the window that asks for a PIN along."""
    serving = asyncio.create_task(desk.serve(origin, asked))
    leaving = asyncio.create_task(_left(request))
    await asyncio.wait({serving, leaving}, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if serving.done():
        return serving.result()
    serving.cancel()
    return protocol.answer(protocol.CANCELLED)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        """The body has been read: nothing else comes."""


async def _body(request: Request) -> bytes | None:
    """Return the body, ``None`` if it is larger than any of ours."""
    found = b""
    try:
        async for part in request.stream():
            found += part
            if len(found) > protocol.MOST_BYTES:
                return None
    except ClientDisconnect:
        return None
    return found


def is_free(port: int) -> bool:
    """Tell whether nobody listens there. Granian shares a port with an earlier one of its kind without a word."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def serve(desk: Desk, *, allowed: Sequence[str], port: int) -> None:
    """Serve until told to stop. In this process, because the key, the terminal and the window are its own."""
    server = Server(
        create_app(desk, allowed=allowed, port=port),
        address=ADDRESS,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.error,
    )
    asyncio.run(server.serve())
