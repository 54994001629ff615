"""Circuit breakers: when they open, whom they let through, and that late news changes nothing."""

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsrs_portal.gateways import BreakerState, build_gateways
from jsrs_portal.gateways.breaker import Breaker, Guard
from jsrs_portal.gateways.courier.port import Waybill
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.sso.port import SsoFlow

from .conftest import Sandbox, free_port

CLOSED, OPEN, HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN


def breaker() -> Breaker:
    return Breaker(failures=3, window=60, pause=10)


def fail(machine: Breaker, *moments: float) -> None:
    for now in moments:
        ticket = machine.admit(now)
        assert ticket is not None
        machine.fail(ticket, now)


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    machine = breaker()
    fail(machine, 1, 2)
    assert machine.state(2) is CLOSED
    fail(machine, 3)
    assert machine.state(3) is OPEN
    assert machine.admit(12.9) is None
    assert machine.consecutive_failures == 3


def test_a_success_in_between_begins_the_row_anew() -> None:
    machine = breaker()
    fail(machine, 1, 2)
    machine.succeed(machine.admit(3) or 0)
    fail(machine, 4, 5)
    assert machine.state(5) is CLOSED
    assert machine.consecutive_failures == 2


def test_failures_far_apart_do_not_add_up() -> None:
    machine = breaker()
    fail(machine, 0, 50, 100, 150, 200)
    assert machine.state(200) is CLOSED
    fail(machine, 205)  # 150, 200 and 205 lie within a minute
    assert machine.state(205) is OPEN


def test_after_the_pause_one_call_decides() -> None:
    machine = breaker()
    fail(machine, 1, 2, 3)
    assert machine.state(13) is HALF_OPEN
    probe = machine.admit(13)
    assert probe is not None
    assert [machine.admit(13), machine.admit(14)] == [None, None]
    machine.fail(probe, 15)
    assert machine.state(24.9) is OPEN
    probe = machine.admit(25)
    assert probe is not None
    machine.succeed(probe)
    assert machine.state(25) is CLOSED
    assert machine.consecutive_failures == 0
    fail(machine, 26, 27)
    assert machine.state(27) is CLOSED


def test_a_probe_that_tells_nothing_makes_room_for_another() -> None:
    machine = breaker()
    fail(machine, 1, 2, 3)
    machine.release(machine.admit(13) or 0)
    assert machine.admit(14) is not None
    assert machine.admit(14) is None


def test_news_from_before_the_last_change_is_no_news() -> None:
    machine = breaker()
    early = [machine.admit(0) or 0 for _ in range(6)]
    for ticket in early[:3]:
        machine.fail(ticket, 5)
    machine.fail(early[3], 9)  # does not prolong the pause
    machine.succeed(early[4])  # does not close
    assert machine.state(14) is OPEN
    assert machine.state(15) is HALF_OPEN
    probe = machine.admit(15)
    machine.fail(early[5], 15)  # does not open again
    machine.release(early[5])  # does not make room
    assert machine.admit(15) is None
    machine.succeed(probe or 0)
    assert machine.state(15) is CLOSED


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["admit", "succeed", "fail", "release"]), st.floats(0, 8)), max_size=60))
def test_whatever_happens_at_most_one_probe_is_under_way(steps: list[tuple[str, float]]) -> None:
    machine, now, held = breaker(), 0.0, []
    for what, pause in steps:
        now += pause
        before = machine.state(now)
        if what == "admit":
            ticket = machine.admit(now)
            assert (ticket is None) >= (before is OPEN)
            if before is HALF_OPEN and ticket is not None:
                held = [ticket]  # older ones no longer count
                assert machine.admit(now) is None
            elif ticket is not None:
                held.append(ticket)
        elif held:
            ticket = held.pop()
            machine.fail(ticket, now) if what == "fail" else getattr(machine, what)(ticket)
        if before is OPEN:
            assert machine.state(now) is OPEN
    assert machine.admit(now + 1000) is not None or (held and machine.state(now + 1000) is HALF_OPEN)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Outside:
    """An outside system that answers as told and counts the calls that reach it."""

    def __init__(self) -> None:
        self.calls = 0
        self.error: BaseException | None = None
        self.gate: asyncio.Event | None = None

    async def call(self) -> str:
        self.calls += 1
        if self.gate:
            await self.gate.wait()
        if self.error:
            raise self.error
        return "answer"


def guarded() -> tuple[Guard, Outside, Clock]:
    time = Clock()
    return Guard(System.REGISTRY, breaker(), now=time), Outside(), time


async def break_it(guard: Guard, outside: Outside, failure: GatewayFailure = GatewayFailure.TIMEOUT) -> None:
    outside.error = GatewayError(System.REGISTRY, failure)
    for _ in range(3):
        with pytest.raises(GatewayError):
            await guard.run(outside.call)


@pytest.mark.parametrize("failure", list(GatewayFailure))
async def test_only_a_system_that_does_not_work_is_left_alone(failure: GatewayFailure) -> None:
    guard, outside, _ = guarded()
    await break_it(guard, outside, failure)
    broken = failure in (GatewayFailure.TIMEOUT, GatewayFailure.UNREACHABLE, GatewayFailure.BAD_ANSWER)
    health = guard.health()
    assert health.state is (OPEN if broken else CLOSED)
    assert health.consecutive_failures == (3 if broken else 0)
    assert (health.last_failure, health.last_success_at is None) == ((failure, True) if broken else (None, False))


async def test_an_open_breaker_answers_at_once_and_calls_nobody() -> None:
    guard, outside, _ = guarded()
    await break_it(guard, outside)
    with pytest.raises(GatewayError) as raised:
        await guard.run(outside.call)
    assert outside.calls == 3
    assert (raised.value.failure, raised.value.code) == (GatewayFailure.UNREACHABLE, "breaker_open")
    assert not raised.value.may_have_happened
    assert raised.value.sentence == "暂时无法连接企业登记信息核验服务，本次操作没有生效，请稍后再试。"


@pytest.mark.parametrize("recovers", [True, False])
async def test_of_fifty_at_once_one_tries(recovers: bool) -> None:
    guard, outside, time = guarded()
    await break_it(guard, outside)
    time.now += 10
    outside.calls, outside.gate = 0, asyncio.Event()
    outside.error = None if recovers else outside.error
    tasks = [asyncio.create_task(guard.run(outside.call)) for _ in range(50)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert outside.calls == 1
    assert guard.health().state is HALF_OPEN
    outside.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results.count("answer") == (1 if recovers else 0)
    assert outside.calls == 1
    assert guard.health().state is (CLOSED if recovers else OPEN)


def test_of_many_threads_one_tries() -> None:
    machine = breaker()
    fail(machine, 1, 2, 3)
    start, found = threading.Barrier(16), []

    def ask() -> None:
        start.wait(5)
        found.append(machine.admit(20))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(found) == 16
    assert sum(ticket is not None for ticket in found) == 1


async def test_a_cancelled_probe_is_followed_by_another() -> None:
    guard, outside, time = guarded()
    await break_it(guard, outside)
    time.now += 10
    outside.gate = asyncio.Event()
    probe = asyncio.create_task(guard.run(outside.call))
    await asyncio.sleep(0)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    outside.gate, outside.error = None, None
    assert await guard.run(outside.call) == "answer"
    assert guard.health().state is CLOSED


async def test_what_we_refuse_ourselves_says_nothing_about_them() -> None:
    guard, outside, time = guarded()
    await break_it(guard, outside)
    time.now += 10
    outside.error = GatewayError(System.REGISTRY, GatewayFailure.REFUSED, "cert_type", answered=False)
    with pytest.raises(GatewayError):
        await guard.run(outside.call)
    assert guard.health().state is HALF_OPEN
    outside.error = None
    assert await guard.run(outside.call) == "answer"


async def test_a_system_recovers_end_to_end_and_its_health_shows_it(sandbox: Sandbox, order: Any) -> None:
    changes = {"gateway_breaker_failures": 2, "gateway_breaker_pause": 0.2}
    gateways = build_gateways(sandbox.settings.model_copy(update=changes))

    async def verify() -> object:
        return await gateways.identity.verify(name="陆知远", id_type="01", id_number="320106199003070012")

    await order("identity", "error500", 2)
    for expected in (GatewayFailure.BAD_ANSWER, GatewayFailure.BAD_ANSWER, GatewayFailure.UNREACHABLE):
        with pytest.raises(GatewayError) as raised:
            await verify()
        assert raised.value.failure is expected
    before = gateways.health()
    assert before["identity"].state is OPEN
    assert before["identity"].last_failure_at is not None
    await asyncio.sleep(0.25)
    assert await verify() == "MATCH"
    after = gateways.health()["identity"]
    assert (after.state, after.consecutive_failures, after.last_failure) == (CLOSED, 0, GatewayFailure.BAD_ANSWER)
    assert after.last_success_at is not None
    assert "陆知远" not in repr(gateways.health())
    assert "3201" not in repr(gateways.health())


async def test_every_system_has_a_breaker_of_its_own(sandbox: Sandbox) -> None:
    changes = {"sandbox_port": free_port(), "gateway_breaker_failures": 1, "gateway_timeout": 2}
    gateways = build_gateways(sandbox.settings.model_copy(update=changes))
    person = {"name": "陆知远", "id_type": "01", "id_number": "320106199003070012"}
    calls = {
        "face": lambda: gateways.face.initialize(**person, order_no="1", return_url=""),
        "registry": lambda: gateways.registry.check(
            uscc="91320100MA1X0TE58J",
            name="x",
            legal_rep_id_type="01",
            legal_rep_id_number=person["id_number"],
            legal_rep_name="x",
        ),
        "identity": lambda: gateways.identity.verify(**person),
        "sms_aliyun": lambda: gateways.sms.send(
            phone="13812345678", template_code="SMS_100000001", params={"code": "123456"}, out_id="1"
        ),
    }
    assert gateways.sso is not None
    assert gateways.licence is not None
    assert gateways.courier is not None
    flow = SsoFlow(redirect_uri="http://localhost:3000/sso/callback", state="s", nonce="n", verifier="v")
    calls |= {
        "sso": lambda: gateways.sso.begin(flow),
        "licence": lambda: gateways.licence.poll("1"),
        "courier_kuaidi100": lambda: gateways.courier.track(Waybill("ems", "1136281381675")),
        "courier_sf": lambda: gateways.courier.track(Waybill("shunfeng", "SF1234567890123", "1995")),
        "legacy_js-insurance": lambda: gateways.legacy["js-insurance"].check(username="x", password="x"),
    }
    opened: set[str] = set()
    for name, call in calls.items():
        assert {key for key, health in gateways.health().items() if health.state is OPEN} == opened
        with pytest.raises(GatewayError):
            await call()
        opened |= {name, "sms_tencent"} if name == "sms_aliyun" else {name}
    assert (
        {key for key, health in gateways.health().items() if health.state is OPEN} == opened == set(gateways.health())
    )
