"""机构管理 as those who may use it do, the institution's own page, and the change of a first password."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from jsrs_portal import clock
from jsrs_portal.domain.institutions import first_password
from tests.access import people
from tests.access.client import Socket
from tests.access.conftest import Cast
from tests.access.people import Account, Browser
from tests.access.scenarios import Walk, permitted

PAGE, HOME, FIRST = "/unit/institutions", "/institution", "/password/first"
STATE = "institutions_state"
OWN_PASSWORD = "Willow-83-barn"


def register(cast: Cast, number: str, name: str) -> str:
    """Add an institution of the neighbour's unit that has not been opened; return its id."""
    (unit,) = people.rows(cast.portal, "SELECT id FROM units WHERE uscc = ?", cast.neighbour.uscc)
    made = clock.new_id()
    people.execute(
        cast.portal,
        "INSERT INTO institutions (id, created_at, unit_id, number, name, kind, level, region, address, status,"
        " registered_by, version) VALUES (?, '2026-11-01 00:00:00.000000', ?, ?, ?, 'technical_school', 'COUNTY',"
        " '320500', '江苏省苏州市姑苏区残卷里5号', 'REGISTERED', '', 1)",
        *(made, unit["id"], number, name),
    )
    return made


def form_of(account: Account, **changed: str) -> dict[str, dict[str, str]]:
    """Return 「添加管理员信息」 as the page sends it."""
    typed = {"name": account.name, "id_type": "01", "id_number": account.id_number, "mobile": account.mobile}
    return {"form": typed | changed}


def row_of(tab: Socket, institution_id: str) -> dict[str, Any]:
    """Return the row of an institution as the page has it."""
    found: Any = tab.value(STATE, "items")
    return next(one for one in found if one["id"] == institution_id)


async def log_in(walk: Walk, number: str, account: Account, password: str) -> tuple[Browser, str]:
    """Log in for an institution; return the browser and where it was led, or why it was not."""
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        form = {"account": number, "identifier": account.mobile, "password": password}
        await walk.call(tab, "LoginState.submit_unit", {"form": form}, "/login")
        if not tab.departures:
            return browser, str(tab.value("login_state", "trouble"))
    assert parse_qs(urlsplit(tab.departures[-1]).query)["ticket"]
    return browser, (await browser.get(tab.departures[-1])).headers["location"]


@permitted(
    "InstitutionsState.load",
    "InstitutionsState.show",
    "InstitutionsState.close_dialog",
    "InstitutionsState.submit_administrator",
    "InstitutionsState.reset_password",
    "InstitutionsState.disable",
    "InstitutionsState.enable",
    "OwnInstitutionState.load",
    "FirstPasswordState.load",
    "FirstPasswordState.submit",
)
async def opens_an_institution_and_looks_after_it(walk: Walk) -> None:
    """Opened by its unit, used by its administrator, reset, handed over, disabled and enabled."""
    cast, number = walk.cast, "J329900011"
    school = register(cast, number, "姑苏残卷修复技工学校")
    boss = await people.log_in(cast.portal, cast.neighbour)
    first = first_password(cast.roleless.id_number)
    async with await boss.tab() as tab:

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"InstitutionsState.{method}", payload, PAGE)

        async def show(dialog: str) -> None:
            await call("show", {"dialog": dialog, "institution_id": school})
            assert (tab.value(STATE, "dialog"), tab.value(STATE, "target")["id"]) == (dialog, school)

        await call("load")
        assert (row_of(tab, school)["number"], row_of(tab, school)["status"]) == (number, "REGISTERED")
        await show("view")
        await call("close_dialog")
        assert tab.value(STATE, "dialog") == ""
        await show("open")
        await call("submit_administrator", form_of(cast.roleless, mobile=""))
        assert [one["field"] for one in tab.value(STATE, "errors")] == ["mobile"]
        await call("submit_administrator", form_of(cast.roleless, mobile=cast.victim.mobile))
        assert "没有找到" in str(tab.value(STATE, "trouble"))
        await call("submit_administrator", form_of(cast.roleless))
        await call("submit_administrator", form_of(cast.roleless))  # the second click of two
        assert (row_of(tab, school)["status"], row_of(tab, school)["version"]) == ("OPEN", 2)
        assert (tab.value("shell_state", "message"), tab.value(STATE, "trouble")) == (
            "机构已开通，并已通知新管理员。",
            "",
        )
        admin, where = await log_in(walk, number, cast.roleless, first)
        assert where == HOME
        await _changes_the_first_password(walk, admin, cast.roleless, number)
        await show("reset")
        await call("reset_password")
        assert "初始密码尚未修改" in row_of(tab, school)["password_note"]
        assert "不正确" in (await log_in(walk, number, cast.roleless, OWN_PASSWORD))[1]
        await show("replace")
        await call("submit_administrator", form_of(cast.roleless))
        assert "相同" in str(tab.value(STATE, "trouble"))
        await call("submit_administrator", form_of(cast.agent))
        assert row_of(tab, school)["admin_name"] == f"{cast.agent.name[0]}**"
        assert "不正确" in (await log_in(walk, number, cast.roleless, first))[1]
        await show("disable")
        await call("disable")
        assert row_of(tab, school)["status"] == "DISABLED"
        again = first_password(cast.agent.id_number)
        assert "不正确" in (await log_in(walk, number, cast.agent, OWN_PASSWORD))[1]
        assert "机构已停用" in (await log_in(walk, number, cast.agent, again))[1]
        await show("enable")
        await call("enable")
        assert (row_of(tab, school)["status"], row_of(tab, school)["version"]) == ("OPEN", 6)
        everything = tab.received
    for one in (cast.roleless, cast.agent, cast.neighbour, cast.institution_admin):
        assert not [secret for secret in (one.name, one.id_number, one.mobile) if secret in everything]
    assert first not in everything


async def _changes_the_first_password(walk: Walk, admin: Browser, account: Account, number: str) -> None:
    """Nothing else can be done before; afterwards the institution's page is there, in the same session."""
    first = first_password(account.id_number)
    async with await admin.tab() as tab:
        await walk.call(tab, "OwnInstitutionState.load", page=HOME)
        assert tab.departures == [FIRST]
        await walk.call(tab, "FirstPasswordState.load", page=FIRST)
        assert tab.departures == [FIRST]
        for password, again, field in ((first, first, "password"), (OWN_PASSWORD, "other", "confirmation")):
            form = {"form": {"password": password, "confirmation": again}}
            await walk.call(tab, "FirstPasswordState.submit", form, FIRST)
            assert [one["field"] for one in tab.value("first_password_state", "errors")] == [field]
        form = {"form": {"password": OWN_PASSWORD, "confirmation": OWN_PASSWORD}}
        await walk.call(tab, "FirstPasswordState.submit", form, FIRST)
        assert tab.departures[-1] == HOME
        await walk.call(tab, "OwnInstitutionState.load", page=HOME)
        assert tab.value("own_institution_state", "own")["number"] == number
        await walk.call(tab, "FirstPasswordState.load", page=FIRST)
        assert tab.departures[-1] == "/session/ended", "nothing to change any more: back to where they belong"
        await walk.call(tab, "InstitutionsState.load", page=PAGE)
        assert tab.departures[-1] == "/refused"
        assert not [secret for secret in (account.name, account.id_number, account.mobile) if secret in tab.received]
