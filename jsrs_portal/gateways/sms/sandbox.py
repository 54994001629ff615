"""The simulated first SMS provider: Dysms' ``SendSms`` and ``QuerySendDetails``.

It verifies ACS3 signatures, dates (±15 minutes) and nonces, knows the portal's two templates, and delivers at once —
except to numbers ending in 0000, where delivery fails, and in 0001, where the receipt never comes.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jsrs_portal import clock
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.simulation.faults import Fault, Faults, Mode
from jsrs_portal.gateways.simulation.store import Store
from jsrs_portal.gateways.sms import signing
from jsrs_portal.gateways.sms.aliyun import PROVIDER, VERSION
from jsrs_portal.gateways.sms.sandbox_outbox import Fate, Message, Outbox, code_text, notice_text

CLOCK_SKEW = timedelta(minutes=15)
_PHONE = re.compile(r"(?:\+86|\+|0086|86)?(1[3-9][0-9]{9})")
_CODE = re.compile(r"[0-9A-Za-z]{4,6}")
_STATUS = {Fate.LOST: (2, "MOBILE_NOT_ON_SERVICE"), Fate.SILENT: (1, ""), Fate.ARRIVES: (3, "DELIVERED")}
Reply = dict[str, Any]


class SmsSimulator:
    """Knows one AccessKey pair, one signature and the templates for codes and notices."""

    def __init__(
        self,
        *,
        access_key: str,
        secret: str,
        sign_name: str,
        code_template: str,
        notice_template: str,
        outbox: Outbox,
        store: Store,
        faults: Faults,
    ) -> None:
        """Take what the provider's console would hold, the phones, and what all simulators share."""
        self._access_key = access_key
        self._secret = secret
        self._sign_name = sign_name
        self._code_template = code_template
        self._notice_template = notice_template
        self._outbox = outbox
        self._store = store
        self._faults = faults

    def routes(self) -> list[Route]:
        """Return the interface."""
        return [Route("/sms/", self._faults.around(System.SMS, self.api), methods=["POST"])]

    async def api(self, request: Request, fault: Fault) -> Response:
        """``POST /sms/``: signature faults are HTTP 4xx, business refusals HTTP 200 with a ``Code``."""
        query = dict(request.query_params)
        refused = self._fault(request, query, await request.body())
        nonce = request.headers.get("x-acs-signature-nonce", "")
        if refused is None and not await self._store.use_nonce(System.SMS, nonce):
            refused = "SignatureNonceUsed"
        if fault.mode is Mode.BAD_SIGNATURE:
            refused = "SignatureDoesNotMatch"
        if fault.mode is Mode.OLD_TIMESTAMP:
            refused = "InvalidTimeStamp.Expired"
        if refused is not None:
            body = _reply(refused) | {"HostId": request.headers.get("host", "")}
            return JSONResponse(body, 404 if refused.endswith(".NotFound") else 400)
        if fault.mode is Mode.BUSINESS_REFUSAL:
            return JSONResponse(_reply(fault.code or "isv.MOBILE_NUMBER_ILLEGAL"))
        sends = request.headers["x-acs-action"] == "SendSms"
        return JSONResponse(await (self._send(query) if sends else self._details(query)))

    def _fault(self, request: Request, query: Mapping[str, str], body: bytes) -> str | None:
        """Return the gateway's code for a request it does not believe or does not know."""
        headers = request.headers
        authorization = headers.get("authorization", "")
        claimed = signing.claimed_key(authorization)
        if claimed is None:
            return "IncompleteSignature"
        if claimed != self._access_key:
            return "InvalidAccessKeyId.NotFound"
        if not _is_recent(headers.get("x-acs-date", "")):
            return "InvalidTimeStamp.Expired"
        genuine = (
            len(query) == len(request.query_params.multi_items())
            and headers.get("x-acs-content-sha256") == hashlib.sha256(body).hexdigest()
            and signing.verifies(
                authorization,
                secret=self._secret,
                method=request.method,
                path=request.url.path,
                query=query,
                headers=headers,
            )
        )
        if not genuine:
            return "SignatureDoesNotMatch"
        if headers.get("x-acs-version") != VERSION:
            return "InvalidVersion"
        if headers.get("x-acs-action") not in ("SendSms", "QuerySendDetails"):
            return "InvalidAction.NotFound"
        return None

    async def _send(self, query: Mapping[str, str]) -> Reply:
        phones = [_PHONE.fullmatch(number.strip()) for number in query.get("PhoneNumbers", "").split(",")]
        numbers = [match[1] for match in phones if match]
        if len(numbers) != len(phones):
            return _reply("isv.MOBILE_NUMBER_ILLEGAL")
        if len(numbers) > 1000:
            return _reply("isv.MOBILE_COUNT_OVER_LIMIT")
        if query.get("SignName") != self._sign_name:
            return _reply("isv.SMS_SIGNATURE_ILLEGAL")
        try:
            params = json.loads(query.get("TemplateParam") or "{}")
        except ValueError:
            params = None
        if not isinstance(params, dict) or not all(isinstance(value, str) for value in params.values()):
            return _reply("isv.INVALID_JSON_PARAM")
        text = self._render(query.get("TemplateCode", ""), params)
        if text.startswith("isv."):
            return _reply(text)
        now = clock.now()
        now = clock.now()
        biz_id = f"{secrets.randbelow(10**15):015d}{int(now.timestamp() * 1000)}^0"
        shared = (PROVIDER, query.get("OutId", ""), query["TemplateCode"], params, text, now)
        messages = [Message(biz_id, number, *shared) for number in numbers]
        if not await self._outbox.put(messages, minute_limit=self._faults.minute_limit):
            return _reply("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1")
        return _reply("OK") | {"BizId": biz_id}

    def _render(self, template: str, params: Mapping[str, str]) -> str:
        """Return the message as the phone shows it, or the provider's code for a template that cannot be filled."""
        wanted = {self._code_template: "code", self._notice_template: "text"}.get(template)
        if wanted is None:
            return "isv.SMS_TEMPLATE_ILLEGAL"
        value = params.get(wanted, "")
        if not value:
            return "isv.TEMPLATE_MISSING_PARAMETERS"
        if wanted == "text":
            return notice_text(self._sign_name, value) if len(value) <= 500 else "isv.PARAM_LENGTH_LIMIT"
        return code_text(self._sign_name, value) if _CODE.fullmatch(value) else "isv.PARAM_LENGTH_LIMIT"

    async def _details(self, query: Mapping[str, str]) -> Reply:
        size, current = _number(query.get("PageSize", "")), _number(query.get("CurrentPage", ""))
        phone = _PHONE.fullmatch(query.get("PhoneNumber", ""))
        if not (1 <= size <= 50 and current >= 1 and phone and len(query.get("SendDate", "")) == 8):
            return _reply("isv.INVALID_PARAMETERS")
        found = await self._outbox.sent(PROVIDER, phone=phone[1], day=query["SendDate"], biz_id=query.get("BizId", ""))
        shown = [_detail(message) for message in found[(current - 1) * size : current * size]]
        return _reply("OK") | {
            "TotalCount": len(found),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown},
        }


def _detail(message: Message) -> Reply:
    status, fault = _STATUS[message.fate]
    sent = f"{message.sent_at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M:%S}"
    return {
        "SendStatus": status,
        "ErrCode": fault,
        "PhoneNum": message.phone,
        "TemplateCode": message.template_code,
        "Content": message.text,
        "OutId": message.out_id,
        "SendDate": sent,
        "ReceiveDate": sent if status == 3 else "",
    }


def _reply(code: str, message: str = "") -> Reply:
    return {
        "Code": code,
        "Message": message or ("OK" if code == "OK" else "模拟网关拒绝了请求"),
        "RequestId": clock.new_id().upper(),
    }


def _is_recent(text: str) -> bool:
    try:
        sent = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(clock.now() - sent) <= CLOCK_SKEW


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0
