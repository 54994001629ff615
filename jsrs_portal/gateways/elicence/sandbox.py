"""The simulated licence system: codes for the portal, and the phone on which a licence is shown (R-2.4.6).

Like the real one it believes sealed requests only, each nonce once, signs what it says by SM2, lets a code be scanned
by one phone and decided once, and tells the portal by itself as well as when asked.
"""

import base64
import hmac
import json
from html import escape
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jsrs_portal import clock
from jsrs_portal.domain.outside_logins import HolderType
from jsrs_portal.gateways.business_registry.sandbox_units import BY_USCC, UNITS, DemoUnit
from jsrs_portal.gateways.demo_keys import Sm2Pair, new_sm2_pair
from jsrs_portal.gateways.elicence import sm2
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.identity import sandbox_persons as persons
from jsrs_portal.gateways.simulation.faults import Fault, Faults, Mode
from jsrs_portal.gateways.simulation.pages import is_web_address, page
from jsrs_portal.gateways.simulation.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS licence_codes (
    serial TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, purpose TEXT NOT NULL, callback TEXT NOT NULL,
    created_at REAL NOT NULL, state TEXT NOT NULL DEFAULT 'WAIT', data TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
"""
PATH = "/elicence"
LIFE = 180
MOST_SKEW = 300
CALLBACK_SECONDS = 3.0
_TITLE = "模拟电子营业执照"
_HOLDERS = {
    HolderType.LEGAL_REP: "法定代表人",
    HolderType.MANAGER: "证照管理员（叶知秋）",
    HolderType.AGENT: "办事人（方海生）",
}
_OTHERS = {HolderType.MANAGER: persons.YE_ZHIQIU, HolderType.AGENT: persons.FANG_HAISHENG}


class LicenceSimulator:
    """Holds the secret that it checks requests with, and its own key, which it signs with."""

    def __init__(self, *, app_id: str, secret: str, own: Sm2Pair, store: Store, faults: Faults) -> None:
        """Take the one app it knows, the keys, and what all simulators share."""
        self._app_id = app_id
        self._secret = secret
        self._own = own
        self._foreign = new_sm2_pair()
        self._store = store
        self._faults = faults

    def routes(self) -> list[Route]:
        """Return the interface, and the phone's page with its form."""
        around = self._faults.around
        return [
            Route(f"{PATH}/api/qr", around(System.LICENCE, self.create), methods=["POST"]),
            Route(f"{PATH}/api/result", around(System.LICENCE, self.result), methods=["POST"]),
            Route(f"{PATH}/phone/{{token:str}}", self.scan, methods=["GET"]),
            Route(f"{PATH}/phone/{{token:str}}", self.decide, methods=["POST"]),
        ]

    async def create(self, request: Request, fault: Fault) -> Response:
        """Begin a login."""
        asked = await self._believed(request)
        callback = asked.get("callbackUrl", "") if asked else ""
        if asked is None or not isinstance(asked.get("purpose"), str) or (callback and not is_web_address(callback)):
            return JSONResponse({"error": "request"}, 401)
        serial, token = clock.new_id(), clock.new_token()
        async with self._store.transaction() as connection:
            await connection.execute(
                "INSERT INTO licence_codes (serial, token, purpose, callback, created_at) VALUES (?, ?, ?, ?, ?)",
                (serial, token, asked["purpose"][:100], callback, clock.now().timestamp()),
            )
        text = f"{request.base_url}elicence/phone/{token}"
        return self._signed({"bizSn": serial, "qrText": text, "expiresIn": LIFE}, fault)

    async def result(self, request: Request, fault: Fault) -> Response:
        """Say how a login stands."""
        asked = await self._believed(request)
        if asked is None:
            return JSONResponse({"error": "request"}, 401)
        rows = await self._store.rows("SELECT * FROM licence_codes WHERE serial = ?", str(asked.get("bizSn")))
        if not rows:
            return JSONResponse({"error": "bizSn"}, 404)
        return self._signed(_told(dict(rows[0])), fault)

    async def _believed(self, request: Request) -> dict[str, Any] | None:
        """Return a request that is ours, fresh and new."""
        try:
            asked: Any = json.loads(await request.body())
        except (ValueError, RecursionError):
            return None
        if not isinstance(asked, dict) or asked.get("appId") != self._app_id:
            return None
        sealed = {name: value for name, value in asked.items() if name != "sign"}
        right = hmac.compare_digest(sm2.seal(sealed, self._secret).encode(), str(asked.get("sign")).encode())
        try:
            fresh = abs(int(asked["timestamp"]) - clock.now().timestamp()) <= MOST_SKEW
        except (KeyError, TypeError, ValueError):
            return None
        if not right or not fresh or not await self._store.use_nonce(System.LICENCE, str(asked.get("nonce"))):
            return None
        return asked

    def _signed(self, content: dict[str, Any], fault: Fault) -> Response:
        return JSONResponse(self.signed(content, fault), headers={"Cache-Control": "no-store"})

    def signed(self, content: dict[str, Any], fault: Fault) -> dict[str, Any]:
        """Return an answer with its signature; a fault makes it one that nobody may believe."""
        wrong = fault.code if fault.mode is Mode.BUSINESS_REFUSAL else ""
        if wrong == "wrong_serial":
            content = content | {"bizSn": clock.new_id()}
        if "data" in content:
            old = {"signTime": _now() - 3600} if fault.mode is Mode.OLD_TIMESTAMP else {}
            content = content | {"data": content["data"] | old | _WRONG.get(wrong, {})}
        key = self._foreign if fault.mode is Mode.BAD_SIGNATURE or wrong == "foreign_cert" else self._own
        sent = content | {"sign": sm2.sign(content, private_key=key.private_key, public_key=key.public_key)}
        return sent | ({"signCert": key.public_key.hex()} if wrong == "foreign_cert" else {})

    async def scan(self, request: Request) -> Response:
        """The phone opens the code: from now on it is this phone's."""
        async with self._store.transaction() as connection:
            cursor = await connection.execute(
                "UPDATE licence_codes SET state = CASE state WHEN 'WAIT' THEN 'SCANNED' ELSE state END"
                " WHERE token = ? RETURNING *",
                (request.path_params["token"],),
            )
            found = await cursor.fetchone()
        if found is None:
            return page(_TITLE, '<p class="card">二维码无效，请回到办事大厅刷新。</p>', status=404, narrow=True)
        code = dict(found)
        if _told(code)["state"] != "SCANNED":
            return page(_TITLE, '<p class="card" role="status">二维码已失效或已处理，不能再次使用。</p>', narrow=True)
        return page(_TITLE, _form(code), narrow=True)

    async def decide(self, request: Request) -> Response:
        """The holder shows a licence, or does not; the first decision counts."""
        sent = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        unit, agreed = BY_USCC.get(sent.get("unit", "")), sent.get("act") == "show"
        known = sent.get("holder") in set(HolderType)
        if agreed and (unit is None or not known):
            return page(_TITLE, '<p class="card">请选择执照和持有人。</p>', status=400, narrow=True)
        data = ""
        if agreed and unit:
            data = json.dumps(_licence(unit, HolderType(sent["holder"]), numbered=sent.get("numbered") == "yes"))
        async with self._store.transaction() as connection:
            cursor = await connection.execute(
                "UPDATE licence_codes SET state = ?, data = ?"
                " WHERE token = ? AND state = 'SCANNED' AND created_at > ? RETURNING *",
                (
                    "AUTHED" if agreed else "REFUSED",
                    data,
                    request.path_params["token"],
                    clock.now().timestamp() - LIFE,
                ),
            )
            found = await cursor.fetchone()
        if found is None:
            return page(_TITLE, '<p class="card" role="status">二维码已失效或已处理，不能再次使用。</p>', narrow=True)
        await self._tell(dict(found))
        done = "已出示电子营业执照，请回到电脑。" if agreed else "已拒绝出示，电脑上不会登录。"
        return page(_TITLE, f'<p class="card" role="status">{done}</p>', narrow=True)

    async def _tell(self, code: dict[str, Any]) -> None:
        """Tell the portal; it asks by itself too, so a call that fails is not repeated."""
        if not code["callback"]:
            return
        fault = self._faults.take("licence_callback")
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=CALLBACK_SECONDS) as client:
                await client.post(code["callback"], json=self.signed(_told(code), fault))
        except httpx.HTTPError:
            return


def _told(code: dict[str, Any]) -> dict[str, Any]:
    over = code["state"] in ("WAIT", "SCANNED") and clock.now().timestamp() - code["created_at"] > LIFE
    told = {"bizSn": code["serial"], "state": "EXPIRED" if over else code["state"]}
    return told | ({"data": json.loads(code["data"])} if code["data"] else {})


def _now() -> int:
    return int(clock.now().timestamp())


def _licence(unit: DemoUnit, holder: HolderType, *, numbered: bool) -> dict[str, Any]:
    shows = unit.legal_rep if holder is HolderType.LEGAL_REP else _OTHERS[holder]
    number = {"holderIdNumber": shows.id_number} if numbered else {}
    return {
        "uniscid": unit.uscc,
        "entname": unit.name,
        "lerepName": unit.legal_rep.name,
        "holderType": holder.value,
        "holderName": shows.name,
        "certUniqueId": base64.b32encode(unit.uscc.encode()).decode().rstrip("="),
        "licenseSn": f"L{unit.uscc}",
        "licenseState": "NORMAL" if unit.active else "CANCELLED",
        "signTime": _now(),
    } | number


_WRONG: dict[str, dict[str, Any]] = {
    "wrong_uscc": {"uniscid": "91320000134791231X"},
    "wrong_holder": {"holderType": "NEIGHBOUR"},
    "wrong_name": {"holderName": "另一个人"},
    "no_name": {"lerepName": ""},
    "no_time": {"signTime": None},
    "stopped": {"licenseState": "SUSPENDED"},
}


def _form(code: dict[str, Any]) -> str:
    units = "".join(
        f'<option value="{unit.uscc}">{escape(unit.name)}{"" if unit.active else "（已注销）"}</option>'
        for unit in UNITS
    )
    holders = "".join(f'<option value="{kind.value}">{escape(label)}</option>' for kind, label in _HOLDERS.items())
    return (
        f'<dl class="card"><dt>用途</dt><dd>{escape(code["purpose"])}</dd></dl>'
        f'<form method="post" action="{PATH}/phone/{escape(code["token"])}" class="stack">'
        '<p class="note">真实环境在「电子营业执照」小程序中选择执照并刷脸。这里请选择执照和持有人。</p>'
        f'<label for="unit">电子营业执照</label><select id="unit" name="unit">{units}</select>'
        f'<label for="holder">持有人</label><select id="holder" name="holder">{holders}</select>'
        '<label for="numbered">结果中的持有人证件号码</label><select id="numbered" name="numbered">'
        '<option value="yes">提供</option><option value="no">不提供</option></select>'
        '<button class="primary" name="act" value="show">出示</button>'
        '<button name="act" value="refuse">拒绝</button></form>'
    )
