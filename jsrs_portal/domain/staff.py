"""Officers of the bureau: their accounts, their sessions, where each may act, and why not.

GB/T 22239-2019, 8.1.4.1 asks for two factors and a lock, 8.1.5 for administrators who are kept apart.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from jsrs_portal.domain.institutions import LEVEL_LABELS, InstitutionLevel
from jsrs_portal.domain.permissions import StaffRole

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
"""A desk is left for lunch, and a day's work ends: shorter than for people at home."""
PASSWORD_LIFE = timedelta(days=90)
"""GB/T 22239-2019, 8.1.4.1 a: what identifies somebody is changed from time to time."""

LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,31}", re.ASCII)
LOGIN_RULE = "账号为3至32个字符，以小写字母开头，只含小写字母、数字、点、下划线和连字符。"
WRONG = "账号、密码或动态口令不正确，请核对后重新输入；动态口令每个只能使用一次。"
"""One and the same answer, whichever of the three is wrong."""

PROVINCE = "320000"
REGIONAL = frozenset({StaffRole.OFFICER, StaffRole.SECURITY})
"""The roles whose holders may be confined to a region; the system and its audit log have none."""
REASON_SHORTEST, REASON_LONGEST = 5, 200


def password_due(*, must_change: bool, changed_at: datetime, now: datetime) -> bool:
    """Tell whether an officer's password has to be changed before anything else: a first one, or one grown old."""
    return must_change or now - changed_at > PASSWORD_LIFE


class StaffStatus(StrEnum):
    """Whether an officer may log in."""

    ACTIVE = "ACTIVE"
    LOCKED = "LOCKED"


STATUS_LABELS = {StaffStatus.ACTIVE: "正常", StaffStatus.LOCKED: "已锁定"}


def region_prefix(region: str) -> str:
    """Return how every code an officer of ``region`` may act in begins; "" for the whole province."""
    if region in ("", PROVINCE):
        return ""
    return region[:4] if region.endswith("00") else region


def covers(own: str, code: str) -> bool:
    """Tell whether an officer of region ``own`` may act in ``code``: there and in everything below (GB/T 2260)."""
    return code.startswith(region_prefix(own))


def unit_region(authority_region: str, uscc: str) -> str:
    """Return a unit's region: where its 登记机关 is, else what its code says (GB 32100: characters 3 to 8)."""
    return authority_region or uscc[2:8]


def connected_in(*, unit: str, institution: str = "") -> str:
    """Return where a grant connects its holder: in its institution's region if it is for one, else in its unit's."""
    return institution or unit


def reaches(own: str, connections: Iterable[str]) -> bool:
    """Tell whether an officer of region ``own`` may look at a person, see them in full and lock them.

    ``connections`` are the regions (:func:`connected_in`) of the grants that count today; one within the officer's is
    enough. A person without any, be it that they never had one or that the last has ended, is the whole province's.
    """
    return not region_prefix(own) or any(covers(own, one) for one in connections)


def levels_within(own: str) -> tuple[InstitutionLevel, ...]:
    """Return the levels of institution an officer of region ``own`` looks after: their own and those below."""
    everything = tuple(LEVEL_LABELS)
    if not region_prefix(own):
        return everything
    return everything[1:] if own.endswith("00") else everything[2:]


def reason_problem(reason: str) -> str:
    """Return why ``reason`` is no reason, in Chinese; "" when it may stand. Whoever reads the audit log reads it."""
    said = reason.strip()
    if len(said) < REASON_SHORTEST:
        return f"请写明原因，至少{REASON_SHORTEST}个字；原因会记入审计日志。"
    return f"原因太长，请控制在{REASON_LONGEST}个字以内。" if len(said) > REASON_LONGEST else ""
