"""The simulated business registry: it compares like the real one, and a page shows what to enter in a demonstration."""

from html import escape
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from jsrs_portal.gateways.business_registry import signed
from jsrs_portal.gateways.business_registry.sandbox_units import BY_USCC, UNITS
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.identity.sandbox_persons import PERSONS, DemoPerson
from jsrs_portal.gateways.simulation.faults import Faults
from jsrs_portal.gateways.simulation.pages import page, table
from jsrs_portal.gateways.simulation.signed_endpoint import BAD_REQUEST, Result, signed_route
from jsrs_portal.gateways.simulation.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS registry_changes (uscc TEXT PRIMARY KEY, id_number TEXT NOT NULL) WITHOUT ROWID;
"""
"""Whom the registry names as legal representative of a unit instead of the one it began with."""
_LONGEST_FORM = 1000


class RegistrySimulator:
    """The registry with its page, on which a demonstration has a unit's legal representative change (R-2.6.2.4)."""

    def __init__(self, store: Store) -> None:
        """Take where the changes are kept."""
        self._store = store

    async def answer(self, content: dict[str, Any]) -> Result:
        """Say which stated facts agree; the unit's own facts go only to who stated all of them rightly."""
        person = content.get("legal_rep")
        if not isinstance(person, dict) or not isinstance(content.get("uscc"), str):
            return BAD_REQUEST
        unit = BY_USCC.get(content["uscc"])
        if unit is None:
            matches = {"name": False, "legal_rep_name": False, "legal_rep_id": False}
            return 200, {"found": False, "active": False, "matches": matches, "facts": None}
        leader = (await self._leaders())[unit.uscc]
        matches = {
            "name": content.get("name") == unit.name,
            "legal_rep_name": person.get("name") == leader.name,
            "legal_rep_id": (person.get("id_type"), person.get("id_number")) == (leader.id_type, leader.id_number),
        }
        facts = None
        if unit.active and all(matches.values()):
            facts = vars(unit.facts) | {"established_on": unit.facts.established_on.isoformat()}
        return 200, {"found": True, "active": unit.active, "matches": matches, "facts": facts}

    async def page(self, _request: Request) -> Response:
        """Show the units as they are registered now, and the form that changes who leads one."""
        head = ("单位名称", "统一社会信用代码", "法定代表人", "证件类型", "证件号码", "登记机关", "状态")
        leaders = await self._leaders()
        rows = [
            (
                unit.name,
                unit.uscc,
                leaders[unit.uscc].name,
                "01 居民身份证",
                leaders[unit.uscc].id_number,
                unit.facts.authority_name,
                "存续" if unit.active else "已注销，不能注册",
            )
            for unit in UNITS
        ]
        hint = '<p class="card">在门户注册单位时，按下表填写即可通过核验；任何一项不同，核验都会不通过。</p>'
        units = "".join(f'<option value="{unit.uscc}">{escape(unit.name)}</option>' for unit in UNITS if unit.active)
        people = "".join(f'<option value="{one.id_number}">{escape(one.name)}</option>' for one in PERSONS)
        form = (
            '<form method="post" action="/registry/change" class="card"><h2>变更登记</h2>'
            '<p class="note">模拟单位在登记机关变更了法定代表人；之后可在门户办理「法定代表人变更」。</p>'
            f'<label for="uscc">单位</label><p><select id="uscc" name="uscc">{units}</select></p>'
            f'<label for="person">新法定代表人</label><p><select id="person" name="person">{people}</select></p>'
            "<button>变更法定代表人</button></form>"
        )
        return page("模拟企业登记库", hint + table("演示单位", head, rows) + form)

    async def change(self, request: Request) -> Response:
        """Register another legal representative for a unit."""
        body = await request.body()
        typed = parse_qs(body[:_LONGEST_FORM].decode("utf-8", "replace"))
        uscc, number = (typed.get(name, [""])[0] for name in ("uscc", "person"))
        if uscc not in BY_USCC or number not in _BY_NUMBER:
            return page("没有这个单位或人员", '<p><a href="/registry">返回</a></p>', status=400)
        async with self._store.transaction() as connection:
            await connection.execute(
                "INSERT INTO registry_changes VALUES (?, ?) ON CONFLICT (uscc) DO UPDATE SET id_number = ?",
                (uscc, number, number),
            )
        return RedirectResponse("/registry", 303)

    async def _leaders(self) -> dict[str, DemoPerson]:
        """Return who leads each unit now."""
        changed = {row["uscc"]: row["id_number"] for row in await self._store.rows("SELECT * FROM registry_changes")}
        return {unit.uscc: _BY_NUMBER.get(changed.get(unit.uscc, ""), unit.legal_rep) for unit in UNITS}


_BY_NUMBER = {one.id_number: one for one in PERSONS}


def routes(*, app_id: str, secret: str, store: Store, faults: Faults) -> list[Route]:
    """Return the interface (R-2.2.2) and the page that lists the units, with its form."""
    registry = RegistrySimulator(store)
    api = signed_route(
        "/registry" + signed.PATH,
        system=System.REGISTRY,
        app_id=app_id,
        secret=secret,
        store=store,
        faults=faults,
        answer=registry.answer,
    )
    return [
        api,
        Route("/registry", registry.page, methods=["GET"]),
        Route("/registry/change", registry.change, methods=["POST"]),
    ]
