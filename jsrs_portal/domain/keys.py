"""Identifiers and keys as browsers send them back: what cannot be one names nothing."""

import re

_KEY = re.compile(r"[a-z0-9_-]{1,64}", re.ASCII)
_CONTROL = re.compile(r"[a-z0-9_-]{1,64}(\.[a-z0-9_-]{1,64})?", re.ASCII)


def key_of(value: object) -> str:
    """Return ``value`` if a page of ours could have sent it as an identifier; anything else is nobody's: ""."""
    return value if isinstance(value, str) and _KEY.fullmatch(value) else ""


def control_of(value: object) -> str:
    """Return ``value`` if it could name a control: a field's key, or a part of one (``address.region``); else ""."""
    return value if isinstance(value, str) and _CONTROL.fullmatch(value) else ""
