"""Every way an outside system can fail × every system: the right failure, and a sentence a user can act on."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from jsrs_portal import clock
from jsrs_portal.gateways import Gateways, http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System

from .conftest import Sandbox, free_port

CALLS: dict[str, Callable[[Gateways], Awaitable[Any]]] = {
    "face": lambda g: g.face.initialize(
        order_no=clock.new_id(),
        name="陆知远",
        id_type="01",
        id_number="320106199003070012",
        return_url="",
    ),
    "sms": lambda g: g.sms.send(
        phone="13812345678",
        template_code="SMS_100000001",
        params={"code": "123456"},
        out_id=clock.new_id(),
    ),
    "registry": lambda g: g.registry.check(
        uscc="91320100MA1X0TE58J",
        name="南京云杉软件有限公司",
        legal_rep_id_type="01",
        legal_rep_id_number="320106199003070012",
        legal_rep_name="陆知远",
    ),
    "identity": lambda g: g.identity.verify(name="陆知远", id_type="01", id_number="320106199003070012"),
}
BAD, REFUSED, OURS = GatewayFailure.BAD_ANSWER, GatewayFailure.REFUSED, GatewayFailure.MISCONFIGURED
EXPECTED = {
    "error500": dict.fromkeys(CALLS, BAD),
    "garbage": dict.fromkeys(CALLS, BAD),
    "bad_signature": {"face": BAD, "sms": OURS, "registry": BAD, "identity": BAD},
    "old_timestamp": {"face": OURS, "sms": OURS, "registry": BAD, "identity": BAD},
    "business_refusal": dict.fromkeys(CALLS, REFUSED),
    "hang": dict.fromkeys(CALLS, GatewayFailure.TIMEOUT),
}


def expect_sentence(error: GatewayError, system: str) -> None:
    assert error.system == system
    assert re.fullmatch(r"[^A-Za-z]*[\u4e00-\u9fff][^A-Za-z]*。", error.sentence)
    for secret in ("320106199003070012", "13812345678", "陆知远"):
        assert secret not in str(error) + error.sentence + repr(error)


@pytest.mark.parametrize("system", CALLS)
@pytest.mark.parametrize("mode", EXPECTED)
@pytest.mark.req("R-2.2.2", "R-2.2.3", "R-2.2.4", "R-2.2.7")
async def test_every_fault_has_its_failure_and_ends_with_the_fault(
    sandbox: Sandbox, order: Any, system: str, mode: str
) -> None:
    await order(system, mode)
    hurried = sandbox.gateways(gateway_timeout=0.4) if mode == "hang" else sandbox.gateways()
    with pytest.raises(GatewayError) as raised:
        await CALLS[system](hurried)
    assert raised.value.failure is EXPECTED[mode][system]
    assert raised.value.may_have_happened is (raised.value.failure in (BAD, GatewayFailure.TIMEOUT))
    expect_sentence(raised.value, system)
    assert await CALLS[system](sandbox.gateways())


async def test_slow_is_not_broken(sandbox: Sandbox, order: Any) -> None:
    for system in CALLS:
        await order(system, "slow")
    started = time.monotonic()
    await asyncio.gather(*(call(sandbox.gateways()) for call in CALLS.values()))
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("system", CALLS)
async def test_nobody_listening_surely_did_nothing(sandbox: Sandbox, system: str) -> None:
    with pytest.raises(GatewayError) as raised:
        await CALLS[system](sandbox.gateways(sandbox_port=free_port()))
    assert raised.value.failure is GatewayFailure.UNREACHABLE
    assert not raised.value.may_have_happened
    expect_sentence(raised.value, system)


async def test_alipays_own_troubles_and_our_contract_are_told_apart(sandbox: Sandbox, order: Any) -> None:
    for code, failure in {
        "UNKNOWN_ERROR": GatewayFailure.UNREACHABLE,
        "ARRANGEMENT_STATUS_ERROR": OURS,
        "SOMETHING_NEW": REFUSED,
    }.items():
        await order("face", "business_refusal", code=code)
        with pytest.raises(GatewayError) as raised:
            await CALLS["face"](sandbox.gateways())
        assert (raised.value.failure, raised.value.code) == (failure, code)


async def test_a_fault_lasts_for_as_many_answers_as_ordered(sandbox: Sandbox, order: Any) -> None:
    await order("identity", "error500", 2)
    for _ in range(2):
        with pytest.raises(GatewayError):
            await CALLS["identity"](sandbox.gateways())
    assert await CALLS["identity"](sandbox.gateways())


async def test_only_json_can_order_faults(sandbox: Sandbox) -> None:
    async with sandbox.http() as client:
        assert (await client.post("/_control/sms", data={"mode": "hang"})).status_code == 415
        assert (await client.post("/_control/sms", json={"mode": "explode"})).status_code == 422
        assert (await client.post("/_control/moon", json={"mode": "ok"})).status_code == 422


async def serve(answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> tuple[asyncio.Server, str]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await answer(writer)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def _oversized(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(40):
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def _cut_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


async def _no_answer(writer: asyncio.StreamWriter) -> None:
    pass


async def _no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 smtp ready\r\n")


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _too_many(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (_oversized, GatewayFailure.BAD_ANSWER),
        (_cut_off, GatewayFailure.TIMEOUT),
        (_no_answer, GatewayFailure.TIMEOUT),
        (_no_http, GatewayFailure.TIMEOUT),
        (_drip, GatewayFailure.TIMEOUT),
        (_too_many, GatewayFailure.BUSY),
    ],
)
async def test_a_misbehaving_server_costs_no_more_than_the_deadline(answer: Any, failure: GatewayFailure) -> None:
    server, url = await serve(answer)
    started = time.monotonic()
    async with server:
        with pytest.raises(GatewayError) as raised:
            await http.call(System.REGISTRY, "POST", url, timeout=0.5, body=b"{}")
    assert raised.value.failure is failure
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("url", ["", "nowhere", "http://[bad", "ftp://a.example/"])
async def test_an_unusable_address_is_no_timeout(url: str) -> None:
    with pytest.raises(GatewayError) as raised:
        await http.call(System.REGISTRY, "POST", url, timeout=0.5)
    assert not raised.value.may_have_happened


def test_a_code_that_might_hold_anything_is_not_kept() -> None:
    error = GatewayError(System.SMS, GatewayFailure.REFUSED, "张三 320106199003070012\n")
    assert error.code == ""
    assert str(error) == "sms: REFUSED"
