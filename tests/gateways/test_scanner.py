"""ClamAV over its own protocol: what is found, and every way it can fail (R-2.6.3.3)."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from jsrs_portal.gateways import BreakerState, build_gateways
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.scanner.clamd import ClamdScanner
from jsrs_portal.gateways.scanner.sandbox import EICAR, ClamdFault, ClamdSandbox
from jsrs_portal.settings import Settings

from .conftest import free_port

pytestmark = pytest.mark.req("R-2.6.3.3")

EXPECTED = {
    ClamdFault.HANG: GatewayFailure.TIMEOUT,
    ClamdFault.GARBAGE: GatewayFailure.BAD_ANSWER,
    ClamdFault.ENDLESS: GatewayFailure.BAD_ANSWER,
    ClamdFault.CUT_OFF: GatewayFailure.TIMEOUT,
    ClamdFault.AWAY: GatewayFailure.TIMEOUT,
    ClamdFault.ERROR: GatewayFailure.BAD_ANSWER,
    ClamdFault.SIZE: GatewayFailure.MISCONFIGURED,
    ClamdFault.SLOW: None,
    ClamdFault.TWICE: None,
}


async def parts(*content: bytes) -> AsyncIterator[bytes]:
    for part in content:
        yield part


def client(port: int, timeout: float = 5) -> ClamdScanner:
    return ClamdScanner(host="127.0.0.1", port=port, timeout=timeout)


async def test_a_clean_file_is_clean() -> None:
    async with ClamdSandbox() as clamd:
        verdict = await client(clamd.port).scan(parts(b"%PDF-1.7", b"x" * 300_000))
    assert verdict.clean
    assert clamd.seen == 1


async def test_a_virus_is_named_wherever_it_lies() -> None:
    async with ClamdSandbox() as clamd:
        for content in ((EICAR,), (b"x" * 200_000 + EICAR[:20], EICAR[20:] + b"x")):
            verdict = await client(clamd.port).scan(parts(*content))
            assert (verdict.clean, verdict.found) == (False, "Eicar-Test-Signature")


def test_every_fault_has_its_line() -> None:
    assert set(EXPECTED) == set(ClamdFault)


@pytest.mark.parametrize(("fault", "failure"), EXPECTED.items(), ids=[fault.name for fault in EXPECTED])
async def test_every_failure_is_told_for_what_it_is(fault: ClamdFault, failure: GatewayFailure | None) -> None:
    async with ClamdSandbox() as clamd:
        clamd.fault = fault
        asked = client(clamd.port, 0.5 if fault is ClamdFault.HANG else 5).scan(parts(b"x" * 400_000))
        if failure is None:
            assert (await asked).clean
            return
        with pytest.raises(GatewayError) as caught:
            await asked
    assert (caught.value.system, caught.value.failure) == (System.SCANNER, failure)
    assert re.fullmatch(r"[^A-Za-z]*[\u4e00-\u9fff][^A-Za-z]*。", caught.value.sentence)


async def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(GatewayError) as caught:
        await client(free_port()).scan(parts(b"x"))
    assert caught.value.failure is GatewayFailure.UNREACHABLE


async def test_a_socket_in_the_file_system_will_do(tmp_path) -> None:
    sandbox = ClamdSandbox()
    server = await asyncio.start_unix_server(sandbox._handle, tmp_path / "clamd.sock")
    async with server:
        scanner = ClamdScanner(host=str(tmp_path / "clamd.sock"), port=0, timeout=5)
        assert not (await scanner.scan(parts(EICAR))).clean


async def test_more_than_clamd_is_set_up_for_is_the_operators_to_mend() -> None:
    async with ClamdSandbox(most=1000) as clamd:
        with pytest.raises(GatewayError) as caught:
            await client(clamd.port).scan(parts(*[b"x" * 600] * 2000))
    assert caught.value.failure in (GatewayFailure.MISCONFIGURED, GatewayFailure.TIMEOUT)


async def test_it_stands_behind_a_breaker_and_in_the_health_where_it_is_configured() -> None:
    assert build_gateways(Settings(_env_file=None)).scanner is None
    settings = Settings(_env_file=None, clamd_host="127.0.0.1", clamd_port=free_port(), gateway_breaker_failures=2)
    gateways = build_gateways(settings)
    assert gateways.scanner is not None
    for _ in range(2):
        with pytest.raises(GatewayError):
            await gateways.scanner.scan(parts(b"x"))
    assert gateways.health()["scanner"].state is BreakerState.OPEN
