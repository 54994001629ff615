"""Which session filled a state tree; another session's browser gets an empty one (rule 1)."""

# pyright: reportPrivateUsage=false
# The owner is kept in a backend var, which Reflex marks by an underscore: it must never reach a browser.

import reflex as rx
from reflex.state import BaseState, State
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext

NOBODY = "nobody"
"""The owner of a tree whose browser has no living session: it stays empty."""


class OwnerState(rx.State):
    """Remembers, on the server only, the key of the session whose data the tree holds."""

    _owner: str = ""


async def is_known(root: BaseState) -> bool:
    """Tell whether the tree was ever anybody's: one that is not has just been made."""
    return (await root.get_state(OwnerState))._owner != ""


async def claim(root: BaseState, key: str) -> str:
    """Make the tree belong to session ``key``; return whose it was if it had to be emptied first, else nothing.

    Every substate is loaded before the reset: under Redis the ones not loaded would keep the other's data.
    """
    owner = await root.get_state(OwnerState)
    if owner._owner == key:
        return ""
    former = owner._owner
    if former:
        for state_class in tuple(RegistrationContext.get().base_states.values()):
            if issubclass(state_class, State) and state_class is not State:
                await root.get_state(state_class)
        root.reset()
        # The reset keeps where the other's browser was; only what this event says of itself may stay.
        router = dict(EventContext.get().router_data)
        root.router_data = root._update_router_vars(router, {})
    owner._owner = key
    return former
