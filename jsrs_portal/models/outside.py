"""Logins on their way through an outside party: 省政务登录 and 电子营业执照登录 (R-2.4.6)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field

from jsrs_portal.domain.outside_logins import LicenceState
from jsrs_portal.models.base import Encrypted, Row, instant, sealed


class SsoLogin(Row, table=True):
    """A browser that was sent to the province's platform. Works once, for that browser (``owner``).

    The state is stored only hashed; what the platform's answer is checked with never left the server.
    """

    __tablename__ = "sso_logins"

    owner: str = Field(max_length=64, index=True)
    state_hash: str = Field(max_length=64, unique=True)
    nonce_cipher: bytes = sealed()
    verifier_cipher: bytes = sealed()
    used_at: datetime | None = instant(nullable=True)
    expires_at: datetime = instant(index=True)

    nonce = Encrypted("nonce")
    verifier = Encrypted("verifier")


class LicenceLogin(Row, table=True):
    """A code of the licence system on one browser's page. ``result`` is what it proved, until somebody enters by it."""

    __tablename__ = "licence_logins"

    owner: str = Field(max_length=64, index=True)
    serial: str = Field(max_length=64, unique=True)
    state: str = Field(default=LicenceState.WAIT, max_length=16)
    problem: str = Field(default="", max_length=40)
    asked_at: datetime | None = instant(nullable=True)
    result_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)
    expires_at: datetime = instant(index=True)

    result = Encrypted("result")
