"""The answering end of signed JSON, for the simulated registry and real-name check."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jsrs_portal import clock
from jsrs_portal.gateways import signed_json
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.simulation.faults import Fault, Faults, Mode
from jsrs_portal.gateways.simulation.store import Store

Result = tuple[int, Mapping[str, Any]]
BAD_REQUEST: Result = (400, {"code": "BAD_REQUEST", "message": "请求内容不符合接口约定"})


def signed_route(
    path: str,
    *,
    system: System,
    app_id: str,
    secret: str,
    store: Store,
    faults: Faults,
    answer: Callable[[dict[str, Any]], Awaitable[Result]],
) -> Route:
    """Return the route that believes signed requests only, each nonce once, and signs what ``answer`` gives."""

    async def respond(request: Request, fault: Fault) -> Response:
        body = await request.body()
        refused = signed_json.request_fault(
            request.headers, path=request.url.path, body=body, app_id=app_id, secret=secret
        )
        nonce = request.headers.get("x-nonce", "")
        if refused is None and not await store.use_nonce(system, nonce):
            refused = "NONCE_USED"
        if refused is not None:
            status, content = 401, {"code": refused, "message": "请求未通过验签"}
        elif fault.mode is Mode.BUSINESS_REFUSAL:
            status, content = 422, {"code": fault.code or "REFUSED", "message": "按演练要求拒绝"}
        else:
            status, content = await _answered(body, answer)
        return _signed(status, content, nonce, secret, fault)

    return Route(path, faults.around(system, respond), methods=["POST"])


async def _answered(body: bytes, answer: Callable[[dict[str, Any]], Awaitable[Result]]) -> Result:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return BAD_REQUEST
    return await answer(content) if isinstance(content, dict) else BAD_REQUEST


def _signed(status: int, content: Mapping[str, Any], nonce: str, secret: str, fault: Fault) -> Response:
    body = json.dumps(content, ensure_ascii=False).encode()
    age = 3600 if fault.mode is Mode.OLD_TIMESTAMP else 0
    timestamp = str(int(clock.now().timestamp()) - age)
    key = secret[::-1] + "?" if fault.mode is Mode.BAD_SIGNATURE else secret
    signature = signed_json.answer_signature(key, status=status, nonce=nonce, timestamp=timestamp, body=body)
    headers = {"X-Timestamp": timestamp, "X-Nonce": nonce, "X-Signature": signature}
    return Response(body, status, headers, "application/json; charset=utf-8")
