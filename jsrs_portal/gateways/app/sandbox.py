"""「模拟江苏智慧人社APP」: a page that plays the phone, by the same interface that the real app's server would use."""

import re
from html import escape

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jsrs_portal.gateways.app.simulated import SimulatedApp
from jsrs_portal.gateways.identity.sandbox_persons import PERSONS, DemoPerson
from jsrs_portal.gateways.simulation.pages import page

_TITLE = "模拟江苏智慧人社APP"
_CODE = re.compile(r"/q/([A-Za-z0-9_-]{43})\s*$")
_DONE = {"confirm": "已确认登录，请回到电脑。", "cancel": "已取消登录。"}
_ROWS = (
    ("site", "网站"),
    ("action", "操作"),
    ("unit", "单位"),
    ("device", "设备"),
    ("place", "登录网络"),
    ("started", "二维码打开时间"),
    ("person", "登录人"),
)


class AppPages:
    """The phone of one of the demonstration's persons."""

    def __init__(self, app: SimulatedApp) -> None:
        """Speak as ``app``."""
        self._app = app

    def routes(self) -> list[Route]:
        """Return the page and what its forms are sent to."""
        return [Route("/app", self._show, methods=["GET"]), Route("/app", self._act, methods=["POST"])]

    async def _show(self, _request: Request) -> Response:
        return page(_TITLE, _form("", ""), narrow=True)

    async def _act(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        person = next((one for one in PERSONS if one.id_number == form.get("person")), PERSONS[0])
        address, act = form.get("address", ""), form.get("act", "scan")
        code = _CODE.search(address)
        if code is None:
            return page(_TITLE, _said("请粘贴登录页二维码中的地址。") + _form(person.id_number, address), narrow=True)
        try:
            body = await self._done(person, code[1], act if act in _DONE else "scan", address)
        except (httpx.HTTPError, ValueError):
            body = _said("门户没有应答，请稍后再试。")
        return page(_TITLE, body, narrow=True)

    async def _done(self, person: DemoPerson, code: str, act: str, address: str) -> str:
        phone = {
            "id_type": person.id_type,
            "id_number": person.id_number,
            "name": person.name,
            "device": f"simulated-{person.id_number[-6:]}",
            "device_name": "模拟手机",
        }
        status, known = await self._app.post("/phones", phone)
        if status != 200:
            return _said(known["message"]) + _form(person.id_number, address)
        status, answer = await self._app.post(f"/scans/{act}", {"phone": known["phone"], "code": code})
        if status != 200:
            return _said(answer["message"]) + _form(person.id_number, address)
        if act in _DONE:
            return _said(_DONE[act]) + _form(person.id_number, "")
        rows = "".join(f"<dt>{label}</dt><dd>{escape(str(answer[name]))}</dd>" for name, label in _ROWS)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in (("person", person.id_number), ("address", address))
        )
        return (
            f'<dl class="card">{rows}</dl><form method="post" action="/app" class="stack">{hidden}'
            '<button class="primary" name="act" value="confirm">确认登录</button>'
            '<button name="act" value="cancel">取消</button></form>'
        )


def _said(sentence: str) -> str:
    return f'<p class="card" role="status">{escape(sentence)}</p>'


def _form(chosen: str, address: str) -> str:
    options = "".join(
        f'<option value="{escape(one.id_number)}"{" selected" if one.id_number == chosen else ""}>'
        f"{escape(one.name)}</option>"
        for one in PERSONS
    )
    return (
        '<form method="post" action="/app" class="stack">'
        '<p class="note">真实环境由 APP 扫码。这里请粘贴二维码中的地址，并选择已注册的人员。</p>'
        f'<label for="person">使用人</label><select id="person" name="person">{options}</select>'
        '<label for="address">二维码中的地址</label>'
        f'<input id="address" name="address" value="{escape(address)}" autocomplete="off">'
        '<button class="primary">扫一扫</button></form>'
    )
