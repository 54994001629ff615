"""The simulated Alipay: ``gateway.do`` for the portal, and the person's decision (protocol reference §1.4, §1.5).

It offers both face products; an id of one is unknown to the other.

Like the real one it checks app_id, time and signature, signs its answers, escapes ``/`` in them, lets a certify_id
live for 23 hours and decides it once. It keeps of a person no more than the masked name it shows.
"""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from jsrs_portal import clock
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.face import alipay_h5, alipay_open, signing
from jsrs_portal.gateways.face.sandbox_pages import RESULTS, certify_page, expired, notice
from jsrs_portal.gateways.simulation.faults import Fault, Faults, Mode
from jsrs_portal.gateways.simulation.pages import is_web_address
from jsrs_portal.gateways.simulation.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS face_checks (
    certify_id TEXT PRIMARY KEY, order_no TEXT NOT NULL UNIQUE, masked_name TEXT NOT NULL,
    return_url TEXT NOT NULL, created_at REAL NOT NULL, result TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS face_h5_checks (certify_id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE) WITHOUT ROWID;
"""
CLOCK_SKEW = timedelta(minutes=15)
_BIZ_CODES = ("FACE", "SMART_FACE", "CERT_PHOTO", "CERT_PHOTO_FACE")
_REQUIRED = {
    "app_id": "isv.missing-app-id",
    "method": "isv.missing-method",
    "sign_type": "isv.missing-signature-type",
    "sign": "isv.missing-signature",
    "timestamp": "isv.missing-timestamp",
    "version": "isv.missing-version",
}
_CERT_TYPES = (
    "IDENTITY_CARD",
    "HOME_VISIT_PERMIT_HK_MC",
    "HOME_VISIT_PERMIT_TAIWAN",
    "RESIDENCE_PERMIT_HK_MC",
    "RESIDENCE_PERMIT_TAIWAN",
    "PERMANENT_RESIDENCE_FOREIGNER",
)
_SELECT = (
    "SELECT c.*, coalesce(h.token, '') AS token FROM face_checks c"
    " LEFT JOIN face_h5_checks h ON h.certify_id = c.certify_id"
)
_FAIL_REASONS = {"fail": "Z1147", "cancel": "USER_CANCEL"}
Reply = dict[str, str]


class FaceSimulator:
    """Holds the app's public key, which it checks with, and its own private key, which it signs with."""

    def __init__(
        self, *, app_id: str, app_key: RSAPublicKey, own_key: RSAPrivateKey, store: Store, faults: Faults
    ) -> None:
        """Take the one app it knows, the keys, and what all simulators share."""
        self._app_id = app_id
        self._app_key = app_key
        self._own_key = own_key
        self._store = store
        self._faults = faults

    def routes(self) -> list[Route]:
        """Return the gateway, the page and its form."""
        return [
            Route("/gateway.do", self._faults.around(System.FACE, self.gateway), methods=["POST"]),
            Route("/gateway.do", self.certify_page, methods=["GET"]),
            Route("/face/{certify_id:str}", self.decide, methods=["POST"]),
            Route("/face/h5/{token:str}", self.h5_page, methods=["GET"]),
        ]

    def _handlers(self, request: Request) -> dict[str, Callable[[dict[str, Any]], Awaitable[Reply]]]:
        """Return what answers each method of both products."""
        return {
            alipay_open.INITIALIZE: lambda content: self._initialize(content, h5=False),
            alipay_open.QUERY: lambda content: self._query(content, h5=False),
            alipay_h5.INITIALIZE: lambda content: self._initialize(content, h5=True),
            alipay_h5.VERIFY: lambda content: self._verify(content, str(request.base_url)),
            alipay_h5.QUERY: lambda content: self._query(content, h5=True),
        }

    async def gateway(self, request: Request, fault: Fault) -> Response:
        """``POST /gateway.do``: every parameter in the query, in the body, or some here and some there."""
        pairs = request.query_params.multi_items() + parse_qsl((await request.body()).decode("utf-8", "replace"))
        params = dict(pairs)
        method = params.get("method", "")
        reply = _error("40002", "isv.invalid-parameter") if len(params) < len(pairs) else self._fault(params)
        if reply is None and not self._is_recent(params["timestamp"]):
            reply = _error("40002", "isv.invalid-timestamp")
        if reply is None and fault.mode is Mode.OLD_TIMESTAMP:
            reply = _error("40002", "isv.invalid-timestamp")
        if reply is None and fault.mode is Mode.BUSINESS_REFUSAL:
            reply = _error("40004", fault.code or "ILLEGAL_ARGUMENT_FORMAT")
        handler = self._handlers(request).get(method)
        if reply is None:
            content = _json_object(params.get("biz_content", ""))
            reply = await handler(content) if handler else _error("40002", "isv.invalid-method")
        node = method.replace(".", "_") + "_response" if handler else "error_response"
        return self._signed(node, reply, spoiled=fault.mode is Mode.BAD_SIGNATURE)

    def _fault(self, params: dict[str, str]) -> Reply | None:
        """Return the gateway's refusal of a request whose frame or signature is wrong."""
        for name, code in _REQUIRED.items():
            if not params.get(name):
                return _error("40001", code)
        if params["app_id"] != self._app_id:
            return _error("40002", "isv.invalid-app-id")
        if params["sign_type"] != "RSA2":
            return _error("40002", "isv.invalid-signature-type")
        if params.get("charset", "utf-8").lower() != "utf-8":
            return _error("40002", "isv.invalid-charset")
        if not signing.verifies(signing.string_to_sign(params), params["sign"], self._app_key):
            return _error("40002", "isv.invalid-signature")
        return None

    @staticmethod
    def _is_recent(timestamp: str) -> bool:
        try:
            sent = datetime.strptime(timestamp, "%Y-%m-%d %H:%M:%S").replace(tzinfo=clock.BEIJING)
        except ValueError:
            return False
        return abs(clock.now() - sent) <= CLOCK_SKEW

    def _signed(self, node: str, reply: Reply, *, spoiled: bool) -> Response:
        raw = json.dumps(reply, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        signature = signing.sign(raw + " " if spoiled else raw, self._own_key)
        return Response(f'{{"{node}":{raw},"sign":"{signature}"}}', media_type="text/html;charset=utf-8")

    async def _initialize(self, content: dict[str, Any], *, h5: bool) -> Reply:
        person = _json_object(content.get("identity_param"))
        merchant = _json_object(content.get("merchant_config"))
        refused = "INVALID_PARAMETER" if h5 else "ILLEGAL_ARGUMENT_FORMAT"
        order_no, back = content.get("outer_order_no"), merchant.get("return_url") or ""
        name, number = person.get("cert_name"), person.get("cert_no")
        if not (
            isinstance(order_no, str)
            and re.fullmatch(r"[A-Za-z0-9]{1,32}", order_no)
            and content.get("biz_code") in ((alipay_h5.BIZ_CODE,) if h5 else _BIZ_CODES)
            and person.get("identity_type") == "CERT_INFO"
            and person.get("cert_type") in (_CERT_TYPES[:1] if h5 else _CERT_TYPES)
            and isinstance(name, str)
            and 0 < len(name.strip()) <= 64
            and isinstance(number, str)
            and re.fullmatch(r"[A-Za-z0-9()]{5,32}", number)
            and merchant.get("face_reserve_strategy", "reserve") in ("reserve", "never")
            and isinstance(back, str)
            and (not back or is_web_address(back))
        ):
            return _error("40004", refused)
        certify_id = clock.new_id()
        async with self._store.transaction() as connection:
            row = (certify_id, order_no, mask_name(name), back, clock.now().timestamp())
            cursor = await connection.execute(
                "INSERT INTO face_checks (certify_id, order_no, masked_name, return_url, created_at)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                row,
            )
            if h5 and cursor.rowcount == 1:
                await connection.execute("INSERT INTO face_h5_checks VALUES (?, ?)", (certify_id, clock.new_token()))
        if cursor.rowcount != 1:  # the order number has been used
            return _error("40004", refused)
        return {"code": "10000", "msg": "Success", "certify_id": certify_id}

    async def _verify(self, content: dict[str, Any], base: str) -> Reply:
        """Give the address of an H5 check's page, the same one every time."""
        check = await self._check(content.get("certify_id"))
        if check is None or not check["token"]:
            return _error("40004", "OPEN_CERTIFY_BILL_NOT_EXIST")
        return {"code": "10000", "msg": "Success", "certify_url": f"{base}face/h5/{check['token']}"}

    async def _query(self, content: dict[str, Any], *, h5: bool) -> Reply:
        check = await self._check(content.get("certify_id"))
        if check is None or bool(check["token"]) is not h5:
            return _error("40004", "OPEN_CERTIFY_BILL_NOT_EXIST")
        if expired(check):
            return _error("40004", "CERTIFY_ID_EXPIRED")
        reply = {"code": "10000", "msg": "Success", "passed": "T" if check["result"] == "pass" else "F"}
        reason = _FAIL_REASONS.get(check["result"])
        return reply | ({"fail_reason": reason} if reason else {})

    async def _check(self, certify_id: object) -> dict[str, Any] | None:
        """Return a check; one of the H5 product has a token."""
        found = await self._store.rows(f"{_SELECT} WHERE c.certify_id = ?", str(certify_id))
        return dict(found[0]) if found else None

    async def h5_page(self, request: Request) -> Response:
        """``GET /face/h5/{token}``: the page of an H5 check; its unguessable address is the permission."""
        found = await self._store.rows(f"{_SELECT} WHERE h.token = ?", request.path_params["token"])
        if not found:
            return notice("链接无效", "请回到办事大厅重新获取二维码。", status=400)
        return certify_page(dict(found[0]))

    async def certify_page(self, request: Request) -> Response:
        """``GET /gateway.do``: the page behind the QR code. Its signature counts, its age is the certify_id's."""
        params = dict(request.query_params.multi_items())
        genuine = len(params) == len(request.query_params.multi_items()) and self._fault(params) is None
        content = _json_object(params.get("biz_content", ""))
        check = await self._check(content.get("certify_id")) if genuine else None
        if check is None or check["token"] or params["method"] != alipay_open.CERTIFY:
            return notice("链接无效", "请回到办事大厅重新获取二维码。", status=400)
        return certify_page(check)

    async def decide(self, request: Request) -> Response:
        """The person presses a button; only the first press counts, then the browser goes back to the portal."""
        certify_id = request.path_params["certify_id"]
        chosen = dict(parse_qsl((await request.body()).decode("utf-8", "replace"))).get("result", "")
        check = await self._check(certify_id)
        if check is None or chosen not in RESULTS:
            return notice("链接无效", "请回到办事大厅重新获取二维码。", status=400)
        if expired(check):
            return certify_page(check)
        async with self._store.transaction() as connection:
            await connection.execute(
                "UPDATE face_checks SET result = ? WHERE certify_id = ? AND result = ''", (chosen, certify_id)
            )
        back = check["return_url"]
        if back and is_web_address(back):
            return RedirectResponse(back, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
        return certify_page(await self._check(certify_id) or check)


def _error(code: str, sub_code: str) -> Reply:
    words = {"40001": "Missing Required Arguments", "40002": "Invalid Arguments", "40004": "Business Failed"}
    return {"code": code, "msg": words[code], "sub_code": sub_code, "sub_msg": "模拟网关拒绝了请求"}


def _json_object(value: object) -> dict[str, Any]:
    """Read an object given as such or as a JSON string (the documents allow both); anything else is empty."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}
