"""Choosing a region: remembered in a cookie of its own, and back to where one was (R-2.1.3)."""

import re
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jsrs_portal.access import cookie
from jsrs_portal.access.policies import public
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.settings import get_settings

_PATH = re.compile(r"(/[a-z0-9-]+)*/?")
_KEPT = frozenset({"q", "side", "audience", "category", "subcategory", "theme", "kind", "online", "next"})
"""Of a list's address the filters stay; where its page began does not mean anything elsewhere."""
_YEAR = 365 * 24 * 3600


def back_to(referer: str, code: str) -> str:
    """Return the page of ours that ``referer`` names, seen from region ``code``; anything else leads to the hall."""
    try:
        came_from = urlsplit(referer)
    except ValueError:
        came_from = urlsplit("")
    ours = f"{came_from.scheme}://{came_from.netloc}" in get_settings().allowed_origins
    path = came_from.path if ours and _PATH.fullmatch(came_from.path) else "/"
    tree = regions()
    if path.startswith("/cities"):
        city = tree.city_of(code)
        return f"/cities/{city.code}" if city else "/cities"
    query = [(name, value) for name, value in parse_qsl(came_from.query) if name in _KEPT] if ours else []
    return f"{path or '/'}?{urlencode([*query, ('region', code)])}"


@public()
async def choose_region(request: Request) -> Response:
    """``GET /region?code=…``: remember the region, go back to where one came from; unknown: the province."""
    code = regions().chosen(request.query_params.get("code", "")).code
    answer = RedirectResponse(
        back_to(request.headers.get("referer", ""), code), status_code=303, headers={"Cache-Control": "no-store"}
    )
    jar: SimpleCookie = SimpleCookie()
    jar[cookie.REGION] = code
    morsel = jar[cookie.REGION]
    morsel["path"], morsel["max-age"], morsel["samesite"], morsel["httponly"] = "/", _YEAR, "Lax", True
    if get_settings().https:
        morsel["secure"] = True
    answer.headers["Set-Cookie"] = morsel.OutputString()
    return answer
