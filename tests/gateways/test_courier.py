"""Parcels: the published signatures, our clients against the running simulator, what is pushed (R-2.6.4)."""

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from pydantic import SecretStr

from jsrs_portal.domain.shipments import ShipmentState, Tracking
from jsrs_portal.gateways.courier import kuaidi100, kuaidi100_words, sf, sf_words
from jsrs_portal.gateways.courier.port import Courier, Waybill
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.zone import BEIJING

from .conftest import Sandbox

pytestmark = pytest.mark.req("R-2.6.4.1")
S = ShipmentState


def new_number(start: str = "11") -> str:
    return f"{start}{secrets.randbelow(10**10):010d}1"


def couriers(sandbox: Sandbox, **changes: object) -> Courier:
    found = sandbox.gateways(**changes).courier
    assert found is not None
    return found


async def act(sandbox: Sandbox, number: str, what: str = "next") -> str:
    async with sandbox.http() as client:
        answer = await client.post("/courier", data={"number": number, "act": what})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])


async def known(sandbox: Sandbox, number: str) -> dict[str, Any]:
    async with sandbox.http() as client:
        return next(one for one in (await client.get("/courier.json")).json() if one["number"] == number)


@asynccontextmanager
async def listening(answers: int = 200) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Give an address that takes what is pushed, and what came."""
    bodies: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        bodies.append(await reader.readexactly(length))
        writer.write(f"HTTP/1.1 {answers} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, family=socket.AF_INET)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/courier/kuaidi100/1", bodies


# The published vectors (protocol reference §8)


def test_a_query_is_signed_as_kuaidi100_does() -> None:
    param = kuaidi100.query_param(Waybill("ems", "1136281381675"))
    assert param == (
        '{"com":"ems","num":"1136281381675","phone":"","from":"","to":"","resultv2":"4","show":"0","order":"desc"}'
    )
    sign = kuaidi100_words.query_sign(param, key="bvYf8sd3dh9k", customer="3F0000000000000000000000000000AA")
    assert sign == "FE29FC345EB612BCFE2056EAF60CB933"


def test_a_push_is_verified_as_kuaidi100_signs_it() -> None:
    param = (
        '{"status":"shutdown","message":"","lastResult":{"nu":"1136281381675","com":"ems","state":"3","ischeck":"1",'
        '"data":[]}}'
    )
    body = urlencode({"param": param, "sign": "13396B8316926C2DF9EC5A53464C0E97"}).encode()
    push = kuaidi100.read_push(body, salt="f5a1c0")
    assert (push.number, push.tracking, push.over, push.again) == ("1136281381675", Tracking(S.SIGNED), True, False)
    for salt in ("f5a1c1", ""):
        with pytest.raises(GatewayError) as raised:
            kuaidi100.read_push(body, salt=salt)
        assert (raised.value.failure, raised.value.code) == (GatewayFailure.REFUSED, "signature")


def test_routes_are_asked_for_as_sf_signs_it() -> None:
    data = sf.route_request(Waybill("shunfeng", "444003077898", "1995"))
    assert data == (
        '{"language":"0","trackingType":"1","trackingNumber":["444003077898"],"methodType":"1","checkPhoneNo":"1995"}'
    )
    digest = sf_words.digest(data, timestamp="1700000000000", checkword="CHECKWORD0123456")
    assert digest == "p+KrtWoZa/SrA5Xf6nf38w=="


# Words


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("0", S.MOVING),
        (1, S.COLLECTED),
        ("3", S.SIGNED),
        ("4", S.RETURNED),
        ("6", S.RETURNING),
        ("14", S.REFUSED),
        ("101", S.ORDERED),
        ("103", S.COLLECTED),
        ("1001", S.MOVING),
        ("1003", S.MOVING),
        ("204", S.TROUBLE),
        ("299", S.TROUBLE),
        ("203", S.REFUSED),
        ("301", S.SIGNED),
        ("304", S.SIGNED),
        ("401", S.CANCELLED),
        ("501", S.WAITING),
        ("", None),
        ("99", None),
        ("x", None),
        (None, None),
        (True, None),
        ("٣", None),
        ([], None),
    ],
)
def test_states_of_kuaidi100_are_read(code: object, state: ShipmentState | None) -> None:
    assert kuaidi100_words.state_of(code) is state


def test_reports_are_read_and_broken_ones_left_out() -> None:
    entries = [
        {"ftime": "2026-11-29 10:00:00", "time": "x", "context": "已签收", "statusCode": "301"},
        {"time": "2026-11-28 10:00:00", "context": "已揽收"},
        {"time": "28.11.2026", "context": "没有时间"},
        {"time": "2026-11-28 10:00:00", "context": " "},
        {"time": "2026-11-28 10:00:00", "context": 7},
        "nothing",
    ]
    found = kuaidi100_words.read_tracking({"data": entries, "ischeck": "1"})
    assert found.state is S.SIGNED
    assert [(one.at, one.text, one.state) for one in found.reports] == [
        (datetime(2026, 11, 29, 10, tzinfo=BEIJING), "已签收", S.SIGNED),
        (datetime(2026, 11, 28, 10, tzinfo=BEIJING), "已揽收", None),
    ]
    with pytest.raises(ValueError, match="data"):
        kuaidi100_words.read_tracking({"data": "all"})


def test_routes_of_sf_are_read() -> None:
    routes = [
        {"acceptTime": "2026-11-29 11:30:00", "acceptAddress": "苏州市", "remark": "已签收", "opCode": "80"},
        {
            "acceptTime": "2026-11-28 17:00:00",
            "acceptAddress": "南京市",
            "remark": "顺丰速运 已收取快件",
            "opCode": "50",
        },
        {"acceptTime": "2026-11-28 19:00:00", "remark": "运输中", "opCode": "?", "secondaryStatusCode": "201"},
        {"acceptTime": "2026-11-30 19:00:00", "remark": "满意度调查", "opCode": "9999"},
        {"acceptTime": "", "remark": "x"},
        None,
    ]
    found = sf_words.read_routes(routes)
    assert (found.state, len(found.reports)) == (S.SIGNED, 4)
    assert found.reports[0].text == "【苏州市】已签收"
    assert found.reports[2].state is S.MOVING
    with pytest.raises(ValueError, match="routes"):
        sf_words.read_routes({})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff=\xff",
        b"param=&sign=",
        b"&".join(b"a=%d" % n for n in range(20)),
        b"param=%7B%7D&sign=1",
    ],
)
def test_what_is_no_push_is_refused(body: bytes) -> None:
    with pytest.raises(GatewayError):
        kuaidi100.read_push(body, salt="f5a1c0")


@pytest.mark.parametrize(
    "content",
    [[], {}, {"status": "polling"}, {"status": "x", "lastResult": {}}, {"status": "abort", "lastResult": {"data": 1}}],
)
def test_a_signed_push_of_another_shape_is_no_push(content: object) -> None:
    param = json.dumps(content)
    body = urlencode({"param": param, "sign": kuaidi100_words.push_sign(param, salt="s")}).encode()
    with pytest.raises(GatewayError) as raised:
        kuaidi100.read_push(body, salt="s")
    assert raised.value.failure is GatewayFailure.BAD_ANSWER


# Against the simulator


async def test_a_parcel_is_followed_by_questions(sandbox: Sandbox) -> None:
    number, courier = new_number(), couriers(sandbox)
    waybill = Waybill("ems", number)
    assert await courier.track(waybill) == Tracking(None)
    for state in (S.COLLECTED, S.MOVING, S.MOVING, S.DELIVERING, S.SIGNED):
        await act(sandbox, number)
        assert (await courier.track(waybill)).state is state
    found = await courier.track(waybill)
    assert len(found.reports) == 5
    assert "李思源" in max(found.reports, key=lambda one: one.at).text
    assert (await known(sandbox, number))["asked"] == 7
    assert await courier.track(Waybill("ems", f"{number[:-4]}0000")) == Tracking(None)


async def test_a_parcel_of_sf_is_asked_of_sf_and_else_of_kuaidi100(sandbox: Sandbox, order: Any) -> None:
    number = new_number("SF")
    waybill, courier = Waybill("shunfeng", number, "1995"), couriers(sandbox)
    assert await courier.track(waybill) == Tracking(None)
    await act(sandbox, number)
    assert (await courier.track(waybill)).state is S.COLLECTED
    assert await courier.track(Waybill("shunfeng", number, "0000")) == Tracking(None)
    asked = (await known(sandbox, number))["asked"]
    await order("courier_sf", "error500")
    assert (await courier.track(waybill)).state is S.COLLECTED
    assert (await known(sandbox, number))["asked"] == asked + 1
    await order("courier", "error500")
    assert (await courier.track(waybill)).state is S.COLLECTED
    await order("courier", "ok", 0)


async def test_phones_are_checked_by_companies_that_want_them(sandbox: Sandbox) -> None:
    number, courier = new_number(), couriers(sandbox)
    with pytest.raises(GatewayError) as raised:
        await courier.track(Waybill("zhongtong", number))
    assert (raised.value.failure, raised.value.code) == (GatewayFailure.REFUSED, "408")
    assert "后四位" in raised.value.sentence
    await courier.track(Waybill("zhongtong", number, "1995"))
    await act(sandbox, number)
    assert (await courier.track(Waybill("zhongtong", number, "1995"))).state is S.COLLECTED
    with pytest.raises(GatewayError):
        await courier.track(Waybill("zhongtong", number, "1996"))


async def test_pushes_are_ordered_once_signed_and_verified(sandbox: Sandbox, order: Any) -> None:
    number, courier = new_number(), couriers(sandbox)
    waybill = Waybill("ems", number)
    async with listening() as (address, bodies):
        for _ in range(2):
            assert await courier.subscribe(waybill, callback_url=address, salt="grain")
        told = await act(sandbox, number)
        assert "%E9%97%A8%E6%88%B7%E5%B7%B2%E6%94%B6%E5%88%B0" in told
        for _ in range(4):
            await act(sandbox, number)
        await act(sandbox, number, "older")
        await order("courier_callback", "bad_signature")
        await act(sandbox, number, "again")
    pushes = [courier.read_push(one, salt="grain") for one in bodies[:6]]
    assert [one.tracking.state for one in pushes] == [
        *(S.COLLECTED, S.MOVING, S.MOVING, S.DELIVERING, S.SIGNED),
        S.MOVING,
    ]
    assert [one.over for one in pushes] == [False, False, False, False, True, False]
    assert {one.number for one in pushes} == {number}
    with pytest.raises(GatewayError):
        courier.read_push(bodies[6], salt="grain")
    assert parse_qs(bodies[6].decode())["sign"][0].isupper()


@pytest.mark.parametrize(
    ("mode", "code", "failure"),
    [
        ("error500", "", GatewayFailure.BAD_ANSWER),
        ("garbage", "", GatewayFailure.BAD_ANSWER),
        ("bad_signature", "", GatewayFailure.MISCONFIGURED),
        ("business_refusal", "502", GatewayFailure.BUSY),
        ("business_refusal", "601", GatewayFailure.MISCONFIGURED),
        ("business_refusal", "999", GatewayFailure.BAD_ANSWER),
    ],
)
async def test_faults_of_kuaidi100_are_told_apart(
    sandbox: Sandbox, order: Any, mode: str, code: str, failure: GatewayFailure
) -> None:
    waybill, courier = Waybill("ems", new_number()), couriers(sandbox)
    await order("courier", mode, code=code)
    with pytest.raises(GatewayError) as raised:
        await courier.track(waybill)
    assert raised.value.failure is failure
    await order("courier", mode, code={"502": "701"}.get(code, code))
    with pytest.raises(GatewayError):
        await courier.subscribe(waybill, callback_url="http://127.0.0.1:9/x", salt="s")


@pytest.mark.parametrize(
    ("mode", "code", "failure"),
    [
        ("bad_signature", "", GatewayFailure.MISCONFIGURED),
        ("old_timestamp", "", GatewayFailure.MISCONFIGURED),
        ("business_refusal", "A1005", GatewayFailure.BUSY),
        ("garbage", "", GatewayFailure.BAD_ANSWER),
        ("error500", "", GatewayFailure.BAD_ANSWER),
    ],
)
async def test_faults_of_sf_are_told_apart(
    sandbox: Sandbox, order: Any, mode: str, code: str, failure: GatewayFailure
) -> None:
    alone = sf.SfExpress(
        url=sandbox.settings.sf_address,
        partner_id=sandbox.settings.sf_partner_id,
        checkword=sandbox.settings.sf_checkword.get_secret_value(),
        timeout=5,
    )
    await order("courier_sf", mode, code=code)
    with pytest.raises(GatewayError) as raised:
        await alone.track(Waybill("shunfeng", new_number("SF"), "1995"))
    assert raised.value.failure is failure


async def test_strangers_are_refused(sandbox: Sandbox) -> None:
    waybill = Waybill("ems", new_number())
    for courier in (
        couriers(sandbox, kuaidi100_key=SecretStr("another-secret")),
        couriers(sandbox, kuaidi100_customer="nobody"),
    ):
        with pytest.raises(GatewayError) as raised:
            await courier.track(waybill)
        assert raised.value.failure is GatewayFailure.MISCONFIGURED
    with pytest.raises(GatewayError) as raised:
        await couriers(sandbox, kuaidi100_key=SecretStr("another-secret")).subscribe(
            waybill, callback_url="http://127.0.0.1:9/", salt="s"
        )
    assert raised.value.failure is GatewayFailure.MISCONFIGURED


async def test_the_page_shows_the_parcels_and_takes_what_it_knows(sandbox: Sandbox) -> None:
    number = new_number()
    await couriers(sandbox).track(Waybill("ems", number))
    async with sandbox.http() as client:
        shown = (await client.get("/courier")).text
        assert number in shown
        assert (await client.post("/courier", data={"number": "x", "act": "next"})).status_code == 404
        assert (await client.post("/courier", data={"number": number, "act": "burn"})).status_code == 404


async def test_without_anybody_to_ask_nobody_is_asked(sandbox: Sandbox) -> None:
    settings = sandbox.settings.model_copy(update={"environment": "production"})
    assert (settings.kuaidi100_address, settings.sf_address) == ("", "")
    assert sandbox.gateways(environment="production", sf_url="").courier is None
    only = sandbox.gateways(environment="production", sf_url=sandbox.settings.sf_address).courier
    assert only is not None
    assert not await only.subscribe(Waybill("ems", "1" * 10), callback_url="", salt="")
    with pytest.raises(GatewayError):
        await only.track(Waybill("ems", "1" * 10))
