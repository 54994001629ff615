"""kuaidi100's signatures and words: pure functions for the client and the simulator (protocol reference §8.1).

Source: kuaidi100's documentation and its official demos; the list of advanced states is not fully public and is read
by its first digits where a code is not in it.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from jsrs_portal.domain.shipments import Report, ShipmentState, Tracking
from jsrs_portal.zone import BEIJING

_S = ShipmentState
_MAIN = {
    "0": _S.MOVING,
    "1": _S.COLLECTED,
    "2": _S.TROUBLE,
    "3": _S.SIGNED,
    "4": _S.RETURNED,
    "5": _S.DELIVERING,
    "6": _S.RETURNING,
    "7": _S.MOVING,
    "8": _S.MOVING,
    "10": _S.MOVING,
    "11": _S.MOVING,
    "12": _S.MOVING,
    "13": _S.TROUBLE,
    "14": _S.REFUSED,
}
_ADVANCED = {
    "101": _S.ORDERED,
    "102": _S.ORDERED,
    "103": _S.COLLECTED,
    "203": _S.REFUSED,
    "205": _S.WAITING,
    "210": _S.CANCELLED,
    "401": _S.CANCELLED,
    "501": _S.WAITING,
}
"""Where the first digit alone would be misleading."""


def query_sign(param: str, *, key: str, customer: str) -> str:
    """Return the signature of a query: over exactly the text of ``param`` that is sent."""
    return _md5(param + key + customer)


def push_sign(param: str, *, salt: str) -> str:
    """Return the signature of what kuaidi100 sends by itself."""
    return _md5(param + salt)


def verifies(sign: str, right: str) -> bool:
    """Tell, without telling how nearly, whether a signature is the right one."""
    return hmac.compare_digest(sign.upper().encode(), right.encode())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def state_of(code: object) -> ShipmentState | None:
    """Return where a main or an advanced state puts a parcel; ``None`` for what is neither."""
    text = str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""
    if not (text.isascii() and text.isdigit()) or len(text) > 4:
        return None
    if known := _ADVANCED.get(text) or _MAIN.get(text):
        return known
    return _MAIN.get("0" if len(text) == 4 else text[0] if len(text) == 3 else "")


def read_tracking(result: dict[str, Any]) -> Tracking:
    """Return what a result (of a query, or within a push) says; ValueError for none of theirs."""
    data = result.get("data", [])
    if not isinstance(data, list):
        raise ValueError("data")
    reports = tuple(one for entry in data if (one := _report(entry)))
    state = state_of(result.get("state"))
    if state is None and result.get("ischeck") == "1":
        state = _S.SIGNED
    return Tracking(state, reports)


def _report(entry: object) -> Report | None:
    """Return one report; ``None`` for what has no time or no words."""
    if not isinstance(entry, dict):
        return None
    found: dict[str, Any] = entry
    text, at = found.get("context"), _instant(found.get("ftime")) or _instant(found.get("time"))
    if at is None or not isinstance(text, str) or not text.strip():
        return None
    return Report(at, text, state_of(found.get("statusCode")))


def _instant(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None
