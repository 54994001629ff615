"""动态口令: time-based one-time passwords (RFC 6238 with SHA-1, six digits, 30 seconds), each good for once."""

import hmac
import re
from datetime import datetime

from pyotp.totp import TOTP

SECONDS = 30
WINDOW = 1
"""Steps before and after the present one that are accepted: clocks differ, and typing takes a while."""
ALPHABET, SECRET_LENGTH = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32
"""Of secrets, in base 32: 160 bits, as RFC 4226 recommends."""
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


def step_at(now: datetime) -> int:
    """Return the number of the 30 seconds that ``now`` lies in, counted from 1970 in UTC."""
    return int(now.timestamp()) // SECONDS


def code_of(secret: str, step: int) -> str:
    """Return the six digits of a step; ``secret`` is in base 32."""
    return TOTP(secret, interval=SECONDS).generate_otp(step)


def matching_step(secret: str, typed: str, *, now: datetime, after: int) -> int | None:
    """Return the step whose code ``typed`` is, ``None`` when it is none of those around ``now``.

    ``after`` is the last step that was used: it and all before it are spent. All candidates are compared, so that the
    time taken says nothing.
    """
    digits = "".join(typed.split())
    code = digits if _CODE.fullmatch(digits) else "------"
    present, found = step_at(now), None
    for step in range(present - WINDOW, present + WINDOW + 1):
        if hmac.compare_digest(code_of(secret, step), code) and step > after:
            found = step
    return found


def enrolment_address(secret: str, *, login: str, issuer: str) -> str:
    """Return the ``otpauth://`` address that an authenticator reads from a QR code."""
    return TOTP(secret, interval=SECONDS).provisioning_uri(name=login, issuer_name=issuer)
