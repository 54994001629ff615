"""Sending a browser to a new document: after login and logout, and when a request is refused (rule 2)."""

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.event.context import EventContext


class DepartureState(rx.State):
    """Where the page shall go. Only ever sent, never stored: a stored one would be followed again at every load."""

    to: str = ""


def departure_delta(path: str) -> dict[str, dict[str, str]]:
    """Return the update that makes the page load ``path``, an address of this portal."""
    return {DepartureState.get_full_name(): {f"to{FIELD_MARKER}": path}}


async def depart(path: str) -> None:
    """Make the page whose event is being handled load ``path``."""
    await EventContext.get().emit_delta(departure_delta(path))
