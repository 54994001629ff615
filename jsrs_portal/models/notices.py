"""What people were told, and what of it they want on their phone (R-2.1.3)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlmodel import Field

from jsrs_portal.models.base import Encrypted, Row, instant, sealed


class Notice(Row, table=True):
    """One thing one person was told: what about (``kind``, ``title``), and where to see it (``href``, a path here).

    ``unit_id`` or ``institution_id`` is in whose name it concerns them. The title names nobody; the text may.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_person_id_created_at_id", "person_id", "created_at", "id"),
        Index("ix_notices_created_at", "created_at"),
        Index(
            "ix_notices_unread",
            "person_id",
            sqlite_where=sql("read_at IS NULL"),
            postgresql_where=sql("read_at IS NULL"),
        ),
    )

    person_id: str = Field(foreign_key="persons.id", max_length=32)
    unit_id: str | None = Field(default=None, foreign_key="units.id", max_length=32)
    institution_id: str | None = Field(default=None, foreign_key="institutions.id", max_length=32)
    kind: str = Field(max_length=16)
    title: str = Field(max_length=60)
    text_cipher: bytes = sealed()
    href: str = Field(default="", max_length=200)
    read_at: datetime | None = instant(nullable=True)

    text = Encrypted("text")


class NoticeChoice(Row, table=True):
    """That a person turned the SMS of one kind of notice from its default to the opposite."""

    __tablename__ = "notice_choices"
    __table_args__ = (Index("uq_notice_choices_person_id_kind", "person_id", "kind", unique=True),)

    person_id: str = Field(foreign_key="persons.id", max_length=32)
    kind: str = Field(max_length=16)
