"""The one gate every event passes: handler known, actor proven by this event's cookie, policy satisfied (rule 1)."""

from typing import Any

import structlog
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext

from jsrs_portal.access import actor as actors
from jsrs_portal.access import cookie, owner
from jsrs_portal.access.departure import departure_delta
from jsrs_portal.access.policies import Policy, policy_of

log = structlog.get_logger(__name__)

FRAMEWORK_HANDLERS = {
    "reflex___state____state.hydrate": Policy(passive=True),
    "reflex___state____state.hydrate_and_load": Policy(passive=True),
    "reflex___state____state.set_is_hydrated": Policy(passive=True),
    "reflex___state____state.reflex___state____on_load_internal_state.on_load_internal": Policy(passive=True),
    "reflex___state____state.reflex___state____on_load_internal_state.set_is_hydrated": Policy(passive=True),
}
"""The framework's own handlers that a browser needs; every other one of its handlers is refused."""


def event_policy(name: str) -> Policy | None:
    """Return the policy of the handler called ``name``; background handlers and unmarked ones have none.

    A background task would go on after its session ended, so there are none: pages poll (rule 1).
    """
    if name in FRAMEWORK_HANDLERS:
        return FRAMEWORK_HANDLERS[name]
    registered = RegistrationContext.get().event_handlers.get(name)
    if registered is None or registered.handler.is_background:
        return None
    return policy_of(registered.handler.fn)


class AccessMiddleware(Middleware):
    """Stops what no policy allows and answers with a redirect, never with silence."""

    async def preprocess(self, app: Any, state: BaseState, event: Event) -> StateUpdate | None:
        """Return ``None`` to let the event through, or the answer of a refusal."""
        router = EventContext.get().router_data
        headers = router.get("headers") or {}
        value = cookie.read(headers.get("cookie", "")) if isinstance(headers, dict) else ""
        policy = event_policy(event.name)
        who = await actors.resolve(value, address=str(router.get("ip", "")), passive=policy is None or policy.passive)
        if who is None or isinstance(who, actors.Ended):
            await self._forget_everything(state)
            return _redirect("/session/ended")
        await owner.claim(state._get_root_state(), who.session_key)
        if policy is None:
            log.warning("event.refused", handler=_known(event.name), reason="no policy")
            return _redirect("/refused")
        if not policy.admits(who):
            log.warning("event.refused", handler=event.name, reason="policy", signed_in=who.signed_in)
            return _redirect("/refused" if who.signed_in else _login_address(router))
        actors.set_current(who)
        structlog.contextvars.bind_contextvars(session=who.session_key[:8])
        return None

    async def _forget_everything(self, state: BaseState) -> None:
        """Without a living session nothing of what the tree holds may be sent."""
        await owner.claim(state._get_root_state(), "nobody")


def _known(name: str) -> str:
    """Only names of our own registry reach the log: a made-up one may contain anything."""
    return name if name in RegistrationContext.get().event_handlers else "unknown"


def _login_address(router: dict[str, Any]) -> str:
    path = str(router.get("pathname", ""))
    return f"/login?next={path}" if path.startswith("/unit") or path.startswith("/my") else "/login"


def _redirect(path: str) -> StateUpdate:
    """A whole new document: the cookie of a websocket cannot change while it is open."""
    return StateUpdate(delta=departure_delta(path))
