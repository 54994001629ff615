"""A browser's state stays in this process for a moment, so that the events of one page are one visit to Redis.

Opening a page is about four events. With Reflex's opportunistic lock (``rxconfig.py``) the first takes the state's lock
and reads the state, the others find it here, and 0.3 s later it is written back and the lock given up; another process
that wants it meanwhile gets it as soon as nobody is at work on it. A process that is killed loses what was changed in
that moment, and its lock stays until it expires: whoever was served then waits. That is why nothing that matters is in
a state alone: what was done is in the database, what was typed is in the page. What a handler has changed is written
back when it fails, too.
"""

# pyright: reportPrivateUsage=false

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import fields
from typing import Any

from reflex.app import App
from reflex.istate.manager.redis import StateManagerRedis

from jsrs_portal.api.websocket import line_of

_TIDIED_EVERY = 60.0
_WAITERS = b"_lock_waiters"


class LeasedStates(StateManagerRedis):
    """Reflex's states in Redis, held for a moment, with nothing lost when two servers want one at once."""

    def __post_init__(self) -> None:
        """Begin with none held."""
        super().__post_init__()
        self._since: dict[str, float] = {}
        self._giving_up: set[asyncio.Task[None]] = set()

    async def _handle_lock_contention(self, message: Any) -> None:
        """Have a state that another server asks for written back before its time; the one who reads goes on reading.

        Reflex waits here until nobody is at work on the state, and nothing about other states is heard meanwhile.
        """
        wanted = message["channel"].rsplit(b":", 1)[1].removesuffix(_WAITERS).decode()
        state_lock = self._cached_states_locks.get(wanted)
        if message["data"] != b"sadd" or state_lock is None:
            return
        task = asyncio.create_task(self._give_up(wanted, state_lock))
        self._giving_up.add(task)
        task.add_done_callback(self._giving_up.discard)

    async def _give_up(self, lock_key: str, state_lock: asyncio.Lock) -> None:
        """Cut a lease's wait short, unless it is over.

        Reflex cancels a lease that is being written back as well: its lock is given up then before the state is
        written, and what was changed is lost.
        """
        async with state_lock:
            lease = await self._get_local_lease(lock_key)
            waited = time.monotonic() - self._since.get(lock_key, 0.0)
            if lease is not None and waited < self.oplock_hold_time_ms / 1000:
                lease.cancel()

    async def _create_lease_break_task(
        self, token: Any, lock_id: bytes, cleanup_ctx: AsyncExitStack, **context: Any
    ) -> asyncio.Task[Any] | None:
        """Begin a lease. One that cannot write the state back has the page loaded anew: it shows what is not kept."""
        lock_key = token.lock_key
        since = self._since[lock_key] = time.monotonic()  # before its wait begins
        lease = await super()._create_lease_break_task(token, lock_id, cleanup_ctx, **context)

        def over(ended: asyncio.Task[Any] | None) -> None:
            if self._since.get(lock_key) == since:
                del self._since[lock_key]
            failed = ended is not None and not ended.cancelled() and ended.exception() is not None
            if failed and (line := line_of(lock_key)) is not None:
                line.cut()

        if lease is None:
            over(None)
        else:
            lease.add_done_callback(over)
        return lease


def tidy(manager: StateManagerRedis) -> None:
    """Forget the locks of browsers of which nothing is held here; Reflex keeps one for each that ever came by."""
    for key, lock in list(manager._cached_states_locks.items()):
        if key not in manager._local_leases and not lock.locked():
            del manager._cached_states_locks[key]


def lease_states(app: App) -> None:
    """Have ``app`` keep its states in :class:`LeasedStates` where they are in Redis, and :func:`tidy` now and then."""
    plain = app.state_manager
    if not isinstance(plain, StateManagerRedis):
        return
    given = {one.name: getattr(plain, one.name) for one in fields(plain) if one.init and not one.name.startswith("_")}
    app._state_manager = manager = LeasedStates(**given)

    async def tidying() -> None:
        while True:
            await asyncio.sleep(_TIDIED_EVERY)
            tidy(manager)

    @asynccontextmanager
    async def kept() -> AsyncIterator[None]:
        task = asyncio.create_task(tidying())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app.register_lifespan_task(kept)
