"""The simulated couriers: kuaidi100's interfaces and pushes, SF's own, and the page on which parcels travel (R-2.6.4).

Like the real ones they believe signed requests only, want the last digits of a phone for some companies, and sign what
they push. On the page a parcel goes on by a button; what is pushed can be repeated there, or come out of order.
"""

import json
from html import escape
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from jsrs_portal import clock
from jsrs_portal.domain.shipments import COMPANY
from jsrs_portal.gateways.courier import kuaidi100_words, sf_words
from jsrs_portal.gateways.courier.sandbox_parcels import Parcels, SimulatedParcel, here
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.simulation.faults import Fault, Faults, Mode
from jsrs_portal.gateways.simulation.pages import is_web_address, page

PAGE = "/courier"
SF_PATH = "/sf/std/service"
CALLBACK_SECONDS = 5.0
MOST_SKEW = 600
_ACTS = (("next", "下一步"), ("trouble", "派送异常"), ("point", "到驿站"), ("return", "退回"))
_PUSHES = (("again", "重复推送"), ("older", "推送旧消息"))


class CourierSimulator:
    """Holds what both would know of us, and the parcels."""

    def __init__(
        self, *, customer: str, key: str, partner_id: str, checkword: str, parcels: Parcels, faults: Faults
    ) -> None:
        """Take our credentials there, the parcels and the faults on demand."""
        self._customer = customer
        self._key = key
        self._partner_id = partner_id
        self._checkword = checkword
        self._parcels = parcels
        self._faults = faults

    def routes(self) -> list[Route]:
        """Return the interfaces, and the page with its form."""
        around = self._faults.around
        return [
            Route("/kuaidi100/poll/query.do", around(System.COURIER, self.query), methods=["POST"]),
            Route("/kuaidi100/poll", around(System.COURIER, self.subscribe), methods=["POST"]),
            Route(SF_PATH, around("courier_sf", self.sf), methods=["POST"]),
            Route(PAGE, self.show, methods=["GET"]),
            Route(PAGE + ".json", self.listed, methods=["GET"]),
            Route(PAGE, self.act, methods=["POST"]),
        ]

    # kuaidi100

    async def query(self, request: Request, fault: Fault) -> Response:
        """``POST /poll/query.do``."""
        form = await _form(request)
        param = form.get("param", "")
        right = kuaidi100_words.query_sign(param, key=self._key, customer=self._customer)
        asked = _object(param)
        if form.get("customer") != self._customer or not kuaidi100_words.verifies(form.get("sign", ""), right):
            return _refused("503", "验证签名失败")
        if fault.mode is Mode.BAD_SIGNATURE:
            return _refused("503", "验证签名失败")
        if fault.mode is Mode.BUSINESS_REFUSAL:
            return _refused(fault.code or "400", "按演练要求拒绝")
        company, number = str(asked.get("com")), str(asked.get("num"))
        if company not in COMPANY or not 6 <= len(number) <= 32:
            return _refused("400", "找不到对应公司")
        phone = str(asked.get("phone", ""))
        if COMPANY[company].phone and not phone:
            return _refused("408", "验证码错误")
        parcel = await self._parcels.mention(number=number, company=company, phone=phone, asked=True)
        if parcel is None or not parcel.events:
            return _refused("500", "查询无结果，请隔段时间再查")
        if COMPANY[company].phone and parcel.phone[-4:] != phone[-4:]:
            return _refused("408", "验证码错误")
        return JSONResponse(_result(parcel) | {"message": "ok", "status": "200"})

    async def subscribe(self, request: Request, fault: Fault) -> Response:
        """``POST /poll``."""
        form = await _form(request)
        content = _object(form.get("param", ""))
        more: Any = content.get("parameters")
        if form.get("schema") != "json" or not isinstance(more, dict):
            return _refused("700", "订阅方的订阅数据存在错误")
        if content.get("key") != self._key or fault.mode is Mode.BAD_SIGNATURE:
            return _refused("600", "您不是合法的订阅者")
        if fault.mode is Mode.BUSINESS_REFUSAL:
            return _refused(fault.code or "700", "按演练要求拒绝")
        company, number, callback = str(content.get("company")), str(content.get("number")), more.get("callbackurl")
        if company not in COMPANY:
            return _refused("701", "拒绝订阅的快递公司")
        if not isinstance(callback, str) or not is_web_address(callback):
            return _refused("700", "订阅方的订阅数据存在错误")
        phone = str(more.get("phone", ""))
        parcel = await self._parcels.mention(number=number, company=company, phone=phone, asked=False)
        if parcel is None:
            return JSONResponse({"result": True, "returnCode": "200", "message": "提交成功"})
        if not await self._parcels.subscribe(number, callback=callback, salt=str(more.get("salt", ""))):
            return JSONResponse({"result": False, "returnCode": "501", "message": "重复订阅"})
        return JSONResponse({"result": True, "returnCode": "200", "message": "提交成功"})

    async def _push(self, parcel: SimulatedParcel) -> str:
        """Send what is known; return how it went, for the page."""
        if not parcel.callback:
            return "没有订阅"
        fault = self._faults.take("courier_callback")
        status = "shutdown" if parcel.over else "polling"
        content = {"status": status, "message": "", "lastResult": _result(parcel) | {"status": "200"}}
        param = json.dumps(content, ensure_ascii=False)
        salt = parcel.salt[::-1] + "?" if fault.mode is Mode.BAD_SIGNATURE else parcel.salt
        sent = {"param": param, "sign": kuaidi100_words.push_sign(param, salt=salt)}
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=CALLBACK_SECONDS) as client:
                answer = await client.post(parcel.callback, data=sent)
        except httpx.HTTPError:
            return "门户没有应答"
        return "门户已收到" if answer.status_code == 200 else f"门户拒绝（{answer.status_code}）"

    # SF

    async def sf(self, request: Request, fault: Fault) -> Response:
        """``POST /std/service``: routes of SF's own parcels."""
        form = await _form(request)
        data, timestamp = form.get("msgData", ""), form.get("timestamp", "")
        code = self._sf_fault(form, data, timestamp)
        if fault.mode is Mode.BAD_SIGNATURE:
            code = "A1006"
        if fault.mode is Mode.OLD_TIMESTAMP:
            code = "A1002"
        if fault.mode is Mode.BUSINESS_REFUSAL:
            code = fault.code or "A1004"
        if code:
            return JSONResponse(
                {"apiErrorMsg": "模拟网关拒绝了请求", "apiResponseID": clock.new_id(), "apiResultCode": code}
            )
        asked = _object(data)
        numbers = asked.get("trackingNumber")
        number = str(numbers[0]) if isinstance(numbers, list) and numbers else ""
        phone = str(asked.get("checkPhoneNo", ""))
        parcel = await self._parcels.mention(number=number, company="shunfeng", phone=phone, asked=True)
        known = parcel is not None and parcel.phone[-4:] == phone[-4:] and bool(phone)
        routes = [
            {"acceptTime": here(at), "acceptAddress": "", "remark": text, "opCode": operation}
            for at, _, _, operation, text in (parcel.events if parcel and known else [])
        ]
        found = {"routeResps": [{"mailNo": number, "routes": routes}]}
        result = {"success": True, "errorCode": "S0000", "errorMsg": None, "msgData": found}
        return JSONResponse(
            {
                "apiErrorMsg": "",
                "apiResponseID": clock.new_id(),
                "apiResultCode": "A1000",
                "apiResultData": json.dumps(result, ensure_ascii=False),
            }
        )

    def _sf_fault(self, form: dict[str, str], data: str, timestamp: str) -> str:
        right = sf_words.digest(data, timestamp=timestamp, checkword=self._checkword)
        if form.get("partnerID") != self._partner_id or not sf_words.verifies(form.get("msgDigest", ""), right):
            return "A1006"
        if not timestamp.isdigit() or abs(clock.now().timestamp() - int(timestamp[:16]) / 1000) > MOST_SKEW:
            return "A1002"
        return "" if form.get("serviceCode") == sf_words.SERVICE else "A1004"

    # The page

    async def show(self, request: Request) -> Response:
        """List the parcels, each with what may happen to it."""
        told = escape(request.query_params.get("told", "")[:60])
        said = f'<p class="card" role="status">{told}</p>' if told else ""
        cards = "".join(_card(one) for one in await self._parcels.newest())
        empty = '<p class="card">还没有快递：在门户中登记快递单号后，会出现在这里。</p>'
        rule = (
            '<p class="card">点击「下一步」让快递前进一站，并像快递100那样推送给门户。'
            "以 0000 结尾的单号查不到；顺丰、中通要核对手机后四位。</p>"
        )
        return page("模拟快递", said + rule + (cards or empty))

    async def listed(self, _request: Request) -> Response:
        """Return the parcels for tests: how often each was asked about, and what happened to it."""
        found = await self._parcels.newest()
        return JSONResponse(
            [
                {"number": one.number, "company": one.company, "asked": one.asked, "events": len(one.events)}
                | {"subscribed": bool(one.callback)}
                for one in found
            ]
        )

    async def act(self, request: Request) -> Response:
        """Let something happen to a parcel, or have what is known pushed again, or as it was before."""
        form = await _form(request)
        number, act = form.get("number", ""), form.get("act", "")
        found = await self._parcels.find(number)
        known = {key for key, _ in (*_ACTS, *_PUSHES)}
        if found is None or act not in known:
            return page("模拟快递", '<p class="card">没有这个快递。</p>', status=404)
        if act == "older":
            told = await self._push(found.before(2))
        elif act == "again":
            told = await self._push(found)
        else:
            gone_on = await self._parcels.go_on(number, act)
            told = await self._push(gone_on or found)
        return RedirectResponse(str(httpx.URL(PAGE, params={"told": f"{number}：{told}"})), 303)


def _result(parcel: SimulatedParcel) -> dict[str, Any]:
    """Return ``lastResult``, which is also the answer to a query: everything so far, the newest first."""
    data = [
        {"time": here(at), "ftime": here(at), "context": text, "statusCode": advanced, "status": ""}
        for at, _, advanced, _, text in reversed(parcel.events)
    ]
    state = parcel.events[-1][2] if parcel.events else "0"
    return {
        "nu": parcel.number,
        "com": parcel.company,
        "ischeck": "1" if parcel.over else "0",
        "condition": "F00",
        "state": state,
        "data": data,
    }


def _card(parcel: SimulatedParcel) -> str:
    events = "".join(f"<li>{here(event[0])} {escape(event[4])}</li>" for event in reversed(parcel.events))
    acts = _PUSHES if parcel.over else (*_ACTS, *_PUSHES)
    buttons = " ".join(
        f'<button name="act" value="{key}" aria-label="{label}：{escape(parcel.number)}">{label}</button>'
        for key, label in acts
    )
    return (
        f'<section class="card"><h2>{escape(parcel.company_name)} {escape(parcel.number)}</h2>'
        f'<p class="note">被查询 {parcel.asked} 次，{"已" if parcel.callback else "未"}订阅推送。</p>'
        f'<ol class="plain">{events or "<li>待揽收</li>"}</ol>'
        f'<form method="post" action="{PAGE}"><input type="hidden" name="number" value="{escape(parcel.number)}">'
        f"{buttons}</form></section>"
    )


def _refused(code: str, message: str) -> Response:
    return JSONResponse({"result": False, "returnCode": code, "message": message})


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
