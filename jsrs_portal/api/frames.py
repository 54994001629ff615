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

_MOST_ARGUMENTS = {"event": 1, "client_error": 1, "ping": 0}


def is_ours(frame: str) -> bool:
    """Tell whether ``frame`` is one that our pages send, from a page that has an address."""
    return _ALLOWED.fullmatch(frame) is not None and _says_a_page(frame)


def _says_a_page(frame: str) -> bool:
    """Tell whether ``frame`` carries what Reflex can take apart, and an event in it names its page as a browser does.

    Reflex parses this before any middleware; what it cannot parse fails, and so would the event that reports it.
    """
    place = frame.find(",") + 1
    if not frame.startswith(("40/_event,", "42/_event,")) or place == len(frame):
        return True
    try:
        said = json.loads(frame[place:])
        event = _sent_event(said) if frame.startswith("42") else _first_event(said)
        if event is None:
            return True
        page = event["router_data"]
        urlsplit("http://host" + page["asPath"])
        named = (page["pathname"], page["asPath"])
        plain = isinstance(event["name"], str) and isinstance(page.get("query", {}), dict)
        return plain and all(n.startswith("/") and n.isprintable() for n in named)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return False


def _first_event(said: Any) -> Any:
    """Return the state event that a connect packet carries, or ``None``."""
    return said.get("event") if isinstance(said, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _sent_event(said: Any) -> Any:
    """Return the state event of an event packet, ``None`` for the other two; ``ValueError`` for too many arguments.

    Socket.IO calls Reflex's methods with as many arguments as a packet has, and one too many is a failure in the log.
    """
    name, *arguments = said
    if len(arguments) > _MOST_ARGUMENTS[name]:
        raise ValueError(name)
    if name != "event":
        return None
    if not isinstance(arguments[0], dict):
        raise TypeError(name)
    return arguments[0]  # pyright: ignore[reportUnknownVariableType]
