"""The phone's way from our QR code to the Alipay app and back (R-2.2.3)."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jsrs_portal import db
from jsrs_portal.access.policies import public
from jsrs_portal.services import face_links

_NO_STORE = {"Cache-Control": "no-store"}


def _go(path: str) -> Response:
    return RedirectResponse(path, status_code=303, headers=_NO_STORE)


@public()
async def scanned(request: Request) -> Response:
    """``GET /v/<token>``: what the QR code carries, short so that it stays coarse; says first what it is for."""
    token = request.path_params["token"]
    async with db.reading() as session:
        alive = await face_links.view_for_phone(session, token=token)
    return _go(f"/phone/face?check={token}" if alive else "/phone/over")


@public()
async def to_alipay(request: Request) -> Response:
    """``GET /v/<token>/go``: the person has read what the check is for and goes on to it."""
    async with db.reading() as session:
        address = await face_links.phone_address(session, token=request.path_params["token"])
    if address is None:
        return _go("/phone/over")
    return _go(address)


@public()
async def back_from_alipay(request: Request) -> Response:
    """``GET /v/<token>/back``: the phone returned; proves nothing, but now asking Alipay is worth while."""
    token = request.path_params["token"]
    if not face_links.is_link(token):  # nobody's invention costs a write
        return _go("/phone/over")
    async with db.unit_of_work() as session:
        await face_links.note_return(session, token=token)
    return _go("/phone/done")
