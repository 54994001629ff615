"""What our JSON interfaces share: a body of limited length, read strictly, and a refusal in words."""

from pydantic import BaseModel, ConfigDict
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from jsrs_portal.api.operation import NO_STORE


class Body(BaseModel):
    """A request's JSON object, strictly."""

    model_config = ConfigDict(strict=True, extra="forbid", str_max_length=120, frozen=True)


class Refused(BaseModel):
    """Why not: a stable code, and a sentence for the person."""

    code: str
    message: str


async def read_body(request: Request, most: int) -> bytes | None:
    """Return the body, ``None`` as soon as it is larger than ``most``; what is announced is not believed.

    ``None`` as well for one that breaks off: nobody hears the answer, and anybody may break off, so it is no failure.
    """
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > most:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)


def refuse(status: int, code: str, sentence: str) -> Response:
    """Return a refusal that nobody may keep."""
    return JSONResponse(Refused(code=code, message=sentence).model_dump(), status, {"Cache-Control": NO_STORE})


def json_answer(content: BaseModel) -> Response:
    """Return an answer that nobody may keep."""
    return JSONResponse(content.model_dump(), headers={"Cache-Control": NO_STORE})
