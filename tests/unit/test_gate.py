"""Which payloads the gate lets through to a handler: its arguments by name, all it needs and no others (rule 1)."""

from inspect import signature
from typing import Any

import pytest
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

import jsrs_portal.jsrs_portal  # noqa: F401 - every handler is registered by it
from jsrs_portal.access.middleware import FRAMEWORK_HANDLERS, _fits


def _binds(handler: Any, payload: dict[str, Any]) -> bool:
    try:
        signature(handler).bind(None, **payload)
    except TypeError:
        return False
    return True


def test_exactly_the_arguments_of_every_handler_fit():
    """Python itself is asked what it would make of the call."""
    handlers = RegistrationContext.get().event_handlers
    seen = set[tuple[bool, int]]()
    for name, registered in handlers.items():
        if name in FRAMEWORK_HANDLERS:
            continue
        handler = registered.handler.fn
        state, *arguments = signature(handler).parameters
        whole = dict.fromkeys(arguments, "x")
        tried = [whole, {}, {**whole, "else": "x"}, {**whole, state: "x"}]
        tried += [{other: "x" for other in arguments if other != left} for left in arguments]
        for payload in tried:
            fits = _fits(Event(name=name, payload=payload))
            assert fits is _binds(handler, payload), (name, payload)
            seen.add((fits, len(payload)))
    assert {(True, 0), (True, 1), (False, 0), (False, 1), (False, 2)} <= seen
    assert len(handlers) > 200


@pytest.mark.parametrize("payload", [None, [], "x", 1])
def test_what_is_no_payload_does_not_fit(payload: Any):
    name = next(iter(RegistrationContext.get().event_handlers))
    assert not _fits(Event(name=name, payload=payload))
