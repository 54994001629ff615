"""Every handler of ours works for somebody permitted; otherwise refusals would prove nothing (rule 1)."""

import asyncio
from dataclasses import dataclass

import pytest

from jsrs_portal.catalog.demo import DEMO_PERSON, DEMO_UNIT
from jsrs_portal.gateways.business_registry import sandbox_units
from jsrs_portal.gateways.identity import sandbox_persons
from jsrs_portal.services.face_links import link_token
from tests.access import (
    account_scenarios,
    agents_scenarios,
    application_scenarios,
    ca_driver_scenarios,
    ca_scenarios,
    cases_scenarios,
    courier_scenarios,
    desk_scenarios,
    hall_scenarios,
    home_scenarios,
    institutions_scenarios,
    notices_scenarios,
    outside_scenarios,
    people,
    puzzle_scenarios,
    rating_scenarios,
    recovery_scenarios,
    result_scenarios,
    scan_scenarios,
    sessions_scenarios,
    staff_scenarios,
    unit_info_scenarios,
    upgrade_scenarios,
    workbench_scenarios,
)
from tests.access.client import SESSION_ENDED, Socket
from tests.access.conftest import Cast
from tests.access.evidence import Log
from tests.access.handlers import registry
from tests.access.people import Browser, rows
from tests.access.scenarios import SCENARIOS, Walk, permitted

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNIT = "unit_registration_state"
PERSON = "person_registration_state"
UNIT_PAGE, PERSON_PAGE = "/register/unit", "/register/person"
NEW_UNIT = next(unit for unit in sandbox_units.UNITS if unit.name == "江阴市澄北村股份经济合作社")
OTHER_UNIT = next(unit for unit in sandbox_units.UNITS if unit.name == "江苏云帆职业技能联合工会")
NEW_PERSON = sandbox_persons.JIANG_YANQIU
assert account_scenarios.PAGE, "its scenarios are in the table below"
assert agents_scenarios.PAGE, "its scenarios are in the table below"
assert application_scenarios.PAGE, "its scenarios are in the table below"
assert ca_driver_scenarios.PAGE, "its scenarios are in the table below"
assert ca_scenarios.PAGE, "its scenarios are in the table below"
assert courier_scenarios.PAGE, "its scenarios are in the table below"
assert desk_scenarios.QUEUE, "its scenarios are in the table below"
assert cases_scenarios.PAGE, "its scenarios are in the table below"
assert hall_scenarios.MATTER, "its scenarios are in the table below"
assert home_scenarios.PAGE, "its scenarios are in the table below"
assert institutions_scenarios.PAGE, "its scenarios are in the table below"
assert notices_scenarios.PAGE, "its scenarios are in the table below"
assert outside_scenarios.PAGE, "its scenarios are in the table below"
assert puzzle_scenarios.PAGE, "its scenarios are in the table below"
assert rating_scenarios.PAGE, "its scenarios are in the table below"
assert recovery_scenarios.PAGE, "its scenarios are in the table below"
assert result_scenarios.PAGE, "its scenarios are in the table below"
assert scan_scenarios.PAGE, "its scenarios are in the table below"
assert sessions_scenarios.PAGE, "its scenarios are in the table below"
assert staff_scenarios.INSTITUTION, "its scenarios are in the table below"
assert unit_info_scenarios.PAGE, "its scenarios are in the table below"
assert upgrade_scenarios.PAGE, "its scenarios are in the table below"
assert workbench_scenarios.PAGE, "its scenarios are in the table below"
PASSWORD = "Orchard-59-lamp"


@dataclass
class Registering:
    """A visitor in one of the wizards."""

    walk: Walk
    browser: Browser
    tab: Socket
    wizard: str
    page: str
    state: str

    async def call(self, method: str, form: dict[str, str] | None = None) -> None:
        await self.walk.call(self.tab, f"{self.wizard}.{method}", {"form": form} if form else None, self.page)

    def shown(self, name: str) -> object:
        return self.tab.value(self.state, name)

    def expect_step(self, step: str) -> None:
        assert self.shown("step") == step, (self.shown("errors"), self.shown("trouble"))

    async def close(self) -> None:
        await self.tab.close()


async def _registering(walk: Walk, *, unit: bool) -> Registering:
    browser = await people.visitor(walk.cast.portal)
    tab = await browser.tab()
    if unit:
        return Registering(walk, browser, tab, "UnitRegistrationState", UNIT_PAGE, UNIT)
    return Registering(walk, browser, tab, "PersonRegistrationState", PERSON_PAGE, PERSON)


def _step_1(unit: sandbox_units.DemoUnit) -> dict[str, str]:
    leader = unit.legal_rep
    return {
        "uscc": unit.uscc,
        "unit_name": unit.name,
        "id_type": leader.id_type,
        "id_number": leader.id_number,
        "legal_name": leader.name,
        "agreed": "yes",
    }


def _account(mobile: str, code: str = "") -> dict[str, str]:
    return {"mobile": mobile, "code": code, "password": PASSWORD, "confirmation": PASSWORD}


async def _face_passed(wizard: Registering) -> None:
    """Press the button on the phone, then poll as the page does until it has moved on."""
    await people.pass_face(wizard.walk.cast.portal, wizard.browser)
    for _ in range(20):
        await wizard.call("poll_face")
        if wizard.shown("step") != "face":
            return
        await asyncio.sleep(0.3)


@permitted(
    "UnitRegistrationState.load",
    "UnitRegistrationState.submit_unit",
    "UnitRegistrationState.start_face",
    "UnitRegistrationState.poll_face",
    "UnitRegistrationState.send_code",
    "UnitRegistrationState.submit_account",
)
async def registers_a_unit(walk: Walk) -> None:
    """法人注册 from the first page to the unit number."""
    portal, mobile = walk.cast.portal, "13711110001"
    wizard = await _registering(walk, unit=True)
    await wizard.call("load")
    wizard.expect_step("unit")
    await wizard.call("submit_unit", _step_1(NEW_UNIT))
    wizard.expect_step("face")
    first = wizard.shown("qr")
    await wizard.call("start_face")
    assert wizard.shown("face_state") == "waiting"
    assert str(wizard.shown("qr")).startswith("data:image/svg+xml")
    assert wizard.shown("qr") != first
    await _face_passed(wizard)
    wizard.expect_step("account")
    people.solve(portal, wizard.browser)
    await wizard.call("send_code", {"mobile": mobile})
    assert wizard.shown("resend_at")
    await wizard.call("submit_account", _account(mobile, await people.sms_code(portal, mobile)))
    wizard.expect_step("done")
    found = rows(portal, "SELECT unit_number FROM units WHERE uscc = ?", NEW_UNIT.uscc)
    assert [wizard.shown("result")["unit_number"]] == [unit["unit_number"] for unit in found]  # pyright: ignore
    grants = "SELECT role FROM grants WHERE unit_id = (SELECT id FROM units WHERE uscc = ?)"
    assert rows(portal, grants, NEW_UNIT.uscc) == [{"role": "LEGAL_REP"}]
    await wizard.close()


@permitted("PhoneFaceState.load", "PhoneFaceState.deny")
async def says_on_the_phone_that_a_check_is_not_theirs(walk: Walk) -> None:
    """The phone is shown what the check is for; denied, the computer sees it cancelled."""
    wizard, phone = await _registering(walk, unit=True), await people.visitor(walk.cast.portal)
    unit = next(unit for unit in sandbox_units.UNITS if unit.name == "江苏省晴川地质档案馆")
    await wizard.call("submit_unit", _step_1(unit))
    wizard.expect_step("face")
    (check,) = rows(walk.cast.portal, "SELECT id FROM face_checks WHERE owner = ?", wizard.browser.key)
    page = (await phone.get(f"/v/{link_token(check['id'])}")).headers["location"]
    async with await phone.tab() as tab:
        await walk.call(tab, "PhoneFaceState.load", page=page)
        assert (tab.value("phone_face_state", "unit_name"), tab.value("phone_face_state", "person")) == (
            unit.name,
            f"{unit.legal_rep.name[0]}**",
        )
        assert unit.legal_rep.name not in tab.received
        await walk.call(tab, "PhoneFaceState.deny", page=page)
        assert tab.departures == ["/phone/denied"]
    await wizard.call("poll_face")
    assert wizard.shown("face_state") == "cancelled"
    await wizard.close()


@permitted(
    "TakeoverState.load",
    "TakeoverState.submit_unit",
    "TakeoverState.start_face",
    "TakeoverState.poll_face",
    "TakeoverState.send_code",
    "TakeoverState.submit_account",
    "TakeoverState.back",
    "TakeoverState.start_again",
)
async def takes_a_unit_over(walk: Walk) -> None:
    """法定代表人变更 of a unit whose legal representative is another by now, from the first page to the end."""
    portal, mobile = walk.cast.portal, "13711110003"
    unit = next(unit for unit in sandbox_units.UNITS if unit.name == "江苏省演示事务管理局")
    led_by = people.Account(
        "时过境",
        people.resident_id("32010219610101307"),
        "13711110004",
        unit_name=unit.name,
        uscc=unit.uscc,
        address="江苏省南京市鼓楼区示范路1号",
    )
    people.enrol(portal, led_by)
    browser = await people.visitor(portal)
    wizard = Registering(walk, browser, await browser.tab(), "TakeoverState", "/takeover", "takeover_state")
    await wizard.call("load")
    wizard.expect_step("unit")
    await wizard.call("submit_unit", _step_1(unit))
    wizard.expect_step("face")
    await wizard.call("back")
    wizard.expect_step("unit")
    await wizard.call("start_again")
    assert wizard.shown("uscc") == ""
    await wizard.call("submit_unit", _step_1(unit))
    await wizard.call("start_face")
    assert wizard.shown("face_state") == "waiting"
    await _face_passed(wizard)
    wizard.expect_step("account")
    assert wizard.shown("needless") == ""
    people.solve(portal, browser)
    await wizard.call("send_code", {"mobile": mobile})
    await wizard.call("submit_account", _account(mobile, await people.sms_code(portal, mobile)))
    wizard.expect_step("done")
    grants = (
        "SELECT status FROM grants WHERE role = 'LEGAL_REP' AND unit_id = (SELECT id FROM units WHERE uscc = ?)"
        " ORDER BY created_at"
    )
    assert rows(portal, grants, unit.uscc) == [{"status": "REVOKED"}, {"status": "GRANTED"}]
    for secret in (unit.legal_rep.id_number, unit.legal_rep.name, *led_by.own_secrets):
        assert secret not in wizard.tab.received
    await wizard.close()


@permitted("UnitRegistrationState.back", "UnitRegistrationState.start_again")
async def goes_back_and_begins_anew(walk: Walk) -> None:
    """「上一步」 keeps the answers, 「重新填写」 throws them away."""
    draft = "SELECT version FROM drafts WHERE wizard = 'unit-registration' AND owner = ?"
    wizard = await _registering(walk, unit=True)
    await wizard.call("submit_unit", _step_1(OTHER_UNIT))
    wizard.expect_step("face")
    await wizard.call("back")
    wizard.expect_step("unit")
    assert wizard.shown("uscc") == OTHER_UNIT.uscc
    assert rows(walk.cast.portal, draft, wizard.browser.key)
    await wizard.call("start_again")
    wizard.expect_step("unit")
    assert wizard.shown("uscc") == ""
    assert rows(walk.cast.portal, draft, wizard.browser.key) == []
    await wizard.close()


@permitted(
    "PersonRegistrationState.load",
    "PersonRegistrationState.submit_identity",
    "PersonRegistrationState.back",
    "PersonRegistrationState.send_code",
    "PersonRegistrationState.submit_account",
)
async def registers_a_person(walk: Walk) -> None:
    """个人用户注册 from the first page to the end, with one step back."""
    portal, mobile = walk.cast.portal, "13711110002"
    identity = {
        "id_type": "01",
        "id_number": NEW_PERSON.id_number,
        "name": NEW_PERSON.name,
        "agreed": "yes",
    }
    before = rows(portal, "SELECT id FROM persons")
    wizard = await _registering(walk, unit=False)
    await wizard.call("load")
    wizard.expect_step("identity")
    await wizard.call("submit_identity", identity)
    wizard.expect_step("account")
    await wizard.call("back")
    wizard.expect_step("identity")
    assert NEW_PERSON.id_number[-4:] in str(wizard.shown("id_number_hint"))
    await wizard.call("submit_identity", identity)
    people.solve(portal, wizard.browser)
    await wizard.call("send_code", {"mobile": mobile})
    await wizard.call("submit_account", _account(mobile, await people.sms_code(portal, mobile)))
    wizard.expect_step("done")
    assert len(rows(portal, "SELECT id FROM persons")) == len(before) + 1
    assert NEW_PERSON.id_number not in wizard.tab.received
    await wizard.close()


@permitted("PersonRegistrationState.start_again")
async def begins_the_person_anew(walk: Walk) -> None:
    """「重新填写」 throws the draft away."""
    leader = OTHER_UNIT.legal_rep
    wizard = await _registering(walk, unit=False)
    form = {"id_type": "01", "id_number": leader.id_number, "name": leader.name, "agreed": "yes"}
    await wizard.call("submit_identity", form)
    wizard.expect_step("account")
    await wizard.call("start_again")
    wizard.expect_step("identity")
    assert rows(walk.cast.portal, "SELECT id FROM drafts WHERE owner = ?", wizard.browser.key) == []
    await wizard.close()


@permitted(
    "LoginState.load",
    "LoginState.choose_side",
    "LoginState.choose_tab",
    "LoginState.submit_unit",
    "UnitState.load",
    "ShellState.load",
    "ShellState.log_out",
)
async def logs_in_for_a_unit_and_out(walk: Walk) -> None:
    """单位登录 with the account the demonstration's login page shows, the unit centre, 「退出登录」."""
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "LoginState.load", page="/login?reason=idle")
        assert "自动退出" in tab.value("login_state", "reason")
        await walk.call(tab, "LoginState.choose_side", {"side": "person"}, "/login")
        assert tab.value("login_state", "side") == "person"
        await walk.call(tab, "LoginState.choose_side", {"side": "unit"}, "/login")
        await walk.call(tab, "LoginState.choose_tab", {"tab": "scan"}, "/login")
        assert tab.value("login_state", "tab") == "scan"
        from jsrs_portal.catalog.demo import DEMO_PASSWORD

        form = {"account": DEMO_UNIT.uscc, "identifier": DEMO_PERSON.mobile, "password": DEMO_PASSWORD}
        await walk.call(tab, "LoginState.submit_unit", {"form": form}, "/login")
        assert tab.departures[-1].startswith("/session/open?ticket=")
    assert (await browser.get(tab.departures[-1])).headers["location"] == "/unit"
    async with await browser.tab() as tab:
        await walk.call(tab, "ShellState.load", page="/unit")
        assert tab.value("shell_state", "is_signed_in") is True
        assert tab.value("shell_state", "viewer_name") == f"{DEMO_PERSON.name[0]}**"
        await walk.call(tab, "UnitState.load", page="/unit")
        assert tab.value("unit_state", "uscc") == DEMO_UNIT.uscc
        walk.called.add("ShellState.log_out")
        await walk.call(tab, "ShellState.log_out", page="/unit")
        assert SESSION_ENDED in tab.departures
    ended = rows(walk.cast.portal, "SELECT ended_because FROM user_sessions WHERE token_hash = ?", browser.key)
    assert ended == [{"ended_because": "LOGOUT"}]


@permitted("LoginState.submit_person", "MyState.load")
async def logs_in_as_a_person(walk: Walk) -> None:
    """个人登录 and the own data, masked."""
    account = walk.cast.roleless
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        form = {"identifier": account.id_number, "password": people.PASSWORD}
        await walk.call(tab, "LoginState.submit_person", {"form": form}, "/login")
    assert (await browser.get(tab.departures[-1])).headers["location"] == "/my"
    async with await browser.tab() as tab:
        await walk.call(tab, "MyState.load", page="/my")
        assert tab.value("my_state", "document") == "*" * 15 + account.id_number[-4:]
        assert account.id_number not in tab.received


@permitted("ShellState.show_failure", "ShellState.dismiss", "ShellState.note_failure")
async def is_told_of_a_failure(walk: Walk) -> None:
    """The message with its reference number comes and goes; a page that cannot be drawn is noted."""
    browser, log = await people.visitor(walk.cast.portal), Log(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "ShellState.show_failure", {"reference": "AB12CD34"})
        assert "AB12CD34" in tab.value("shell_state", "message")
        await walk.call(tab, "ShellState.dismiss")
        assert tab.value("shell_state", "message") == ""
        await walk.call(tab, "ShellState.note_failure")
    assert [entry for entry in log.entries if entry.get("event") == "browser.failed"]


@pytest.mark.parametrize("name", list(SCENARIOS))
async def test_somebody_permitted_succeeds(cast: Cast, name: str) -> None:
    """Each scenario asserts what its handlers bring about; it must have called all it claims."""
    scenario, handlers = SCENARIOS[name]
    walk, log = Walk(cast), Log(cast.portal)
    await scenario(walk)
    assert set(handlers) <= walk.called, "claimed but not called"
    log.assert_no_failure()


async def test_every_handler_of_ours_has_a_scenario() -> None:
    """A new handler needs a scenario that calls it as somebody permitted."""
    ours = {handler.short for handler in registry().handlers if handler.ours}
    covered = {short for _, handlers in SCENARIOS.values() for short in handlers}
    assert ours - covered == set(), "no scenario"
    assert covered - ours == set(), "no such handler"


@pytest.mark.req("R-2.2.8")
async def test_no_step_can_be_submitted_before_the_ones_it_needs(cast: Cast) -> None:
    """Whatever a browser sends first: no code is sent, no check begins, nothing is written."""
    before = people.dump(cast.portal)
    for unit in (True, False):
        wizard = await _registering(Walk(cast), unit=unit)
        await wizard.call("send_code", {"mobile": "13711110003"})
        assert wizard.shown("trouble")
        await wizard.call("submit_account", _account("13711110003", "123456"))
        if unit:
            await wizard.call("start_face")
            await wizard.call("poll_face")
        await wizard.close()
    assert people.dump(cast.portal) == before


@pytest.mark.req("R-2.2.8")
async def test_the_face_of_another_step_1_does_not_count(cast: Cast) -> None:
    """A passed face check belongs to the person it began with: a changed step 1 needs another one."""
    wizard = await _registering(Walk(cast), unit=True)
    await wizard.call("submit_unit", _step_1(OTHER_UNIT))
    wizard.expect_step("face")
    await _face_passed(wizard)
    wizard.expect_step("account")
    await wizard.call("back")
    await wizard.call("back")
    wizard.expect_step("unit")
    await wizard.call("submit_unit", _step_1(next(u for u in sandbox_units.UNITS if u.name == "江苏省晴川地质档案馆")))
    wizard.expect_step("face")
    await wizard.call("poll_face")
    wizard.expect_step("face")
    await wizard.call("submit_account", _account("13711110004", "123456"))
    assert wizard.shown("step") == "face"
    assert rows(cast.portal, "SELECT id FROM units WHERE name = '江苏省晴川地质档案馆'") == []
    await wizard.close()
