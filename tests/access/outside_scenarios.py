"""电子营业执照登录 as its page calls it, with the simulated phone (R-2.4.6)."""

import httpx

from jsrs_portal.gateways.business_registry.sandbox_units import UNITS
from tests.access import people
from tests.access.client import Socket
from tests.access.scenarios import Walk, permitted

PAGE = "/login/licence"
STATE = "licence_state"
NEW_UNIT = next(unit for unit in UNITS if unit.name == "江苏衡川律师事务所")


async def decide(address: str, act: str = "show", unit: str = NEW_UNIT.uscc) -> None:
    """Scan the code with the simulated phone and decide."""
    async with httpx.AsyncClient(trust_env=False) as phone:
        assert (await phone.get(address)).status_code == 200
        answer = await phone.post(address, data={"unit": unit, "holder": "LEREP", "numbered": "yes", "act": act})
        assert answer.status_code == 200, answer.text


async def shown(walk: Walk, tab: Socket) -> str:
    """Return what the demonstration says the picture holds."""
    assert tab.value(STATE, "shown") == "waiting", tab.value(STATE, "trouble")
    assert str(tab.value(STATE, "qr")).startswith("data:image/svg")
    return str(tab.value(STATE, "demo_address"))


@permitted("LicenceState.load", "LicenceState.begin", "LicenceState.expire", "LicenceState.poll")
async def logs_in_by_a_licence(walk: Walk) -> None:
    """A code expires, the next one is refused on the phone, the third leads a new unit to its registration."""
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "LicenceState.load", page=PAGE)
        first = await shown(walk, tab)
        await walk.call(tab, "LicenceState.expire", page=PAGE)
        assert tab.value(STATE, "shown") == "expired"
        await walk.call(tab, "LicenceState.begin", page=PAGE)
        second = await shown(walk, tab)
        assert second != first
        await decide(second, "refuse")
        await walk.call(tab, "LicenceState.poll", page=PAGE)
        assert tab.value(STATE, "shown") == "cancelled"
        await walk.call(tab, "LicenceState.begin", page=PAGE)
        await decide(await shown(walk, tab))
        await walk.call(tab, "LicenceState.poll", page=PAGE)
        assert tab.departures[-1] == "/register/unit"
        assert NEW_UNIT.legal_rep.id_number not in tab.received
