"""What a browser of ours may write into the websocket, judged before Reflex sees it."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

_ALLOWED = re.compile(
    r'[23](?:probe)?|40/_event,.*|41/_event,|42/_event,\["(?:event|ping|client_error)"[,\]].*', re.DOTALL
)
"""The frames our pages send, by their letters. Socket.IO would dispatch any other event name to a method of Reflex's
namespace, its ``connect`` among them, and believe the address that comes with it."""


def is_ours(frame: str) -> bool:
    """Tell whether ``frame`` is one that our pages send, from a page that has an address."""
    return _ALLOWED.fullmatch(frame) is not None and _says_a_page(frame)


def _says_a_page(frame: str) -> bool:
    """Tell whether an event in ``frame`` names its page as a browser does.

    Reflex parses this before any middleware; what it cannot parse fails, and so would the event that reports it.
    """
    place = frame.find(",") + 1
    if not frame.startswith(("40/_event,", "42/_event,")) or place == len(frame):
        return True
    try:
        event = _event_in(json.loads(frame[place:]))
        if event is None:
            return True
        page = event["router_data"]
        urlsplit("http://host" + page["asPath"])
        named = (page["pathname"], page["asPath"])
        return isinstance(page.get("query", {}), dict) and all(n.startswith("/") and n.isprintable() for n in named)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return False


def _event_in(said: Any) -> Any:
    """Return the state event that a connect or event packet carries, or ``None``."""
    if isinstance(said, dict):
        return said.get("event")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return said[1] if said[0] == "event" else None
