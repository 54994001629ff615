# pyright: reportPrivateUsage=false
"""An answer goes to the browser that asked, not to whoever holds its client token by the time it is ready (rule 1)."""

import asyncio
from contextlib import suppress
from typing import Any

from redis import RedisError
from reflex.app import App, EventNamespace
from reflex.utils.token_manager import RedisTokenManager, TokenManager
from reflex_base.event.context import EventContext
from socketio.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    ConnectionRefusedError as SocketRefused,
)

from jsrs_portal.access import handshake

_LINKING_SECONDS = 8.0
"""For as long a Redis that hangs is waited for; the browser tries again by itself."""


def only_to_the_asking_browser(app: App) -> None:
    """Make ``app`` drop every update whose receiving socket has another cookie than the event that caused it.

    Updates for a socket on another worker are dropped too: it connected there after the event began, and a page that
    connects is sent everything anyway.
    """
    namespace = app.event_namespace
    if namespace is None:
        raise RuntimeError("the app has no websocket")
    _link_one_after_the_other(namespace._token_manager)
    send = namespace.emit_update

    async def emit_update(update: Any, token: str) -> None:
        if _same_browser(namespace, token):
            await send(update, token)

    namespace.emit_update = emit_update


def _link_one_after_the_other(sockets: TokenManager) -> None:
    """Let no two servers give the same token to two sockets at the same instant.

    Reflex looks whether a token is in use and then takes it; of two tabs that connect between the two, one would never
    be answered. A Redis that cannot be asked refuses the connection: the page says that it has none, and tries again.
    """
    if not isinstance(sockets, RedisTokenManager):
        return
    link = sockets.link_token_to_sid

    async def link_alone(token: str, sid: str) -> str | None:
        turn = sockets.redis.lock(f"jsrs:linking:{token}", timeout=5, blocking_timeout=3)
        try:
            async with asyncio.timeout(_LINKING_SECONDS):
                try:
                    mine = await turn.acquire()
                except RedisError:
                    mine = False
                try:
                    return await link(token, sid)
                finally:
                    if mine:
                        with suppress(RedisError):
                            await turn.release()
        except (TimeoutError, RedisError):  # anything else would leave the page waiting, without a word
            raise SocketRefused("try again later") from None

    sockets.link_token_to_sid = link_alone


def _same_browser(namespace: EventNamespace, token: str) -> bool:
    sockets = namespace._token_manager
    record = sockets.token_to_socket.get(token)
    if record is None or record.instance_id != sockets.instance_id:
        return False
    try:
        asking = EventContext.get().router_data
    except LookupError:
        return False
    return handshake.proof_in(namespace._static_router_data.get(record.sid, {})) == handshake.proof_in(asking)
