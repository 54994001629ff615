"""What people are told, which of it also goes to their phone, and what of that they may turn off (R-2.1.3, R-2.6.8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.permissions import Permission


class NoticeKind(StrEnum):
    """What a notice is about; :data:`KINDS` says the rest."""

    SECURITY = "SECURITY"
    GRANT = "GRANT"
    INSTITUTION = "INSTITUTION"
    UNIT = "UNIT"
    CASE = "CASE"


@dataclass(frozen=True)
class KindSpec:
    """How one kind of notice reaches people: its ``label``, what belongs to it, and the phone.

    ``sms`` is whether it goes to the phone as well unless its person turned that off; with ``fixed`` nobody can.
    """

    label: str
    about: str
    sms: bool
    fixed: bool = False


KINDS: dict[NoticeKind, KindSpec] = {
    NoticeKind.SECURITY: KindSpec(
        "账户安全", "新设备登录、手机号和密码变更、可信手机、数据导出、账户注销", sms=True, fixed=True
    ),
    NoticeKind.GRANT: KindSpec("授权", "授权的开通、变更、收回和到期", sms=True),
    NoticeKind.INSTITUTION: KindSpec("机构", "机构的开通、管理员变更和停用", sms=True),
    NoticeKind.UNIT: KindSpec("单位", "单位信息和法定代表人的变更", sms=True),
    NoticeKind.CASE: KindSpec("办件", "办件进度、补正和办结", sms=True),
}
CHOSEN = tuple(kind for kind, spec in KINDS.items() if not spec.fixed)
"""The kinds about which somebody may choose, in the order of the page."""
MOST_COUNTED = 99
"""More unread notices than this are 「99+」."""


def goes_to_phone(kind: NoticeKind, changed: Iterable[str]) -> bool:
    """Tell whether a notice of ``kind`` is also an SMS to somebody who ``changed`` these kinds from the default."""
    spec = KINDS[kind]
    return spec.sms if spec.fixed or kind not in set(changed) else not spec.sms


def sees_all(actor: Actor) -> bool:
    """Tell whether ``actor`` sees every notice of their person; otherwise those of what they act for alone.

    Another realm's password opens that realm only (R-2.6.6.5).
    """
    return actor.may(Permission.OWN_ACCOUNT)


def unread_words(count: int) -> str:
    """Return the number at the bell: empty for none, 「99+」 for more than can be read in a day."""
    return "" if count <= 0 else str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"
