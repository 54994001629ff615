"""Files of cases over HTTP: sent in parts, ended, fetched and looked at, by whose draft or case it is (R-2.6.3.3).

Everything here asks the cookie who it is, and the service asks again for the row; to everybody else there is no such
file. What changes something is believed only from a page of ours. Nothing is ever shown as it was sent: a file is
saved, or its pages are drawn anew.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial, wraps
from typing import Any
from urllib.parse import quote

import structlog
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from jsrs_portal import clock, db, file_store, previews
from jsrs_portal.access.policies import policy_of, requires
from jsrs_portal.api.bodies import Body, json_answer, read_body, refuse
from jsrs_portal.api.operation import NO_STORE
from jsrs_portal.api.sessions import who_asks
from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways import gateways_here
from jsrs_portal.services import case_files, limits
from jsrs_portal.services.case_file_checks import complete_upload
from jsrs_portal.services.staff_case_files import note_opened
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)
PNG = "image/png"
DOWNLOAD_SECONDS, COMPLETE_SECONDS = 300.0, 45.0
"""Deadlines of their own: a slow line fetches 20 MB, and a file is decoded and scanned before it is kept."""
TURNED_AWAY_SECONDS = 5.0
"""How long what a stranger sends is let come."""
_ONE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_PLACE = re.compile(r"0|[1-9][0-9]{0,5}", re.ASCII)
_LARGEST_JSON = 4096
_OWN_PAGE = ("none", "same-origin")
_STATUS = {
    "not_here": 404,
    "too_large": 413,
    "empty": 422,
    "no_field": 422,
    "bad_part": 422,
    "throttled": 429,
    "busy": 503,
    "no_room": 507,
}
"""By a refusal's code; every other one is a conflict with what is there: 409."""
_MALFORMED = Refusal("请求的格式不正确，请刷新页面后再试。", code="bad_part")

Work = Callable[[Request, Actor], Awaitable[Response]]
Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class NewUpload(Body):
    """A file that is about to be sent: for which case and field, its name and bytes, its SHA-256 if the browser can."""

    case: str = Field(pattern="^[0-9a-f]{32}$")
    field: str = Field(max_length=60)
    name: str = Field(max_length=500)
    size: int = Field(ge=0, le=1 << 40)
    digest: str = Field("", max_length=64)


class UploadAnswer(BaseModel):
    """Where to go on: ``have`` are the parts (from 0) that are there, each ``part_bytes`` long but the last."""

    id: str
    part_bytes: int
    parts: int
    have: list[int]


class FileAnswer(BaseModel):
    """What became of a file: STORED, UNCHECKED or REFUSED, and the sentence for the person when it is refused."""

    id: str
    state: str
    message: str


def _owners(*, writes: bool) -> Callable[[Work], Endpoint]:
    """Make an endpoint of work for somebody who may apply, and of reading for officers; for everybody else: 404."""

    def wrap(work: Work) -> Endpoint:
        @requires(Permission.APPLY, officers=None if writes else Permission.STAFF_CASES)
        @wraps(work)
        async def endpoint(request: Request) -> Response:
            policy = policy_of(endpoint)
            if not _from_our_page(request, writes=writes) or policy is None:
                return await _turned_away(request, writes=writes)
            who = await who_asks(request, passive=not writes)
            if not isinstance(who, Actor) or not policy.admits(who):
                return await _turned_away(request, writes=writes)
            return await work(request, who)

        return endpoint

    return wrap


async def _turned_away(request: Request, *, writes: bool) -> Response:
    """Refuse, once what is being sent has come: a connection that ends meanwhile would keep the answer from them."""
    if writes:
        with suppress(TimeoutError):  # not for as long as somebody likes
            async with asyncio.timeout(TURNED_AWAY_SECONDS):
                await read_body(request, rules.PART_BYTES)
    return _refused(rules.NOT_HERE, writes=writes)


def _from_our_page(request: Request, *, writes: bool) -> bool:
    """Tell whether a page of ours asks; browsers send Origin with everything that writes."""
    if request.headers.get("sec-fetch-site", "none") not in _OWN_PAGE:
        return False
    return not writes or request.headers.get("origin", "") in get_settings().allowed_origins


@_owners(writes=True)
async def begin(request: Request, actor: Actor) -> Response:
    """``POST /files``: begin an upload, or hear which parts of the same one are there."""
    body = await read_body(request, _LARGEST_JSON)
    if body is None:
        return _refused(rules.TOO_LARGE)
    try:
        asked = NewUpload.model_validate_json(body)
    except ValidationError:
        return _refused(_MALFORMED)
    async with db.unit_of_work() as session:
        upload = await case_files.begin_upload(
            session,
            actor=actor,
            case_id=asked.case,
            field=asked.field,
            name=asked.name,
            size=asked.size,
            digest=asked.digest,
        )
    if isinstance(upload, Refusal):
        return _refused(upload)
    answer = UploadAnswer(id=upload.id, part_bytes=upload.part_bytes, parts=upload.parts, have=list(upload.have))
    return json_answer(answer)


@_owners(writes=True)
async def part(request: Request, actor: Actor) -> Response:
    """``PUT /files/{id}/parts/{number}``: one part, as bytes; 204, and 204 again for the same one."""
    place = _PLACE.fullmatch(request.path_params["number"])
    file_id = _file_id(request)
    if not file_id or not place:
        return _refused(rules.NOT_HERE)
    content = await read_body(request, rules.PART_BYTES)
    if content is None:
        return _refused(rules.TOO_LARGE)
    refusal = await case_files.receive_part(actor=actor, file_id=file_id, number=int(place[0]), content=content)
    return _refused(refusal) if refusal else Response(status_code=204, headers={"Cache-Control": NO_STORE})


@_owners(writes=True)
async def complete(request: Request, actor: Actor) -> Response:
    """``POST /files/{id}/complete``: have it looked into once all parts are there; asked again, the same answer."""
    file_id = _file_id(request)
    if not file_id:
        return _refused(rules.NOT_HERE)
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.FILE_CHECK, actor.person_id, now=clock.now())
    if exceeded:
        return _refused(exceeded.refusal)
    outcome = await complete_upload(gateways_here().scanner, actor=actor, file_id=file_id)
    if isinstance(outcome, Refusal):
        return _refused(outcome)
    return json_answer(FileAnswer(id=outcome.id, state=outcome.state, message=outcome.sentence))


@_owners(writes=True)
async def remove(request: Request, actor: Actor) -> Response:
    """``DELETE /files/{id}``: take a file away, e.g. an upload that is cancelled; 204."""
    file_id = _file_id(request)
    if not file_id:
        return _refused(rules.NOT_HERE)
    async with db.unit_of_work() as session:
        refusal = await case_files.remove_file(session, actor=actor, file_id=file_id)
    return _refused(refusal) if refusal else Response(status_code=204, headers={"Cache-Control": NO_STORE})


@_owners(writes=False)
async def download(request: Request, actor: Actor) -> Response:
    """``GET /files/{id}``: the file as it was handed in, to be saved, never shown."""
    found = await _open(request, actor)
    if found is None:
        return _refused(rules.NOT_HERE, writes=False)
    await note_opened(actor=actor, file_id=found.id)
    headers = {
        **_PRIVATE,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Length": str(found.size),
    }
    content = file_store.contents(found.id, rules.parts(found.size))
    return StreamingResponse(content, media_type=found.media_type, headers=headers)


@_owners(writes=False)
async def page(request: Request, actor: Actor) -> Response:
    """``GET /files/{id}/pages/{number}``: a page of a document or picture, drawn anew as PNG."""
    place = _PLACE.fullmatch(request.path_params["number"])
    found = await _open(request, actor)
    number = int(place[0]) if place else 0
    if found is None or not 0 < number <= min(found.pages, rules.MOST_PAGES):
        return _refused(rules.NOT_HERE, writes=False)
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.FILE_PAGE, actor.person_id or actor.staff_id, now=clock.now())
    if exceeded:
        return _refused(exceeded.refusal, writes=False)
    await note_opened(actor=actor, file_id=found.id, page=number)
    try:
        drawn = await previews.draw_page(found.kind, partial(_whole, found.id, found.size), number)
    except OSError as error:  # TimeoutError among them
        log.error("file.not_drawn", file=found.id, error=type(error).__name__)
        return _refused(rules.BUSY, writes=False)
    except (previews.CannotShow, file_store.PartMissing):
        return _refused(rules.NOT_HERE, writes=False)
    return Response(drawn, media_type=PNG, headers=_PRIVATE)


_PRIVATE = {
    "Cache-Control": NO_STORE,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _whole(file_id: str, size: int) -> bytes:
    with file_store.open_file(file_id, size=size, part_bytes=rules.PART_BYTES) as content:
        return content.read()


async def _open(request: Request, actor: Actor) -> case_files.StoredFile | None:
    file_id = _file_id(request)
    if not file_id:
        return None
    async with db.reading() as session:
        found = await case_files.open_file(session, actor=actor, file_id=file_id)
    whole = found is not None and len(await file_store.parts_of(file_id)) == rules.parts(found.size)
    return found if whole else None  # a backup may know a file whose content it does not have


def _file_id(request: Request) -> str:
    found = _ONE.fullmatch(request.path_params["id"])
    return found[0] if found else ""


def _refused(refusal: Refusal, *, writes: bool = True) -> Response:
    """Return a refusal: JSON to a script, a sentence to whoever follows a link."""
    status = _STATUS.get(refusal.code, 409)
    if writes:
        return refuse(status, refusal.code, refusal.sentence)
    return PlainTextResponse(refusal.sentence, status, {"Cache-Control": NO_STORE})
