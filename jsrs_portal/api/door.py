"""The outermost door: addresses that the framework's own router cannot match are refused before it sees them."""

import re

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from jsrs_portal.api.documents import SHARED_HEADERS

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""Starlette mounts everything of ours under a pattern in which a line break does not occur. A path with one went round
the portal, and the router redirected it to whatever ``Host`` had said."""


class Door:
    """Wraps the whole application; a path with control characters, which no page of ours links to, does not exist."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse."""
        if scope["type"] == "lifespan" or not _CONTROL.search(scope["path"]):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            headers = SHARED_HEADERS | {"Cache-Control": "no-store"}
            await PlainTextResponse("Not Found", status_code=404, headers=headers)(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
