"""Exports of one's own data (R-2.6.8.5)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from jsrs_portal.domain.own_data import ExportState
from jsrs_portal.models.base import Encrypted, Row, instant


class DataExport(Row, table=True):
    """One export of one person: where it is, and its file (base64, encrypted) from ready until fetched or over.

    ``tries`` counts workers that took it on, each until ``claimed_until``.
    """

    __tablename__ = "data_exports"
    __table_args__ = (
        Index("ix_data_exports_person_id_created_at", "person_id", "created_at"),
        Index("ix_data_exports_state", "state"),
    )

    person_id: str = Field(foreign_key="persons.id", max_length=32)
    state: str = Field(default=ExportState.WAITING, max_length=16)
    progress: int = 0
    tries: int = 0
    claimed_until: datetime | None = instant(nullable=True)
    content_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)
    expires_at: datetime = instant(index=True)

    content = Encrypted("content")
