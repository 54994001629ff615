"""Many asking for one thing each at the same moment are answered together (request coalescing).

Thousands of browsers have their sessions looked up again every few seconds; those that fall together cost one
statement instead of one each, and one place in the pool.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar, cast
from weakref import WeakKeyDictionary

from jsrs_portal import db

Answer = TypeVar("Answer")
AT_ONCE = 4
"""Statements on their way at once, of one process: one that is slow does not hold up everybody."""
MOST = 200
"""Keys of one statement."""


class _Waiting(Generic[Answer]):
    """What one event loop waits for."""

    def __init__(self) -> None:
        self.asked: dict[str, asyncio.Future[Answer | None]] = {}
        self.tasks: set[asyncio.Task[None]] = set()


class Coalesced(Generic[Answer]):
    """Answers for single keys from a service that finds many at once."""

    def __init__(self, find: Callable[..., Awaitable[Mapping[str, Answer]]]) -> None:
        """Ask ``find(session, keys=…)``, which returns what it found by key."""
        self._find = find
        self._here: WeakKeyDictionary[asyncio.AbstractEventLoop, _Waiting[Answer]] = WeakKeyDictionary()

    async def ask(self, key: str) -> Answer | None:
        """Return what is found for ``key``; ``None`` for nothing. Raises what the database raised.

        It is read after this call: nobody gets the answer to a question that was under way before.
        """
        loop = asyncio.get_running_loop()
        here = self._here.setdefault(loop, _Waiting())
        answer = here.asked.get(key)
        if answer is None:
            answer = here.asked[key] = loop.create_future()
            if len(here.tasks) < AT_ONCE:
                here.tasks.add(loop.create_task(self._work(here)))
        return await asyncio.shield(answer)

    async def _work(self, here: _Waiting[Answer]) -> None:
        try:
            while here.asked:
                keys = list(here.asked)[:MOST]
                await self._answer({key: here.asked.pop(key) for key in keys}, keys)
        finally:  # in the same turn of the loop as the last look: whoever asks next begins anew
            here.tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _answer(self, waiting: Mapping[str, "asyncio.Future[Answer | None]"], keys: Sequence[str]) -> None:
        try:
            async with db.reading() as session:
                found = await self._find(session, keys=keys)
        except Exception as error:
            for answer in waiting.values():
                answer.set_exception(error)
                answer.exception()  # whoever asked may have left
        else:
            for key, answer in waiting.items():
                answer.set_result(found.get(key))
        finally:
            for answer in waiting.values():
                answer.cancel()  # only what has no answer: the server stops
