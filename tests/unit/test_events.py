"""An event is done to its end, or ended at its deadline; leaving the page does not stop it in the middle."""

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest
from reflex.istate.manager.memory import StateManagerMemory
from reflex.state import OnLoadInternalState, State
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.event.processor.base_state_processor import BaseStateEventProcessor
from reflex_base.utils.format import format_event_handler

from jsrs_portal.api.events import COLLECTED_AFTER, limited, observe, to_its_end


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
    assert given_back.is_set(), "and until then it is known as cancelled"


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


async def test_what_a_left_page_still_brings_takes_no_place_of_the_next_pages(monkeypatch):
    """The former page's loading is cancelled while it runs, and asks for more when the next page has begun."""
    loading = format_event_handler(OnLoadInternalState.event_handlers["on_load_internal"])
    boot = format_event_handler(State.event_handlers["hydrate"])
    ran: list[str] = []
    leaving = asyncio.Event()

    async def execute(*, entry: Any, registered_handler: Any) -> None:
        assert registered_handler
        ran.append(f"{entry.event.name.rpartition('.')[2]} {entry.ctx.router_data['page']}")
        if entry.event.name == boot and entry.ctx.router_data["page"] == "left":
            leaving.set()
            await asyncio.sleep(0.1)
        if entry.event.name == boot:
            await EventContext.get().enqueue(Event(name=loading))
        else:
            await asyncio.sleep(0.2)
            ran.append(f"loaded {entry.ctx.router_data['page']}")

    processor = BaseStateEventProcessor()
    monkeypatch.setattr(processor, "_execute_event", limited(execute, 5), raising=False)
    async with processor.configure(state_manager=StateManagerMemory()):
        first = await processor.enqueue("token", Event(name=boot, router_data={"page": "left"}))
        await leaving.wait()
        first.cancel()  # as the end of its connection does
        second = await processor.enqueue("token", Event(name=boot, router_data={"page": "next"}))
        await asyncio.wait_for(second.wait_all(), 5)
    assert ran == ["hydrate left", "hydrate next", "on_load_internal next", "loaded next"]


async def test_what_nobody_cancels_runs_in_the_task_of_its_event(monkeypatch):
    """A task more for every click costs a server a fifth of its events; what a page loads has one."""
    loading = format_event_handler(OnLoadInternalState.event_handlers["on_load_internal"])
    boot = format_event_handler(State.event_handlers["hydrate"])
    click = format_event_handler(State.event_handlers["setvar"])
    tasks: dict[str, str] = {}

    async def execute(*, entry: Any, registered_handler: Any) -> None:
        assert registered_handler
        task = asyncio.current_task()
        assert task is not None
        tasks[f"{entry.event.name.rpartition('.')[2]} {bool(entry.ctx.parent_txid)}"] = task.get_name()
        if entry.event.name == boot:
            await EventContext.get().enqueue(Event(name=loading))
        elif entry.event.name == loading:
            await EventContext.get().enqueue(Event(name=click))

    processor = BaseStateEventProcessor()
    monkeypatch.setattr(processor, "_execute_event", limited(execute, 5), raising=False)
    async with processor.configure(state_manager=StateManagerMemory()):
        for name in (boot, click):
            await asyncio.wait_for((await processor.enqueue("token", Event(name=name))).wait_all(), 5)
    own = {name for name, task in tasks.items() if task.startswith("reflex_event|")}
    assert own == {"setvar False"}
    assert set(tasks) == {"hydrate False", "on_load_internal True", "setvar True", "setvar False"}


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave Python's collector as it was."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("collector")
async def test_a_server_that_stops_waits_for_what_is_going_on(monkeypatch):
    began, done = asyncio.Event(), asyncio.Event()

    async def execute(*, entry: Any, registered_handler: Any) -> None:
        assert entry
        assert registered_handler
        began.set()
        await asyncio.sleep(0.2)
        done.set()

    class Served:
        """As much of an app as is needed to be observed."""

        def __init__(self, processor: Any) -> None:
            self.event_processor = processor
            self.tasks: list[Any] = []

        def register_lifespan_task(self, task: Any) -> None:
            self.tasks.append(task)

    processor = BaseStateEventProcessor()
    app: Any = Served(processor)

    async def tell(_error: Exception) -> None:
        raise AssertionError("nothing has failed")

    observe(app, tell)
    async with processor.configure(state_manager=StateManagerMemory()):
        monkeypatch.setattr(processor, "_execute_event", execute, raising=False)
        async with app.tasks[0]():
            assert gc.get_freeze_count() > 10_000, "what was made while starting is not looked through again"
            assert gc.get_threshold() == COLLECTED_AFTER
            click = format_event_handler(State.event_handlers["setvar"])
            await processor.enqueue("token", Event(name=click))
            await began.wait()
        assert done.is_set()
