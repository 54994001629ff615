"""Time, randomness and identifiers: the one place that asks the machine for any of them."""

import secrets
import uuid
from datetime import UTC, date, datetime

from jsrs_portal.zone import BEIJING as BEIJING


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the present day in China."""
    return now().astimezone(BEIJING).date()


def new_id() -> str:
    """Return a fresh row identifier: 32 hexadecimal digits, random (UUID 4)."""
    return uuid.uuid4().hex


def new_token() -> str:
    """Return a secret for a cookie, a ticket or an address: 256 random bits, URL-safe, 43 characters."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Return a six-digit SMS code, evenly distributed."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_text(alphabet: str, length: int) -> str:
    """Return ``length`` random characters of ``alphabet``, evenly distributed, e.g. for a first password."""
    return "".join(secrets.choice(alphabet) for _ in range(length))
