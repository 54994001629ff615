"""The simulated business registry: it compares like the real one, and a page shows what to enter in a demonstration."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jsrs_portal.gateways.business_registry import signed
from jsrs_portal.gateways.business_registry.sandbox_units import BY_USCC, UNITS
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.simulation.faults import Faults
from jsrs_portal.gateways.simulation.pages import page, table
from jsrs_portal.gateways.simulation.signed_endpoint import BAD_REQUEST, Result, signed_route
from jsrs_portal.gateways.simulation.store import Store


async def _answer(content: dict[str, Any]) -> Result:
    """Say which stated facts agree; the unit's own facts go only to who stated all of them rightly."""
    person = content.get("legal_rep")
    if not isinstance(person, dict) or not isinstance(content.get("uscc"), str):
        return BAD_REQUEST
    unit = BY_USCC.get(content["uscc"])
    if unit is None:
        matches = {"name": False, "legal_rep_name": False, "legal_rep_id": False}
        return 200, {"found": False, "active": False, "matches": matches, "facts": None}
    matches = {
        "name": content.get("name") == unit.name,
        "legal_rep_name": person.get("name") == unit.legal_rep.name,
        "legal_rep_id": (person.get("id_type"), person.get("id_number"))
        == (unit.legal_rep.id_type, unit.legal_rep.id_number),
    }
    facts = None
    if unit.active and all(matches.values()):
        facts = vars(unit.facts) | {"established_on": unit.facts.established_on.isoformat()}
    return 200, {"found": True, "active": unit.active, "matches": matches, "facts": facts}


async def _page(_request: Request) -> Response:
    head = ("单位名称", "统一社会信用代码", "法定代表人", "证件类型", "证件号码", "登记机关", "状态")
    rows = [
        (
            unit.name,
            unit.uscc,
            unit.legal_rep.name,
            "01 居民身份证",
            unit.legal_rep.id_number,
            unit.facts.authority_name,
            "存续" if unit.active else "已注销，不能注册",
        )
        for unit in UNITS
    ]
    hint = '<p class="card">在门户注册单位时，按下表填写即可通过核验；任何一项不同，核验都会不通过。</p>'
    return page("模拟企业登记库", hint + table("演示单位", head, rows))


def routes(*, app_id: str, secret: str, store: Store, faults: Faults) -> list[Route]:
    """Return the interface (R-2.2.2) and the page that lists the units."""
    api = signed_route(
        "/registry" + signed.PATH,
        system=System.REGISTRY,
        app_id=app_id,
        secret=secret,
        store=store,
        faults=faults,
        answer=_answer,
    )
    return [api, Route("/registry", _page, methods=["GET"])]
