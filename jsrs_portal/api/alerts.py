"""The short address in a message about a login from a new device (R-2.4.8)."""

from starlette.requests import Request
from starlette.responses import Response

from jsrs_portal.access.policies import public
from jsrs_portal.api.sessions import go
from jsrs_portal.services.login_alerts import is_link


@public()
async def not_me(request: Request) -> Response:
    """``GET /n/<token>``: to the page that says which login it is about; nothing is looked up, nothing happens."""
    token = request.path_params["token"]
    return go(f"/not-me?token={token}" if is_link(token) else "/not-me")
