"""Where the address in a login QR code leads a phone that opens it with its camera (R-2.4.3)."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from jsrs_portal.access import cookie
from jsrs_portal.access.policies import public
from jsrs_portal.api.sessions import PHONE, go, who_asks
from jsrs_portal.domain.authority import Actor
from jsrs_portal.services import scan_logins

_BY_HAND = ("none", "same-origin")
"""What a browser says of an address that nobody's page led to (Sec-Fetch-Site)."""


@public()
async def scanned(request: Request) -> Response:
    """``GET /q/<code>``: to the phone's page; nothing happens until the person presses there.

    The page takes the code only with our signature for this browser, which is given to whoever came here by camera. A
    link on another page does not get it: somebody else's code behind a link is how people are tricked into confirming.
    """
    code = request.path_params["code"]
    if request.headers.get("sec-fetch-site", "none") not in _BY_HAND:
        return go(f"{PHONE}?reason=link")
    who = await who_asks(request)
    value = "" if isinstance(who, Actor) else cookie.new_visitor()
    key = who.session_key if isinstance(who, Actor) else cookie.session_key(value)
    arrival = scan_logins.sign_arrival(code, key)
    return go(f"{PHONE}?{urlencode({'code': code, 'arrival': arrival})}" if arrival else PHONE, value=value)
