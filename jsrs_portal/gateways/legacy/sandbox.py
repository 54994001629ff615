"""The simulated old systems: they compare like real ones, and a page shows what to enter in a demonstration."""

import hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jsrs_portal.catalog.demo_legacy import DEMO_LEGACY, DEMO_LEGACY_PASSWORD, DemoLegacyAccount
from jsrs_portal.catalog.shipped import legacy_systems
from jsrs_portal.domain.identifiers import normalise
from jsrs_portal.domain.legacy import LegacySystem
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.legacy import signed
from jsrs_portal.gateways.legacy.port import MOST_UNITS
from jsrs_portal.gateways.simulation.faults import Faults
from jsrs_portal.gateways.simulation.pages import page, table
from jsrs_portal.gateways.simulation.signed_endpoint import BAD_REQUEST, Result, signed_route
from jsrs_portal.gateways.simulation.store import Store
from jsrs_portal.settings import Settings


def _told(account: DemoLegacyAccount, number: str) -> dict[str, Any]:
    wanted = normalise(number)
    listed = sorted(account.units, key=lambda unit: normalise(unit.number) != wanted)[:MOST_UNITS]
    units = [
        {
            "number": unit.number,
            "uscc": unit.uscc,
            "name": unit.name,
            "legal_rep": {"id_type": "01", "id_number": unit.legal_id_number, "name": unit.legal_name},
        }
        for unit in listed
    ]
    return {
        "right": True,
        "account": account.username,
        "units": units,
        "more": len(account.units) > len(units),
    }


def _answers(system: str):
    known = {normalise(one.username): one for one in DEMO_LEGACY if one.system == system}

    async def answer(content: dict[str, Any]) -> Result:
        """Give the units only to who knows the password; whichever part is wrong, the answer is the same."""
        username, password, number = content.get("username"), content.get("password"), content.get("number", "")
        if not isinstance(username, str) or not isinstance(password, str) or not isinstance(number, str):
            return BAD_REQUEST
        account = known.get(normalise(username))
        right = hmac.compare_digest(password.encode("utf-8", "replace"), DEMO_LEGACY_PASSWORD.encode())
        return 200, _told(account, number) if account and right else {"right": False}

    return answer


async def _page(_request: Request) -> Response:
    rows = [
        (_named(account.system), account.username, DEMO_LEGACY_PASSWORD, unit.number, unit.name, unit.legal_name)
        for account in DEMO_LEGACY
        for unit in account.units
    ]
    hint = '<p class="card">在门户办理地市历史用户升级时，按下表填写即可通过校验；有多个单位的，再填单位编号。</p>'
    head = ("历史系统", "原用户名", "原密码", "单位编号", "单位名称", "法人")
    return page("模拟历史系统", hint + table("演示账户", head, rows))


def _named(key: str) -> str:
    found = legacy_systems().find(key)
    return found.name if found else key


def routes(settings: Settings, *, store: Store, faults: Faults) -> list[Route]:
    """Return the interface (R-2.3.3) of every system that is asked, and the page that lists the accounts."""
    asked: list[LegacySystem] = [one for one in legacy_systems().systems if one.adapter == "signed"]
    apis = [
        signed_route(
            f"/legacy/{one.key}{signed.PATH}",
            system=System.LEGACY,
            app_id=settings.legacy_app_id,
            secret=settings.legacy_connection(one.key)[1],
            store=store,
            faults=faults,
            answer=_answers(one.key),
        )
        for one in asked
    ]
    return [*apis, Route("/legacy", _page, methods=["GET"])]
