"""Identifiers and keys as browsers send them back: what cannot be one names nothing."""

import re

_KEY = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)


def key_of(value: object) -> str:
    """Return ``value`` if a page of ours could have sent it as an identifier; anything else is nobody's: ""."""
    return value if isinstance(value, str) and _KEY.fullmatch(value) else ""
