"""Drafts of wizards: the truth about how far somebody is (rule 3)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from jsrs_portal.models.base import Encrypted, Row, instant, sealed


class Draft(Row, table=True):
    """One wizard in progress. ``owner`` is the key of an anonymous session, or person + unit + matter."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("wizard", "owner"),)

    wizard: str = Field(max_length=40)
    owner: str = Field(max_length=100, index=True)
    progress_cipher: bytes = sealed()
    saved_at: datetime = instant()
    expires_at: datetime = instant(index=True)
    version: int = 1

    progress = Encrypted("progress")
