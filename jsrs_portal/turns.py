"""Slow work one after the other: passwords are compared in the same threads and must not wait for it."""

import asyncio
from weakref import WeakKeyDictionary


class Turns:
    """So many at a time in this process; ``async with turns():`` waits for one. Event loops do not share them."""

    def __init__(self, most: int = 1) -> None:
        """Let ``most`` through at a time."""
        self._most = most
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    def __call__(self) -> asyncio.Semaphore:
        """Return the running loop's semaphore."""
        return self._by_loop.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._most))
