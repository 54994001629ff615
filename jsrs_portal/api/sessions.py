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
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.services import sessions
from jsrs_portal.settings import get_settings

_INNER_PATH = re.compile(r"/(unit|my|institution)(/[a-z-]+)*")
EVERYBODYS = ("/sessions", "/notices")
"""Pages of whoever is signed in, in whatever role."""
CHOICE, PHONE = "/choose", "/m"
"""Where a person with several roles chooses one (R-2.4.9), and where a phone is taken into trust (R-2.4.3)."""
_GUIDE = re.compile(r"/matters/[a-z0-9-]{1,60}")


_CASE = re.compile(r"/(cases|applications)/[0-9a-f]{32}", re.ASCII)
"""One's own case: the page says so where it is not seen in the name that was logged in with."""


def landing(path: str, *, home: str) -> str:
    """Return where a login leads: the page on the way, if it is one of ``home``'s or a guide of ours, else home."""
    if path in (CHOICE, PHONE) and home == "/my":
        return path
    if path in EVERYBODYS:
        return path
    inner = _INNER_PATH.fullmatch(path) and f"{path}/".startswith(f"{home}/")
    return path if inner or _GUIDE.fullmatch(path) or _CASE.fullmatch(path) else home


def go(path: str, *, value: str = "") -> Response:
    """Return the answer that leads to ``path``, with the cookie ``value`` unless it is empty; nobody may keep it."""
    answer = RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})
    if value:
        answer.headers["Set-Cookie"] = cookie.set_cookie(value)
    return answer


async def who_asks(request: Request, *, passive: bool = True) -> Actor | actors.Ended | None:
    """Return who sends a request, as its cookie proves it; one that is not ``passive`` prolongs the session."""
    address = client_address(request.scope, get_settings().trusted_proxy_hops)
    proof = cookie.proof(cookie.read(request.headers.get("cookie", "")))
    return await actors.resolve(proof, address=address, passive=passive)


@public()
async def open_session(request: Request) -> Response:
    """``GET /session/open?ticket=…&next=…``: rotate the cookie into a (newly) signed-in one, once.

    The ticket belongs to one browser's session, a visitor's or that of somebody who chose another role.
    """
    who = await who_asks(request)
    ticket = request.query_params.get("ticket", "")
    if not isinstance(who, Actor) or who.staff_id or not 20 <= len(ticket) <= 100:
        return go("/login?reason=ticket")
    value, device = cookie.new_signed_in(), cookie.device(request.headers.get("cookie", ""))
    async with db.unit_of_work() as session:
        opened = await sessions.redeem_ticket(
            session,
            actor=who,
            ticket=ticket,
            cookie_key=cookie.session_key(value),
            user_agent=request.headers.get("user-agent", ""),
            device_key=cookie.session_key(device),
        )
    if opened is None:
        return go("/login?reason=ticket")
    home = "/institution" if opened.institution_id else "/unit" if opened.unit_id else "/my"
    answer = go(landing(request.query_params.get("next", ""), home=home), value=value)
    answer.headers.append("Set-Cookie", cookie.set_device_cookie(device))
    return answer


@public()
async def session_ended(request: Request) -> Response:
    """``GET /session/ended?because=…``: a browser whose session is over becomes a visitor again.

    A living session is left alone, so that a foreign page cannot log anybody out by a link. When several tabs leave at
    once, the first takes the cookie away; the others have only the reason that their page was told.
    """
    who = await who_asks(request)
    if isinstance(who, Actor):
        home = "/institution" if who.institution_id else "/unit" if who.unit_id else "/my" if who.signed_in else ""
        return go("/staff" if who.staff_id else home or _login_because(request.query_params.get("because", "")))
    reason = who.because.value.lower() if isinstance(who, actors.Ended) else ""
    login = "/staff/login" if isinstance(who, actors.Ended) and who.staff else "/login"
    return go(f"{login}?reason={reason}" if reason else "/", value=cookie.new_visitor())


def _login_because(reason: str) -> str:
    return f"/login?reason={reason}" if reason in {end.lower() for end in SessionEnd} else "/login"
