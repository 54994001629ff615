"""Short messages by Tencent Cloud (腾讯云短信, API 2021-01-11, protocol reference §2.2).

``SendSms`` has no idempotency key either, so nothing here ever sends again by itself. Everything comes as HTTP 200:
a fault of the request as ``Error``, a refusal of the one phone as a ``Code`` of its own beside it, which must be read
even when there is no ``Error``. Answers are not signed; TLS vouches for them. Our ``out_id`` travels as
``SessionContext``, which the delivery reports repeat.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx

from jsrs_portal import clock
from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.sms import tc3
from jsrs_portal.gateways.sms.port import CONTENT, NUMBER, TOO_OFTEN, NotElsewhere, SmsDelivery, SmsReceipt

PROVIDER = "tencent"
SERVICE = "sms"
VERSION = "2021-01-11"
MOST_REPORTS = 100
"""What one pull may ask for; the offset is fixed at 0. No limit allows as many messages to one phone in a day."""
_TYPE = "application/json; charset=utf-8"
_STATUS = {"SUCCESS": SmsDelivery.DELIVERED, "FAIL": SmsDelivery.FAILED}

_CODES: dict[str, tuple[GatewayFailure, str]] = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": (GatewayFailure.BUSY, TOO_OFTEN),
    "LimitExceeded.PhoneNumberOneHourLimit": (GatewayFailure.BUSY, TOO_OFTEN),
    "LimitExceeded.PhoneNumberDailyLimit": (GatewayFailure.BUSY, TOO_OFTEN),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": (GatewayFailure.BUSY, TOO_OFTEN),
    "LimitExceeded.DeliveryFrequencyLimit": (GatewayFailure.BUSY, TOO_OFTEN),
    "LimitExceeded.PhoneNumberCountLimit": (GatewayFailure.MISCONFIGURED, ""),
    "FailedOperation.PhoneNumberInBlacklist": (GatewayFailure.REFUSED, NUMBER),
    "FailedOperation.PhoneNumberOnBlacklist": (GatewayFailure.REFUSED, NUMBER),
    "FailedOperation.ContainSensitiveWord": (GatewayFailure.REFUSED, CONTENT),
    "FailedOperation.SignatureIncorrectOrUnapproved": (GatewayFailure.MISCONFIGURED, ""),
    "FailedOperation.TemplateIncorrectOrUnapproved": (GatewayFailure.MISCONFIGURED, ""),
    "FailedOperation.TemplateUnapprovedOrNotExist": (GatewayFailure.MISCONFIGURED, ""),
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": (GatewayFailure.MISCONFIGURED, ""),
    "FailedOperation.InsufficientBalanceInSmsPackage": (GatewayFailure.MISCONFIGURED, ""),
    "InvalidParameter.DirtyWordFound": (GatewayFailure.REFUSED, CONTENT),
    "InvalidParameterValue.IncorrectPhoneNumber": (GatewayFailure.REFUSED, NUMBER),
    "InvalidParameterValue.ContentLengthLimit": (GatewayFailure.REFUSED, CONTENT),
    "InvalidParameterValue.TemplateParameterFormatError": (GatewayFailure.REFUSED, CONTENT),
    "InvalidParameterValue.TemplateParameterLengthLimit": (GatewayFailure.REFUSED, CONTENT),
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": (GatewayFailure.REFUSED, CONTENT),
    "InternalError.Timeout": (GatewayFailure.TIMEOUT, ""),
    "InternalError.SendAndRecvFail": (GatewayFailure.TIMEOUT, ""),
    "InternalError.RequestTimeException": (GatewayFailure.MISCONFIGURED, ""),
    "InternalError.SigVerificationFail": (GatewayFailure.MISCONFIGURED, ""),
    "InternalError.SigFieldMissing": (GatewayFailure.MISCONFIGURED, ""),
}
"""Codes with a meaning of their own. The timeouts are theirs, towards the network: the message may be on its way."""
_FAMILIES = (
    ("AuthFailure.", GatewayFailure.MISCONFIGURED),
    ("UnauthorizedOperation", GatewayFailure.MISCONFIGURED),
    ("UnsupportedOperation", GatewayFailure.MISCONFIGURED),
    ("UnsupportedRegion", GatewayFailure.MISCONFIGURED),
    ("MissingParameter", GatewayFailure.MISCONFIGURED),
    ("UnknownParameter", GatewayFailure.MISCONFIGURED),
    ("InvalidParameter", GatewayFailure.MISCONFIGURED),
    ("InvalidAction", GatewayFailure.MISCONFIGURED),
    ("NoSuchVersion", GatewayFailure.MISCONFIGURED),
    ("RequestLimitExceeded", GatewayFailure.BUSY),
    ("LimitExceeded", GatewayFailure.BUSY),
)
"""By the beginning of the code; one of no known family may have been sent all the same."""
_ABOUT_THE_PHONE = ("LimitExceeded.PhoneNumber", "LimitExceeded.DeliveryFrequencyLimit", "InvalidParameterValue.")


@dataclass(frozen=True)
class Template:
    """A template approved there: its number, and the names of our parameters in the order of its ``{1}``, ``{2}``."""

    template_id: str
    names: tuple[str, ...]


class TencentSms:
    """The live client; implements :class:`jsrs_portal.gateways.sms.port.SmsSender`."""

    def __init__(
        self,
        *,
        endpoint: str,
        secret_id: str,
        secret: str,
        region: str,
        app_id: str,
        sign_name: str,
        templates: Mapping[str, Template],
        timeout: float,
    ) -> None:
        """Take the endpoint, the key pair, SmsSdkAppId, signature (签名), the templates by our name, the deadline."""
        url = httpx.URL(endpoint)
        self._url = url.copy_with(path=url.path or "/", query=None)
        self._secret_id = secret_id
        self._secret = secret
        self._region = region
        self._app_id = app_id
        self._sign_name = sign_name
        self._templates = templates
        self._timeout = timeout

    async def send(self, *, phone: str, template_code: str, params: Mapping[str, str], out_id: str) -> SmsReceipt:
        """Send one message once (``SendSms``)."""
        template = self._templates.get(template_code)
        if template is None or set(template.names) != set(params):
            raise GatewayError(System.SMS, GatewayFailure.MISCONFIGURED, "template", answered=False)
        response = await self._execute(
            "SendSms",
            {
                "PhoneNumberSet": ["+86" + phone],
                "SmsSdkAppId": self._app_id,
                "SignName": self._sign_name,
                "TemplateId": template.template_id,
                "TemplateParamSet": [params[name] for name in template.names],
                "SessionContext": out_id,
            },
        )
        statuses = _entries(response, "SendStatusSet")
        if len(statuses) != 1:
            raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, "SendStatusSet")
        code, serial = statuses[0].get("Code"), statuses[0].get("SerialNo")
        if not isinstance(code, str):
            raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, "Code")
        if code.lower() != "ok":
            raise _error(code)
        if not isinstance(serial, str) or not serial:
            raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, "SerialNo")
        return SmsReceipt(serial, PROVIDER)

    async def lookup(
        self, *, phone: str, sent_on: date, biz_id: str | None, out_id: str, provider: str = ""
    ) -> SmsDelivery:
        """Look through the day's delivery reports of ``phone`` (``PullSmsSendStatusByPhoneNumber``, at most 7 days).

        A message is listed once the network has reported on it. Until then one with a receipt (``biz_id``) is waiting,
        one without is unknown here.
        """
        begin = datetime.combine(sent_on, time.min, clock.BEIJING)
        response = await self._execute(
            "PullSmsSendStatusByPhoneNumber",
            {
                "BeginTime": int(begin.timestamp()),
                "EndTime": int((begin + timedelta(days=1)).timestamp()),
                "Offset": 0,
                "Limit": MOST_REPORTS,
                "PhoneNumber": "+86" + phone,
                "SmsSdkAppId": self._app_id,
            },
        )
        for report in _entries(response, "PullSmsSendStatusSet"):
            if report.get("SessionContext") == out_id or (biz_id and report.get("SerialNo") == biz_id):
                return _STATUS.get(str(report.get("ReportStatus")), SmsDelivery.WAITING)
        return SmsDelivery.WAITING if biz_id else SmsDelivery.UNKNOWN

    async def _execute(self, action: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Call ``action`` and return its ``Response``, which holds no ``Error``."""
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = int(clock.now().timestamp())
        headers = {"content-type": _TYPE, "host": self._url.netloc.decode(), "x-tc-action": action}
        signed = tc3.authorization(
            secret_id=self._secret_id,
            secret=self._secret,
            service=SERVICE,
            timestamp=timestamp,
            headers=headers,
            body=body,
        )
        headers |= {
            "authorization": signed,
            "x-tc-version": VERSION,
            "x-tc-timestamp": str(timestamp),
            "x-tc-region": self._region,
        }
        answer = await http.call(System.SMS, "POST", str(self._url), timeout=self._timeout, headers=headers, body=body)
        try:
            reply = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, "malformed") from None
        response = reply.get("Response") if isinstance(reply, dict) else None
        if not isinstance(response, dict):
            raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, "Response")
        if "Error" in response:
            error = response["Error"]
            code = error.get("Code") if isinstance(error, dict) else None
            raise _error(code if isinstance(code, str) else "")
        if answer.status != 200:
            raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, str(answer.status))
        return response


def _error(code: str) -> GatewayError:
    """Return the error for a provider's code: its own entry, else its family's."""
    failure, sentence = _CODES.get(code) or (
        next((kind for prefix, kind in _FAMILIES if code.startswith(prefix)), GatewayFailure.BAD_ANSWER),
        "",
    )
    kind = NotElsewhere if code.startswith(_ABOUT_THE_PHONE) else GatewayError
    return kind(System.SMS, failure, code, sentence)


def _entries(response: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of the answer; anything but objects in it is a bad answer."""
    found = response.get(name)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise GatewayError(System.SMS, GatewayFailure.BAD_ANSWER, name)
    return found
