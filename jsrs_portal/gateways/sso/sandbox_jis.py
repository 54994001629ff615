"""The simulated JIS: a login page and ``interface.do``, as seen in public code (protocols.md, 5.1).

It checks appmark, time and sign, gives each ticket once and for a minute, and hides the user under the appword.
"""

import hmac
import json
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from jsrs_portal import clock
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.simulation.faults import Fault, Faults, Mode
from jsrs_portal.gateways.simulation.pages import page
from jsrs_portal.gateways.simulation.store import Store
from jsrs_portal.gateways.sso import jis
from jsrs_portal.gateways.sso.sandbox_people import Account, account, choice

SCHEMA = """
CREATE TABLE IF NOT EXISTS jis_tickets (
    ticket TEXT PRIMARY KEY, person TEXT NOT NULL, unit TEXT NOT NULL, created_at REAL NOT NULL,
    token TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
"""
PATH = "/jis"
TICKET_SECONDS = 60
MOST_SKEW = 300
_TITLE = "模拟统一身份认证（JIS）"


class JisSimulator:
    """Knows one application."""

    def __init__(
        self, *, appmark: str, appword: str, redirect_uris: tuple[str, ...], store: Store, faults: Faults
    ) -> None:
        """Take the application and what all simulators share."""
        self._appmark = appmark
        self._appword = appword
        self._redirect_uris = redirect_uris
        self._store = store
        self._faults = faults

    def routes(self) -> list[Route]:
        """Return the page, its form and the interface."""
        return [
            Route(f"{PATH}/login", self.ask, methods=["GET"]),
            Route(f"{PATH}/login", self.decide, methods=["POST"]),
            Route(f"{PATH}/interface.do", self._faults.around(System.SSO, self.interface), methods=["POST"]),
        ]

    def _known(self, asked: dict[str, str]) -> bool:
        back = asked.get("backUrl", "").partition("?")[0]
        return asked.get("appMark") == self._appmark and back in self._redirect_uris

    async def ask(self, request: Request) -> Response:
        """The login page."""
        asked = dict(request.query_params)
        if not self._known(asked):
            return page(_TITLE, '<p class="card">应用或返回地址未登记。</p>', status=400, narrow=True)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(asked[name])}">' for name in ("appMark", "backUrl")
        )
        form = (
            f'<form method="post" action="{PATH}/login" class="stack">{hidden}'
            '<p class="note">真实环境在这里以法人账号登录。演示时请选择登录人和所代表的单位。</p>'
            f'{choice()}<button class="primary" name="act" value="login">登录</button></form>'
        )
        return page(_TITLE, form, narrow=True, submits_to=asked["backUrl"])

    async def decide(self, request: Request) -> Response:
        """Somebody logged in: back with a ticket."""
        sent = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        if not self._known(sent) or account(sent.get("person", ""), sent.get("unit", "")) is None:
            return page(_TITLE, '<p class="card">请求不符合接口约定。</p>', status=400, narrow=True)
        ticket = clock.new_token()
        async with self._store.transaction() as connection:
            await connection.execute(
                "INSERT INTO jis_tickets (ticket, person, unit, created_at) VALUES (?, ?, ?, ?)",
                (ticket, sent["person"], sent.get("unit", ""), clock.now().timestamp()),
            )
        back = sent["backUrl"]
        address = f"{back}{'&' if '?' in back else '?'}{urlencode({'ticket': ticket})}"
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})

    async def interface(self, request: Request, fault: Fault) -> Response:
        """``interface.do``."""
        sent = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        expected = jis.signature(appmark=self._appmark, appword=self._appword, time=sent.get("time", ""))
        right = hmac.compare_digest(expected.encode(), sent.get("sign", "").encode())
        if sent.get("appmark") != self._appmark or not right or not _recent(sent.get("time", "")):
            return _no("100001", "签名或时间不正确")
        if fault.mode is Mode.BUSINESS_REFUSAL:
            return _no(fault.code or "100009", "按演练要求拒绝")
        try:
            params: Any = json.loads(sent.get("params", ""))
        except (ValueError, RecursionError):
            params = None
        params = params if isinstance(params, dict) else {}
        if sent.get("servicename") == jis.TICKET:
            return await self._validate(str(params.get("ticket", "")))
        if sent.get("servicename") == jis.CORPORATION:
            return await self._user(str(params.get("token", "")), fault)
        return _no("100002", "服务不存在")

    async def _validate(self, ticket: str) -> Response:
        token = clock.new_token()
        async with self._store.transaction() as connection:
            cursor = await connection.execute(
                "UPDATE jis_tickets SET token = ? WHERE ticket = ? AND token = '' AND created_at > ?",
                (token, ticket, clock.now().timestamp() - TICKET_SECONDS),
            )
        if cursor.rowcount != 1:
            return _no("100003", "票据无效")
        return _yes(json.dumps({"token": token}))

    async def _user(self, token: str, fault: Fault) -> Response:
        rows = await self._store.rows("SELECT * FROM jis_tickets WHERE token = ? AND token <> ''", token)
        who = account(rows[0]["person"], rows[0]["unit"]) if rows else None
        if who is None or who.unit is None:
            return _no("100004", "不是法人用户")
        word = self._appword[::-1] if fault.mode is Mode.BAD_SIGNATURE else self._appword
        return _yes(jis.encrypt(json.dumps(_user_of(who), ensure_ascii=False), word))


def _user_of(who: Account) -> dict[str, str]:
    unit = who.unit
    if unit is None:
        return {}
    return {
        "uuid": who.subject,
        "cortype": "1",
        "corname": unit.name,
        "creditcode": unit.uscc,
        "corpersonname": unit.legal_rep.name,
        "corpersonnumber": unit.legal_rep.id_number,
        "name": who.person.name,
        "cardid": who.person.id_number,
    }


def _recent(time: str) -> bool:
    try:
        sent = datetime.strptime(time, "%Y%m%d%H%M%S").replace(tzinfo=clock.BEIJING)
    except ValueError:
        return False
    return abs((clock.now() - sent).total_seconds()) <= MOST_SKEW


def _yes(data: str) -> Response:
    return JSONResponse({"retcode": jis.DONE, "msg": "成功", "data": data}, headers={"Cache-Control": "no-store"})


def _no(code: str, message: str) -> Response:
    return JSONResponse({"retcode": code, "msg": message}, headers={"Cache-Control": "no-store"})
