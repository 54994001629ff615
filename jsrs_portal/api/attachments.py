"""Files that are sent to a browser: what may be fetched is decided by the row they hang on (rule 2)."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jsrs_portal import db
from jsrs_portal.access.policies import public
from jsrs_portal.services.catalog_announcements import attached_file

_NUMBER = re.compile(r"[1-9][0-9]?", re.ASCII)
_NOTHING_RUNS = "default-src 'none'; sandbox"


@public()
async def announcement_file(request: Request) -> Response:
    """``GET /announcements/{key}/files/{number}``: a file of a published announcement, to be saved, never shown.

    Drafts and what was withdrawn have none: 404. ``If-None-Match`` is honoured without reading the file.
    """
    key, number = request.path_params["key"], request.path_params["number"]
    if not _NUMBER.fullmatch(number):
        return _no_such_file()
    known = request.headers.get("if-none-match", "").removeprefix("W/").strip('"')
    async with db.reading() as session:
        file = await attached_file(session, key=key, number=int(number), known=known)
    if file is None:
        return _no_such_file()
    headers = {"ETag": f'"{file.digest}"', "Cache-Control": "public, max-age=300"}
    if file.content is None:
        return Response(status_code=304, headers=headers)
    headers |= {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": _NOTHING_RUNS,
    }
    return Response(file.content, media_type=file.media_type, headers=headers)


def _no_such_file() -> Response:
    return PlainTextResponse("没有这个附件，它可能已经撤下。", status_code=404, headers={"Cache-Control": "no-store"})
