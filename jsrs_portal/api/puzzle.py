"""The pictures of a slider puzzle: for the browser it was given to, as long as it may be answered (R-2.5.2)."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jsrs_portal.access.policies import public
from jsrs_portal.api.sessions import who_asks
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.keys import key_of
from jsrs_portal.services import puzzles

MEDIA_TYPE = "image/webp"
_PARTS = ("ground", "piece")


@public()
async def puzzle_picture(request: Request) -> Response:
    """``GET /puzzle/{id}/ground`` or ``/piece``; 404 for anybody else's, and for one that is over."""
    who = await who_asks(request)
    part = request.path_params["part"]
    found = None
    if isinstance(who, Actor) and part in _PARTS:
        found = await puzzles.picture(actor=who, puzzle_id=key_of(request.path_params["id"]))
    if found is None:
        return PlainTextResponse("没有这张图片。", status_code=404, headers={"Cache-Control": "no-store"})
    content = found.ground if part == "ground" else found.piece
    return Response(content, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
