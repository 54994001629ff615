"""The clock of a machine is put forward and back under its server and its worker (libfaketime)."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from jsrs_portal import clock
from jsrs_portal.settings import ROOT
from scripts import programs
from tests.access import people
from tests.access.client import SESSION_ENDED, at
from tests.access.handlers import named
from tests.faults.conftest import APPLICANT, SERVERS, Applicant, Hall
from tests.faults.messages import arrived, put_messages

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.8", "R-2.2.6")]
ON_IT = ("sandbox", "server-2", "worker")
"""What runs by the clock that jumps; whom the worker calls as well, or they would refuse a request of another time."""


@pytest.fixture
def turn(afresh: Hall, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Give the second server and the worker a clock of their own, which a test puts forward or back."""
    library, file = programs.faketime(), tmp_path / "clock"
    assert library, "libfaketime is missing: run `make programs`"

    def put(by: str) -> None:
        file.write_text(f"{by}\n")

    put("+0")
    own = {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    afresh.clocks = dict.fromkeys(ON_IT, own)
    for name in ON_IT:
        afresh.kill(name)
    afresh.start(*ON_IT)
    afresh.balancer.only = SERVERS["server-2"]
    try:
        yield put
    finally:
        afresh.clocks = {}
        for name in ON_IT:
            if name in afresh.processes:
                afresh.kill(name)


async def _until(holds: Callable[[], Any], what: str, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.1)


async def test_a_clock_that_jumps_loses_and_doubles_nothing(afresh: Hall, turn: Callable[[str], None]) -> None:
    """Two hours forward while a message is sent and somebody is at work; then to an hour ago; then the worker ends."""
    hall, texts = afresh, []
    applicant = Applicant(hall, await people.log_in(hall, APPLICANT))
    first, second = hall.put_drafts(2)

    def sent() -> bool:
        return hall.database.rows("SELECT count(*) FROM outbox WHERE state <> 'SENT'") == [(0,)]

    order = {"mode": "hang", "times": 1}
    assert httpx.post(f"{hall.sandbox}/_control/sms", json=order, trust_env=False).status_code == 200  # noqa: ASYNC210
    texts += put_messages(hall, 1)
    await _until(lambda: arrived(hall, texts) == texts, "the message does not arrive")
    async with await applicant.browser.tab() as tab:
        await tab.hydrate("/unit")
        turn("+2h")
        texts += put_messages(hall, 1)
        await tab.send(named("UnitState.load"), None, at("/unit"))
        await tab.until(lambda: SESSION_ENDED in tab.departures)
        assert tab.reasons == ["idle"], "the login page says why"
    await _until(sent, "a message is not delivered")
    assert arrived(hall, texts) == sorted(texts)
    again = Applicant(hall, await people.log_in(hall, APPLICANT))
    await again.submit(first)
    await asyncio.to_thread(hall.until_health, worker="ok", names=("server-2",))

    turn("-1h")
    texts += put_messages(hall, 1, due=clock.now() - timedelta(hours=1, minutes=1))
    await _until(sent, "the worker stands still until the time it was comes again")
    assert arrived(hall, texts) == sorted(texts)
    await asyncio.to_thread(hall.until_health, worker="ok", names=("server-2",))
    await again.submit(second)
    assert again.heard == [], "whoever is at work notices nothing"
    hall.assert_submitted_once([first, second])

    hall.kill("worker")
    turn("-2h")
    status, said = await asyncio.to_thread(hall.health, "server-2")
    assert (status, said["worker"]) == (503, "silent"), "its last sign of life is from the future"
    command = [sys.executable, "-m", "jsrs_portal.cli", "audit", "verify"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=hall.environment, capture_output=True)
    assert done.returncode == 0, done.stdout
