"""SF Express' signature and words (丰桥, ``EXP_RECE_SEARCH_ROUTES``): pure functions for the client and the simulator.

The digest is as in SF's own demos, over the text as Java's ``URLEncoder`` writes it. Its list of operation codes is
not public as a whole; those below are named alike in several published integrations, the rest say nothing of a state.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from jsrs_portal.domain.shipments import Report, ShipmentState, Tracking
from jsrs_portal.zone import BEIJING

SERVICE = "EXP_RECE_SEARCH_ROUTES"
_S = ShipmentState
_OPERATIONS = {
    **dict.fromkeys(("50", "54"), _S.COLLECTED),
    **dict.fromkeys(("30", "31", "36", "99", "105", "106", "123", "130", "310"), _S.MOVING),
    **dict.fromkeys(("44", "204"), _S.DELIVERING),
    **dict.fromkeys(("125", "657"), _S.WAITING),
    **dict.fromkeys(("33", "70"), _S.TROUBLE),
    **dict.fromkeys(("631", "648"), _S.RETURNING),
    **dict.fromkeys(("80", "8000"), _S.SIGNED),
}
_SECONDARY = {"101": _S.COLLECTED, "201": _S.MOVING, "301": _S.DELIVERING, "401": _S.SIGNED, "1301": _S.TROUBLE}


def digest(msg_data: str, *, timestamp: str, checkword: str) -> str:
    """Return ``msgDigest``."""
    encoded = quote_plus(msg_data + timestamp + checkword, safe="-_.*").replace("~", "%7E")
    return base64.b64encode(hashlib.md5(encoded.encode(), usedforsecurity=False).digest()).decode()


def verifies(sign: str, right: str) -> bool:
    """Tell whether a digest is the right one."""
    return hmac.compare_digest(sign.encode(), right.encode())


def read_routes(routes: object) -> Tracking:
    """Return what a list of routes says; ValueError for none of theirs."""
    if not isinstance(routes, list):
        raise ValueError("routes")
    reports = [one for entry in routes if (one := _report(entry))]
    told = [one for one in sorted(reports, key=lambda one: one.at) if one.state]
    if not told:
        return Tracking(None, tuple(reports))
    last = told[-1]
    return Tracking(last.state, tuple(reports), last.at if any(one.at > last.at for one in reports) else None)


def _report(entry: object) -> Report | None:
    if not isinstance(entry, dict):
        return None
    found: dict[str, Any] = entry
    text, accepted = found.get("remark"), found.get("acceptTime")
    if not isinstance(text, str) or not text.strip() or not isinstance(accepted, str):
        return None
    try:
        at = datetime.strptime(accepted, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None
    place = found.get("acceptAddress")
    where = f"【{place}】" if isinstance(place, str) and place and place not in text else ""
    state = _OPERATIONS.get(str(found.get("opCode"))) or _SECONDARY.get(str(found.get("secondaryStatusCode")))
    return Report(at, f"{where}{text}", state)
