"""Who would like to log in by another's phone: by a stolen code, an old signature, or as another app (R-2.4.3)."""

import json
from typing import Any

import httpx
import pytest

from jsrs_portal import clock
from jsrs_portal.gateways.app.simulated import SimulatedApp
from jsrs_portal.gateways.signed_json import request_headers
from jsrs_portal.settings import get_settings
from tests.access import people
from tests.access.client import at
from tests.access.conftest import Cast
from tests.access.handlers import named
from tests.access.scan_scenarios import PAGE, PHONE, PHONE_PAGE, STATE, arrived, trusted
from tests.access.scenarios import Walk
from tests.support.keys import PhoneKey

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.3")]


async def _call(tab: Any, short: str, payload: object = None, page: str = PAGE) -> None:
    await tab.send(named(short), payload, at(page))
    await tab.settle(page)


async def _code(tab: Any) -> str:
    await _call(tab, "LoginState.choose_tab", {"tab": "scan"})
    return str(tab.value(STATE, "demo_address")).rpartition("/q/")[2]


def _states(cast: Cast) -> list[str]:
    return [state for (state,) in cast.portal.database.rows("SELECT state FROM scan_logins ORDER BY created_at")]


async def test_a_signature_made_to_open_the_page_confirms_nothing_and_none_counts_twice(cast: Cast) -> None:
    key, _ = await trusted(Walk(cast))
    screen, phone = await people.visitor(cast.portal), await people.visitor(cast.portal)
    async with await screen.tab() as computer, await phone.tab() as hand:
        page = await arrived(phone, await _code(computer))
        await _call(hand, "PhoneScanState.load", page=page)
        opening = key.signed(str(hand.value(PHONE, "knock")))
        await _call(hand, "PhoneScanState.opened", {"signed": opening}, page)
        assert hand.value(PHONE, "stage") == "asked"
        await _call(hand, "PhoneScanState.confirm", {"signed": opening}, page)
        assert hand.value(PHONE, "stage") == "refused"
        assert _states(cast)[-1] == "SCANNED"
        await _call(hand, "PhoneScanState.opened", {"signed": opening}, page)
        assert hand.value(PHONE, "stage") == "unknown", "the challenge was used up"


async def test_somebody_who_has_the_code_but_no_trusted_phone_moves_nothing(cast: Cast) -> None:
    screen, thief = await people.visitor(cast.portal), await people.visitor(cast.portal)
    async with await screen.tab() as computer, await thief.tab() as hand:
        page = await arrived(thief, await _code(computer))
        await _call(hand, "PhoneScanState.load", page=page)
        signed = PhoneKey().signed(str(hand.value(PHONE, "knock")))
        for method in ("opened", "confirm", "opened"):
            await _call(hand, f"PhoneScanState.{method}", {"signed": signed}, page)
        for method in ("cancel", "remove"):
            await _call(hand, f"PhoneScanState.{method}", page=page)
        assert _states(cast)[-1] == "CREATED"
        await _call(hand, "PhoneScanState.trust", {"signed": signed}, page)
        assert any(path.startswith("/login") for path in hand.departures)


async def test_polling_with_anothers_code_gives_nothing(cast: Cast) -> None:
    """The page's own variables are the server's: a foreign browser cannot name a code at all."""
    key, _ = await trusted(Walk(cast))
    screen, thief, phone = [await people.visitor(cast.portal) for _ in range(3)]
    async with await screen.tab() as computer, await thief.tab() as foreign, await phone.tab() as hand:
        page = await arrived(phone, await _code(computer))
        await _code(foreign)
        await _call(hand, "PhoneScanState.load", page=page)
        await _call(hand, "PhoneScanState.opened", {"signed": key.signed(str(hand.value(PHONE, "knock")))}, page)
        await _call(hand, "PhoneScanState.confirm", {"signed": key.signed(str(hand.value(PHONE, "challenge")))}, page)
        for _ in range(3):
            await _call(foreign, "ScanState.poll")
        assert foreign.departures == []
        await _call(computer, "ScanState.poll")
        assert len(computer.departures) == 1
        await _call(computer, "ScanState.poll")
        assert len(computer.departures) == 1, "once"
        stolen = await thief.get(computer.departures[0])
        assert stolen.headers["location"] == "/login?reason=ticket", "the ticket is the other browser's"


async def test_a_unit_password_takes_no_phone_into_trust(cast: Cast) -> None:
    """What opens a unit is not the person (R-2.4.9)."""
    browser = await people.log_in(cast.portal, cast.neighbour)
    async with await browser.tab() as tab:
        await _call(tab, "PhoneScanState.load", page=PHONE_PAGE)
        key = PhoneKey()
        await _call(tab, "PhoneScanState.opened", {"signed": key.signed("x")}, PHONE_PAGE)
        assert tab.value(PHONE, "can_trust") in (None, False)
        signed = key.signed(str(tab.value(PHONE, "challenge")))
        await _call(tab, "PhoneScanState.trust", {"signed": signed}, PHONE_PAGE)
        assert tab.departures == ["/refused"]
    assert cast.portal.database.rows("SELECT id FROM trusted_phones WHERE public_key = ?", key.public) == []


async def test_a_code_behind_a_link_is_not_taken(cast: Cast) -> None:
    """Neither by a link on another page, nor with a signature for another browser, nor by the page's own address."""
    key, _ = await trusted(Walk(cast))
    screen, phone, thief = [await people.visitor(cast.portal) for _ in range(3)]
    async with await screen.tab() as computer, await phone.tab() as hand:
        code = await _code(computer)
        async with phone.http() as client:
            for site, leads_to in (("cross-site", "/m?reason=link"), ("same-site", "/m?reason=link")):
                answer = await client.get(f"/q/{code}", headers={"Sec-Fetch-Site": site})
                assert answer.headers["location"] == leads_to
        foreign = await arrived(thief, code)
        for page in (foreign, f"/m?code={code}", f"/m?code={code}&arrival=x", "/m?reason=link"):
            await _call(hand, "PhoneScanState.load", page=page)
            await _call(hand, "PhoneScanState.opened", {"signed": key.signed(str(hand.value(PHONE, "knock")))}, page)
            assert hand.value(PHONE, "stage") == "known"
            assert hand.value(PHONE, "by_link") is True
        assert _states(cast)[-1] == "CREATED"


# The interface for apps


@pytest.fixture
def app(cast: Cast) -> SimulatedApp:
    return SimulatedApp(cast.portal.origin, "jszhrs", get_settings().apps["jszhrs"].get_secret_value())


def _phone_of(cast: Cast, **changed: str) -> dict[str, str]:
    who = cast.roleless
    return {"id_type": "01", "id_number": who.id_number, "name": who.name, "device": "a-device-1"} | changed


async def test_an_app_logs_its_user_in(cast: Cast, app: SimulatedApp) -> None:
    screen = await people.visitor(cast.portal)
    async with await screen.tab() as computer:
        code = await _code(computer)
        status, phone = await app.post("/phones", _phone_of(cast))
        assert status == 200, phone
        assert cast.roleless.name not in json.dumps(phone, ensure_ascii=False)
        asked = {"phone": phone["phone"], "code": code}
        status, view = await app.post("/scans/scan", asked)
        assert (status, view["state"], view["site"]) == (200, "SCANNED", "网上办事服务大厅")
        status, _ = await app.post("/scans/confirm", asked)
        assert status == 200
        status, refused = await app.post("/scans/confirm", asked)
        assert (status, refused["code"]) == (409, "confirmed")
        await _call(computer, "ScanState.poll")
        assert len(computer.departures) == 1
        status, _ = await app.post("/phones/remove", {"phone": phone["phone"]})
        assert status == 200
        status, refused = await app.post("/scans/cancel", asked)
        assert (status, refused["code"]) == (404, "unknown_phone")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"X-Signature": "0" * 64}, "bad_signature"),
        ({"X-App-Id": "another"}, "unknown_app"),
        ({"X-App-Id": ""}, "unknown_app"),
        ({"X-Timestamp": "1700000000"}, "stale_timestamp"),
        ({"X-Timestamp": "later"}, "stale_timestamp"),
        ({"X-Nonce": "short"}, "bad_nonce"),
        ({"X-Nonce": "0" * 32}, "bad_signature"),
    ],
)
async def test_an_app_that_is_not_believed_changes_nothing(
    cast: Cast, app: SimulatedApp, changed: dict[str, str], fault: str
) -> None:
    before = cast.portal.database.rows("SELECT count(*) FROM trusted_phones")
    status, refused = await app.post("/phones", _phone_of(cast, device="b-device-2"), **changed)
    assert (status, refused["code"]) == (401, fault)
    assert cast.portal.database.rows("SELECT count(*) FROM trusted_phones") == before


async def test_a_request_seen_before_is_refused(cast: Cast, app: SimulatedApp) -> None:
    body = json.dumps(_phone_of(cast)).encode()
    headers = request_headers(app.secret, path="/app/phones", app_id=app.app_id, body=body)
    async with httpx.AsyncClient(base_url=cast.portal.origin, trust_env=False) as client:
        answers = [await client.post("/app/phones", content=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert answers[1].json()["code"] == "replayed"


@pytest.mark.parametrize(
    "content",
    [{}, {"phone": "x", "code": "y"}, {"phone": "0" * 32}, {"phone": "0" * 32, "code": "a" * 43, "more": "x"}, []],
)
async def test_what_is_no_request_of_ours_is_refused_by_form(app: SimulatedApp, content: Any) -> None:
    status, refused = await app.post("/scans/scan", content)
    assert (status, refused["code"]) == (422, "malformed")


async def test_too_much_and_nobodys_phone(cast: Cast, app: SimulatedApp) -> None:
    status, _ = await app.post("/phones", {"x": "y" * 5000})
    assert status == 413
    status, refused = await app.post("/scans/scan", {"phone": clock.new_id(), "code": "a" * 43})
    assert (status, refused["code"]) == (404, "unknown_phone")
    for wrong in ({"name": "别人"}, {"id_number": "x"}, {"id_type": "99"}):
        status, refused = await app.post("/phones", _phone_of(cast, **wrong))
        assert (status, refused["code"]) == (404, "not_registered"), wrong
