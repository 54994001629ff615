"""What operators see and do, on the running product: health, metrics, traces, deadlines, backup and restore."""

import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from jsrs_portal.gateways.business_registry import sandbox_units
from jsrs_portal.settings import ROOT
from tests.access import people
from tests.access.client import at
from tests.access.handlers import named
from tests.operations.conftest import PATIENCE, TOKEN
from tests.support.collector import Collector
from tests.support.portal import Portal

pytestmark = pytest.mark.asyncio(loop_scope="session")
UNIT = sandbox_units.UNITS[0]
PAGE = "/register/unit"


def jsrs(portal: Portal, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run an operator's command in the portal's environment."""
    command = [sys.executable, "-m", "jsrs_portal.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=portal.environment, capture_output=True, text=True, timeout=60)


def numbers(portal: Portal) -> str:
    """Return what Prometheus is told."""
    answer = httpx.get(f"{portal.origin}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
    assert answer.status_code == 200
    return answer.text


def step_1() -> dict[str, str]:
    """Return the first step of a registration that the registry confirms."""
    boss = UNIT.legal_rep
    return {
        "uscc": UNIT.uscc,
        "unit_name": UNIT.name,
        "id_type": boss.id_type,
        "id_number": boss.id_number,
        "legal_name": boss.name,
        "agreed": "yes",
    }


async def test_health_says_that_all_is_well(watched: Portal) -> None:
    said = httpx.get(f"{watched.origin}/_health", trust_env=False).json()  # noqa: ASYNC210
    assert said["status"] == "ok"
    duties = {"deliver", "endings", "seal", "exports", "cases", "closings", "lists", "files", "parcels", "clear"}
    assert set(said["duties"]) == duties
    assert said["scanning"] == "off"
    ways_in = {"sso", "licence", "legacy_js-insurance", "courier_kuaidi100", "courier_sf"}
    assert set(said["outside"]) == {"face", "sms_aliyun", "sms_tencent", "registry", "identity"} | ways_in


async def test_handled_and_refused_events_are_counted_by_handler(watched: Portal) -> None:
    browser = await people.visitor(watched)
    async with await browser.tab() as tab:
        await tab.hydrate("/")
        await tab.send(named("UnitState.load"), {}, at("/unit"))
        await tab.until(lambda: bool(tab.departures))
    text = numbers(watched)
    assert re.search(r'jsrs_events_total\{handler="state\.hydrate_and_load",outcome="handled"\} [1-9]', text)
    assert re.search(r'jsrs_events_total\{handler="unit_state\.load",outcome="refused"\} [1-9]', text)
    assert re.search(r"jsrs_event_seconds_count [1-9]", text)
    assert "jsrs_websockets 0.0" in text


async def test_an_event_that_hangs_is_answered_and_the_next_one_goes_on(watched: Portal, traces: Collector) -> None:
    """The registry keeps silent for longer than an event may take: the person hears so, and tries again."""
    browser = await people.visitor(watched)
    order = {"mode": "hang", "times": 1}
    assert httpx.post(f"{watched.sandbox}/_control/registry", json=order, trust_env=False).status_code == 200  # noqa: ASYNC210
    async with await browser.tab() as tab:
        await tab.hydrate(PAGE)
        began = time.monotonic()
        await tab.send(named("UnitRegistrationState.submit_unit"), {"form": step_1()}, at(PAGE))
        assert await tab.until(lambda: "客服编号" in str(tab.value("shell_state", "message")), PATIENCE + 4.5)
        assert PATIENCE - 0.5 < time.monotonic() - began < PATIENCE + 4.5, "the gateway would give up after eight"
        await tab.send(named("UnitRegistrationState.submit_unit"), {"form": step_1()}, at(PAGE))
        await tab.settle(PAGE)
        assert tab.value("unit_registration_state", "step") == "face"
    assert 'outcome="timeout"' in numbers(watched)
    assert "TooSlow" in watched.log
    assert traces.wait_for("event unit_registration_state.submit_unit").name


async def test_the_traces_of_server_and_worker_arrive_and_say_nothing_about_anybody(
    watched: Portal, traces: Collector
) -> None:
    people.enrol(watched, people.NEIGHBOUR)
    browser = await people.log_in(watched, people.NEIGHBOUR)
    async with await browser.tab() as tab:
        await tab.hydrate("/unit")
        await tab.send(named("UnitRegistrationState.submit_unit"), {"form": step_1()}, at(PAGE))
        await tab.settle("/unit")
    for name in ("GET /session/open", "duty beat", "event login_state.submit_unit", "outside registry.check"):
        traces.wait_for(name)
    call = traces.wait_for("outside registry.check")
    assert call.parent in {span.id for span in traces.named("event unit_registration_state.submit_unit")}
    opened = traces.wait_for("GET /session/open")
    assert opened.attributes["http.route"] == "/session/open"
    assert opened.attributes["jsrs.db.statements"] >= 3
    assert traces.service == "watched-hall"
    boss = UNIT.legal_rep
    theirs = (*people.NEIGHBOUR.secrets, people.PASSWORD, UNIT.uscc, UNIT.name, boss.id_number, boss.name)
    for secret in (*theirs, browser.cookie.partition("=")[2], browser.token, "ticket="):
        assert secret.encode() not in traces.raw


async def test_log_lines_name_their_trace(watched: Portal, traces: Collector) -> None:
    found = re.search(r'"event": "event\.refused".*?"trace_id": "([0-9a-f]{32})"', watched.log)
    assert found
    traces.wait_for("event unit_state.load")
    assert found[1] in {span.trace for span in traces.spans}


async def test_after_a_restore_people_log_in_on_the_running_portal(watched: Portal, tmp_path: Path) -> None:
    """A backup while everything runs, a disaster, a restore, a start: the password of then opens, no session does."""
    people.enrol(watched, people.NEIGHBOUR)
    before = await people.log_in(watched, people.NEIGHBOUR)
    done = jsrs(watched, "backup", tmp_path / "portal.backup")
    assert done.returncode == 0, done.stderr
    people.execute(watched, "UPDATE credentials SET password_hash = 'x'")
    refused = jsrs(watched, "restore", tmp_path / "portal.backup", "--yes")
    assert "停止门户" in refused.stderr, "it runs"
    watched.stop()
    people.execute(watched, "UPDATE heartbeats SET beat_at = '2020-01-01 00:00:00'")
    done = jsrs(watched, "restore", tmp_path / "portal.backup", "--yes")
    assert done.returncode == 0, done.stderr
    assert "授权" in done.stdout
    watched.start()
    assert (await before.get("/session/ended")).headers["location"].startswith("/login")
    again = await people.log_in(watched, replace(people.NEIGHBOUR))
    assert (await again.get("/session/ended")).headers["location"] == "/unit"
    done = jsrs(watched, "audit", "verify")
    assert done.returncode == 0, done.stdout
