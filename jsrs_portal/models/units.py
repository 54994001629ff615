"""Units, the grants by which people act for them, and the agreements they consented to."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from jsrs_portal.domain.authority import GrantStatus
from jsrs_portal.models.base import Row, instant


class Unit(Row, table=True):
    """单位: an employer, identified by its 统一社会信用代码 and by its 单位编号. Both are public, not encrypted."""

    __tablename__ = "units"

    uscc: str = Field(max_length=18, unique=True)
    unit_number: str = Field(max_length=16, unique=True)
    name: str = Field(max_length=200)
    registered_address: str = Field(default="", max_length=300)
    authority_name: str = Field(default="", max_length=300)
    authority_region: str = Field(default="", max_length=6)
    economic_type: str = Field(default="", max_length=40)
    industry_code: str = Field(default="", max_length=10)
    version: int = 1


class Grant(Row, table=True):
    """授权: one person's role in one unit, with its dates and state (R-2.6.5)."""

    __tablename__ = "grants"
    __table_args__ = (
        Index(
            "uq_grants_one_legal_rep",
            "unit_id",
            unique=True,
            sqlite_where=text("role = 'LEGAL_REP' AND status = 'GRANTED'"),
            postgresql_where=text("role = 'LEGAL_REP' AND status = 'GRANTED'"),
        ),
        Index("ix_grants_person_unit", "person_id", "unit_id"),
    )

    unit_id: str = Field(foreign_key="units.id", max_length=32, index=True)
    person_id: str = Field(foreign_key="persons.id", max_length=32)
    role: str = Field(max_length=24)
    status: str = Field(default=GrantStatus.GRANTED, max_length=16)
    valid_from: date | None = None
    valid_until: date | None = None
    proven_at: datetime | None = instant(nullable=True)
    version: int = 1


class Consent(Row, table=True):
    """Who agreed to which version of which agreement, and when (R-2.2.1)."""

    __tablename__ = "consents"

    person_id: str = Field(foreign_key="persons.id", max_length=32, index=True)
    unit_id: str | None = Field(default=None, foreign_key="units.id", max_length=32)
    agreement: str = Field(max_length=40)
    agreement_version: str = Field(max_length=20)
    agreed_at: datetime = instant()
