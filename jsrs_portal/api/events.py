"""What every websocket event gets besides its handler: a deadline, a span, and a place in the numbers.

Reflex executes an event in one method of its processor, under the lock of the browser's state. That is the one place
where the whole of it can be limited: waiting for the lock, access, handler, answer. The processor is made anew when the
server starts, so this is put around it then, as the last step of the start.
"""

# pyright: reportPrivateUsage=false

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, cast

from reflex.app import App
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event

from jsrs_portal import telemetry
from jsrs_portal.access.middleware import FRAMEWORK_HANDLERS, AccessMiddleware
from jsrs_portal.api import metrics
from jsrs_portal.settings import get_settings

COLLECTED_AFTER = (20_000, 20, 20)
"""Objects after which the youngest are looked through; collections of each age after which the next older are."""
Execute = Callable[..., Coroutine[Any, Any, None]]
_refused: ContextVar[list[bool] | None] = ContextVar("refused", default=None)


class TooSlow(Exception):
    """An event was not done within its deadline; it may have had its effect."""


class ObservedAccess(AccessMiddleware):
    """The gate, with what it refuses noted for the numbers."""

    async def preprocess(self, app: Any, state: BaseState, event: Event) -> StateUpdate | None:
        """Return what the gate says."""
        answer = await super().preprocess(app, state, event)
        noted = _refused.get()
        if noted is not None and answer is not None:
            noted.append(True)
        return answer


@lru_cache(maxsize=1024)
def short_name(handler: str) -> str:
    """Return ``login_state.submit`` for the long name the registry has; only registered names come here."""
    state, _, name = handler.rpartition(".")
    return f"{state.rpartition('.')[2].rpartition('____')[2]}.{name}"


_LAST_SECONDS = 3.0
_going_on: set[asyncio.Task[None]] = set()


def _left_alone(entry: Any, handler: Any) -> bool:
    """Tell whether nobody cancels this event before the server stops: it is no part of what a page loads."""
    return not entry.ctx.parent_txid and entry.event.name not in FRAMEWORK_HANDLERS and not handler.supersedes


async def _here(work: Coroutine[Any, Any, None]) -> None:
    """Await ``work``, which a server that stops waits for."""
    task = cast("asyncio.Task[None]", asyncio.current_task())
    _going_on.add(task)
    try:
        await work
    finally:
        _going_on.discard(task)


async def to_its_end(work: Coroutine[Any, Any, None], seconds: float) -> None:
    """Await ``work`` for as long as ``seconds`` allow; cancelled meanwhile, this ends when the work has.

    Reflex cancels what a page was loading when its browser leaves it. In the middle of giving back a state's lock in
    Redis that would keep the lock, and the browser's next events with it, until the lock expires. And whatever comes
    of it later would no longer be known as the left page's: it would take the place of what the next page loads.
    It costs a task, so what nobody cancels goes without.
    """

    async def limited_work() -> None:
        async with asyncio.timeout(seconds):
            await work

    task = asyncio.create_task(limited_work())
    _going_on.add(task)
    task.add_done_callback(_ended)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=seconds)
        raise


def _ended(task: asyncio.Task[None]) -> None:
    _going_on.discard(task)
    if not task.cancelled():
        task.exception()  # whoever waited has it; nobody waits for what was left behind


def limited(execute: Execute, seconds: float) -> Execute:
    """Return ``execute`` with the deadline: an event that takes longer is cancelled and answered as a failure of ours.

    Its state's lock is given back, so the browser's next event is not kept waiting by it.
    """

    async def executing(*, entry: Any, registered_handler: Any) -> None:
        name, began = short_name(entry.event.name), time.perf_counter()
        noted: list[bool] = []
        token = _refused.set(noted)
        outcome = "failed"
        try:
            with telemetry.span(f"event {name}", {telemetry.HANDLER: name}) as span:
                limit = asyncio.timeout(seconds)
                try:
                    async with limit:
                        work = execute(entry=entry, registered_handler=registered_handler)
                        if _left_alone(entry, registered_handler.handler):
                            await _here(work)
                        else:
                            await to_its_end(work, seconds)
                    outcome = "refused" if noted else "handled"
                    span.end_as("refused" if noted else "ok")
                except TimeoutError:
                    if not limit.expired():
                        raise
                    outcome = "timeout"
                    span.end_as(outcome)
                    raise TooSlow(name) from None
                except asyncio.CancelledError:  # the browser has gone on to another page
                    outcome = "cancelled"
                    span.end_as(outcome)
                    raise
        finally:
            _refused.reset(token)
            metrics.EVENTS.labels(name, outcome).inc()
            metrics.EVENT_SECONDS.observe(time.perf_counter() - began)

    return executing


def _collect_less() -> None:
    """Have Python's collector of cycles pass over what was made while starting, and look at the rest less often.

    Half a million objects live as long as the server, and a thousand more as long as each session. Looked through every
    few hundred events, they cost more than the events.
    """
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def observe(app: App) -> None:
    """Have every event of ``app`` limited and counted."""

    @asynccontextmanager
    async def observed() -> AsyncIterator[None]:
        _collect_less()
        processor = app.event_processor
        processor._execute_event = limited(processor._execute_event, get_settings().event_deadline)  # pyright: ignore
        yield
        if _going_on:  # what gives a lock back must not be cut off
            await asyncio.wait(set(_going_on), timeout=_LAST_SECONDS)

    app.register_lifespan_task(observed)
