"""A limit on how long anything is waited for, kept even when what is waited for does not let itself be cancelled."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import TypeVar

_GRACE = 0.25
"""Seconds a cancelled task is given to end. A driver whose server is away may take longer to clean up: without us."""

T = TypeVar("T")


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Return what ``work`` returns, or raise ``TimeoutError`` after ``seconds``.

    Unlike ``asyncio.timeout`` it does not wait for the cancelled work to end: that goes on alone, and what becomes of
    it interests nobody.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if done:
        return task.result()
    task.add_done_callback(_forget)
    task.cancel()
    await asyncio.wait({task}, timeout=_GRACE)
    raise TimeoutError


def _forget(task: "asyncio.Future[T]") -> None:
    """Take note of the outcome, so that nobody is warned that it was never looked at."""
    with contextlib.suppress(BaseException):
        task.result()
