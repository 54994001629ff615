"""账号设置 as its pages call it: the password by the old one, the phone by the face (R-2.6.8)."""

import asyncio
import io
import zipfile

from tests.access import people
from tests.access.people import PASSWORD, Account, resident_id
from tests.access.scenarios import Walk, permitted

PAGE, PHONE_PAGE = "/unit/settings", "/unit/settings/phone"
STATE, PHONE = "account_state", "phone_change_state"
SETTLED = Account(
    "洛安居",
    resident_id("32040219850317226"),
    "13900006611",
    "常州安居木作有限公司",
    "91320402MA7LD52T2A",
    "江苏省常州市天宁区安居巷3号",
)
"""Leads a unit; nobody else of these tests logs in there."""
NEW_MOBILE, NEW_PASSWORD = "13900006622", "Harbour-37!fen"


@permitted("AccountState.load", "AccountState.ask", "AccountState.close_dialog", "AccountState.submit_password")
async def changes_the_password(walk: Walk) -> None:
    """The page masked, the dialog left and opened again, a wrong old password, then the change; the session stays."""
    people.enrol(walk.cast.portal, SETTLED)
    browser = await people.log_in(walk.cast.portal, SETTLED)
    async with await browser.tab() as tab:

        async def submit(old: str) -> None:
            form = {"old": old, "password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}
            await walk.call(tab, "AccountState.submit_password", {"form": form}, PAGE)

        await walk.call(tab, "AccountState.load", page=PAGE)
        view = tab.value(STATE, "view")
        assert (view["uscc"], view["unit_name"], view["password_why"]) == (SETTLED.uscc, SETTLED.unit_name, "")
        assert view["legal_document"] == "*" * 15 + SETTLED.id_number[-4:]
        await walk.call(tab, "AccountState.ask", page=PAGE)
        assert tab.value(STATE, "asking") is True
        await walk.call(tab, "AccountState.close_dialog", page=PAGE)
        assert tab.value(STATE, "asking") is False
        await walk.call(tab, "AccountState.ask", page=PAGE)
        await submit("not-the-old-1")
        assert tab.value(STATE, "error").keys() == {"old"}
        await submit(PASSWORD)
        assert (tab.value(STATE, "asking"), tab.value(STATE, "errors")) == (False, [])
        assert "密码已修改" in tab.value("shell_state", "message")
        assert not [secret for secret in (SETTLED.name, SETTLED.id_number, SETTLED.mobile) if secret in tab.received]
    done = "SELECT result FROM audit_entries WHERE action = 'account.password' ORDER BY created_at"
    assert [row["result"] for row in people.rows(walk.cast.portal, done)] == ["WRONG", "OK"]


@permitted(
    "PhoneChangeState.load",
    "PhoneChangeState.start_face",
    "PhoneChangeState.poll_face",
    "PhoneChangeState.back",
    "PhoneChangeState.start_again",
    "PhoneChangeState.send_code",
    "PhoneChangeState.submit_phone",
)
async def changes_the_phone(walk: Walk) -> None:
    """A fresh QR code, the face, everything thrown away, again the face, then the code on the new phone."""
    portal = walk.cast.portal
    person = Account("祁远帆", resident_id("32050619910823417"), "13900006633")
    people.enrol(portal, person)
    browser = await people.log_in(portal, person, as_person=True)
    async with await browser.tab() as tab:

        async def call(method: str, form: dict[str, str] | None = None) -> None:
            await walk.call(tab, f"PhoneChangeState.{method}", {"form": form} if form else None, PHONE_PAGE)

        async def show_face() -> None:
            await people.pass_face(portal, browser)
            for _ in range(20):
                await call("poll_face")
                if tab.value(PHONE, "step") != "face":
                    return
                await asyncio.sleep(0.3)

        await call("load")
        first = tab.value(PHONE, "qr")
        await call("start_face")
        assert (tab.value(PHONE, "step"), tab.value(PHONE, "face_state")) == ("face", "waiting")
        assert tab.value(PHONE, "qr") != first
        await call("send_code", {"mobile": NEW_MOBILE})
        assert tab.value(PHONE, "trouble"), "not before its step"
        await show_face()
        assert tab.value(PHONE, "step") == "phone"
        await call("back")
        assert tab.value(PHONE, "step") == "phone", "a proof is not given again"
        await call("start_again")
        assert tab.value(PHONE, "step") == "face"
        await call("start_face")
        await show_face()
        await call("send_code", {"mobile": NEW_MOBILE})
        assert tab.value("puzzle_state", "open") is True
        people.solve(portal, browser)
        await call("send_code", {"mobile": NEW_MOBILE})
        assert tab.value(PHONE, "resend_at")
        code = await people.sms_code(portal, NEW_MOBILE)
        await call("submit_phone", {"mobile": NEW_MOBILE, "code": code})
        assert tab.value(PHONE, "step") == "done", (tab.value(PHONE, "errors"), tab.value(PHONE, "trouble"))
        assert not [secret for secret in (person.name, person.id_number, person.mobile) if secret in tab.received]
    changed = "SELECT id FROM audit_entries WHERE action = 'account.phone'"
    assert len(people.rows(portal, changed)) == 1


ADDRESSES, LIST = "/unit/settings/addresses", "addresses_state"


@permitted(
    "AddressesState.load",
    "AddressesState.open_new",
    "AddressesState.choose_province",
    "AddressesState.choose_city",
    "AddressesState.submit",
    "AddressesState.open_edit",
    "AddressesState.make_default",
    "AddressesState.open_remove",
    "AddressesState.confirm_remove",
    "AddressesState.close_dialog",
)
async def keeps_addresses(walk: Walk) -> None:
    """Two are added over the dependent lists, one is changed, made the default, removed; an agent sees what is left."""
    cast = walk.cast
    boss = await people.log_in(cast.portal, cast.neighbour)
    recipient = {"name": "邬收件", "mobile": "13900006644", "province": "320000", "city": "320500", "county": "320583"}
    async with await boss.tab() as tab:

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"AddressesState.{method}", payload, ADDRESSES)

        async def add(detail: str) -> None:
            await call("open_new")
            assert tab.value(LIST, "dialog") == "edit"
            await call("submit", {"form": recipient | {"detail": detail}})
            assert (tab.value(LIST, "dialog"), tab.value(LIST, "errors")) == ("", [])

        await call("load")
        assert tab.value(LIST, "may_manage") is True
        await call("open_new")
        await call("choose_province", {"code": "320000"})
        cities = tab.value(LIST, "cities")
        assert [one["value"] for one in cities][:2] == ["320100", "320200"]
        await call("choose_city", {"code": "320500"})
        assert {"value": "320583", "label": "昆山市"} in tab.value(LIST, "counties")
        await call("choose_province", {"code": ["320000"]})
        assert (tab.value(LIST, "cities"), tab.value(LIST, "counties")) == ([], [])
        await call("submit", {"form": recipient | {"county": "320102", "detail": "前进东路1号"}})
        assert tab.value(LIST, "error").keys() == {"county"}
        await call("close_dialog")
        await add("前进东路1号政务中心")
        await add("前进东路2号政务中心")
        await call("submit", {"form": recipient | {"detail": "前进东路3号政务中心"}})  # the second click of two
        first, second = tab.value(LIST, "items")
        assert (first["is_default"], second["is_default"]) == (True, False)
        await call("open_edit", {"address_id": second["id"]})
        assert tab.value(LIST, "target")["county"] == "320583"
        await call("submit", {"form": recipient | {"name": "", "mobile": "", "detail": "前进东路4号政务中心"}})
        await call("make_default", {"address_id": second["id"]})
        assert [(one["detail"], one["is_default"]) for one in tab.value(LIST, "items")] == [
            ("前进东路4号政务中心", True),
            ("前进东路1号政务中心", False),
        ]
        await call("open_remove", {"address_id": first["id"]})
        await call("confirm_remove")
        await call("confirm_remove")
        assert [one["id"] for one in tab.value(LIST, "items")] == [second["id"]]
        assert not [secret for secret in ("邬收件", "13900006644") if secret in tab.received]
    clerk = await people.log_in(cast.portal, cast.agent)
    async with await clerk.tab() as tab:
        await walk.call(tab, "AddressesState.load", page=ADDRESSES)
        assert (tab.value(LIST, "may_manage"), len(tab.value(LIST, "items"))) == (False, 1)
    people.execute(cast.portal, "DELETE FROM addresses")


@permitted("SecurityHistoryState.load")
async def reads_the_security_history(walk: Walk) -> None:
    """One's own login stands on top, nobody's data with it."""
    browser = await people.log_in(walk.cast.portal, walk.cast.roleless, as_person=True)
    async with await browser.tab() as tab:
        await walk.call(tab, "SecurityHistoryState.load", page="/my/settings/history")
        items = tab.value("security_history_state", "items")
        assert {one["what"] for one in items[:3]} >= {"登录", "进入系统"}  # a new device is a third
        assert walk.cast.roleless.mobile not in tab.received


@permitted("OwnDataState.load", "OwnDataState.request", "OwnDataState.poll")
async def exports_their_own_data(walk: Walk) -> None:
    """Asked for, made by the worker while the page looks, fetched once by the route, by nobody else."""
    portal, roleless = walk.cast.portal, walk.cast.roleless
    people.execute(portal, "DELETE FROM data_exports")
    browser = await people.log_in(portal, roleless, as_person=True)
    stranger = await people.log_in(portal, walk.cast.agent, as_person=True)
    by_unit = await people.log_in(portal, walk.cast.neighbour)
    async with await by_unit.tab() as tab:
        await walk.call(tab, "OwnDataState.load", page="/unit/settings/data")
        assert (tab.value("own_data_state", "allowed"), tab.value("own_data_state", "loaded")) == (False, True)
    async with await browser.tab() as tab:
        await walk.call(tab, "OwnDataState.load", page="/my/settings/data")
        assert (tab.value("own_data_state", "allowed"), tab.value("own_data_state", "view")["state"]) == (True, "")
        await walk.call(tab, "OwnDataState.request", page="/my/settings/data")
        assert tab.value("own_data_state", "working") is True
        for _ in range(60):
            await walk.call(tab, "OwnDataState.poll", page="/my/settings/data")
            if tab.value("own_data_state", "view")["state"] == "READY":
                break
            await asyncio.sleep(0.5)
        address = tab.value("own_data_state", "view")["href"]
        assert address.startswith("/exports/")
        assert roleless.name not in tab.received
    for nobody in (await people.visitor(portal), stranger, by_unit):
        assert (await nobody.get(address)).status_code == 404
    answer = await browser.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert roleless.id_number in archive.read("我的数据.html").decode()
    assert (await browser.get(address)).status_code == 404


@permitted("OwnDataState.ask", "OwnDataState.close_dialog", "OwnDataState.close_account", "OwnDataState.keep_account")
async def closes_their_account_and_thinks_better_of_it(walk: Walk) -> None:
    """The consequences first, the personal password, a banner on every page, and the way back."""
    portal, roleless = walk.cast.portal, walk.cast.roleless
    page, state = "/my/settings/data", "own_data_state"
    query = "SELECT closing_at FROM persons WHERE id = ?"
    browser = await people.log_in(portal, roleless, as_person=True)
    (me,) = people.rows(portal, "SELECT person_id FROM user_sessions WHERE token_hash = ?", browser.key)

    def closing() -> object:
        return people.rows(portal, query, me["person_id"])[0]["closing_at"]

    async with await browser.tab() as tab:
        await walk.call(tab, "OwnDataState.ask", page=page)
        assert tab.value(state, "asking") is True
        await walk.call(tab, "OwnDataState.close_dialog", page=page)
        await walk.call(tab, "OwnDataState.close_account", {"form": {"closing_password": "Not-1t-at-all"}}, page)
        assert tab.value(state, "error") == {"closing_password": "密码不正确，请重新输入。"}
        assert closing() is None
        await walk.call(tab, "OwnDataState.close_account", {"form": {"closing_password": people.PASSWORD}}, page)
        assert closing() is not None
        await walk.call(tab, "ShellState.load", page="/my")
        assert tab.value("shell_state", "closing") == tab.value(state, "closing")["at"] != ""
        await walk.call(tab, "OwnDataState.keep_account", page=page)
        assert closing() is None
        assert tab.value("shell_state", "closing") == ""
