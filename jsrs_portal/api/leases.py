"""A browser's state stays in this process for a moment, so that the events of one page are one visit to Redis.

Opening a page is about four events. With Reflex's opportunistic lock (``rxconfig.py``) the first takes the state's lock
and reads the state, the others find it here, and 0.3 s later it is written back and the lock given up; another process
that wants it meanwhile gets it at once. A process that is killed loses what was changed in that moment, which
is why nothing that matters is in a state alone: what was done is in the database, what was typed is in the page.
"""

# pyright: reportPrivateUsage=false

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from reflex.app import App
from reflex.istate.manager.redis import StateManagerRedis

_TIDIED_EVERY = 60.0


def tidy(manager: StateManagerRedis) -> None:
    """Forget the locks of browsers of which nothing is held here; Reflex keeps one for each that ever came by."""
    for key, lock in list(manager._cached_states_locks.items()):
        if key not in manager._local_leases and not lock.locked():
            del manager._cached_states_locks[key]


def keep_tidy(app: App) -> None:
    """Have :func:`tidy` done from time to time where states are in Redis."""

    async def tidying(manager: StateManagerRedis) -> None:
        while True:
            await asyncio.sleep(_TIDIED_EVERY)
            tidy(manager)

    @asynccontextmanager
    async def kept() -> AsyncIterator[None]:
        manager = app.state_manager
        if not isinstance(manager, StateManagerRedis):
            yield
            return
        task = asyncio.create_task(tidying(manager))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app.register_lifespan_task(kept)
