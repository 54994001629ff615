# pyright: reportPrivateUsage=false
"""An answer goes to the browser that asked, not to whoever holds its client token by the time it is ready (rule 1)."""

from typing import Any

from reflex.app import App, EventNamespace
from reflex_base.event.context import EventContext

from jsrs_portal.access import handshake


def only_to_the_asking_browser(app: App) -> None:
    """Make ``app`` drop every update whose receiving socket has another cookie than the event that caused it.

    Updates for a socket on another worker are dropped too: it connected there after the event began, and a page that
    connects is sent everything anyway.
    """
    namespace = app.event_namespace
    if namespace is None:
        raise RuntimeError("the app has no websocket")
    send = namespace.emit_update

    async def emit_update(update: Any, token: str) -> None:
        if _same_browser(namespace, token):
            await send(update, token)

    namespace.emit_update = emit_update


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
