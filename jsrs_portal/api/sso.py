"""省政务登录: to the province's platform and back (R-2.4.6)."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jsrs_portal.access import cookie
from jsrs_portal.access.policies import public
from jsrs_portal.api.sessions import go, who_asks
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.outside_logins import SsoProblem
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways import gateways_here
from jsrs_portal.services import sso_logins
from jsrs_portal.services.asserted_login import Confirm, Enter, Register

CONFIRM = "/login/confirm"
_OWN_PAGE = ("none", "same-origin")
"""What a browser says of an address that no foreign page led to (Sec-Fetch-Site)."""


@public()
async def start(request: Request) -> Response:
    """``GET /sso/start``: send this browser to the platform's login page; only a page of ours may begin that."""
    provider = gateways_here().sso
    if provider is None:
        return go("/login/other")
    if request.headers.get("sec-fetch-site", "none") not in _OWN_PAGE:
        return go("/login")
    who = await who_asks(request)
    if not isinstance(who, Actor) or who.signed_in or who.staff_id:
        return go("/session/ended")
    address = await sso_logins.send_away(actor=who, provider=provider)
    if isinstance(address, SsoProblem):
        return go(_login_because(address))
    return RedirectResponse(address, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


@public()
async def callback(request: Request) -> Response:
    """``GET /sso/callback?code=…&state=…``: the browser comes back from the platform."""
    who, provider = await who_asks(request), gateways_here().sso
    if provider is None or not isinstance(who, Actor):
        return go(_login_because(SsoProblem.STATE), value="" if isinstance(who, Actor) else cookie.new_visitor())
    if who.signed_in or who.staff_id:
        return go("/session/ended")
    pairs = request.query_params.multi_items()
    answer = dict(pairs)
    if len(answer) < len(pairs):  # said twice, and differently perhaps: no provider does that
        return go(_login_because(SsoProblem.PROVIDER))
    outcome = await sso_logins.come_back(actor=who, provider=provider, answer=answer)
    return go(_way_on(outcome))


def _way_on(outcome: Enter | Confirm | Register | Refusal | SsoProblem) -> str:
    if isinstance(outcome, Enter):
        return "/session/open?" + urlencode({"ticket": outcome.ticket})
    if isinstance(outcome, Confirm):
        return CONFIRM
    if isinstance(outcome, Register):
        return outcome.path
    return _login_because(outcome.code if isinstance(outcome, Refusal) else outcome)


def _login_because(reason: str) -> str:
    return "/login?" + urlencode({"reason": reason})
