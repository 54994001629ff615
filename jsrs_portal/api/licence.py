"""What the licence system tells us by itself (R-2.4.6)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jsrs_portal.access.policies import public
from jsrs_portal.api.bodies import read_body
from jsrs_portal.api.websocket import client_address
from jsrs_portal.gateways import gateways_here
from jsrs_portal.services import licence_logins
from jsrs_portal.settings import get_settings

MOST_BYTES = 16 * 1024
_NO_STORE = {"Cache-Control": "no-store"}


@public()
async def told(request: Request) -> Response:
    """``POST /licence/callback``: a signed result. It logs nobody in: the browser that shows the code does, later."""
    gateway = gateways_here().licence
    if gateway is None:
        return JSONResponse({"accepted": False}, 404, _NO_STORE)
    body = await read_body(request, MOST_BYTES)
    if body is None:
        return JSONResponse({"accepted": False}, 413, _NO_STORE)
    address = client_address(request.scope, get_settings().trusted_proxy_hops)
    accepted = await licence_logins.note_callback(gateway=gateway, address=address, body=body)
    return JSONResponse({"accepted": accepted}, 200 if accepted else 401, _NO_STORE)
