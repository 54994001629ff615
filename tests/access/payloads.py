"""What attackers send: one payload per kind for any handler, whatever its arguments are called."""

from collections.abc import Callable
from typing import Any

from tests.access.handlers import Handler, registry

MARKUP = "<img src=x onerror=alert(1)><script>alert(document.cookie)</script>{{7*7}}${7*7}"
SQL = "' OR '1'='1'; DROP TABLE persons; --"
FORMAT = "%s%n%x{0}{self.__class__.__mro__}{password!r}"
NULS = "13\x0090\x000000\x00"
BOMB = "\ufeff\u202e\u200b" + "Z\u0338\u0334\u0321" * 12 + "﷽" * 4 + "👩‍👩‍👧‍👦" * 2
"""Short enough that a form with a hundred fields stays below what one message may have."""
SURROGATE = "\ud800\udfff\udc00"
PATHS = "../../../../etc/passwd\\..\\..\\windows\\win.ini/%2e%2e%2f"
POLLUTED: dict[str, Any] = {
    "__proto__": {"admin": True},
    "constructor": {"prototype": {"admin": True}},
    "__class__": "Actor",
}
HUGE = "长" * 5_000
"""Six bytes each as JSON escapes: 30 KB, so that two arguments stay below what one message may have."""


def _names(handler: Handler) -> list[str]:
    return [name for name, _ in handler.arguments]


def _share(handler: Handler) -> str:
    """Return what each argument gets of as much as one message may have."""
    return HUGE[: 2 * len(HUGE) // max(2, len(handler.arguments))]


def _nest(depth: int) -> Any:
    nested: Any = "bottom"
    for _ in range(depth):
        nested = {"a": [nested]}
    return nested


def _every_argument(value: Any) -> Callable[[Handler], Any]:
    return lambda handler: {name: value for name, _ in handler.arguments} or {"form": value}


def _every_field(text: str) -> Callable[[Handler], Any]:
    """Fill every field of every form of ours, or a plain argument, with ``text``."""

    def build(handler: Handler) -> Any:
        form = dict.fromkeys((*registry().form_fields, text), text)
        return {name: form if "dict" in kind else text for name, kind in handler.arguments} or {"form": form}

    return build


KINDS: dict[str, Callable[[Handler], Any]] = {
    "empty": lambda _handler: {},
    "one argument missing": lambda handler: {name: {} for name, _ in handler.arguments[1:]},
    "arguments of its own": lambda handler: {
        **{name: {} for name, _ in handler.arguments},
        "self": "me",
        "actor": {"person_id": "1"},
        "_owner": "me",
    },
    "number": _every_argument(-(2**63)),
    "text": _every_argument("abc"),
    "list": _every_argument([1, "x", None, [True]]),
    "null": _every_argument(None),
    "nested": _every_argument({"form": {"form": [{}]}, "value": {"form": None}}),
    "fields of wrong types": lambda handler: {
        name: {key: [7] if place % 2 else {"x": None} for place, key in enumerate(registry().form_fields)}
        for name, _ in handler.arguments
    },
    "deep": _every_argument(_nest(150)),
    "huge": lambda handler: dict.fromkeys(_names(handler), _share(handler)),
    "huge field": lambda handler: {name: {"password": _share(handler), "identifier": "1"} for name in _names(handler)},
    "markup": _every_field(MARKUP),
    "sql": _every_field(SQL),
    "format strings": _every_field(FORMAT),
    "nul": _every_field(NULS),
    "unicode": _every_field(BOMB),
    "half a character": _every_field(SURROGATE),
    "paths": _every_field(PATHS),
    "prototype": _every_argument(POLLUTED),
    "no object": lambda _handler: ["not", "a", "mapping"],
    "writing a variable": lambda handler: (
        {
            "var_name": "is_signed_in",
            "value": True,
            "vars": {f"{handler.name.rpartition('.')[0]}.is_signed_in": True},
            "info": MARKUP,
            "component_stack": MARKUP,
        }
        if not handler.ours
        else {"var_name": "is_signed_in"}
    ),
}
"""By name; each builds the payload for one handler."""
