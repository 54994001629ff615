"""The rules around face checks (R-2.2.3): how long a QR code lives, how often the outside system is asked."""

from datetime import timedelta
from enum import StrEnum

QR_LIFE = timedelta(minutes=5)
PASS_LIFE = timedelta(minutes=60)
"""How long after its beginning a passed check may still be used."""
ASK_EVERY = timedelta(seconds=3)


class FacePurpose(StrEnum):
    """What a face check proves somebody for."""

    UNIT_REGISTRATION = "UNIT_REGISTRATION"


PURPOSE_LABELS = {FacePurpose.UNIT_REGISTRATION: "法人注册 · 法定代表人认证"}
"""What the phone is told a check is for."""
