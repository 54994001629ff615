"""The session's routes: fetch a session with a ticket, leave it, and the phone's way to a face check (rule 2)."""

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jsrs_portal import db
from jsrs_portal.access import actor as actors
from jsrs_portal.access import cookie
from jsrs_portal.access.policies import public
from jsrs_portal.api.websocket import client_address
from jsrs_portal.domain.authority import Actor
from jsrs_portal.services import sessions
from jsrs_portal.settings import get_settings

_INNER_PATH = re.compile(r"/(unit|my)(/[a-z-]+)*")
_GUIDE = re.compile(r"/matters/[a-z0-9-]{1,60}")


def landing(path: str, *, for_unit: bool) -> str:
    """Return where a login leads: the page on the way, if it is an inner one or a guide of ours, else the centre."""
    home = "/unit" if for_unit else "/my"
    inner = _INNER_PATH.fullmatch(path) and path.startswith(home)
    return path if inner or _GUIDE.fullmatch(path) else home


def _go(path: str, *, value: str = "") -> Response:
    answer = RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})
    if value:
        answer.headers["Set-Cookie"] = cookie.set_cookie(value)
    return answer


async def _who(request: Request) -> Actor | actors.Ended | None:
    address = client_address(request.scope, get_settings().trusted_proxy_hops)
    proof = cookie.proof(cookie.read(request.headers.get("cookie", "")))
    return await actors.resolve(proof, address=address)


@public()
async def open_session(request: Request) -> Response:
    """``GET /session/open?ticket=…&next=…``: rotate the visitor's cookie into a signed-in one, once."""
    who = await _who(request)
    ticket = request.query_params.get("ticket", "")
    if not isinstance(who, Actor) or who.signed_in or not 20 <= len(ticket) <= 100:
        return _go("/login?reason=ticket")
    value = cookie.new_signed_in()
    async with db.unit_of_work() as session:
        opened = await sessions.redeem_ticket(
            session,
            actor=who,
            ticket=ticket,
            cookie_key=cookie.session_key(value),
            device=request.headers.get("user-agent", ""),
        )
    if opened is None:
        return _go("/login?reason=ticket")
    return _go(landing(request.query_params.get("next", ""), for_unit=bool(opened.unit_id)), value=value)


@public()
async def session_ended(request: Request) -> Response:
    """``GET /session/ended``: a browser whose session is over becomes a visitor again.

    A living session is left alone, so that a foreign page cannot log anybody out by a link.
    """
    who = await _who(request)
    if isinstance(who, Actor):
        return _go("/unit" if who.unit_id else "/my" if who.signed_in else "/login")
    reason = who.because.value.lower() if isinstance(who, actors.Ended) else ""
    return _go(f"/login?reason={reason}" if reason else "/", value=cookie.new_visitor())
