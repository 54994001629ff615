"""The officers' platform as each role uses it; who logs in how is in :mod:`tests.access.people`."""

from typing import Any

from jsrs_portal.catalog.demo import DEMO_STAFF
from tests.access import people
from tests.access.client import SESSION_ENDED, Socket, at
from tests.access.handlers import ROOT_STATE
from tests.access.people import STAFF_PASSWORD, rows
from tests.access.scenarios import Walk, permitted

INSTITUTION = "南京疏影星图测绘站"
REASON = {"form": {"reason": "核对办件 2026-118"}}


@permitted("StaffLoginState.load", "StaffLoginState.refresh_codes", "StaffLoginState.submit", "StaffShellState.load")
async def an_officer_logs_in(walk: Walk) -> None:
    """With two factors, from the login to the frame; the demonstration's codes are there and nothing else."""
    browser = await people.visitor(walk.cast.portal)
    page = "/staff/login?next=/staff/search"
    async with await browser.tab() as tab:
        await walk.call(tab, "StaffLoginState.load", page="/staff/login?reason=idle")
        assert "自动退出" in tab.value("staff_login_state", "reason")
        await walk.call(tab, "StaffLoginState.refresh_codes", page=page)
        assert [one["login"] for one in tab.value("staff_login_state", "codes")] == [one.login for one in DEMO_STAFF]
        form = {"login": people.OFFICER, "password": STAFF_PASSWORD, "code": "000000"}
        await walk.call(tab, "StaffLoginState.submit", {"form": form}, page)
        assert "动态口令不正确" in tab.value("staff_login_state", "trouble")
        form["code"] = people.staff_code(walk.cast.portal, people.OFFICER)
        await walk.call(tab, "StaffLoginState.submit", {"form": form}, page)
        assert tab.departures[-1].startswith("/staff/session/open?ticket=")
    assert (await browser.get(tab.departures[-1])).headers["location"] == "/staff/search"
    assert browser.cookie.partition("=")[2].startswith("t.")
    async with await browser.tab() as tab:
        await walk.call(tab, "StaffShellState.load", page="/staff")
        assert tab.value("staff_shell_state", "login") == people.OFFICER
        assert tab.value("staff_shell_state", "offered") == [
            *("home", "cases", "ratings", "institutions", "search", "account")
        ]


@permitted("StaffShellState.enter", "StaffShellState.log_out")
async def an_officer_leaves(walk: Walk) -> None:
    """From the home out; the session is over."""
    browser = await people.log_in_staff(walk.cast.portal, people.SYSTEM)
    async with await browser.tab() as tab:
        await walk.call(tab, "StaffShellState.enter", page="/staff")
        assert tab.departures == []
        walk.called.add("StaffShellState.log_out")
        await walk.call(tab, "StaffShellState.log_out", page="/staff")
        assert SESSION_ENDED in tab.departures
    ended = rows(walk.cast.portal, "SELECT ended_because FROM staff_sessions WHERE token_hash = ?", browser.key)
    assert ended == [{"ended_because": "LOGOUT"}]
    assert (await browser.get("/session/ended")).headers["location"] == "/staff/login?reason=logout"


@permitted("StaffPasswordState.load", "StaffPasswordState.submit")
async def an_officer_changes_the_first_password(walk: Walk) -> None:
    """Nothing else may be done before, everything of the role afterwards; then it is as it was, for other tests."""
    kept = "password_hash, binding, must_change"
    (before,) = rows(walk.cast.portal, f"SELECT {kept} FROM staff WHERE login = ?", people.NEW_OFFICER)
    browser = await people.log_in_staff(walk.cast.portal, people.NEW_OFFICER)
    form = {"old": STAFF_PASSWORD, "password": "Meadow-71-kite", "confirmation": "Meadow-71-kite"}
    async with await browser.tab() as tab:
        await tab.send(people.named("StaffSearchState.load"))
        await tab.settle()
        assert set(tab.departures) == {"/staff/password"}
        await walk.call(tab, "StaffPasswordState.load", page="/staff/password")
        await walk.call(tab, "StaffPasswordState.submit", {"form": form | {"old": "wrong"}}, "/staff/password")
        assert tab.value("staff_password_state", "error") == {"old": "初始密码不正确，请核对后重新输入。"}
        await walk.call(tab, "StaffPasswordState.submit", {"form": form}, "/staff/password")
        assert tab.departures[-1] == "/staff"
        await walk.call(tab, "StaffSearchState.load", page="/staff/search")
        assert tab.departures[-1] == "/staff"
        assert tab.value("staff_search_state", "may_unmask") is True
    people.execute(
        walk.cast.portal,
        "UPDATE staff SET password_hash = ?, binding = ?, must_change = ? WHERE login = ?",
        *(before[name] for name in kept.split(", ")),
        people.NEW_OFFICER,
    )


@permitted(
    "StaffInstitutionsState.load",
    "StaffInstitutionsState.find",
    "StaffInstitutionsState.next_page",
    "StaffInstitutionsState.previous_page",
    "StaffInstitutionsState.open_register",
    "StaffInstitutionsState.submit_register",
    "StaffInstitutionsState.open_change",
    "StaffInstitutionsState.submit_change",
    "StaffInstitutionsState.close_dialog",
)
async def an_officer_registers_institutions(walk: Walk) -> None:
    """Enough of them for a second page; one is changed."""
    state, page = "staff_institutions_state", "/staff/institutions"
    browser = await people.log_in_staff(walk.cast.portal, people.OFFICER)
    async with await browser.tab() as tab:

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"StaffInstitutionsState.{method}", payload, page)

        await call("load")
        await call("open_register")
        assert tab.value(state, "dialog") == "register"
        form = {
            "unit": walk.cast.victim.unit_number,
            "name": INSTITUTION,
            "kind": "other",
            "level": "CITY",
            "region": "320100",
            "address": "秦淮区望星巷9号",
        }
        await call("submit_register", {"form": form | {"unit": "320000000000"}})
        assert list(tab.value(state, "error")) == ["unit"]
        for n in range(21):
            await call("submit_register", {"form": form | {"name": f"{INSTITUTION}{n}"}})
        assert tab.value(state, "dialog") == ""
        await call("find", {"form": {"text": INSTITUTION}})
        newest = _rows(tab, state)
        assert [one["name"] for one in newest][:2] == [f"{INSTITUTION}20", f"{INSTITUTION}19"]
        await call("next_page")
        assert [one["name"] for one in _rows(tab, state)] == [f"{INSTITUTION}0"]
        await call("previous_page")
        assert _rows(tab, state) == newest
        await call("open_change", {"institution_id": newest[0]["id"]})
        assert tab.value(state, "target")["name"] == f"{INSTITUTION}20"
        await call("close_dialog")
        assert tab.value(state, "dialog") == ""
        await call("open_change", {"institution_id": newest[0]["id"]})
        await call("submit_change", {"form": form | {"name": f"{INSTITUTION}（新）"}})
        assert _rows(tab, state)[0]["name"] == f"{INSTITUTION}（新）"
    portal = walk.cast.portal
    found = rows(portal, "SELECT name FROM institutions WHERE region = '320100' AND version = 2")
    assert found == [{"name": f"{INSTITUTION}（新）"}]
    people.execute(portal, "DELETE FROM institutions WHERE registered_by != ''")


def _rows(tab: Socket, state: str) -> list[dict[str, Any]]:
    found: Any = tab.value(state, "rows")
    return found


@permitted(
    "StaffSearchState.load",
    "StaffSearchState.choose_tab",
    "StaffSearchState.find_units",
    "StaffSearchState.find_person",
    "StaffSearchState.open_unmask",
    "StaffSearchState.submit_unmask",
    "StaffSearchState.close_dialog",
)
async def an_officer_looks_somebody_up(walk: Walk) -> None:
    """A unit; a person, masked until a reason is given, and forgotten when the dialog is closed."""
    state, page, victim = "staff_search_state", "/staff/search", walk.cast.victim
    browser = await people.log_in_staff(walk.cast.portal, people.OFFICER)
    async with await browser.tab() as tab:

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"StaffSearchState.{method}", payload, page)

        await call("load")
        await call("find_units", {"form": {"text": victim.uscc}})
        assert [one["name"] for one in tab.value(state, "units")] == [victim.unit_name]
        await call("choose_tab", {"tab": "person"})
        assert tab.value(state, "tab") == "person"
        await call("find_person", {"form": {"identifier": victim.mobile}})
        assert tab.value(state, "person")["name"] == f"{victim.name[0]}**"
        await call("open_unmask")
        await call("submit_unmask", {"form": {"reason": "嗯"}})
        assert list(tab.value(state, "error")) == ["reason"]
        personal = (victim.name, victim.id_number, victim.mobile)
        assert not [one for one in personal if one in tab.received]
        await call("submit_unmask", REASON)
        full = tab.value(state, "full")
        assert (full["name"], full["document"], full["mobile"]) == personal
        await tab.send(f"{ROOT_STATE}.hydrate", {}, at(page))  # everything the state holds
        await tab.settle(page)
        assert tab.value(state, "person")["name"] == f"{victim.name[0]}**"
        assert tab.value(state, "full")["name"] == ""  # it was sent and is kept nowhere
        await call("submit_unmask", REASON)
        assert tab.value(state, "full")["name"] == victim.name
        await call("close_dialog")
        assert tab.value(state, "full")["name"] == ""
        await tab.hydrate(page)
        assert tab.value(state, "full")["document"] == ""


@permitted("StaffSearchState.open_lock", "StaffSearchState.submit_lock")
async def security_locks_and_unlocks(walk: Walk) -> None:
    """A person's living session ends with it; afterwards they may come back."""
    state, page, somebody = "staff_search_state", "/staff/search", walk.cast.roleless
    theirs = await people.log_in(walk.cast.portal, somebody, as_person=True)
    browser = await people.log_in_staff(walk.cast.portal, people.SECURITY)
    async with await browser.tab() as tab:
        await walk.call(tab, "StaffSearchState.find_person", {"form": {"identifier": somebody.id_number}}, page)
        await walk.call(tab, "StaffSearchState.open_lock", page=page)
        await walk.call(tab, "StaffSearchState.submit_lock", REASON, page)
        assert tab.value(state, "person")["status"] == "LOCKED"
        assert (await theirs.get("/session/ended")).headers["location"] == "/login?reason=replaced"
        await walk.call(tab, "StaffSearchState.open_lock", page=page)
        await walk.call(tab, "StaffSearchState.submit_lock", REASON, page)
        assert tab.value(state, "person")["status"] == "ACTIVE"
    await people.log_in(walk.cast.portal, somebody, as_person=True)


@permitted(
    "StaffAuditState.load",
    "StaffAuditState.look",
    "StaffAuditState.next_page",
    "StaffAuditState.previous_page",
    "StaffAuditState.verify",
)
async def the_auditor_reads_and_verifies(walk: Walk) -> None:
    """Newest first, narrowed, page by page; the trail is whole."""
    state, page = "staff_audit_state", "/staff/audit"
    browser = await people.log_in_staff(walk.cast.portal, people.AUDITOR)
    async with await browser.tab() as tab:

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"StaffAuditState.{method}", payload, page)

        await call("load")
        assert _rows(tab, state)[0]["who"].startswith(people.AUDITOR)
        for _ in range(52):
            await call("look", {"form": {"action": "audit."}})
        assert {one["action"] for one in _rows(tab, state)} <= {"audit.look", "audit.verify"}
        await call("next_page")
        assert tab.value(state, "page") == 2
        await call("previous_page")
        assert tab.value(state, "page") == 1
        await call("look", {"form": {"login": people.OFFICER}})
        assert {one["who"].partition("（")[0] for one in _rows(tab, state)} <= {people.OFFICER, people.SYSTEM, "系统"}
        await call("look", {"form": {"since": "yesterday"}})
        assert list(tab.value(state, "error")) == ["since"]
        await call("verify")
        assert "已封存" in tab.value(state, "verification")["sentence"]
        for one in (walk.cast.victim, walk.cast.neighbour, walk.cast.roleless):
            assert not [secret for secret in (one.name, one.id_number, one.mobile) if secret in tab.received]


@permitted("StaffOwnAccountState.load", "StaffOwnAccountState.submit")
async def an_officer_changes_their_own_password(walk: Walk) -> None:
    """For the old one and a code that has not been used; their other browser is out, this one is not."""
    portal, page = walk.cast.portal, "/staff/account"
    kept = "password_hash, binding, version"
    (before,) = rows(portal, f"SELECT {kept} FROM staff WHERE login = ?", people.AUDITOR)
    other = await people.log_in_staff(portal, people.AUDITOR)
    browser = await people.log_in_staff(portal, people.AUDITOR)
    form = {"old": STAFF_PASSWORD, "code": "", "password": "Meadow-71-kite", "confirmation": "Meadow-71-kite"}
    async with await browser.tab() as tab:
        await walk.call(tab, "StaffOwnAccountState.load", page=page)
        await walk.call(tab, "StaffOwnAccountState.submit", {"form": form}, page)
        assert list(tab.value("staff_own_account_state", "error")) == ["code"]
        form["code"] = people.staff_code(portal, people.AUDITOR)
        await walk.call(tab, "StaffOwnAccountState.submit", {"form": form}, page)
        assert tab.value("staff_own_account_state", "changed") is True
        assert tab.departures == []
    assert (await other.get("/session/ended")).headers["location"] == "/staff/login?reason=replaced"
    assert (await browser.get("/session/ended")).headers["location"] == "/staff"
    changed = ", ".join(f"{name} = ?" for name in before)
    people.execute(portal, f"UPDATE staff SET {changed} WHERE login = ?", *before.values(), people.AUDITOR)


@permitted(
    "StaffAccountsState.load",
    "StaffAccountsState.find",
    "StaffAccountsState.choose_tab",
    "StaffAccountsState.next_page",
    "StaffAccountsState.previous_page",
    "StaffAccountsState.open_add",
    "StaffAccountsState.submit_add",
    "StaffAccountsState.open_act",
    "StaffAccountsState.confirm_reset",
    "StaffAccountsState.confirm_lock",
    "StaffAccountsState.confirm_authorise",
    "StaffAccountsState.close_dialog",
)
async def two_administrators_open_an_account(walk: Walk) -> None:
    """One adds it and sees the first password once, the other lets it in; neither does anything to their own."""
    state, page, portal = "staff_accounts_state", "/staff/accounts", walk.cast.portal
    theirs = await people.log_in_staff(portal, people.OFFICER)
    browser = await people.log_in_staff(portal, people.SYSTEM)
    async with await browser.tab() as tab:

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"StaffAccountsState.{method}", payload, page)

        async def of(login: str) -> dict[str, Any]:
            await call("find", {"form": {"text": login}})
            (found,) = [one for one in _rows(tab, state) if one["login"] == login]
            return found

        await call("load")
        assert tab.value(state, "waiting") is False
        assert (await of(people.SYSTEM))["acts"] == []
        await call("open_act", {"staff_id": (await of(people.SYSTEM))["id"], "act": "LOCK"})
        assert tab.value(state, "dialog") == ""
        for act, status in (("LOCK", "LOCKED"), ("UNLOCK", "ACTIVE")):
            await call("open_act", {"staff_id": (await of(people.OFFICER))["id"], "act": act})
            await call("confirm_lock")
            assert (await of(people.OFFICER))["status"] == status
        await call("open_add")
        await call("submit_add", {"form": {"login": "X", "name": "", "role": "BOSS"}})
        assert set(tab.value(state, "error")) == {"login", "name", "role"}
        for n in range(22):
            await call("open_add")
            await call("submit_add", {"form": {"login": f"added.{n:02}", "name": "新来的", "role": "OFFICER"}})
        first = tab.value(state, "handed")
        assert (first["login"], len(first["password"])) == ("added.21", 16)
        await tab.send(f"{ROOT_STATE}.hydrate", {}, at(page))
        await tab.settle(page)
        assert tab.value(state, "dialog") == "HANDED"
        assert tab.value(state, "handed")["password"] == ""
        await call("find", {"form": {"text": "added."}})
        await call("next_page")
        assert [one["login"] for one in _rows(tab, state)] == ["added.20", "added.21"]
        await call("previous_page")
        assert len(_rows(tab, state)) == 20
        await call("open_act", {"staff_id": (await of("added.21"))["id"], "act": "RESET"})
        await call("confirm_reset")
        second = tab.value(state, "handed")["password"]
        assert second not in ("", first["password"])
        await call("close_dialog")
        assert tab.value(state, "handed")["password"] == ""
    assert (await theirs.get("/session/ended")).headers["location"] == "/staff/login?reason=replaced"
    browser = await people.log_in_staff(portal, people.SECURITY)
    async with await browser.tab() as tab:
        await call("load")
        assert tab.value(state, "waiting") is True
        await call("choose_tab", {"tab": "all"})
        assert tab.value(state, "waiting") is False
        assert (await of(people.SECURITY))["acts"] == []
        codes = set[str]()
        for act, authorised in (("AUTHORISE", True), ("WITHDRAW", False), ("AUTHORISE", True)):
            await call("open_act", {"staff_id": (await of("added.21"))["id"], "act": act})
            await call("confirm_authorise")
            assert (await of("added.21"))["authorised"] is authorised
            codes.add(tab.value(state, "handed")["code"])
            await call("close_dialog")
            assert tab.value(state, "handed")["code"] == ""
        assert sorted(map(len, codes)) == [0, 8, 8]
        assert not [one for one in (first["password"], second) if one in tab.received]
    people.execute(portal, "DELETE FROM staff WHERE login LIKE 'added.%'")
