"""Sending a browser to a new document: after login and logout, and when a request is refused (rule 2)."""

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.event.context import EventContext


class DepartureState(rx.State):
    """Where the page shall go. Only ever sent, never stored: a stored one would be followed again at every load.

    ``switched``: the page was made for another session than its browser's; nothing is done from it any more.
    """

    to: str = ""
    switched: bool = False


def departure_delta(path: str) -> dict[str, dict[str, str]]:
    """Return the update that makes the page load ``path``, an address of this portal."""
    return {DepartureState.get_full_name(): {f"to{FIELD_MARKER}": path}}


def switched_delta() -> dict[str, dict[str, bool]]:
    """Return the update that makes the page say that it belongs to a role which was left in another window."""
    return {DepartureState.get_full_name(): {f"switched{FIELD_MARKER}": True}}


async def depart(path: str) -> None:
    """Make the page whose event is being handled load ``path``."""
    await EventContext.get().emit_delta(departure_delta(path))
