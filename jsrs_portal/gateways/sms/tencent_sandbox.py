"""The simulated second SMS provider: Tencent Cloud's ``SendSms`` and ``PullSmsSendStatusByPhoneNumber``.

It verifies TC3 signatures and the five minutes they live, knows the portal's two templates, and fills the same phones
as the first. Every answer is HTTP 200, as there. Unlike the first it knows no nonces: the real one has none either.
"""

import json
import re
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jsrs_portal import clock
from jsrs_portal.gateways.simulation.faults import Fault, Faults, Mode
from jsrs_portal.gateways.sms import tc3
from jsrs_portal.gateways.sms.sandbox_outbox import Fate, Message, Outbox, code_text, notice_text
from jsrs_portal.gateways.sms.tencent import MOST_REPORTS, PROVIDER, SERVICE, VERSION

NAME = "sms_tencent"
"""What the control hook calls it."""
PATH = "/sms/tencent/"
CLOCK_SKEW = 300
_PHONE = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
_OF_THE_PHONE = ("LimitExceeded.", "FailedOperation.", "InvalidParameterValue.", "InternalError.")
_REPORTS = {Fate.LOST: ("FAIL", "MK:0001"), Fate.ARRIVES: ("SUCCESS", "DELIVRD")}
Reply = dict[str, Any]


class TencentSimulator:
    """Knows one key pair, one application, one signature and the templates for codes and notices."""

    def __init__(
        self,
        *,
        secret_id: str,
        secret: str,
        app_id: str,
        sign_name: str,
        code_template: str,
        notice_template: str,
        outbox: Outbox,
        faults: Faults,
    ) -> None:
        """Take what the provider's console would hold, the phones and the faults on demand."""
        self._secret_id = secret_id
        self._secret = secret
        self._app_id = app_id
        self._sign_name = sign_name
        self._code_template = code_template
        self._notice_template = notice_template
        self._outbox = outbox
        self._faults = faults

    def routes(self) -> list[Route]:
        """Return the interface."""
        return [Route(PATH, self._faults.around(NAME, self.api), methods=["POST"])]

    async def api(self, request: Request, fault: Fault) -> Response:
        """``POST /sms/tencent/``: a fault of the request is an ``Error``, one of a phone stands beside its number."""
        body = await request.body()
        content = _object(body)
        refused = self._fault(request, body)
        if fault.mode is Mode.BAD_SIGNATURE:
            refused = "AuthFailure.SignatureFailure"
        if fault.mode is Mode.OLD_TIMESTAMP:
            refused = "AuthFailure.SignatureExpire"
        ordered = fault.code or "FailedOperation.PhoneNumberInBlacklist"
        if refused is None and fault.mode is Mode.BUSINESS_REFUSAL and not ordered.startswith(_OF_THE_PHONE):
            refused = ordered
        if refused is None and content is None:
            refused = "InvalidParameter"
        if refused is not None or content is None:
            return _answer({"Error": {"Code": refused, "Message": "模拟网关拒绝了请求"}})
        if request.headers["x-tc-action"] != "SendSms":
            return _answer(await self._reports(content))
        return _answer(await self._send(content, ordered if fault.mode is Mode.BUSINESS_REFUSAL else ""))

    def _fault(self, request: Request, body: bytes) -> str | None:
        """Return the gateway's code for a request it does not believe or does not know."""
        headers = request.headers
        authorization, timestamp = headers.get("authorization", ""), headers.get("x-tc-timestamp", "")
        claimed = tc3.claimed_id(authorization)
        if claimed is None:
            return "AuthFailure.InvalidAuthorization"
        if claimed != self._secret_id:
            return "AuthFailure.SecretIdNotFound"
        if not re.fullmatch(r"[0-9]{1,11}", timestamp):
            return "InvalidParameter"
        if abs(clock.now().timestamp() - int(timestamp)) > CLOCK_SKEW:
            return "AuthFailure.SignatureExpire"
        if not tc3.verifies(
            authorization, secret=self._secret, service=SERVICE, timestamp=timestamp, headers=headers, body=body
        ):
            return "AuthFailure.SignatureFailure"
        if headers.get("x-tc-version") != VERSION:
            return "NoSuchVersion"
        if headers.get("x-tc-action") not in ("SendSms", "PullSmsSendStatusByPhoneNumber"):
            return "InvalidAction"
        if not headers.get("x-tc-region"):
            return "MissingParameter"
        return None

    async def _send(self, content: Reply, ordered: str) -> Reply:
        """Refuse the whole request, or answer for each phone: ``ordered``, a wrong number, a limit, or ``Ok``."""
        phones, context = content.get("PhoneNumberSet"), content.get("SessionContext", "")
        if not isinstance(phones, list) or not phones:
            return _error("MissingParameter.EmptyPhoneNumberSet")
        if len(phones) > 200:
            return _error("LimitExceeded.PhoneNumberCountLimit")
        if content.get("SmsSdkAppId") != self._app_id:
            return _error("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
        if not isinstance(context, str) or len(context.encode()) >= 512:
            return _error("InvalidParameterValue.ContentLengthLimit")
        name, value, refused = self._filled(content)
        statuses: list[Reply] = []
        for phone in phones:
            serial = f"2019:{secrets.randbelow(10**19):019d}{int(clock.now().timestamp() * 1000)}"
            match = _PHONE.fullmatch(phone) if isinstance(phone, str) else None
            code = ordered or refused or ("Ok" if match else "InvalidParameterValue.IncorrectPhoneNumber")
            if code == "Ok" and match:
                write = code_text if name == "code" else notice_text
                text, template = write(self._sign_name, value), str(content["TemplateId"])
                message = Message(serial, match[1], PROVIDER, context, template, {name: value}, text, clock.now())
                if not await self._outbox.put([message], minute_limit=self._faults.minute_limit):
                    code = "LimitExceeded.PhoneNumberThirtySecondLimit"
            statuses.append(_status(str(phone), serial, context, code))
        return {"SendStatusSet": statuses}

    def _filled(self, content: Reply) -> tuple[str, str, str]:
        """Return the template's one parameter, its value and ``""``, or why the template cannot be filled."""
        name = {self._code_template: "code", self._notice_template: "text"}.get(str(content.get("TemplateId")), "")
        values = content.get("TemplateParamSet")
        if content.get("SignName") != self._sign_name:
            return "", "", "FailedOperation.SignatureIncorrectOrUnapproved"
        if not name:
            return "", "", "FailedOperation.TemplateIncorrectOrUnapproved"
        if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str) or not values[0]:
            return "", "", "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        if name == "code" and not re.fullmatch(r"[0-9]{0,6}", values[0]):
            return "", "", "InvalidParameterValue.TemplateParameterFormatError"
        if len(values[0]) > 500:
            return "", "", "InvalidParameterValue.ContentLengthLimit"
        return name, values[0], ""

    async def _reports(self, content: Reply) -> Reply:
        """Return what the network reported about one phone's messages; nothing yet about a silent one."""
        phone = _PHONE.fullmatch(str(content.get("PhoneNumber", "")))
        limit, begin = content.get("Limit"), content.get("BeginTime")
        end = content.get("EndTime", int(clock.now().timestamp()))
        numbers = [value for value in (limit, begin, end) if type(value) is int and value >= 0]
        if content.get("SmsSdkAppId") != self._app_id:
            return _error("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
        if phone is None or len(numbers) != 3 or not 1 <= numbers[0] <= MOST_REPORTS or content.get("Offset") != 0:
            return _error("InvalidParameter.InvalidParameters")
        found = await self._outbox.sent(PROVIDER, phone=phone[1], since=numbers[1], until=numbers[2])
        reports = [
            {
                "UserReceiveTime": int(message.sent_at.timestamp()),
                "CountryCode": "86",
                "SubscriberNumber": message.phone,
                "PhoneNumber": "+86" + message.phone,
                "SerialNo": message.biz_id,
                "ReportStatus": _REPORTS[message.fate][0],
                "Description": _REPORTS[message.fate][1],
                "SessionContext": message.out_id,
            }
            for message in found
            if message.fate in _REPORTS
        ]
        return {"PullSmsSendStatusSet": reports[: numbers[0]]}


def _status(phone: str, serial: str, context: str, code: str) -> Reply:
    sent = code == "Ok"
    return {
        "SerialNo": serial if sent else "",
        "PhoneNumber": phone,
        "Fee": 1 if sent else 0,
        "SessionContext": context,
        "Code": code,
        "Message": "send success" if sent else "模拟网关拒绝了请求",
        "IsoCode": "CN",
    }


def _error(code: str) -> Reply:
    return {"Error": {"Code": code, "Message": "模拟网关拒绝了请求"}}


def _answer(response: Reply) -> Response:
    return JSONResponse({"Response": response | {"RequestId": clock.new_id()}})


def _object(body: bytes) -> Reply | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
