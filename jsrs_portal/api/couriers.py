"""What couriers tell us by themselves (R-2.6.4): kuaidi100's pushes, each to its parcel's own address."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jsrs_portal.access.policies import public
from jsrs_portal.api.bodies import read_body
from jsrs_portal.api.websocket import client_address
from jsrs_portal.gateways import gateways_here
from jsrs_portal.services import parcel_tracking
from jsrs_portal.settings import get_settings

MOST_BYTES = 256 * 1024
"""A way of two hundred reports has half of it."""
_NO_STORE = {"Cache-Control": "no-store"}
_ID = re.compile(r"[0-9a-f]{32}")


@public()
async def told(request: Request) -> Response:
    """``POST /courier/kuaidi100/{id}``: signed news of one parcel, answered as kuaidi100 wants it."""
    gateway, parcel_id = gateways_here().courier, request.path_params["id"]
    if gateway is None or not _ID.fullmatch(parcel_id):
        return _answer(404, "500", "没有这个快递")
    body = await read_body(request, MOST_BYTES)
    if body is None:
        return _answer(413, "500", "内容过大")
    address = client_address(request.scope, get_settings().trusted_proxy_hops)
    if await parcel_tracking.note_push(gateway, address=address, parcel_id=parcel_id, body=body):
        return _answer(200, "200", "成功")
    return _answer(401, "500", "签名不正确")


def _answer(status: int, code: str, message: str) -> Response:
    content = {"result": code == "200", "returnCode": code, "message": message}
    return JSONResponse(content, status, _NO_STORE)
