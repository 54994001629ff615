"""The live client of SF Express' own interface (丰桥): routes by number (protocol reference §8.2)."""

import json
from typing import Any
from urllib.parse import urlencode

from jsrs_portal import clock
from jsrs_portal.domain.shipments import Tracking
from jsrs_portal.gateways import http
from jsrs_portal.gateways.courier import sf_words as words
from jsrs_portal.gateways.courier.port import Waybill
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System

_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
_BELIEVED, _DONE = "A1000", "S0000"
_FAILURES = {
    "A1005": GatewayFailure.BUSY,
    "A1009": GatewayFailure.UNREACHABLE,
    **dict.fromkeys(
        ("A1001", "A1002", "A1003", "A1004", "A1006", "A1008", "A1010", "A1011"), GatewayFailure.MISCONFIGURED
    ),
}


class SfExpress:
    """Implements :class:`jsrs_portal.gateways.courier.port.Tracker` for SF's own parcels."""

    def __init__(self, *, url: str, partner_id: str, checkword: str, timeout: float) -> None:
        """Take the service's address, the partner's code (顾客编码), its 校验码 and the deadline."""
        self._url = url
        self._partner_id = partner_id
        self._checkword = checkword
        self._timeout = timeout

    async def track(self, waybill: Waybill) -> Tracking:
        """Ask; a number SF does not know, or whose phone is another, has no routes."""
        msg_data = route_request(waybill)
        timestamp = str(int(clock.now().timestamp() * 1000))
        form = {
            "partnerID": self._partner_id,
            "requestID": clock.new_id(),
            "serviceCode": words.SERVICE,
            "timestamp": timestamp,
            "msgDigest": words.digest(msg_data, timestamp=timestamp, checkword=self._checkword),
            "msgData": msg_data,
        }
        answer = await http.call(
            System.COURIER,
            "POST",
            self._url,
            timeout=self._timeout,
            headers=_FORM,
            body=urlencode(form).encode(),
        )
        if answer.status != 200:
            raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, str(answer.status))
        reply = _object(answer.body)
        if (code := str(reply.get("apiResultCode"))) != _BELIEVED:
            raise GatewayError(System.COURIER, _FAILURES.get(code, GatewayFailure.BAD_ANSWER), code)
        result = _object(str(reply.get("apiResultData")).encode())
        if result.get("success") not in (True, "true") or result.get("errorCode") != _DONE:
            raise GatewayError(System.COURIER, GatewayFailure.REFUSED, str(result.get("errorCode")))
        return _routes_of(result.get("msgData"), waybill.number)


def route_request(waybill: Waybill) -> str:
    """Return the text that is sent, and signed: standard routes of one number, in Chinese."""
    content: dict[str, Any] = {
        "language": "0",
        "trackingType": "1",
        "trackingNumber": [waybill.number],
        "methodType": "1",
        "checkPhoneNo": waybill.phone,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _routes_of(data: object, number: str) -> Tracking:
    """Return the routes of ``number`` among the answers; another one's are not believed."""
    found: Any = data.get("routeResps") if isinstance(data, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, "routeResps")
    routes = next((one.get("routes") for one in found if one.get("mailNo") == number), None)
    if routes is None and found:
        raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, "mailNo")
    try:
        return words.read_routes(routes or [])
    except ValueError:
        raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, "routes") from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise GatewayError(System.COURIER, GatewayFailure.BAD_ANSWER, "malformed")
    return found  # pyright: ignore[reportUnknownVariableType]
