"""Two servers that want one browser's state at once: nothing that was changed is lost, and nobody else waits."""

# pyright: reportPrivateUsage=false

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import RedisError
from reflex.istate.manager.token import BaseStateToken

from jsrs_portal.api import leases
from jsrs_portal.api.leases import LeasedStates
from jsrs_portal.state.shell import ShellState
from tests.support import servers

HELD = 0.3
Servers = tuple[LeasedStates, LeasedStates]


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    """A Redis of these tests."""
    with servers.redis() as url:
        yield url


@pytest_asyncio.fixture
async def two(redis: str) -> AsyncIterator[Servers]:
    """Two servers' states on it."""
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # a lost write-back is said there
    made = tuple(LeasedStates(redis=Redis.from_url(redis), lock_expiration=22_000) for _ in range(2))
    for one in made:
        one.oplock_hold_time_ms = int(HELD * 1000)
        one._ensure_lock_task()
        await one._ensure_lock_task_subscribed()
    yield made
    for one in made:
        await one.close()


def browser(name: str) -> BaseStateToken:
    """A browser's token."""
    return BaseStateToken(ident=name, cls=ShellState)


async def changed(states: LeasedStates, token: BaseStateToken, value: int, *, took: float = 0.0) -> int:
    """Change a value of the browser's state in an event that takes ``took`` seconds; what it was before."""
    async with states.modify_state(token) as root:
        shell: Any = root.get_substate(ShellState.get_full_name().split("."))
        before = shell.waiting
        await asyncio.sleep(took)
        shell.waiting = value
        return before


@pytest.mark.parametrize("asked_after", [0.05, 0.2, HELD - 0.02, HELD + 0.02, 0.5], ids=str)
async def test_a_state_that_another_server_asks_for_is_written_back_first(two: Servers, asked_after: float) -> None:
    """Also when the event at work on it outlasts the time for which it is held, whenever the other one asks."""
    here, there = two
    token = browser(f"asked-{asked_after}")
    await changed(here, token, 1)
    slow = asyncio.create_task(changed(here, token, 2, took=0.6))
    await asyncio.sleep(asked_after)
    assert await changed(there, token, 3) == 2
    await slow
    assert await changed(here, token, 4) == 3


async def test_one_slow_event_keeps_nobody_elses_state_waiting(two: Servers) -> None:
    here, there = two
    slow, other = browser("slow"), browser("other")
    at_work = asyncio.create_task(changed(here, slow, 1, took=2))
    await asyncio.sleep(0.05)
    asking = asyncio.create_task(changed(there, slow, 2))
    await asyncio.sleep(0.05)
    await changed(there, other, 1)
    began = time.monotonic()
    assert await changed(here, other, 2) == 1
    assert time.monotonic() - began < 1
    assert not at_work.done()
    await at_work
    assert await asking == 1


async def test_a_page_whose_state_cannot_be_written_back_is_loaded_anew(
    two: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = two
    cut: list[str] = []

    class Line:
        def __init__(self, token: str) -> None:
            self._token = token

        def cut(self) -> None:
            cut.append(self._token)

    async def refuses(*_: object, **__: object) -> None:
        raise RedisError("READONLY")

    monkeypatch.setattr(leases, "line_of", Line)
    await changed(here, browser("kept"), 1)
    await asyncio.sleep(HELD + 0.2)
    assert cut == []
    monkeypatch.setattr(here, "set_state", refuses)
    await changed(here, browser("lost"), 1)
    await asyncio.sleep(HELD + 0.2)
    assert cut == ["lost"]
    assert here._since == {}
