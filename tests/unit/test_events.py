"""An event is done to its end, or ended at its deadline; leaving the page does not stop it in the middle."""

import asyncio

import pytest

from jsrs_portal.api.events import to_its_end


async def test_what_is_cancelled_from_outside_goes_on_to_its_end():
    """A lock that is being given back is given back, whatever the browser does."""
    began, given_back = asyncio.Event(), asyncio.Event()

    async def handled() -> None:
        try:
            began.set()
            await asyncio.sleep(0.05)
        finally:
            await asyncio.sleep(0.05)
            given_back.set()

    task = asyncio.create_task(to_its_end(handled(), 5))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not given_back.is_set()
    await asyncio.wait_for(given_back.wait(), 2)


async def test_what_is_left_behind_ends_at_its_deadline():
    ended = asyncio.Event()

    async def hangs() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    task = asyncio.create_task(to_its_end(hangs(), 0.1))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait_for(ended.wait(), 2)


async def test_a_failure_reaches_whoever_waits():
    async def fails() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await to_its_end(fails(), 5)
