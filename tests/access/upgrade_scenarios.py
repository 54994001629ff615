"""地市历史用户升级 as its page calls it: forth, back and anew, to a unit with an administrator (R-2.3)."""

from jsrs_portal.catalog.demo import DEMO_ADMIN
from jsrs_portal.catalog.demo_legacy import DEMO_LEGACY_HALL, DEMO_LEGACY_PASSWORD
from tests.access import people
from tests.access.client import Socket
from tests.access.scenarios import Walk, permitted

PAGE = "/upgrade"
STATE = "upgrade_state"
UNIT = DEMO_LEGACY_HALL.units[0]
PASSWORD = "Lantern-71!reed"
ADMIN = {
    "id_type": "01",
    "id_number": DEMO_ADMIN.id_number,
    "name": DEMO_ADMIN.name,
    "mobile": DEMO_ADMIN.mobile,
    "password": PASSWORD,
    "confirmation": PASSWORD,
}


async def _send(walk: Walk, tab: Socket, method: str, payload: object, step: str) -> None:
    """Call a handler; then the step ``step`` is on the screen."""
    await walk.call(tab, f"UpgradeState.{method}", payload, PAGE)
    assert tab.value(STATE, "step") == step, (tab.value(STATE, "errors"), tab.value(STATE, "trouble"))


@permitted(
    "UpgradeState.load",
    "UpgradeState.explain",
    "UpgradeState.understood",
    "UpgradeState.choose_system",
    "UpgradeState.submit_account",
    "UpgradeState.submit_legal",
    "UpgradeState.submit_admin",
    "UpgradeState.back",
    "UpgradeState.start_again",
)
async def upgrades_an_old_account(walk: Walk) -> None:
    """The explanation, a wrong password, the right one, a step back, the end; and a step nobody may skip."""
    browser = await people.visitor(walk.cast.portal)
    typed = {"username": DEMO_LEGACY_HALL.username, "password": DEMO_LEGACY_PASSWORD}
    async with await browser.tab() as tab:
        await _send(walk, tab, "load", None, "system")
        assert tab.value(STATE, "explaining") is True
        await _send(walk, tab, "understood", None, "system")
        assert tab.value(STATE, "explaining") is False
        await _send(walk, tab, "explain", None, "system")
        assert tab.value(STATE, "explaining") is True
        await _send(walk, tab, "submit_admin", {"form": ADMIN}, "system")
        assert "刷新" in tab.value(STATE, "trouble"), "no step is skipped by a request made by hand"
        await _send(walk, tab, "choose_system", {"key": DEMO_LEGACY_HALL.system}, "account")
        await _send(walk, tab, "submit_account", {"form": typed | {"password": "wrong"}}, "account")
        assert "不正确" in tab.value(STATE, "trouble")
        await _send(walk, tab, "submit_account", {"form": typed}, "legal")
        assert tab.value(STATE, "legal")["name"] == f"{UNIT.legal_name[0]}**"
        await _send(walk, tab, "back", None, "account")
        await _send(walk, tab, "start_again", None, "system")
        await _send(walk, tab, "choose_system", {"key": DEMO_LEGACY_HALL.system}, "account")
        await _send(walk, tab, "submit_account", {"form": typed}, "legal")
        await _send(walk, tab, "submit_legal", {"form": {"mobile": "13912340302"}}, "admin")
        await _send(walk, tab, "submit_admin", {"form": ADMIN}, "done")
        number = tab.value(STATE, "result")["unit_number"]
        secrets = (UNIT.legal_name, UNIT.legal_id_number, DEMO_LEGACY_PASSWORD, "13912340302")
        assert not [secret for secret in secrets if secret in tab.received]
    ((known,),) = walk.cast.portal.database.rows("SELECT unit_number FROM units WHERE uscc = ?", UNIT.uscc)
    assert known == number
