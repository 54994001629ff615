"""The live client of kuaidi100: query, subscription, and what it pushes (protocol reference §8.1)."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jsrs_portal.domain.shipments import Tracking
from jsrs_portal.gateways import http
from jsrs_portal.gateways.courier import kuaidi100_words as words
from jsrs_portal.gateways.courier.port import Push, Waybill
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System

QUERY_PATH, SUBSCRIBE_PATH = "/poll/query.do", "/poll"
_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
_NOTHING_KNOWN = "500"
_FAILURES = {
    "400": GatewayFailure.REFUSED,
    "408": GatewayFailure.REFUSED,
    "501": GatewayFailure.BAD_ANSWER,
    "502": GatewayFailure.BUSY,
    "503": GatewayFailure.MISCONFIGURED,
    "601": GatewayFailure.MISCONFIGURED,
}
_SUBSCRIBED = ("200", "501")
"""Done, and 重复订阅: it is ordered already."""
_NOT_SUBSCRIBED = {
    "600": GatewayFailure.MISCONFIGURED,
    "601": GatewayFailure.MISCONFIGURED,
    "700": GatewayFailure.REFUSED,
    "701": GatewayFailure.REFUSED,
    "702": GatewayFailure.REFUSED,
}
_STATUSES = ("polling", "shutdown", "abort", "updateall")
_PHONE = "手机号后四位与快递面单不一致，请核对后重新登记。"


class Kuaidi100:
    """Implements :class:`jsrs_portal.gateways.courier.port.Courier`."""

    def __init__(self, *, base: str, customer: str, key: str, timeout: float) -> None:
        """Take the address, what we are known by there (授权码), the key and the deadline."""
        self._base = base.rstrip("/")
        self._customer = customer
        self._key = key
        self._timeout = timeout

    async def track(self, waybill: Waybill) -> Tracking:
        """Ask; REFUSED with code 408 when the phone does not belong to the parcel."""
        param = query_param(waybill)
        sign = words.query_sign(param, key=self._key, customer=self._customer)
        reply = await self._post(QUERY_PATH, {"customer": self._customer, "sign": sign, "param": param})
        code = _code(reply, "returnCode")
        if reply.get("result") is False and code:
            if code == _NOTHING_KNOWN:
                return Tracking(None)
            failure = _FAILURES.get(code, GatewayFailure.BAD_ANSWER)
            raise GatewayError(System.COURIER, failure, code, _PHONE if code == "408" else "")
        if _code(reply, "status") != "200":
            raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, "status")
        if _code(reply, "nu").upper() != waybill.number:
            raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, "nu")
        return _tracking(reply)

    async def subscribe(self, waybill: Waybill, *, callback_url: str, salt: str) -> bool:
        """Order pushes; an order that stands already is as good."""
        content = {
            "company": waybill.company,
            "number": waybill.number,
            "from": "",
            "to": "",
            "key": self._key,
            "parameters": {
                "callbackurl": callback_url,
                "salt": salt,
                "resultv2": "4",
                "autoCom": "0",
                "interCom": "0",
                "phone": waybill.phone,
            },
        }
        reply = await self._post(SUBSCRIBE_PATH, {"schema": "json", "param": _json(content)})
        code = _code(reply, "returnCode")
        if code not in _SUBSCRIBED:
            failure = _NOT_SUBSCRIBED.get(code, GatewayFailure.BAD_ANSWER)
            raise GatewayError(System.COURIER, failure, code or "returnCode")
        return True

    def read_push(self, body: bytes, *, salt: str) -> Push:
        """Verify what was sent to us."""
        return read_push(body, salt=salt)

    async def _post(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        answer = await http.call(
            System.COURIER,
            "POST",
            self._base + path,
            timeout=self._timeout,
            headers=_FORM,
            body=urlencode(form).encode(),
        )
        if answer.status != 200:
            raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, str(answer.status))
        return _object(answer.body)


def query_param(waybill: Waybill) -> str:
    """Return the text that is sent, and signed, for a query."""
    return _json(
        {
            "com": waybill.company,
            "num": waybill.number,
            "phone": waybill.phone,
            "from": "",
            "to": "",
            "resultv2": "4",
            "show": "0",
            "order": "desc",
        }
    )


def read_push(body: bytes, *, salt: str) -> Push:
    """Return what a push says; REFUSED for one that is not signed with ``salt``, BAD_ANSWER for none of theirs."""
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=10))
    except ValueError:
        raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, "form") from None
    param = form.get("param", "")
    if not words.verifies(form.get("sign", ""), words.push_sign(param, salt=salt)):
        raise GatewayError(System.COURIER, GatewayFailure.REFUSED, "signature")
    content = _object(param.encode())
    status, result = content.get("status"), content.get("lastResult")
    if status not in _STATUSES or not isinstance(result, dict):
        raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, "malformed")
    told: dict[str, Any] = result
    return Push(
        number=_code(told, "nu").upper(),
        tracking=_tracking(told),
        over=status in ("shutdown", "abort"),
        again=status == "abort",
    )


def _tracking(result: dict[str, Any]) -> Tracking:
    try:
        return words.read_tracking(result)
    except ValueError:
        raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, "data") from None


def _code(reply: dict[str, Any], name: str) -> str:
    found = reply.get(name)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, "malformed")
    return found  # pyright: ignore[reportUnknownVariableType]
