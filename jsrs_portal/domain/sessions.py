"""When a session ends, how one began, and whose sessions somebody may see and end (R-2.4.8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jsrs_portal.domain.proofs import password_behind, proves_person
from jsrs_portal.domain.retention import HALF_A_YEAR

WARNING = timedelta(minutes=2)
"""So long before its end a session's pages say that it ends."""
DEVICE_KNOWN = HALF_A_YEAR
"""So long a browser is a known one of somebody who logged in with it."""
ALERT_LIFE = timedelta(days=7)
"""So long the link "this was not me" works."""
FIRST_LOGIN_WITHIN = timedelta(days=7)
"""A person who has registered no longer ago logs in for the first time without a message about it."""
SHOWN_FOR = timedelta(days=30)
"""So long a session that has ended is shown to its person."""


class SessionEnd(StrEnum):
    """Why a session ended."""

    IDLE = "IDLE"
    ABSOLUTE = "ABSOLUTE"
    LOGOUT = "LOGOUT"
    GRANT = "GRANT"
    REPLACED = "REPLACED"
    SWITCHED = "SWITCHED"
    ELSEWHERE = "ELSEWHERE"
    DISOWNED = "DISOWNED"


END_SENTENCES = {
    SessionEnd.IDLE: "您已较长时间没有操作，为保护账户安全已自动退出，请重新登录。",
    SessionEnd.ABSOLUTE: "本次登录已达到最长时间，请重新登录。",
    SessionEnd.LOGOUT: "您已安全退出。",
    SessionEnd.GRANT: "您在该单位的授权已变更或到期，请重新登录。",
    SessionEnd.REPLACED: "登录状态已失效，请重新登录。",
    SessionEnd.SWITCHED: "您已在其他窗口切换身份，请重新登录。",
    SessionEnd.ELSEWHERE: "本次登录已在另一台设备的「登录设备」中被结束。如非本人操作，请修改密码。",
    SessionEnd.DISOWNED: "账户持有人报告有非本人登录，所有登录已结束。请通过「忘记密码?」重新设置密码后登录。",
}
END_LABELS = {
    SessionEnd.IDLE: "长时间未操作",
    SessionEnd.ABSOLUTE: "达到最长时间",
    SessionEnd.LOGOUT: "主动退出",
    SessionEnd.GRANT: "授权变更或到期",
    SessionEnd.REPLACED: "被新的登录替换",
    SessionEnd.SWITCHED: "切换身份",
    SessionEnd.ELSEWHERE: "从其他设备结束",
    SessionEnd.DISOWNED: "报告非本人登录",
}


class LoginWay(StrEnum):
    """How a session was opened. Going to another role keeps the way of the session it is entered from."""

    PASSWORD = "PASSWORD"
    SCAN = "SCAN"
    CA = "CA"
    PROVINCIAL = "PROVINCIAL"
    LICENCE = "LICENCE"


WAY_LABELS = {
    LoginWay.PASSWORD: "账号密码",
    LoginWay.SCAN: "扫码登录",
    LoginWay.CA: "CA 登录",
    LoginWay.PROVINCIAL: "省政务登录",
    LoginWay.LICENCE: "电子营业执照登录",
}


def session_end(*, last_active_at: datetime, expires_at: datetime, now: datetime, idle: timedelta) -> SessionEnd | None:
    """Return why a session is over at ``now``, or ``None`` while it lives. The last instant still counts."""
    if now > expires_at:
        return SessionEnd.ABSOLUTE
    if now - last_active_at > idle:
        return SessionEnd.IDLE
    return None


@dataclass(frozen=True)
class Deadline:
    """When a session ends if nothing is done; ``final`` when nothing that is done can change it."""

    at: datetime
    final: bool


def session_deadline(*, last_active_at: datetime, expires_at: datetime, idle: timedelta) -> Deadline:
    """Return when a session ends that was last active then."""
    idle_end = last_active_at + idle
    return Deadline(min(idle_end, expires_at), final=expires_at <= idle_end)


def proof_seen(proved: str) -> str | None:
    """Return which of their own sessions somebody sees and ends from one that ``proved`` opened; ``None``: all.

    What proves the person (the personal password, their phone) shows all of them. The password of a unit or an
    institution opens its own world only, so it shows those that it opened itself.
    """
    return None if proves_person(proved) else proved


def may_end(proved: str, other: str) -> bool:
    """Tell whether from a session that ``proved`` opened another one of the same person may be seen and ended."""
    return proof_seen(proved) in (None, other)


@dataclass(frozen=True)
class Opened:
    """A session as it was opened: by what proof, in which browser, when."""

    proved: str
    device_key: str
    at: datetime


def disowned_realms(reported: Opened, history: Iterable[Opened]) -> frozenset[str]:
    """Return the realms whose passwords are known to a stranger, once ``reported`` was said to be none of one's own.

    That is the password which opened it, and those which since then opened sessions in browsers that were not known
    before: the stranger's next ones. Behind a proof that is no password stands the person's own.
    """
    opened = list(history)
    known = {one.device_key for one in opened if one.at < reported.at} - {"", reported.device_key}
    since = [one for one in opened if one.at >= reported.at and one.device_key not in known]
    behind = (password_behind(one.proved) for one in (reported, *since))
    return frozenset(realm for realm in behind if realm)
