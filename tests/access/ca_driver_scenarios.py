"""The check-up of a CA's key as its page calls it (R-2.4.2)."""

import asyncio
import base64
from typing import Any

from jsrs_portal.catalog.demo import DEMO_UNIT
from jsrs_portal.certificates.reading import Kind
from jsrs_portal.gateways.ca.demo_ca import DemoCa
from tests.access import people
from tests.access.client import Socket
from tests.access.scenarios import Walk, permitted

PAGE = "/login/ca-driver"
STATE = "ca_driver_state"


def _titles(tab: Socket) -> list[str]:
    of_keys = [finding for key in tab.value(STATE, "keys") for finding in key["findings"]]
    return [finding["title"] for finding in (*tab.value(STATE, "findings"), *of_keys)]


@permitted("CaDriverState.load", "CaDriverState.check", "CaDriverState.found", "CaDriverState.failed")
async def checks_a_key(walk: Walk) -> None:
    """Without a driver, with an empty one, with the key of a registered unit, and with what is no certificate."""
    portal = walk.cast.portal
    issued = DemoCa.open(portal.folder, portal.sandbox).issue(uscc=DEMO_UNIT.uscc, kind=Kind.SM2)
    good = {"id": "1", "name": "钥匙", "left": "6", "certificate": base64.b64encode(issued.der).decode()}
    asked: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("failed", {"code": "absent"}, "没有检测到驱动"),
        ("failed", {"code": "nonsense"}, "驱动没有正常应答"),
        ("found", {"certificates": []}, "没有检测到 USB Key"),
        ("found", {"certificates": [good]}, "证书可以用于登录"),
        ("found", {"certificates": [good | {"left": "0"}]}, "PIN 码已锁定"),
        ("found", {"certificates": [good | {"certificate": "AAAA"}]}, "证书无法读取"),
        ("found", {"certificates": [{"name": 7}, "x"]}, "没有检测到 USB Key"),
    )
    await asyncio.to_thread(portal.with_lists)
    browser = await people.visitor(portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "CaDriverState.load", page=PAGE)
        for method, payload, title in asked:
            await walk.call(tab, "CaDriverState.check", page=PAGE)
            assert (tab.value(STATE, "wanted"), _titles(tab)) == ("list", [])
            await walk.call(tab, f"CaDriverState.{method}", payload, PAGE)
            assert tab.value(STATE, "wanted") == ""
            assert title in _titles(tab), _titles(tab)
