"""Waiting has an end, even for what does not let itself be cancelled."""

import asyncio
import contextlib
import gc
import time

import pytest

from jsrs_portal.deadlines import within


async def test_what_is_done_in_time_is_returned():
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert await within(1, work()) == 7


async def test_a_failure_is_raised_as_it_is():
    async def work() -> None:
        raise LookupError("x")

    with pytest.raises(LookupError, match="x"):
        await within(1, work())


async def test_what_takes_longer_is_cancelled():
    cancelled = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with pytest.raises(TimeoutError):
        await within(0.02, work())
    assert cancelled == [True]


async def test_what_cannot_be_cancelled_is_left_alone():
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await released.wait()

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await within(0.02, stubborn())
    assert time.monotonic() - began < 20
    released.set()


async def test_whoever_is_cancelled_while_waiting_cancels_the_work():
    begun, cancelled = asyncio.Event(), []

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    waiting = asyncio.create_task(within(60, work()))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)
    assert cancelled == [True]


async def test_a_late_failure_warns_nobody(recwarn):
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.4)
            raise RuntimeError("late") from None

    with pytest.raises(TimeoutError):
        await within(0.02, work())
    await asyncio.sleep(0.3)
    gc.collect()
    assert complaints == []
