"""Short messages by Alibaba Cloud (阿里云短信服务 Dysms, API 2017-05-25, protocol reference §2.1).

``SendSms`` has no idempotency key, so nothing here ever sends again by itself. Refusals come as HTTP 200 with a
``Code``, faults of the signature as HTTP 4xx with one. Answers are not signed; TLS vouches for them.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx

from jsrs_portal import clock
from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.sms import signing
from jsrs_portal.gateways.sms.port import CONTENT, NUMBER, TOO_OFTEN, NotElsewhere, SmsDelivery, SmsReceipt

PROVIDER = "aliyun"
VERSION = "2017-05-25"
PAGE_SIZE = 50
MOST_PAGES = 20
"""A thousand messages to one phone in one day are more than any limit allows."""
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()
_STATUS = {1: SmsDelivery.WAITING, 2: SmsDelivery.FAILED, 3: SmsDelivery.DELIVERED}
_DIGITS = re.compile(r"[0-9]{1,4}")

_OURS = frozenset(
    {
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.SIGN_STATE_ILLEGAL",
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.INVALID_JSON_PARAM",
        "isv.INVALID_PARAMETERS",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.OUT_OF_SERVICE",
        "isv.PRODUCT_UN_SUBSCRIPT",
        "isv.ACCOUNT_NOT_EXISTS",
        "isv.ACCOUNT_ABNORMAL",
        "isv.DENY_IP_RANGE",
        "isv.EXTEND_CODE_ERROR",
        "isv.DAY_LIMIT_CONTROL",
        "isv.MONTH_LIMIT_CONTROL",
    }
)
"""What is wrong with our account there; any other ``isv.`` code may be about the phone or the message."""
_CODES: dict[str, tuple[GatewayFailure, str]] = {
    "isv.BUSINESS_LIMIT_CONTROL": (GatewayFailure.BUSY, TOO_OFTEN),
    "isv.DAY_LIMIT_CONTROL": (GatewayFailure.BUSY, ""),
    "isv.MONTH_LIMIT_CONTROL": (GatewayFailure.BUSY, ""),
    "isv.MOBILE_NUMBER_ILLEGAL": (GatewayFailure.REFUSED, NUMBER),
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": (GatewayFailure.REFUSED, NUMBER),
    "isv.BLACK_KEY_CONTROL_LIMIT": (GatewayFailure.REFUSED, CONTENT),
    "isv.SMS_CONTENT_ILLEGAL": (GatewayFailure.REFUSED, CONTENT),
    "isv.PARAM_LENGTH_LIMIT": (GatewayFailure.REFUSED, CONTENT),
    "isp.RAM_PERMISSION_DENY": (GatewayFailure.MISCONFIGURED, ""),
    "SignatureNonceUsed": (GatewayFailure.BAD_ANSWER, ""),
}
"""Codes with a meaning of their own; a nonce seen before means the same request has already arrived once."""
_PREFIXES = (
    ("isp.", GatewayFailure.UNREACHABLE),
    ("Throttling", GatewayFailure.BUSY),
    ("isv.", GatewayFailure.MISCONFIGURED),
    ("Signature", GatewayFailure.MISCONFIGURED),
    ("IncompleteSignature", GatewayFailure.MISCONFIGURED),
    ("InvalidAccessKeyId", GatewayFailure.MISCONFIGURED),
    ("InvalidTimeStamp", GatewayFailure.MISCONFIGURED),
    ("Missing", GatewayFailure.MISCONFIGURED),
    ("Invalid", GatewayFailure.MISCONFIGURED),
    ("Forbidden", GatewayFailure.MISCONFIGURED),
)


class AliyunSms:
    """The live client; implements :class:`jsrs_portal.gateways.sms.port.SmsSender`."""

    def __init__(self, *, endpoint: str, access_key: str, secret: str, sign_name: str, timeout: float) -> None:
        """Take the endpoint, the AccessKey pair, the approved signature (签名) and the deadline in seconds."""
        url = httpx.URL(endpoint)
        self._url = url.copy_with(path=url.path or "/", query=None)
        self._access_key = access_key
        self._secret = secret
        self._sign_name = sign_name
        self._timeout = timeout

    async def send(self, *, phone: str, template_code: str, params: Mapping[str, str], out_id: str) -> SmsReceipt:
        """Send one message once (``SendSms``)."""
        reply = await self._execute(
            "SendSms",
            {
                "PhoneNumbers": phone,
                "SignName": self._sign_name,
                "TemplateCode": template_code,
                "TemplateParam": json.dumps(dict(params), ensure_ascii=False, separators=(",", ":")),
                "OutId": out_id,
            },
        )
        biz_id = reply.get("BizId")
        if not isinstance(biz_id, str) or not biz_id:
            raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, "BizId")
        return SmsReceipt(biz_id, PROVIDER)

    async def lookup(
        self, *, phone: str, sent_on: date, biz_id: str | None, out_id: str, provider: str = ""
    ) -> SmsDelivery:
        """Look through the day's messages to ``phone`` (``QuerySendDetails``) for the one with our ``out_id``."""
        query = {"PhoneNumber": phone, "SendDate": sent_on.strftime("%Y%m%d"), "PageSize": str(PAGE_SIZE)}
        if biz_id:
            query["BizId"] = biz_id
        for page in range(1, MOST_PAGES + 1):
            details = _details(await self._execute("QuerySendDetails", query | {"CurrentPage": str(page)}))
            for detail in details:
                if detail.get("OutId") == out_id:
                    return _STATUS.get(_number(detail.get("SendStatus")), SmsDelivery.WAITING)
            if len(details) < PAGE_SIZE:
                break
        return SmsDelivery.UNKNOWN

    async def _execute(self, action: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Call ``action`` with all parameters in the query and no body, as the official SDK does."""
        headers = {
            "host": self._url.netloc.decode(),
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": clock.new_id(),
            "x-acs-content-sha256": _EMPTY_HASH,
        }
        signed = signing.authorization(
            access_key=self._access_key,
            secret=self._secret,
            method="POST",
            path=self._url.path,
            query=query,
            headers=headers,
        )
        answer = await http.call(
            System.SMS,
            "POST",
            f"{self._url}?{signing.canonical_query(query)}",
            timeout=self._timeout,
            headers=headers | {"authorization": signed, "accept": "application/json"},
        )
        try:
            reply = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, "malformed") from None
        code = reply.get("Code") if isinstance(reply, dict) else None
        if not isinstance(code, str):
            raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, "Code")
        if code != "OK" or answer.status != 200:
            raise _error(code)
        return reply


def _error(code: str) -> GatewayError:
    """Return the error for a provider's code: its own entry, else by the family its prefix names."""
    failure, sentence = _CODES.get(code) or (
        next((kind for prefix, kind in _PREFIXES if code.startswith(prefix)), GatewayFailure.BAD_ANSWER),
        "",
    )
    kind = NotElsewhere if code.startswith("isv.") and code not in _OURS else GatewayError
    return kind(System.SMS, failure, code, sentence)


def _details(reply: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of one page; anything but the documented shape is a bad answer."""
    holder = reply.get("SmsSendDetailDTOs")
    found = holder.get("SmsSendDetailDTO") if isinstance(holder, dict) else None
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, "SmsSendDetailDTOs")
    return found


def _number(value: object) -> int:
    """Read a small number given as such or as digits; 0 for anything else."""
    return int(str(value)) if isinstance(value, int | str) and _DIGITS.fullmatch(str(value)) else 0
