"""Proofs on their way: SMS codes, face checks, proven units, and puzzles that say somebody is there."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary
from sqlmodel import Field

from jsrs_portal.models.base import Encrypted, Row, instant


class CodeState(StrEnum):
    """What became of an SMS code."""

    SENDING = "SENDING"
    LIVE = "LIVE"
    USED = "USED"
    VOID = "VOID"


class SmsCode(Row, table=True):
    """One verification code; only its HMAC is kept. At most one is live per purpose and phone."""

    __tablename__ = "sms_codes"

    purpose: str = Field(max_length=40)
    mobile_index: str = Field(max_length=64, index=True)
    owner: str = Field(max_length=64)
    code_mac: str = Field(max_length=64)
    state: str = Field(default=CodeState.SENDING, max_length=16)
    tries_left: int = 5
    expires_at: datetime = instant(index=True)


class FaceState(StrEnum):
    """The states of a face check as we know them (protocol: Alipay says passed or not yet)."""

    WAITING = "WAITING"
    PASSED = "PASSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    USED = "USED"


class FaceCheck(Row, table=True):
    """One try of face recognition, bound to purpose, owner and the exact person before it began (R-2.2.3)."""

    __tablename__ = "face_checks"

    purpose: str = Field(max_length=40)
    owner: str = Field(max_length=64, index=True)
    subject_index: str = Field(max_length=64)
    order_number: str = Field(max_length=32, unique=True)
    certify_id: str = Field(default="", max_length=64)
    certify_url: str = Field(default="", max_length=4000)
    state: str = Field(default=FaceState.WAITING, max_length=16)
    returned_at: datetime | None = instant(nullable=True)
    queried_at: datetime | None = instant(nullable=True)
    expires_at: datetime = instant(index=True)
    about_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)
    version: int = 1

    about = Encrypted("about")


class UnitProof(Row, table=True):
    """A unit that an outside party proved to a browser; whoever confirms it by a scan enters (R-2.4.5). Works once."""

    __tablename__ = "unit_proofs"

    owner: str = Field(max_length=64, index=True)
    unit_id: str = Field(foreign_key="units.id", max_length=32)
    source: str = Field(max_length=16)
    used_at: datetime | None = instant(nullable=True)
    expires_at: datetime = instant(index=True)


class PuzzleState(StrEnum):
    """What became of a slider puzzle; only one that is ``SOLVED`` is worth something, once."""

    OPEN = "OPEN"
    SOLVED = "SOLVED"
    FAILED = "FAILED"
    VOID = "VOID"
    USED = "USED"


class Puzzle(Row, table=True):
    """A slider puzzle of one browser (R-2.5.2). Its picture is drawn from ``seed``, the same each time."""

    __tablename__ = "puzzles"

    owner: str = Field(max_length=64, index=True)
    seed: str = Field(max_length=64)
    state: str = Field(default=PuzzleState.OPEN, max_length=16)
    expires_at: datetime = instant(index=True)
