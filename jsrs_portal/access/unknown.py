"""An event whose handler nobody knows is refused like one that nobody may call (rule 1).

Reflex looks the name up before every middleware. What it does not find it writes into the log as a failure, with a
traceback for each, and answers with silence: a page of an older version would wait, and a script could fill the log.
"""

from typing import Any

from reflex.app import App
from reflex_base.registry import RegistrationContext

NOBODYS = "reflex___state____state.setvar"
"""The framework's own handler that no policy allows; every state has it, and the gate answers it with a refusal."""


def refuse_the_unknown(app: App) -> None:
    """Make ``app`` treat every name that is not in its registry as one that is refused."""
    namespace = app.event_namespace
    if namespace is None:
        raise RuntimeError("the app has no websocket")
    receive = namespace.on_event

    async def on_event(sid: str, data: Any) -> None:
        known = RegistrationContext.get().event_handlers
        event: Any = data
        if isinstance(event, dict) and event.get("name") not in known:  # pyright: ignore[reportUnknownMemberType]
            event = dict[str, Any](event, name=NOBODYS)  # pyright: ignore[reportUnknownArgumentType]
        await receive(sid, event)

    namespace.on_event = on_event
