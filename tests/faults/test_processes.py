"""Processes of the portal are killed or started anew while people submit: each case once, each message once."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from playwright.async_api import expect

from tests.cluster.conftest import SERVERS
from tests.e2e.browser import Visitor
from tests.e2e.test_crash import CUT_OFF
from tests.faults.conftest import CUT, Applicant, Hall, load_of
from tests.faults.messages import arrived, put_messages
from tests.support.servers import children_of

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.2.8")]
MESSAGES = 9


def _workers_of(hall: Hall, name: str) -> set[int]:
    """Return the processes of a server that serve."""
    found = set()
    for pid in children_of(hall.processes[name].pid):
        with open(f"/proc/{pid}/cmdline", "rb") as command:
            if b"resource_tracker" not in command.read():
                found.add(pid)
    return found


async def _until(condition, what: str, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.1)


@asynccontextmanager
async def _at_a_page(visitor: Visitor, case_id: str, *, told: bool) -> AsyncIterator[None]:
    """Have somebody sit at a draft meanwhile: the page comes again by itself, and goes on where it was.

    They are told, unless their page had another server before there was anything to tell.
    """
    visitor.expects(*CUT_OFF)
    await visitor.open(f"/applications/{case_id}")
    promise = visitor.page.get_by_label("本单位承诺所填内容真实")
    await promise.check()
    heard = len(visitor.frames)
    sees = asyncio.create_task(visitor.page.get_by_text(CUT).first.wait_for(timeout=120_000)) if told else None
    yield
    if sees is not None:
        await sees
    await visitor.filled(since=heard)
    await expect(visitor.page.get_by_text(CUT)).to_have_count(0)
    await expect(promise).to_be_checked()
    await visitor.press("提交申报")
    await visitor.sees("申报已提交")


async def test_portal_workers_killed_under_load_are_replaced(applicant: Applicant, visitor: Visitor) -> None:
    """Each worker process of the server that serves everybody is killed once; health says that all is well again."""
    hall = applicant.hall
    hall.balancer.only = SERVERS["server-1"]
    first = _workers_of(hall, "server-1")
    assert len(first) == 2
    load = load_of(applicant, drafts=200, pause=0.5)
    (draft,) = hall.put_drafts(1)
    async with _at_a_page(visitor, draft, told=True):
        load.begin()
        for worker in sorted(first):
            await load.more()
            known = _workers_of(hall, "server-1")
            os.kill(worker, signal.SIGKILL)
            await _until(lambda known=known: len(_workers_of(hall, "server-1") - known) == 1, "it is not replaced")
            await asyncio.to_thread(hall.until_health, 60, ("server-1",), status="ok")
        assert load.goes_on, "it was over before the last was killed"
    load.done.append(draft)
    assert await load.end(), "nobody noticed"


async def test_a_rolling_restart_under_load_loses_nothing(applicant: Applicant, visitor: Visitor) -> None:
    """One server after the other is told to end and started anew, the worker as well; the other one takes over.

    Nobody hears of a failure: what was begun is finished, or the connection is gone and the page comes again.
    """
    hall = applicant.hall
    load = load_of(applicant, drafts=300, pause=0.5)
    (draft,) = hall.put_drafts(1)
    async with _at_a_page(visitor, draft, told=False):
        load.begin()
        for name in (*SERVERS, "worker"):
            await load.more()
            await asyncio.to_thread(hall.kill, name, signal.SIGTERM)
            assert load.goes_on, f"it was over before {name} was restarted"
            await load.more(1)
            for other in SERVERS.keys() - {name}:
                status, said = await asyncio.to_thread(hall.health, other)
                assert (status, said["database"], said["redis"]) == (200, "ok", "ok"), said
            await asyncio.to_thread(hall.start, name)
        assert load.goes_on, "it was over before the last was restarted"
    load.done.append(draft)
    heard = await load.end()
    assert all(words.startswith(CUT) for words in heard), heard
    assert all(hall.balancer.asked[port] for port in SERVERS.values())
    await asyncio.to_thread(hall.until_health, status="ok")


async def test_an_outbox_worker_killed_again_and_again_delivers_each_message_once(afresh: Hall) -> None:
    """Killed while it works through the messages, at whatever it was doing; what it had begun is looked up first."""
    hall = afresh
    hall.kill("worker")
    texts = put_messages(hall, MESSAGES)
    for goal in (1, 3, 5):  # each message takes a second
        order = {"mode": "slow", "times": 1000}
        assert httpx.post(f"{hall.sandbox}/_control/sms", json=order, trust_env=False).status_code == 200  # noqa: ASYNC210
        await asyncio.to_thread(hall.start, "worker")
        await _until(lambda goal=goal: len(arrived(hall, texts)) >= goal, "nothing is delivered")
        hall.kill("worker")
    assert len(arrived(hall, texts)) < MESSAGES
    hall.database.change("UPDATE heartbeats SET beat_at = beat_at - interval '31 seconds'")  # as if time had passed
    status, said = await asyncio.to_thread(hall.health)
    assert (status, said["status"], said["worker"], said["database"]) == (503, "down", "silent", "ok")
    hall.database.change("UPDATE outbox SET due_at = created_at")  # likewise
    httpx.post(f"{hall.sandbox}/_control/sms", json={"mode": "ok"}, trust_env=False)  # noqa: ASYNC210
    await asyncio.to_thread(hall.start, "worker")
    open_ones = "SELECT count(*) FROM outbox WHERE state <> 'SENT'"
    await _until(lambda: hall.database.rows(open_ones) == [(0,)], "some are not delivered")
    assert arrived(hall, texts) == sorted(texts)
    await asyncio.to_thread(hall.until_health, worker="ok")
