"""Scan login as the login page and the phone's page call it (R-2.4.3)."""

from typing import Any

from tests.access import people
from tests.access.client import Socket
from tests.access.people import Account, Browser
from tests.access.scenarios import Walk, permitted
from tests.support.keys import PhoneKey

PAGE, PHONE_PAGE = "/login", "/m"
STATE, PHONE = "scan_state", "phone_scan_state"


async def _shown(walk: Walk, tab: Socket) -> str:
    """Choose 扫码登录; return what the demonstration says the picture holds."""
    await walk.call(tab, "LoginState.choose_tab", {"tab": "scan"}, PAGE)
    assert tab.value(STATE, "shown") == "waiting"
    assert str(tab.value(STATE, "qr")).startswith("data:image/svg")
    return str(tab.value(STATE, "demo_address")).rpartition("/q/")[2]


async def arrived(browser: Browser, code: str) -> str:
    """Open the address in the picture with the camera; return the page it leads to."""
    answer = await browser.get(f"/q/{code}")
    return answer.headers["location"]


async def _answered(walk: Walk, tab: Socket, key: PhoneKey, page: str) -> None:
    """Load the phone's page and answer its challenge by ``key``."""
    await walk.call(tab, "PhoneScanState.load", page=page)
    signed = key.signed(str(tab.value(PHONE, "knock")))
    await walk.call(tab, "PhoneScanState.opened", {"signed": signed}, page)


async def trusted(walk: Walk, of: Account | None = None) -> tuple[PhoneKey, Browser]:
    """Take a phone (the roleless person's) into trust; return its key and the browser that is signed in on it."""
    key = PhoneKey()
    browser = await people.log_in(walk.cast.portal, of or walk.cast.roleless, as_person=True)
    async with await browser.tab() as tab:
        await _answered(walk, tab, PhoneKey(), PHONE_PAGE)
        assert tab.value(PHONE, "stage") == "unknown"
        assert tab.value(PHONE, "can_trust") is True
        for text, stage in (("another text", "unknown"), ("", "known")):
            challenge = str(tab.value(PHONE, "challenge"))
            await walk.call(tab, "PhoneScanState.trust", {"signed": key.signed(text or challenge)}, PHONE_PAGE)
            if not tab.value(PHONE, "trouble"):
                signed = key.signed(str(tab.value(PHONE, "knock")))
                await walk.call(tab, "PhoneScanState.opened", {"signed": signed}, PHONE_PAGE)
            assert tab.value(PHONE, "stage") == stage, tab.value(PHONE, "trouble")
    return key, browser


@permitted(
    "ScanState.begin",
    "ScanState.renew",
    "ScanState.poll",
    "PhoneScanState.load",
    "PhoneScanState.opened",
    "PhoneScanState.trust",
    "PhoneScanState.confirm",
    "PhoneScanState.cancel",
    "PhoneScanState.remove",
)
async def logs_in_by_a_phone(walk: Walk) -> None:
    """A code is cancelled, the next one confirmed; then the phone is taken off."""
    key, _ = await trusted(walk)
    computer, phone = await people.visitor(walk.cast.portal), await people.visitor(walk.cast.portal)
    async with await computer.tab() as screen, await phone.tab() as hand:
        page = await arrived(phone, await _shown(walk, screen))
        await _answered(walk, hand, key, page)
        assert hand.value(PHONE, "stage") == "asked"
        assert walk.cast.roleless.name not in hand.received
        await walk.call(screen, "ScanState.poll", page=PAGE)
        assert screen.value(STATE, "shown") == "scanned"
        await walk.call(hand, "PhoneScanState.cancel", page=page)
        assert hand.value(PHONE, "stage") == "cancelled"
        await walk.call(screen, "ScanState.poll", page=PAGE)
        assert screen.value(STATE, "shown") == "cancelled"
        await walk.call(screen, "ScanState.renew", page=PAGE)
        await walk.call(screen, "ScanState.begin", page=PAGE)
        page = await arrived(phone, str(screen.value(STATE, "demo_address")).rpartition("/q/")[2])
        await _answered(walk, hand, key, page)
        await _confirm(walk, hand, PhoneKey(), page, "refused")
        await _answered(walk, hand, key, page)
        await _confirm(walk, hand, key, page, "confirmed")
        await walk.call(screen, "ScanState.poll", page=PAGE)
        assert any(path.startswith("/session/open?ticket=") for path in screen.departures)
        await computer.get(screen.departures[-1])
        assert computer.cookie.partition("=")[2].startswith("s.")
        await walk.call(hand, "PhoneScanState.remove", page=page)
        assert hand.value(PHONE, "stage") == "unknown"
    ((ended,),) = walk.cast.portal.database.rows(
        "SELECT count(*) FROM user_sessions WHERE proved LIKE 'phone:%' AND ended_at IS NULL"
    )
    assert ended == 0, "what it confirmed has ended"


@permitted("ConfirmState.leave")
async def leaves_a_proven_unit(walk: Walk) -> None:
    """Another browser drops nothing; this one drops what it has proven, and begins at the login page."""
    portal, page = walk.cast.portal, "/login/confirm"
    computer, thief = [await people.visitor(portal) for _ in range(2)]
    people.prove_unit(portal, computer, walk.cast.agent)
    async with await computer.tab() as screen, await thief.tab() as foreign:
        await walk.call(foreign, "ConfirmState.leave", page=page)
        await walk.call(screen, "ConfirmState.load", page=page)
        assert screen.value("confirm_state", "unit") != ""
        await walk.call(screen, "ConfirmState.leave", page=page)
        assert screen.departures == ["/login"]
        await walk.call(screen, "ConfirmState.load", page=page)
        assert screen.departures[-1] == "/login?reason=unproven"


@permitted("ConfirmState.load", "ConfirmState.begin", "ConfirmState.renew", "ConfirmState.poll")
async def confirms_who_acts_for_a_proven_unit(walk: Walk) -> None:
    """A unit was proven to one browser: another one confirms nothing, an agent's phone lets that one in."""
    key, _ = await trusted(walk, walk.cast.agent)
    portal, page = walk.cast.portal, "/login/confirm"
    computer, phone, thief = [await people.visitor(portal) for _ in range(3)]
    people.prove_unit(portal, computer, walk.cast.agent)
    async with await computer.tab() as screen, await phone.tab() as hand, await thief.tab() as foreign:
        await walk.call(foreign, "ConfirmState.load", page=page)
        assert foreign.departures == ["/login?reason=unproven"]
        await walk.call(foreign, "ConfirmState.begin", page=page)
        assert foreign.value("confirm_state", "qr") == ""
        await walk.call(screen, "ConfirmState.load", page=page)
        for again in ("ConfirmState.renew", "ConfirmState.begin"):
            await walk.call(screen, again, page=page)
        code = str(screen.value("confirm_state", "demo_address")).rpartition("/q/")[2]
        arrival = await arrived(phone, code)
        await _answered(walk, hand, key, arrival)
        assert hand.value(PHONE, "unit") == screen.value("confirm_state", "unit") != ""
        await _confirm(walk, hand, key, arrival, "confirmed")
        await walk.call(foreign, "ConfirmState.poll", page=page)
        await walk.call(screen, "ConfirmState.poll", page=page)
        assert any(path.startswith("/session/open?ticket=") for path in screen.departures)
        answer = await computer.get(screen.departures[-1])
        assert answer.headers["location"] == "/unit"


@permitted("SessionsState.remove_phone")
async def takes_a_lost_phone_off(walk: Walk) -> None:
    """On 登录设备, by its holder; somebody else's phone is none of theirs."""
    portal = walk.cast.portal
    key, browser = await trusted(walk)
    ((phone,),) = portal.database.rows("SELECT id FROM trusted_phones WHERE public_key = ?", key.public)
    other = await people.log_in(portal, walk.cast.admin, as_person=True)
    async with await browser.tab() as mine, await other.tab() as theirs:
        await walk.call(mine, "SessionsState.load", page="/sessions")
        assert phone in {one["id"] for one in mine.value("sessions_state", "phones")}
        for tab in (theirs, mine):
            assert _trusted_now(walk, phone)
            await walk.call(tab, "SessionsState.remove_phone", {"phone_id": phone}, "/sessions")
        assert theirs.value("sessions_state", "trouble")
        assert phone not in {one["id"] for one in mine.value("sessions_state", "phones")}
        assert not _trusted_now(walk, phone)


def _trusted_now(walk: Walk, phone: str) -> bool:
    return bool(
        walk.cast.portal.database.rows("SELECT id FROM trusted_phones WHERE id = ? AND revoked_at IS NULL", phone)
    )


async def _confirm(walk: Walk, hand: Socket, key: PhoneKey, page: str, stage: str) -> None:
    signed: dict[str, Any] = key.signed(str(hand.value(PHONE, "challenge")))
    await walk.call(hand, "PhoneScanState.confirm", {"signed": signed}, page)
    assert hand.value(PHONE, "stage") == stage
