"""办件 in groups: what lists of them are narrowed to, and what their home pages count (R-2.6.1.1, R-2.6.3.1)."""

import re
from dataclasses import dataclass

from jsrs_portal.domain.cases import DECIDED, OPEN, CaseStatus

MOST_COUNTED = 999
"""So many are counted one by one; more are 「999+」, whatever there is."""
LONGEST_SEARCH = 60
_NUMBER = re.compile(r"[0-9A-Z]{31}[0-9]{12,}", re.ASCII)

_S = CaseStatus


@dataclass(frozen=True)
class CaseGroup:
    """One choice of 「全部」▾: its key in addresses, its name, and where a case of it may stand.

    ``unrated``: only those that nobody has rated yet, and that whoever asks may rate.
    """

    key: str
    label: str
    statuses: tuple[CaseStatus, ...]
    unrated: bool = False


GOING_ON = CaseGroup("open", "办理中", OPEN)
TO_CORRECT = CaseGroup("correct", "待补正", (_S.CORRECTION, _S.UNIT_RETURNED))
IN_REVIEW = CaseGroup("review", "待单位审核", (_S.UNIT_REVIEW,))
DONE = CaseGroup("done", "已办结", DECIDED)
TO_RATE = CaseGroup("rate", "待评价", DECIDED, unrated=True)
REFUSED = CaseGroup("refused", "未通过或不予受理", (_S.REJECTED, _S.NOT_ACCEPTED, _S.UNIT_REJECTED))
STOPPED = CaseGroup("stopped", "已撤回或终止", (_S.WITHDRAWN, _S.LAPSED))
GROUPS = (GOING_ON, TO_CORRECT, IN_REVIEW, DONE, TO_RATE, REFUSED, STOPPED)
"""They overlap: what waits for a correction is also going on, what was refused is also done."""
GROUP = {one.key: one for one in GROUPS}

TONES = {
    _S.DRAFT: "neutral",
    _S.UNIT_REVIEW: "info",
    _S.UNIT_RETURNED: "warn",
    _S.SUBMITTED: "info",
    _S.ACCEPTED: "info",
    _S.CORRECTION: "warn",
    _S.COMPLETED: "ok",
    _S.REJECTED: "bad",
    _S.NOT_ACCEPTED: "bad",
    _S.TRANSFERRED: "neutral",
    _S.UNIT_REJECTED: "bad",
    _S.WITHDRAWN: "neutral",
    _S.LAPSED: "neutral",
}
"""How a status looks on its badge; the word says it."""


def counted(number: int) -> str:
    """Return a number as it is shown, which was counted no further than one above :data:`MOST_COUNTED`."""
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)


def searched(text: str) -> str:
    """Return what is looked for: one line without what nobody sees, and no longer than a name can be."""
    return " ".join("".join(sign for sign in text[:LONGEST_SEARCH] if sign.isprintable()).split())


def whole_number(text: str) -> str:
    """Return ``text`` when it is a whole 办件编号, with or without gaps and in small letters; else empty."""
    plain = "".join(text.split()).upper()
    return plain if _NUMBER.fullmatch(plain) else ""
