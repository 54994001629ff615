"""找回密码 as its pages call it: by SMS, by face, back and anew (R-2.5)."""

import asyncio

from tests.access import people
from tests.access.client import Socket
from tests.access.conftest import Cast
from tests.access.people import Account, Browser, resident_id
from tests.access.scenarios import Walk, permitted

PAGE = "/recover"
STATE = "recovery_state"
FORGETFUL = Account(
    "郁忘机",
    resident_id("32011519810406231"),
    "13900005511",
    "南京忘机园林有限公司",
    "91320115MA7FG8H270",
    "江苏省南京市江宁区忘机路5号",
)
"""Leads a unit, and forgets its password; nobody else of these tests logs in there."""
OTHER = Account(
    "谷怀远",
    resident_id("32058319770923148"),
    "13900005522",
    "昆山怀远测绘有限公司",
    "91320583MA7KD5W30B",
    "江苏省苏州市昆山市怀远路9号",
)
"""Leads another unit."""


FIRST_TIME = Account("岑初见", resident_id("32102319900215407"), "13900005533")
"""A registered person, of whom no face check has ever been asked."""


def step_1(of: Account = FORGETFUL, **changed: str) -> dict[str, dict[str, str]]:
    """Return step 1 as the page sends it."""
    typed = {"kind": "legal", "account": of.uscc, "id_type": "01", "id_number": of.id_number, "name": of.name}
    return {"form": typed | changed}


def new_password(password: str, again: str = "") -> dict[str, dict[str, str]]:
    """Return step 3 as the page sends it."""
    return {"form": {"password": password, "confirmation": again or password}}


def enrolled(cast: Cast) -> Account:
    """Return the one who forgets, registered, as is the other."""
    people.enrol(cast.portal, FORGETFUL, OTHER)
    return FORGETFUL


async def named_account(walk: Walk, tab: Socket, browser: Browser, **changed: str) -> None:
    """Do step 1, its puzzle solved."""
    people.solve(walk.cast.portal, browser)
    await walk.call(tab, "RecoveryState.submit_account", step_1(**changed), PAGE)
    assert tab.value(STATE, "step") == "proof", (tab.value(STATE, "errors"), tab.value(STATE, "trouble"))


async def face_shown(walk: Walk, tab: Socket, browser: Browser) -> None:
    """Press the button on the phone, then poll as the page does until it has moved on."""
    await people.pass_face(walk.cast.portal, browser)
    for _ in range(20):
        await walk.call(tab, "RecoveryState.poll_face", page=PAGE)
        if tab.value(STATE, "step") != "proof":
            return
        await asyncio.sleep(0.3)


@permitted(
    "RecoveryState.load",
    "RecoveryState.choose_kind",
    "RecoveryState.submit_account",
    "RecoveryState.choose_way",
    "RecoveryState.send_code",
    "RecoveryState.submit_code",
    "RecoveryState.submit_password",
)
async def recovers_by_sms(walk: Walk) -> None:
    """From the link of the personal login, over another kind, to a new password that opens the unit."""
    of, portal, browser = enrolled(walk.cast), walk.cast.portal, await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "RecoveryState.load", page=f"{PAGE}?kind=person")
        assert tab.value(STATE, "kind") == "person"
        await walk.call(tab, "RecoveryState.choose_kind", {"kind": "legal"}, PAGE)
        assert tab.value(STATE, "kind") == "legal"
        await walk.call(tab, "RecoveryState.submit_account", step_1(), PAGE)
        assert tab.value("puzzle_state", "open") is True
        assert tab.value("puzzle_state", "retry") == "recover-account"
        await named_account(walk, tab, browser)
        await walk.call(tab, "RecoveryState.choose_way", {"way": "SMS"}, PAGE)
        assert tab.value(STATE, "way") == "SMS"
        assert tab.value(STATE, "mobile") == f"1*******{of.mobile[-2:]}"
        await walk.call(tab, "RecoveryState.send_code", {"form": {}}, PAGE)
        assert tab.value(STATE, "resend_at")
        form = {"code": await people.sms_code(portal, of.mobile)}
        await walk.call(tab, "RecoveryState.submit_code", {"form": form}, PAGE)
        assert tab.value(STATE, "step") == "password"
        assert of.unit_name in tab.value(STATE, "words")
        await walk.call(tab, "RecoveryState.submit_password", new_password("Kettle-57!moor"), PAGE)
        assert tab.value(STATE, "step") == "done"
        assert not [secret for secret in (of.mobile, of.id_number, of.name) if secret in tab.received]
    led = "SELECT person_id FROM grants JOIN units ON units.id = grants.unit_id WHERE units.uscc = ?"
    done = f"SELECT action FROM audit_entries WHERE action = 'recovery.done' AND person_id = ({led})"
    assert people.rows(portal, done, of.uscc)


@permitted("RecoveryState.start_face", "RecoveryState.poll_face", "RecoveryState.back", "RecoveryState.start_again")
async def recovers_by_face(walk: Walk) -> None:
    """A fresh QR code, a face on the phone, one step back with the proof kept, then everything thrown away."""
    enrolled(walk.cast)
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await named_account(walk, tab, browser)
        first = tab.value(STATE, "qr")
        await walk.call(tab, "RecoveryState.start_face", page=PAGE)
        assert tab.value(STATE, "face_state") == "waiting"
        assert tab.value(STATE, "qr") != first
        await face_shown(walk, tab, browser)
        assert tab.value(STATE, "step") == "password"
        await walk.call(tab, "RecoveryState.back", page=PAGE)
        assert tab.value(STATE, "step") == "account"
        assert FORGETFUL.id_number[-4:] in tab.value(STATE, "id_number_hint")
        people.solve(walk.cast.portal, browser)
        await walk.call(tab, "RecoveryState.submit_account", step_1(id_number="", name=""), PAGE)
        assert tab.value(STATE, "step") == "password", "the same account: the same proof"
        await walk.call(tab, "RecoveryState.start_again", page=PAGE)
        assert tab.value(STATE, "step") == "account"
        assert people.rows(walk.cast.portal, "SELECT id FROM drafts WHERE owner = ?", browser.key) == []


@permitted("RecoveryState.send_phone_code")
async def recovers_by_a_first_face_check(walk: Walk) -> None:
    """Somebody's first face check: the phone is proven together with the new password."""
    people.enrol(walk.cast.portal, FIRST_TIME)
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "RecoveryState.send_phone_code", {"form": {"mobile": FIRST_TIME.mobile}}, PAGE)
        assert tab.value(STATE, "trouble"), "not before its step"
        people.solve(walk.cast.portal, browser)
        await walk.call(tab, "RecoveryState.submit_account", step_1(FIRST_TIME, kind="person"), PAGE)
        await face_shown(walk, tab, browser)
        assert tab.value(STATE, "asks_phone") is True
        await walk.call(tab, "RecoveryState.submit_password", new_password("Kettle-57!moor"), PAGE)
        assert tab.value(STATE, "error").keys() == {"mobile", "code"}
        await walk.call(tab, "RecoveryState.send_phone_code", {"form": {"mobile": FIRST_TIME.mobile}}, PAGE)
        said = {"mobile": FIRST_TIME.mobile, "code": await people.sms_code(walk.cast.portal, FIRST_TIME.mobile)}
        form = {"form": new_password("Kettle-57!moor")["form"] | said}
        await walk.call(tab, "RecoveryState.submit_password", form, PAGE)
        assert tab.value(STATE, "step") == "done", (tab.value(STATE, "errors"), tab.value(STATE, "trouble"))
