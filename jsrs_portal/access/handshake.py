# pyright: reportPrivateUsage=false
"""What of a websocket's handshake reaches events and the stored state: whose it is, never the cookie itself (rule 2).

Reflex keeps the handshake's headers in every state tree, and with Redis as a readable pickle. A session's secret has no
business there, so the headers are reduced when the connection opens: to what Reflex itself needs for addresses, and to
the proof that the cookie was worth.
"""

from collections.abc import Callable
from typing import Any

from reflex.app import App

from jsrs_portal.access import cookie
from jsrs_portal.domain.addresses import address_in

PROOF = "cookie"
"""The proof stands in the cookie's place: Reflex keeps that header, and never sends it to a browser."""
REGION = "x-jsrs-region"
_KEPT = ("host", "origin", "user-agent")


def keep_no_cookie(app: App) -> None:
    """Make ``app`` reduce the headers of every websocket before the first event sees them."""
    namespace = app.event_namespace
    if namespace is None:
        raise RuntimeError("the app has no websocket")
    build: Callable[[str, dict[str, Any]], dict[str, Any]] = namespace._build_static_router_data  # pyright: ignore

    def reduced(sid: str, environ: dict[str, Any]) -> dict[str, Any]:
        found = build(sid, environ)
        found["ip"] = address_in(str(found["ip"])) or str(found["headers"].get("asgi-scope-client", ""))
        found["headers"] = reduce_headers(found["headers"])
        return found

    namespace._build_static_router_data = reduced


def reduce_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return the few headers that are kept, with the proof and the region chosen instead of the cookies."""
    kept = {name: headers[name] for name in _KEPT if name in headers}
    sent = headers.get("cookie", "")
    return {**kept, PROOF: cookie.proof(cookie.read(sent)), REGION: cookie.read_region(sent)}


def region_in(router: dict[str, Any]) -> str:
    """Return the region code that the browser of an event remembers; "" for none."""
    headers: Any = router.get("headers")
    return str(headers.get(REGION, "")) if isinstance(headers, dict) else ""  # pyright: ignore


def proof_in(router: dict[str, Any]) -> str:
    """Return whose the connection of an event is, as :func:`cookie.proof` says it; "" for nobody's."""
    headers: Any = router.get("headers")
    return str(headers.get(PROOF, "")) if isinstance(headers, dict) else ""  # pyright: ignore
