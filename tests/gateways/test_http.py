"""The one place that calls outside systems: whatever a server does, it costs no more than the deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System


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
    assert time.monotonic() - started < 4, "the slowest of them would take five"


@pytest.mark.parametrize("url", ["", "nowhere", "http://[bad", "ftp://a.example/"])
async def test_an_unusable_address_is_no_timeout(url: str) -> None:
    with pytest.raises(GatewayError) as raised:
        await http.call(System.REGISTRY, "POST", url, timeout=0.5)
    assert not raised.value.may_have_happened


def test_a_code_that_might_hold_anything_is_not_kept() -> None:
    error = GatewayError(System.SMS, GatewayFailure.REFUSED, "张三 320106199003070012\n")
    assert error.code == ""
    assert str(error) == "sms: REFUSED"
