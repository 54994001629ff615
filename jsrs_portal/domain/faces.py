"""The rules around face checks (R-2.2.3): how long a QR code lives, how often the outside system is asked."""

from datetime import timedelta
from enum import StrEnum

QR_LIFE = timedelta(minutes=5)
ASK_EVERY = timedelta(seconds=3)


class FacePurpose(StrEnum):
    """What a face check proves somebody for."""

    UNIT_REGISTRATION = "UNIT_REGISTRATION"
    RECOVERY = "RECOVERY"
    TAKEOVER = "TAKEOVER"
    PHONE_CHANGE = "PHONE_CHANGE"


PURPOSE_LABELS = {
    FacePurpose.UNIT_REGISTRATION: "法人注册 · 法定代表人认证",
    FacePurpose.RECOVERY: "找回密码 · 账号持有者本人认证",
    FacePurpose.TAKEOVER: "法定代表人变更 · 新法定代表人认证",
    FacePurpose.PHONE_CHANGE: "账号设置 · 修改手机",
}
"""What the phone is told a check is for."""

PASS_LIFE = {
    FacePurpose.UNIT_REGISTRATION: timedelta(minutes=60),
    FacePurpose.RECOVERY: timedelta(minutes=10),
    FacePurpose.TAKEOVER: timedelta(minutes=60),
    FacePurpose.PHONE_CHANGE: timedelta(minutes=10),
}
"""How long after its beginning a passed check may still be used: behind it stands a form, a password or a phone."""
