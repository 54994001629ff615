"""Where the address in a login QR code leads a phone that opens it with its camera (R-2.4.3)."""

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jsrs_portal.access.policies import public

_CODE = re.compile(r"[A-Za-z0-9_-]{43}")


@public()
async def scanned(request: Request) -> Response:
    """``GET /q/<code>``: to the phone's page; nothing happens until the person presses there."""
    code = request.path_params["code"]
    path = f"/m?code={code}" if _CODE.fullmatch(code) else "/m"
    return RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})
