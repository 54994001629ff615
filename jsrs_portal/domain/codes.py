"""The rules around SMS codes: how long, how often, how many tries (the provider's own limits, so it never refuses)."""

from datetime import timedelta
from enum import StrEnum

CODE_LIFE = timedelta(minutes=5)
CODE_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
PER_PHONE_HOUR = 5
PER_PHONE_DAY = 10
PER_SOURCE_HOUR = 20


class CodePurpose(StrEnum):
    """What a code is good for; it is worth nothing for anything else."""

    UNIT_REGISTRATION = "UNIT_REGISTRATION"
    PERSON_REGISTRATION = "PERSON_REGISTRATION"
