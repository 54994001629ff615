"""Other people's parcels and addresses, and what anybody may send to the couriers' address (rule 1, R-2.6.4)."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.access import people
from tests.access.client import at
from tests.access.conftest import Cast
from tests.access.courier_scenarios import INJURY, PLACE, RECIPIENT, address_of, waybill
from tests.access.evidence import Log
from tests.access.handlers import named
from tests.access.people import Browser, execute, rows
from tests.access.scenarios import Walk
from tests.support.cases import forget_cases, put_cases

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.4.1")]
STREET = PLACE["detail"]


@pytest.fixture(autouse=True)
def _afterwards(cast: Cast) -> Iterator[None]:
    """No case is left to the next test."""
    yield
    forget_cases(cast.portal.database)
    execute(cast.portal, "DELETE FROM addresses")


async def sent(cast: Cast) -> tuple[str, str]:
    """Have the victim's unit choose an address and send materials; return the case and the number."""
    walk, serial = Walk(cast), waybill()
    whose = {"mobile": cast.victim.mobile, "uscc": cast.victim.uscc}
    (case_id,) = put_cases(cast.portal.database, **whose, key=INJURY, status="ACCEPTED")
    page = f"/cases/{case_id}"
    async with await (await people.log_in(cast.portal, cast.victim)).tab() as tab:
        where = await address_of(walk, tab)
        await walk.call(tab, "CourierState.load", None, page)
        await walk.call(tab, "CourierState.submit_address", {"form": {"address": where}}, page)
        await walk.call(tab, "CourierState.submit_send", {"form": {"company": "ems", "number": serial}}, page)
    return case_id, serial


def state(cast: Cast) -> list[dict[str, Any]]:
    """Return everything that somebody might have changed."""
    tables = ("case_deliveries", "shipments", "parcels")
    columns = {"case_deliveries": "id, version", "shipments": "id, number", "parcels": "id, number, state"}
    return [row for table in tables for row in rows(cast.portal, f"SELECT {columns[table]} FROM {table} ORDER BY id")]


async def tried(cast: Cast, browser: Browser, case_id: str, serial: str) -> str:
    """Send every call about a case's couriers; return everything that came back."""
    (shipment,) = rows(cast.portal, "SELECT id FROM shipments")
    (address,) = rows(cast.portal, "SELECT id FROM addresses")
    form = RECIPIENT | PLACE | {"address": address["id"]}
    one = {"shipment_id": shipment["id"]}
    applicants: list[tuple[str, Any]] = [
        *(("load", None), ("look_again", None), ("open_address", None), ("submit_address", {"form": form})),
        *(("drop_address", None), ("open_send", None)),
        ("submit_send", {"form": {"company": "ems", "number": waybill()}}),
        *(("open_remove", one), ("confirm_remove", None), ("refresh", one), ("close_dialog", None)),
    ]
    officers = [
        *(("load", None), ("open_full", None), ("open_send", None)),
        ("submit_send", {"form": {"company": "ems", "number": waybill()}}),
        *(("open_remove", one), ("confirm_remove", None), ("refresh", one)),
    ]
    calls = [
        *((f"CourierState.{name}", payload, f"/cases/{case_id}") for name, payload in applicants),
        *((f"StaffCourierState.{name}", payload, f"/staff/cases/{case_id}") for name, payload in officers),
        *(
            ("ShipmentsState.load", None, f"{centre}/shipments?q={serial[:6]}")
            for centre in ("/unit", "/my", "/institution")
        ),
        ("ShipmentsState.more", None, "/unit/shipments"),
    ]
    async with await browser.tab() as tab:
        for name, payload, page in calls:
            await tab.send(named(name), payload, at(page))
            await tab.settle(page)
        return str(tab.received)


@pytest.mark.parametrize("who", ["neighbour", "roleless", "admin", "agent", "institution_admin", "visitor"])
async def test_another_units_parcels_are_not_there(cast: Cast, who: str) -> None:
    log = Log(cast.portal)
    case_id, serial = await sent(cast)
    before = state(cast)
    if who == "visitor":
        browser = await people.visitor(cast.portal)
    else:
        browser = await people.log_in(cast.portal, getattr(cast, who), as_person=who == "roleless")
    received = await tried(cast, browser, case_id, serial)
    assert serial not in received
    assert STREET not in received
    assert state(cast) == before
    log.assert_no_failure()


@pytest.mark.parametrize("reached", [True, False])
async def test_officers_see_nobody_in_full_whose_case_is_not_decided(cast: Cast, reached: bool) -> None:
    case_id, serial = await sent(cast)
    before = state(cast)
    if not reached:
        execute(cast.portal, "UPDATE cases SET stage = '' WHERE id = ?", case_id)
    browser = await people.log_in_staff(cast.portal, people.OFFICER)
    received = await tried(cast, browser, case_id, serial)
    for secret in (RECIPIENT["name"], RECIPIENT["mobile"], STREET):
        assert secret not in received
    assert state(cast) == before


async def push(cast: Cast, parcel_id: str, **form: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=cast.portal.origin, trust_env=False) as client:
        return await client.post(f"/courier/kuaidi100/{parcel_id}", data=form)


async def test_what_nobody_signed_is_not_believed(cast: Cast) -> None:
    log = Log(cast.portal)
    _, serial = await sent(cast)
    (parcel,) = rows(cast.portal, "SELECT id, state FROM parcels")
    told = {"status": "shutdown", "lastResult": {"nu": serial, "com": "ems", "state": "3", "ischeck": "1", "data": []}}
    param = json.dumps(told)
    for form in ({}, {"param": param}, {"param": param, "sign": ""}, {"param": param, "sign": "0" * 32}):
        answer = await push(cast, parcel["id"], **form)
        assert (answer.status_code, answer.json()["result"]) == (401, False)
        assert answer.headers["cache-control"] == "no-store"
    assert (await push(cast, "0" * 32, param=param, sign="0" * 32)).status_code == 401
    assert (await push(cast, "x", param=param)).status_code == 404
    assert (await push(cast, parcel["id"], param="x" * 300_000)).status_code == 413
    async with httpx.AsyncClient(base_url=cast.portal.origin, trust_env=False) as client:
        for body in (b"\xff\xfe", urlencode({f"a{n}": "x" for n in range(500)}).encode()):
            answer = await client.post(f"/courier/kuaidi100/{parcel['id']}", content=body)
            assert answer.status_code == 401
    assert rows(cast.portal, "SELECT id, state FROM parcels") == [parcel]
    log.assert_no_failure()


async def test_what_breaks_off_or_comes_in_another_way_is_no_failure(cast: Cast) -> None:
    log = Log(cast.portal)
    await sent(cast)
    (parcel,) = rows(cast.portal, "SELECT id, state FROM parcels")
    path = f"/courier/kuaidi100/{parcel['id']}"
    url = httpx.URL(cast.portal.origin)
    for head in ("Content-Length: 5000", "Transfer-Encoding: chunked"):
        _, writer = await asyncio.open_connection(url.host, url.port)
        kind = "Content-Type: application/x-www-form-urlencoded"
        writer.write(f"POST {path} HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n{kind}\r\n{head}\r\n\r\nparam=".encode())
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.close()
        await writer.wait_closed()

    async def endless() -> Any:
        for _ in range(100):
            yield b"param=" + b"x" * 10_000

    async with httpx.AsyncClient(base_url=cast.portal.origin, trust_env=False) as client:
        with contextlib.suppress(httpx.TransportError):  # who does not listen may miss the answer
            assert (await client.post(path, content=endless())).status_code == 413
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            assert (await client.request(method, path)).status_code in (404, 405)
        deep = "[" * 50_000
        for param in (deep, "\\ud800", "null", "\x00"):
            assert (await client.post(path, data={"param": param, "sign": "ｆ" * 32})).status_code == 401
    await asyncio.sleep(0.5)
    assert rows(cast.portal, "SELECT id, state FROM parcels") == [parcel]
    log.assert_no_failure()


async def test_the_simulated_courier_is_believed(cast: Cast) -> None:
    _, serial = await sent(cast)
    async with httpx.AsyncClient(base_url=cast.portal.sandbox, trust_env=False) as courier:
        for _ in range(100):  # until the worker has ordered the pushes
            listed = {one["number"]: one for one in (await courier.get("/courier.json")).json()}
            if listed.get(serial, {}).get("subscribed"):
                break
            await asyncio.sleep(0.2)
        for act in ("next", "next", "next", "next", "next", "again", "older"):
            answer = await courier.post("/courier", data={"number": serial, "act": act})
            assert httpx.URL(answer.headers["location"]).params["told"] == f"{serial}：门户已收到"
        assert listed[serial]["asked"] <= 1
    assert rows(cast.portal, "SELECT state FROM parcels") == [{"state": "SIGNED"}]
    assert rows(cast.portal, "SELECT count(*) AS n FROM parcel_events") == [{"n": 5}]
    assert rows(cast.portal, "SELECT state FROM shipment_milestones") == [{"state": "SIGNED"}]
