"""The rules around SMS codes: how long and how many tries; how often is in :mod:`jsrs_portal.domain.limits`."""

from datetime import timedelta
from enum import StrEnum

CODE_LIFE = timedelta(minutes=5)
CODE_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)


class CodePurpose(StrEnum):
    """What a code is good for; it is worth nothing for anything else."""

    UNIT_REGISTRATION = "UNIT_REGISTRATION"
    PERSON_REGISTRATION = "PERSON_REGISTRATION"
    PUZZLE = "PUZZLE"
    RECOVERY = "RECOVERY"
    RECOVERY_PHONE = "RECOVERY_PHONE"
    TAKEOVER = "TAKEOVER"
    PHONE_CHANGE = "PHONE_CHANGE"
