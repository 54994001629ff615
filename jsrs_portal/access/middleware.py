"""The one gate every event passes: handler known, actor proven by this event's cookie, policy satisfied (rule 1)."""

from collections.abc import Callable
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

import structlog
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext

from jsrs_portal.access import actor as actors
from jsrs_portal.access import handshake, owner, refusals
from jsrs_portal.access.departure import departure_delta, switched_delta
from jsrs_portal.access.policies import Policy, policy_of
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.sessions import SessionEnd

log = structlog.get_logger(__name__)

_SIGNED_IN = "signed-in:"
_STATE = "reflex___state____state"
_ON_LOAD = f"{_STATE}.reflex___state____on_load_internal_state"
FRAMEWORK_HANDLERS = {
    f"{_STATE}.hydrate": Policy(passive=True),
    f"{_STATE}.hydrate_and_load": Policy(passive=True),
    f"{_STATE}.set_is_hydrated": Policy(passive=True),
    f"{_ON_LOAD}.on_load_internal": Policy(passive=True),
    f"{_ON_LOAD}.set_is_hydrated": Policy(passive=True),
}
"""The framework's own handlers that a browser needs; every other one of its handlers is refused."""
PAGE_LOADS = frozenset({f"{_STATE}.hydrate", f"{_STATE}.hydrate_and_load"})
"""Those with which a page begins: they fill a state that is empty."""
_FRAMEWORK_VALUES: dict[str, tuple[type, ...]] = {
    "value": (bool,),
    "vars": (dict, type(None)),
    "hashes": (list, type(None)),
}


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
        root = state._get_root_state()  # pyright: ignore[reportPrivateUsage]
        router = EventContext.get().router_data
        policy = event_policy(event.name)
        passive = policy is None or policy.passive
        who = await actors.resolve(handshake.proof_in(router), address=str(router.get("ip", "")), passive=passive)
        if who is None or isinstance(who, actors.Ended):
            await owner.claim(root, owner.NOBODY)
            switched = isinstance(who, actors.Ended) and who.because is SessionEnd.SWITCHED
            return StateUpdate(delta=switched_delta()) if switched else _depart(_ended_address(who))
        former = await owner.claim(root, f"{_SIGNED_IN}{who.session_key}" if who.signed_in else who.session_key)
        if former.startswith(_SIGNED_IN) and not passive:
            # The page that sends this was filled for another session: what it asks for is not this one's to do.
            return StateUpdate(delta=switched_delta())
        refused = _refusal(policy, who, event)
        if refused:
            handler = _known(event.name)
            log.warning("event.refused", handler=handler, reason=refused, signed_in=who.signed_in)
            await refusals.note(who, handler=handler, reason=refused)
            if who.must_change and refused == "policy":
                return _depart("/staff/password" if who.staff_id else "/password/first")
            visitor_on_the_way = refused == "policy" and not (who.signed_in or who.staff_id)
            return _depart(_login_address(router) if visitor_on_the_way else "/refused")
        actors.set_current(who)
        structlog.contextvars.bind_contextvars(session=who.session_key[:8])
        return None


def _refusal(policy: Policy | None, who: Actor, event: Event) -> str:
    """Return why the event may not happen: no policy, the policy, its payload; empty when it may."""
    if policy is None:
        return "unknown"
    if not policy.admits(who):
        return "policy"
    return "" if _fits(event) else "payload"


@lru_cache(maxsize=1024)
def _arguments(handler: Callable[..., Any]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the arguments that a handler may be given, and of those that it must be."""
    of_names = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    _state, *known = signature(handler).parameters.values()
    named = [one for one in known if one.kind in of_names]
    return frozenset(one.name for one in named), frozenset(one.name for one in named if one.default is one.empty)


def _fits(event: Event) -> bool:
    """Tell whether the payload has exactly the handler's arguments by name; their values the handler checks."""
    if not isinstance(event.payload, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
        return False
    payload: dict[str, Any] = event.payload
    known, needed = _arguments(RegistrationContext.get().event_handlers[event.name].handler.fn)
    if not needed <= payload.keys() <= known:
        return False
    if event.name in FRAMEWORK_HANDLERS:  # nobody else checks the values of the framework's own
        return all(isinstance(value, _FRAMEWORK_VALUES[name]) for name, value in payload.items())
    return True


def _known(name: str) -> str:
    """Only names of our own registry reach the log: a made-up one may contain anything."""
    return name if name in RegistrationContext.get().event_handlers else "unknown"


def _ended_address(who: actors.Ended | None) -> str:
    """Return where a page without a living session goes. It says why: another tab may have left with the cookie."""
    reason = who.because.lower() if who is not None and not who.staff else ""
    return f"/session/ended?because={reason}" if reason else "/session/ended"


_INNER = ("/unit", "/my", "/institution", "/sessions", "/notices", "/applications", "/cases")


def _login_address(router: dict[str, Any]) -> str:
    """Return the login page, with the inner page that was on the way (the route checks it again)."""
    path = str(router.get("pathname", ""))
    if path == "/staff" or path.startswith("/staff/"):
        return f"/staff/login?next={path}" if path.isascii() else "/staff/login"
    return f"/login?next={path}" if path.startswith(_INNER) and path.isascii() else "/login"


def _depart(path: str) -> StateUpdate:
    """A whole new document: the cookie of a websocket cannot change while it is open."""
    return StateUpdate(delta=departure_delta(path))
