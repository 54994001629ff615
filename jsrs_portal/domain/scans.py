"""Scan login: the states of a QR code and who may move it on (R-2.4.3; protocol reference §7)."""

from datetime import timedelta
from enum import StrEnum

SCAN_LIFE = timedelta(seconds=120)
"""How long a code may be scanned and confirmed; a page shows a new one by itself."""
RENEWALS = 10
"""So often by itself: a page that nobody looks at stops asking."""
MOST_PHONES = 5
"""Trusted phones of one person."""
PHONE_UNUSED = timedelta(days=90)
"""A phone that confirmed nothing for so long is trusted no longer."""


class ScanState(StrEnum):
    """Where a scan login is; what is unknown counts as expired."""

    CREATED = "CREATED"
    SCANNED = "SCANNED"
    CONFIRMED = "CONFIRMED"
    CONSUMED = "CONSUMED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class ScanAction(StrEnum):
    """What somebody does with a code: on the phone, and at last the browser that shows it."""

    SCAN = "SCAN"
    CONFIRM = "CONFIRM"
    CANCEL = "CANCEL"
    CONSUME = "CONSUME"


MOVES: dict[ScanAction, tuple[tuple[ScanState, ...], ScanState]] = {
    ScanAction.SCAN: ((ScanState.CREATED,), ScanState.SCANNED),
    ScanAction.CONFIRM: ((ScanState.SCANNED,), ScanState.CONFIRMED),
    ScanAction.CANCEL: ((ScanState.SCANNED,), ScanState.CANCELLED),
    ScanAction.CONSUME: ((ScanState.CONFIRMED,), ScanState.CONSUMED),
}
"""From which states an action leads where; every move is one compare-and-set."""


class ScanProblem(StrEnum):
    """Why a code was not moved on."""

    EXPIRED = "expired"
    TAKEN = "taken"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    NOT_SCANNED = "not_scanned"


SENTENCES = {
    ScanProblem.EXPIRED: "二维码已过期，请在电脑上刷新后重新扫描。",
    ScanProblem.TAKEN: "该二维码已被另一部手机扫描。如不是您本人操作，请在电脑上刷新二维码后重新扫描。",
    ScanProblem.CONFIRMED: "您已确认过本次登录，不能重复确认。请回到电脑继续。",
    ScanProblem.CANCELLED: "本次登录已经取消，请在电脑上刷新二维码后重新扫描。",
    ScanProblem.NOT_SCANNED: "请先扫描电脑上的二维码，再确认登录。",
}


def why_not(action: ScanAction, state: ScanState, *, over: bool, mine: bool) -> ScanProblem | None:
    """Return why the phone cannot do ``action``; ``None`` when it can.

    ``over``: its time is up; ``mine``: this phone scanned it, or nobody has yet. Scanning again what one has scanned
    changes nothing and is no problem.
    """
    if state is ScanState.CANCELLED:
        return ScanProblem.CANCELLED if mine else ScanProblem.TAKEN
    if state is ScanState.EXPIRED or (over and state in (ScanState.CREATED, ScanState.SCANNED)):
        return ScanProblem.EXPIRED
    if not mine:
        return ScanProblem.TAKEN
    if state in (ScanState.CONFIRMED, ScanState.CONSUMED):
        return ScanProblem.CONFIRMED
    if state is ScanState.CREATED and action is not ScanAction.SCAN:
        return ScanProblem.NOT_SCANNED
    return None
