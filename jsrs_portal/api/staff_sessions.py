"""The officers' way from a login to a session: like people's (:mod:`.sessions`), with a cookie of its own kind."""

import re

from starlette.requests import Request
from starlette.responses import Response

from jsrs_portal import db
from jsrs_portal.access import cookie
from jsrs_portal.access.policies import public
from jsrs_portal.api.sessions import go, who_asks
from jsrs_portal.domain.authority import Actor
from jsrs_portal.services.staff_sessions import redeem_staff_ticket

_INNER_PATH = re.compile(r"/staff(/cases/[0-9a-f]{32}|(/[a-z-]+)*)", re.ASCII)
_AGAIN = "/staff/login?reason=ticket"


def staff_landing(path: str) -> str:
    """Return where an officer's login leads: the page on the way, if it is one of the officers', else their home."""
    return path if _INNER_PATH.fullmatch(path) and not path.startswith("/staff/login") else "/staff"


@public()
async def open_staff_session(request: Request) -> Response:
    """``GET /staff/session/open?ticket=…&next=…``: rotate the visitor's cookie into an officer's, once."""
    who = await who_asks(request)
    ticket = request.query_params.get("ticket", "")
    if not isinstance(who, Actor) or who.signed_in or who.staff_id or not 20 <= len(ticket) <= 100:
        return go(_AGAIN)
    value = cookie.new_staff()
    async with db.unit_of_work() as session:
        opened = await redeem_staff_ticket(
            session,
            actor=who,
            ticket=ticket,
            cookie_key=cookie.session_key(value),
            device=request.headers.get("user-agent", ""),
        )
    if opened is None:
        return go(_AGAIN)
    return go(staff_landing(request.query_params.get("next", "")), value=value)
