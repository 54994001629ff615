"""What every websocket event gets besides its handler: a deadline, a span, and a place in the numbers.

Reflex executes an event in one method of its processor, under the lock of the browser's state. That is the one place
where the whole of it can be limited: waiting for the lock, access, handler, answer. The processor is made anew when the
server starts, so this is put around it then, as the last step of the start.
"""

# pyright: reportPrivateUsage=false

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, cast

import structlog
from redis import RedisError
from reflex.app import App
from reflex.state import BaseState, StateUpdate
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.event import Event
from reflex_base.event.context import EventContext

from jsrs_portal import telemetry
from jsrs_portal.access import owner
from jsrs_portal.access.middleware import FRAMEWORK_HANDLERS, PAGE_LOADS, AccessMiddleware, event_policy
from jsrs_portal.api import metrics
from jsrs_portal.api.websocket import Line, line_of
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)

COLLECTED_AFTER = (20_000, 20, 20)
"""Objects after which the youngest are looked through; collections of each age after which the next older are."""
Execute = Callable[..., Coroutine[Any, Any, None]]
Tell = Callable[[Exception], Awaitable[None]]
SayLost = Callable[[BaseState], Awaitable[None]]
LAST_WORD = "shell_state.show_failure"
"""The event by which a failure is said. One of its own is not: it would fail as well, and so on without end."""
_refused: ContextVar[list[bool] | None] = ContextVar("refused", default=None)


class TooSlow(Exception):
    """An event was not done within its deadline; it may have had its effect."""


class ObservedAccess(AccessMiddleware):
    """The gate, with what it refuses noted for the numbers, and an eye on pages whose state is lost."""

    def __init__(self, say_lost: SayLost) -> None:
        """Have ``say_lost`` say in the state with which the page begins anew that what was pressed is not done."""
        self._say_lost = say_lost

    async def preprocess(self, app: Any, state: BaseState, event: Event) -> StateUpdate | None:
        """Return what the gate says."""
        if await _lost(state, event):
            policy = event_policy(event.name)
            if policy is None or not policy.passive:
                await self._say_lost(state)
            return StateUpdate()
        answer = await super().preprocess(app, state, event)
        noted = _refused.get()
        if noted is not None and answer is not None:
            noted.append(True)
        return answer


async def _lost(state: BaseState, event: Event) -> bool:
    """Tell whether the page was loaded into a state that is gone, with a Redis that was emptied; then cut its line.

    In an empty state the event would do something else or nothing, and the page would be emptied under somebody's
    hands. One that connects anew is loaded anew, and keeps what was typed.
    """
    line = line_of(EventContext.get().token)
    if line is None or not line.loaded or event.name in PAGE_LOADS or await owner.is_known(state._get_root_state()):
        return False
    log.warning("event.state_lost", handler=short_name(event.name))
    line.cut()
    return True


@lru_cache(maxsize=1024)
def short_name(handler: str) -> str:
    """Return ``login_state.submit`` for the long name the registry has; only registered names come here."""
    state, _, name = handler.rpartition(".")
    return f"{state.rpartition('.')[2].rpartition('____')[2]}.{name}"


_LAST_SECONDS = 3.0
_SECONDS_TO_READ = 0.1
"""For the sentence to leave before the connection does."""
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


async def _silent(_error: Exception) -> None:
    """Say nothing."""


def _line_of(entry: Any) -> Line | None:
    context = getattr(entry, "ctx", None)
    return line_of(context.token) if context is not None else None


async def _no_longer_busy(registered_handler: Any) -> None:
    """Free the buttons that a handler had shown as busy: the delta that says so is lost with its failure."""
    for state in getattr(registered_handler, "states", ())[:1]:
        if "busy" in state.vars:
            await EventContext.get().emit_delta({state.get_full_name(): {f"busy{FIELD_MARKER}": False}})


def limited(execute: Execute, seconds: float, tell: Tell = _silent) -> Execute:
    """Return ``execute`` with the deadline: an event that takes longer is cancelled and answered as a failure of ours.

    Its state's lock is given back, so the browser's next event is not kept waiting by it. ``tell`` says a failure to
    the browser past its state, which is out of reach while Redis is away; then its connection is cut, so that the page
    is loaded anew once there is a state again.
    """

    async def executing(*, entry: Any, registered_handler: Any) -> None:
        name, began = short_name(entry.event.name), time.perf_counter()
        line, loads = _line_of(entry), entry.event.name in PAGE_LOADS
        if line is not None and loads:
            line.loaded = True
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
        except Exception as error:
            await _no_longer_busy(registered_handler)
            if not isinstance(error, RedisError) and name != LAST_WORD:
                raise
            await tell(error)
            if line is not None and isinstance(error, RedisError) and not loads:  # one that loads asks again by itself
                await asyncio.sleep(_SECONDS_TO_READ)
                line.cut()
        finally:
            _refused.reset(token)
            metrics.EVENTS_OF(name, outcome).inc()
            metrics.EVENT_SECONDS.observe(time.perf_counter() - began)

    return executing


def _collect_less() -> None:
    """Have Python's collector of cycles pass over what was made while starting, and look at the rest less often.

    Half a million objects live as long as the server, and a thousand more as long as each session. Looked through every
    few hundred events, they cost more than the events.
    """
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def observe(app: App, tell: Tell) -> None:
    """Have every event of ``app`` limited and counted; ``tell`` as in :func:`limited`."""

    @asynccontextmanager
    async def observed() -> AsyncIterator[None]:
        _collect_less()
        processor = app.event_processor
        processor._execute_event = limited(processor._execute_event, get_settings().event_deadline, tell)  # pyright: ignore
        yield
        if _going_on:  # what gives a lock back must not be cut off
            await asyncio.wait(set(_going_on), timeout=_LAST_SECONDS)

    app.register_lifespan_task(observed)
