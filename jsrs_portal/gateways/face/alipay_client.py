"""The Alipay open platform's gateway (``gateway.do``, RSA2), shared by both face products (protocol reference §1.1).

Requests are signed with our key, answers verified with Alipay's, before anything in them is believed.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from jsrs_portal import clock
from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.face import signing
from jsrs_portal.gateways.face.port import FaceAnswer

TYPE_NOT_SUPPORTED = "该证件类型不能使用支付宝人脸识别，请改用其他证件或其他认证方式。"
_COMMON_IN_QUERY = ("app_id", "method", "format", "charset", "sign_type", "sign", "timestamp", "version")
_ORDER_NO = re.compile(r"[A-Za-z0-9]{1,32}")
_CERTIFY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FORM = "application/x-www-form-urlencoded;charset=utf-8"

_FAILURES = {
    "20000": GatewayFailure.UNREACHABLE,
    "20001": GatewayFailure.MISCONFIGURED,
    "40001": GatewayFailure.MISCONFIGURED,
    "40002": GatewayFailure.MISCONFIGURED,
    "40003": GatewayFailure.MISCONFIGURED,
    "40004": GatewayFailure.REFUSED,
    "40005": GatewayFailure.BUSY,
    "40006": GatewayFailure.MISCONFIGURED,
}
"""The gateway's ``code`` (公共错误码)."""
_BUSINESS_FAILURES = {
    "ARRANGEMENT_STATUS_ERROR": GatewayFailure.MISCONFIGURED,
    "ACCOUNT_MONEY_LIMIT_ERROR": GatewayFailure.MISCONFIGURED,
    "SYSTEM_ERROR": GatewayFailure.UNREACHABLE,
    "UNKNOWN_ERROR": GatewayFailure.UNREACHABLE,
    "UNABLE_GET_IMAGE": GatewayFailure.UNREACHABLE,
    "INVALID_SWITCH": GatewayFailure.MISCONFIGURED,
}
"""The ``sub_code`` of 40004 Business Failed, where it is no refusal of what the person entered."""
_SENTENCES = {
    "ILLEGAL_ARGUMENT_FORMAT": "支付宝没有接受填写的姓名或证件号码，请核对后再试。",
    "INVALID_PARAMETER": "支付宝没有接受填写的姓名或证件号码，请核对后再试。",
    "OPEN_CERTIFY_BILL_NOT_EXIST": "本次人脸识别已失效，请重新获取二维码。",
    "OPEN_CERTIFY_BILL_STATUS_ERROR": "本次人脸识别已结束，请重新获取二维码。",
}
_EXPIRED = "CERTIFY_ID_EXPIRED"


class AlipayClient:
    """One app at the gateway."""

    def __init__(
        self, *, gateway: str, app_id: str, app_key: RSAPrivateKey, alipay_key: RSAPublicKey, timeout: float
    ) -> None:
        """Take the gateway's address, our ``app_id`` and key, Alipay's public key, and the deadline in seconds."""
        self._gateway = gateway
        self._app_id = app_id
        self._app_key = app_key
        self._alipay_key = alipay_key
        self._timeout = timeout

    def address(self, params: Mapping[str, str]) -> str:
        """Return the gateway's address with these parameters in its query."""
        mark = "&" if "?" in self._gateway else "?"
        return self._gateway + mark + urlencode(params)

    def signed(self, method: str, content: Mapping[str, Any]) -> dict[str, str]:
        """Return every parameter of a call, ``sign`` last. The timestamp is Beijing time."""
        params = {
            "app_id": self._app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": clock.now().astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        }
        return params | {"sign": signing.sign(signing.string_to_sign(params), self._app_key)}

    async def execute(self, method: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Call ``method`` and return its reply, verified; common parameters in the query as the official SDK does."""
        params = self.signed(method, content)
        common = {name: params.pop(name) for name in _COMMON_IN_QUERY}
        answer = await http.call(
            System.FACE,
            "POST",
            self.address(common),
            timeout=self._timeout,
            headers={"Content-Type": _FORM},
            body=urlencode(params).encode(),
        )
        node = method.replace(".", "_") + "_response"
        try:
            raw, signature = signing.reply_parts(answer.body.decode(), node)
            reply = signing.parse_object(raw)
        except ValueError:
            raise GatewayError(System.FACE, GatewayFailure.BAD_ANSWER, "malformed") from None
        if signature:
            if not signing.verifies(raw, signature, self._alipay_key):
                raise GatewayError(System.FACE, GatewayFailure.BAD_ANSWER, "signature")
        elif _failure(reply) not in (GatewayFailure.MISCONFIGURED, GatewayFailure.UNREACHABLE):
            # The gateway cannot sign for an app it does not know; from such a reply we believe only its own faults.
            raise GatewayError(System.FACE, GatewayFailure.BAD_ANSWER, "unsigned")
        return reply


def certify_id_of(reply: Mapping[str, Any]) -> str:
    """Return the id a check began with."""
    require_success(reply)
    certify_id = text_of(reply, "certify_id")
    if not _CERTIFY_ID.fullmatch(certify_id):
        raise GatewayError(System.FACE, GatewayFailure.BAD_ANSWER, "certify_id")
    return certify_id


def face_answer(reply: Mapping[str, Any]) -> FaceAnswer:
    """Read how a check stands; an expired one is an answer, not an error."""
    if reply.get("code") == "40004" and reply.get("sub_code") == _EXPIRED:
        return FaceAnswer(passed=False, expired=True)
    require_success(reply)
    passed = text_of(reply, "passed")
    if passed not in ("T", "F"):
        raise GatewayError(System.FACE, GatewayFailure.BAD_ANSWER, "passed")
    return FaceAnswer(passed=passed == "T", fail_reason=text_of(reply, "fail_reason") or None)


def check_order_no(order_no: str) -> None:
    """Refuse an order number of ours that Alipay would not take; ValueError, for it is our own fault."""
    if not _ORDER_NO.fullmatch(order_no):
        raise ValueError("order_no must be at most 32 letters and digits")


def text_of(reply: Mapping[str, Any], name: str) -> str:
    """Return a text of a reply, ``""`` if there is none."""
    value = reply.get(name, "")
    return value if isinstance(value, str) else ""


def _failure(reply: Mapping[str, Any]) -> GatewayFailure | None:
    """Return what kind of failure a reply is, ``None`` for success (10000)."""
    code = text_of(reply, "code")
    if code == "10000":
        return None
    if code == "40004":
        return _BUSINESS_FAILURES.get(text_of(reply, "sub_code"), GatewayFailure.REFUSED)
    return _FAILURES.get(code, GatewayFailure.BAD_ANSWER)


def require_success(reply: Mapping[str, Any]) -> None:
    """Raise what a reply that is no success means."""
    failure = _failure(reply)
    if failure is not None:
        sub_code = text_of(reply, "sub_code")
        raise GatewayError(System.FACE, failure, sub_code or text_of(reply, "code"), _SENTENCES.get(sub_code, ""))
