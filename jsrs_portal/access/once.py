"""What is shown once is sent to the page that asked and kept nowhere, neither in the state nor in Redis (rule 7)."""

from dataclasses import asdict, is_dataclass
from typing import Any

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.event.context import EventContext


async def show_once(state: rx.State, **values: Any) -> None:
    """Give vars of ``state`` these values in the browser alone; setting them to anything later takes them away there.

    After a new document or a reconnection they are what the state holds: nothing. A handler that sets them itself would
    take them away again: what it sets is sent at its end.
    """
    sent = {
        f"{name}{FIELD_MARKER}": asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
        for name, value in values.items()
    }
    await EventContext.get().emit_delta({state.get_full_name(): sent})
