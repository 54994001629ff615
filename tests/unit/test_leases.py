"""A state stays here for a moment; what is kept of browsers that have gone is given up."""

# pyright: reportPrivateUsage=false

import asyncio
from typing import Any, cast

from reflex.istate.manager.redis import StateManagerRedis
from reflex_base.environment import environment, oplock_hold_time

import rxconfig
from jsrs_portal.api import leases


async def test_locks_of_browsers_that_have_gone_are_forgotten():
    locks = {name: asyncio.Lock() for name in ("gone", "held", "at work")}
    leased = asyncio.create_task(asyncio.sleep(60))
    manager = cast("StateManagerRedis", _Manager(locks, {"held": leased}))
    async with locks["at work"]:
        leases.tidy(manager)
    assert sorted(locks) == ["at work", "held"]
    leased.cancel()


def test_a_state_is_held_no_longer_than_a_page_takes():
    """A killed process loses what was changed since; a lock outlives an event that begins at the end of it."""
    assert environment.REFLEX_OPLOCK_ENABLED.get() is True
    held = oplock_hold_time().total_seconds()
    assert 0.1 <= held <= 0.5
    assert rxconfig.settings.event_deadline + held < rxconfig.config.redis_lock_expiration / 1000


def test_reflex_still_keeps_what_is_tidied_and_asks_what_is_answered():
    names = StateManagerRedis.__dataclass_fields__
    assert {"_cached_states_locks", "_local_leases"} <= set(names)
    ours = {name for name, one in vars(leases.LeasedStates).items() if callable(one)} - {"_give_up"}
    assert ours == {"__post_init__", "_handle_lock_contention", "_create_lease_break_task"}
    assert all(callable(getattr(StateManagerRedis, name, None)) for name in ours)


class _Manager:
    def __init__(self, locks: dict[str, asyncio.Lock], held: dict[str, Any]) -> None:
        self._cached_states_locks, self._local_leases = locks, held
