"""The outermost door: addresses that the framework's own router cannot match are refused before it sees them."""

import re

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from jsrs_portal.api.documents import SHARED_HEADERS

_NO_ADDRESS = re.compile(r"[\x00-\x1f\x7f]|/\.\.?(?:/|$)")
"""What no page of ours links to and no browser asks for, since it resolves dots itself.

Starlette mounts everything of ours under a pattern in which a line break does not occur, so a path with one went round
the portal; and ``/.`` is a folder to the server of static files. Both were redirected to whatever ``Host`` had said.
"""


class Door:
    """Wraps the whole application; a path with control characters or dots for folders does not exist."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse."""
        if scope["type"] == "lifespan" or not _NO_ADDRESS.search(scope["path"]):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            headers = SHARED_HEADERS | {"Cache-Control": "no-store"}
            await PlainTextResponse("Not Found", status_code=404, headers=headers)(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
