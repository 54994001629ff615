"""Faults on demand: the next answers of a simulator go wrong in a chosen way, for tests and rehearsals.

``POST /_control/{system}`` with ``{"mode": "hang", "times": 2}`` changes the next two answers of that system's
interface; ``"code"`` names the refusal for ``business_refusal``; ``"minute_limit"`` switches the SMS provider's
one message per minute on or off. ``{"mode": "ok"}`` ends it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from jsrs_portal.gateways.errors import System

NAMES = frozenset({*System, "sms_tencent", "licence_callback", "courier_sf", "courier_callback"})
"""What faults can be ordered for: every system, second providers, and what some systems send by themselves."""
SLOW_SECONDS = 1.0
HANG_SECONDS = 120.0


class Mode(StrEnum):
    """The ways an answer can go wrong."""

    OK = "ok"
    HANG = "hang"
    """Carried out, but never answered."""
    SLOW = "slow"
    """Carried out and answered after a second."""
    ERROR500 = "error500"
    GARBAGE = "garbage"
    BAD_SIGNATURE = "bad_signature"
    """The answer's signature is wrong; the SMS provider, which signs nothing, says ours is."""
    OLD_TIMESTAMP = "old_timestamp"
    """The answer is an hour old; Alipay and the SMS provider, whose answers carry no time, say our request is."""
    BUSINESS_REFUSAL = "business_refusal"


@dataclass
class Fault:
    """A mode, how many answers it still holds for, and the code of a refusal."""

    mode: Mode = Mode.OK
    left: int = 0
    code: str = ""


class _Order(BaseModel):
    mode: Mode = Mode.OK
    times: int = Field(1, ge=0, le=1000)
    code: str = Field("", pattern=r"^[A-Za-z0-9_.-]{0,60}$")
    minute_limit: bool | None = None


Answering = Callable[[Request, Fault], Awaitable[Response]]


@dataclass
class Faults:
    """What has been ordered for each system; kept in memory, a restart ends it."""

    minute_limit: bool = False
    _ordered: dict[str, Fault] = field(default_factory=dict)

    def take(self, system: str) -> Fault:
        """Return how this answer is to go, and count it."""
        fault = self._ordered.get(system)
        if fault is None or fault.left <= 0:
            return Fault()
        fault.left -= 1
        return fault

    async def control(self, request: Request) -> Response:
        """``POST /_control/{system}``. Only JSON is read, so a foreign page's form cannot order anything."""
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return JSONResponse({"error": "application/json expected"}, 415)
        try:
            order = _Order.model_validate_json(await request.body())
        except (ValueError, ValidationError):
            order = None
        system = request.path_params["system"]
        if order is None or system not in NAMES:
            return JSONResponse({"error": "unknown system or mode"}, 422)
        self._ordered[system] = Fault(order.mode, order.times, order.code)
        if order.minute_limit is not None:
            self.minute_limit = order.minute_limit
        return JSONResponse({"system": system, "mode": order.mode, "times": order.times})

    def around(self, system: str, answer: Answering) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint that answers with ``answer`` unless something else has been ordered."""

        async def endpoint(request: Request) -> Response:
            fault = self.take(system)
            if fault.mode is Mode.ERROR500:
                return PlainTextResponse("Internal Server Error", 500)
            if fault.mode is Mode.GARBAGE:
                return HTMLResponse("<html><body>{not json \ud83c</body></html>".encode("utf-8", "replace"))
            response = await answer(request, fault)
            if fault.mode is Mode.SLOW:
                await asyncio.sleep(SLOW_SECONDS)
            if fault.mode is Mode.HANG:
                await _until_gone(request)
            return response

        return endpoint


async def _until_gone(request: Request) -> None:
    """Wait until the caller gives up."""
    waited = 0.0
    while waited < HANG_SECONDS and not await request.is_disconnected():
        await asyncio.sleep(0.1)
        waited += 0.1
