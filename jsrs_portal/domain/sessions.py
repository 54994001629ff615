"""When a session ends (R-2.4.8)."""

from datetime import datetime, timedelta
from enum import StrEnum


class SessionEnd(StrEnum):
    """Why a session ended."""

    IDLE = "IDLE"
    ABSOLUTE = "ABSOLUTE"
    LOGOUT = "LOGOUT"
    GRANT = "GRANT"
    REPLACED = "REPLACED"
    SWITCHED = "SWITCHED"


END_SENTENCES = {
    SessionEnd.IDLE: "您已较长时间没有操作，为保护账户安全已自动退出，请重新登录。",
    SessionEnd.ABSOLUTE: "本次登录已达到最长时间，请重新登录。",
    SessionEnd.LOGOUT: "您已安全退出。",
    SessionEnd.GRANT: "您在该单位的授权已变更或到期，请重新登录。",
    SessionEnd.REPLACED: "登录状态已失效，请重新登录。",
    SessionEnd.SWITCHED: "您已在其他窗口切换身份，请重新登录。",
}


def session_end(*, last_active_at: datetime, expires_at: datetime, now: datetime, idle: timedelta) -> SessionEnd | None:
    """Return why a session is over at ``now``, or ``None`` while it lives. The last instant still counts."""
    if now > expires_at:
        return SessionEnd.ABSOLUTE
    if now - last_active_at > idle:
        return SessionEnd.IDLE
    return None
