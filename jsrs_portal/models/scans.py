"""Logging in by scanning a QR code: the codes, the phones that confirm them, the requests already seen (R-2.4.3)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlmodel import Field, SQLModel

from jsrs_portal.domain.scans import ScanState
from jsrs_portal.models.base import Row, instant


class TrustedPhone(Row, table=True):
    """A phone on which a person logged in once: it signs what it asks for with a key that never leaves it.

    ``public_key`` is the P-256 key's SubjectPublicKeyInfo, base64. For a phone that an outside app vouches for it is
    empty, ``app`` names the app and ``app_device`` is the app's own name for the phone.
    """

    __tablename__ = "trusted_phones"

    person_id: str = Field(foreign_key="persons.id", max_length=32, index=True)
    name: str = Field(default="", max_length=120)
    public_key: str = Field(default="", max_length=200, index=True)
    app: str = Field(default="", max_length=32)
    app_device: str = Field(default="", max_length=64)
    last_used_at: datetime = instant()
    revoked_at: datetime | None = instant(nullable=True)


class ScanLogin(Row, table=True):
    """One QR code on one browser's login page. The code's secret is stored only hashed; ``owner`` is that browser.

    With ``proof_id`` it confirms who acts for a unit that is proven already (:class:`~models.proofs.UnitProof`).
    """

    __tablename__ = "scan_logins"

    code_hash: str = Field(max_length=64, unique=True)
    owner: str = Field(max_length=64, index=True)
    state: str = Field(default=ScanState.CREATED, max_length=16)
    device: str = Field(default="", max_length=120)
    address: str = Field(default="", max_length=45)
    phone_id: str | None = Field(default=None, foreign_key="trusted_phones.id", max_length=32)
    person_id: str | None = Field(default=None, foreign_key="persons.id", max_length=32)
    proof_id: str | None = Field(default=None, foreign_key="unit_proofs.id", max_length=32)
    expires_at: datetime = instant(index=True)


class SpentNonce(SQLModel, table=True):
    """A signed request that was seen: the same one again is refused until its time stamp is too old anyway."""

    __tablename__ = "spent_nonces"

    key: str = Field(primary_key=True, max_length=64)
    expires_at: datetime = instant(index=True)
