"""Logging in by a certificate: the texts that were given out to be signed, and the lists of revoked ones (R-2.4.2)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from jsrs_portal.models.base import Row, instant


class CaChallenge(Row, table=True):
    """A text for the key of one browser's user to sign. Works once; what is verified is the text that stands here."""

    __tablename__ = "ca_challenges"

    owner: str = Field(max_length=64, index=True)
    text: str = Field(max_length=400)
    used_at: datetime | None = instant(nullable=True)
    expires_at: datetime = instant(index=True)


class CaList(SQLModel, table=True):
    """The newest revocation list fetched from an address of the configuration; its signature has been verified."""

    __tablename__ = "ca_lists"

    url: str = Field(primary_key=True, max_length=500)
    digest: str = Field(max_length=64)
    number: str = Field(max_length=60)
    made_at: datetime = instant()
    next_at: datetime = instant()
    fetched_at: datetime = instant()
    content: bytes = Field(sa_type=LargeBinary)
