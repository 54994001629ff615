"""Traces: what was done, how it ended and what it cost; nothing about anybody, and nothing that slows anybody down."""

import asyncio
import subprocess
import sys
import time as clocks
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from jsrs_portal import db, logs, telemetry, worker
from jsrs_portal.api import events
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.gateways import errors, guarded
from jsrs_portal.gateways.breaker import Breaker, Guard
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.services import codes
from jsrs_portal.settings import ROOT, Settings
from tests.services.fakes import FakeSms
from tests.services.numbers import employer, human
from tests.services.world import visitor, warm_up
from tests.support import hall
from tests.support.collector import Collector, collector
from tests.support.servers import free_port

once = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def traces():
    """A collector that this process sends its traces to."""
    with collector() as made:
        telemetry.start(Settings(otel_endpoint=made.url, otel_service_name="hall-of-the-tests"))
        yield made
        telemetry.stop()


def sent(traces: Collector) -> Collector:
    """Return the collector with everything that has ended."""
    telemetry.export_now()
    return traces


def guard(system: System) -> Guard:
    return Guard(system, Breaker(failures=5, window=60, pause=60))


# Off by default


@once
def test_by_default_nothing_of_opentelemetry_is_imported():
    code = (
        "import sys\n"
        "from jsrs_portal import telemetry, worker, cli\n"
        "from jsrs_portal.api import app, events\n"
        "from jsrs_portal.settings import get_settings\n"
        "telemetry.start(get_settings())\n"
        "with telemetry.span('x', {telemetry.DUTY: 'y'}) as span:\n"
        "    span.set(telemetry.OUTCOME, 'ok')\n"
        "telemetry.stop()\n"
        "loaded = [name for name, module in sys.modules.items() if module is not None]\n"
        "print([name for name in loaded if name.startswith(('opentelemetry', 'google.protobuf'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@once
def test_without_a_collector_a_span_costs_next_to_nothing():
    began = clocks.thread_time()  # its own work, however busy the machine is
    for _ in range(10_000):
        with telemetry.span("x", {telemetry.DUTY: "y"}) as span:
            span.set(telemetry.OUTCOME, "ok")
    assert clocks.thread_time() - began < 0.5
    assert telemetry.current_ids() == {}


# What is in them


async def test_a_request_has_a_span_with_its_pattern_and_its_statements(traces):
    await db.close_engine()
    await warm_up()
    async with hall.browser() as client:
        await client.get("/v/sQ0n7xKq3")
    span = sent(traces).one("GET /v/{token:str}")
    assert span.attributes == {
        "http.route": "/v/{token:str}",
        "http.request.method": "GET",
        "http.response.status_code": 303,
        "jsrs.outcome": "ok",
        "jsrs.db.statements": 1,
    }
    assert traces.service == "hall-of-the-tests"
    assert traces.paths == {"/v1/traces"}


async def test_an_outside_call_lies_inside_the_event_that_made_it(traces, time):
    sms = guarded.GuardedSms(FakeSms(), guard(System.SMS))

    async def handler(**_how) -> None:
        sending = codes.send_code(sms, actor=visitor(), purpose=CodePurpose.PERSON_REGISTRATION, mobile=human(1).mobile)
        assert isinstance(await sending, codes.CodeSent)

    await run_event(handler)
    event, call = sent(traces).one("event some_state.submit"), traces.one("outside sms.send")
    assert (call.parent, call.trace) == (event.id, event.trace)
    assert event.parent == ""
    assert event.attributes["jsrs.handler"] == "some_state.submit"
    assert event.attributes["jsrs.outcome"] == "ok"
    assert event.attributes["jsrs.db.statements"] > 0
    assert (call.attributes["jsrs.outside.system"], call.attributes["jsrs.outside.operation"]) == ("sms", "send")


async def test_a_duty_has_a_span_with_the_calls_it_made(traces, world, monkeypatch):
    monkeypatch.setattr(worker, "deliver_one", lambda gateways: outside(gateways))
    calls = []

    async def outside(gateways) -> bool:
        calls.append(1)
        await gateways.sms.lookup(phone="", sent_on=None, biz_id=None, out_id="")
        return False

    gateways = SimpleNamespace(sms=guarded.GuardedSms(FakeSms(), guard(System.SMS)))
    (duty,) = [duty for duty in worker.duties_of(gateways, worker.clock.now()) if duty.name == "deliver"]
    await duty.begin_if_due(duty.due_at)
    span = sent(traces).one("duty deliver")
    assert span.attributes == {"jsrs.duty": "deliver", "jsrs.outcome": "ok", "jsrs.db.statements": 0}
    assert traces.one("outside sms.lookup").parent == span.id


@pytest.mark.parametrize(
    ("failure", "outcome"), [(GatewayFailure.TIMEOUT, "failed"), (GatewayFailure.REFUSED, "refused")]
)
async def test_a_failed_call_says_how_it_failed(traces, failure, outcome):
    async def call() -> None:
        raise GatewayError(System.FACE, failure, "ISV.SOME_CODE", "句子")

    with pytest.raises(errors.GatewayError):
        await guard(System.FACE).run(call, "query")
    span = sent(traces).one("outside face.query")
    assert span.attributes["jsrs.outside.failure"] == failure
    assert span.attributes["jsrs.outcome"] == outcome
    assert span.failed is (outcome == "failed")


async def test_statements_are_counted_for_the_span_and_for_those_around_it(traces):
    await db.close_engine()
    await warm_up()
    with telemetry.span("outer"):
        async with db.reading() as session:
            await session.execute(text("SELECT 1"))
            with telemetry.span("inner"):
                await session.execute(text("SELECT 2"))
                await session.execute(text("SELECT 3"))
    assert sent(traces).one("inner").attributes["jsrs.db.statements"] == 2
    assert traces.one("outer").attributes["jsrs.db.statements"] == 3


# What is not in them


async def test_no_span_holds_personal_data_or_secrets(traces, world):
    """A whole registration and a login, with addresses and cookies full of what must not get out."""
    me, unit = visitor(), employer(1)
    boss = unit.legal_rep

    async def handler(**_how) -> None:
        await world.register(me, await world.ready_to_register(me, unit))

    await run_event(handler)
    secret, cookie = "T" * 43, "a." + "C" * 43
    async with hall.browser() as client:
        await client.get(f"/v/{secret}", headers={"Cookie": f"jsrs={cookie}"})
        await client.get("/session/open", params={"ticket": secret, "next": f"/unit/{boss.mobile}"})
    telemetry.export_now()
    allowed = telemetry.ALLOWED
    assert len(traces.spans) >= 3
    for span in traces.spans:
        assert set(span.attributes) <= allowed
        assert span.events == 0
    for known in (boss.name, boss.id_number, boss.mobile, unit.uscc, unit.name, secret, cookie, "SELECT"):
        assert known.encode() not in traces.raw


@once
async def test_an_exception_is_recorded_by_its_kind_only(traces):
    with pytest.raises(ValueError, match="苏婉清"), telemetry.span("x"):
        raise ValueError("苏婉清 13800000001")
    span = sent(traces).one("x")
    assert (span.failed, span.events, span.attributes["error.type"]) == (True, 0, "ValueError")
    assert b"13800000001" not in traces.raw


@once
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("http.url", "/session/open"),
        ("db.statement", "SELECT"),
        ("jsrs.handler", "13800000001"),
        ("jsrs.handler", "login_state.苏婉清"),
        ("http.route", "/v/x?ticket=1"),
        ("jsrs.outcome", "a" * 101),
        ("http.response.status_code", 13800000001),
    ],
)
async def test_an_attribute_that_is_not_allowed_is_left_out(traces, key, value):
    with telemetry.span("x", {key: value}) as span:
        span.set(key, value)
    found = sent(traces).one("x").attributes
    assert value not in found.values()


# Log lines


@once
async def test_a_log_line_names_its_trace(traces):
    with telemetry.span("x"):
        ids = telemetry.current_ids()
        line = logs._without_personal_data(None, "info", logs._with_trace(None, "info", {"event": "test"}))
    span = sent(traces).one("x")
    assert (line["trace_id"], line["span_id"]) == (span.trace, span.id) == (ids["trace_id"], ids["span_id"])
    assert "trace_id" not in logs._with_trace(None, "info", {"event": "outside of any"})


# A collector that is away


@once
@pytest.mark.parametrize("kind", ["nobody", "silent", "angry"])
async def test_a_dead_collector_costs_nothing_visible(kind, capfd, monkeypatch):
    """The loop goes on at its pace, nothing is logged, the end is not delayed, and the loss is counted."""
    async with hall.black_hole() as hole:
        with collector() as angry:
            angry.status = 503
            port = {"nobody": free_port(), "silent": hole, "angry": int(angry.url.rpartition(":")[2])}[kind]
            telemetry.start(Settings(otel_endpoint=f"http://127.0.0.1:{port}"))
            export = sys.modules["jsrs_portal.telemetry.export"]  # there from now on
            assert export._SECONDS_AT_THE_END <= 2
            monkeypatch.setattr(export, "_SECONDS_AT_THE_END", 0.2)  # an export gives up after three
            before = telemetry.lost()
            slowest = 0.0
            for _ in range(200):
                began = clocks.perf_counter()
                with telemetry.span("x"):
                    await asyncio.sleep(0.001)
                slowest = max(slowest, clocks.perf_counter() - began)
            assert slowest < 1
            await asyncio.to_thread(telemetry.export_now)
            assert telemetry.lost() >= before + 200
            began = clocks.perf_counter()
            telemetry.stop()
            assert clocks.perf_counter() - began < 2.5
    said = capfd.readouterr()
    assert "xport" not in said.out + said.err


# Events


async def run_event(execute, seconds: float = 5, name: str = "reflex___state____state.app____some_state.submit"):
    """Execute an event as Reflex's processor does."""
    limited = events.limited(execute, seconds)
    entry = SimpleNamespace(event=SimpleNamespace(name=name), ctx=SimpleNamespace(parent_txid=None, token="none"))
    await limited(entry=entry, registered_handler=SimpleNamespace(handler=SimpleNamespace(supersedes=False)))


@once
async def test_an_event_that_hangs_is_cancelled_at_its_deadline(traces):
    cancelled = []

    async def hanging(**_how) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    began = clocks.monotonic()
    with pytest.raises(events.TooSlow):
        await run_event(hanging, seconds=0.1)
    assert clocks.monotonic() - began < 20
    await asyncio.sleep(0.05)
    assert cancelled == [True]
    span = sent(traces).one("event some_state.submit")
    assert (span.attributes["jsrs.outcome"], span.failed) == ("timeout", True)


@once
@pytest.mark.parametrize(("error", "raised"), [(TimeoutError, TimeoutError), (ValueError, ValueError)])
async def test_a_handlers_own_failure_stays_what_it_is(error, raised):
    async def failing(**_how) -> None:
        raise error

    with pytest.raises(raised):
        await run_event(failing)


@once
def test_handlers_are_named_by_state_and_function():
    long = "reflex___state____state.jsrs_portal___state___login____login_state.submit"
    assert events.short_name(long) == "login_state.submit"
    assert events.short_name("reflex___state____state.hydrate") == "state.hydrate"
