"""Units, the grants by which people act for them, and the agreements they consented to."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from jsrs_portal.domain.authority import GrantStatus
from jsrs_portal.models.base import Encrypted, Row, instant


class Unit(Row, table=True):
    """单位: an employer, identified by its 统一社会信用代码 and by its 单位编号. Both are public, not encrypted.

    ``legal_mobile`` is where its legal representative can be reached (R-2.3.4), empty when nobody said; nobody has
    proven it, so it opens nothing. ``version`` grows with each change of what the unit says of itself.
    """

    __tablename__ = "units"

    uscc: str = Field(max_length=18, unique=True)
    unit_number: str = Field(max_length=16, unique=True)
    name: str = Field(max_length=200)
    registered_address: str = Field(default="", max_length=300)
    authority_name: str = Field(default="", max_length=300)
    authority_region: str = Field(default="", max_length=6)
    economic_type: str = Field(default="", max_length=40)
    industry_code: str = Field(default="", max_length=10)
    org_code: str = Field(default="", max_length=9)
    subordination: str = Field(default="", max_length=2)
    category: str = Field(default="", max_length=2)
    public_nature: str = Field(default="", max_length=2)
    legal_mobile_cipher: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    version: int = 1

    legal_mobile = Encrypted("legal_mobile")


class UnitChange(Row, table=True):
    """One change of what a unit says of itself, to ``version``: who in which role, and each field from what to what.

    ``changes`` is JSON, field → [before, after] (R-2.6.2.2). A unit's data is public.
    """

    __tablename__ = "unit_changes"
    __table_args__ = (
        UniqueConstraint("unit_id", "version"),
        Index("ix_unit_changes_place", "unit_id", "created_at", "id"),
        Index("ix_unit_changes_created_at", "created_at"),
    )

    unit_id: str = Field(foreign_key="units.id", max_length=32)
    version: int
    person_id: str = Field(foreign_key="persons.id", max_length=32)
    role: str = Field(max_length=24)
    grant_id: str = Field(max_length=32)
    changes: str = Field(sa_type=Text)


class Grant(Row, table=True):
    """授权: one person's role in one unit, with its dates, scope and state (R-2.6.5).

    ``scope`` is an agent's 业务授权 as JSON (``services.grants``). ``expiry_told`` is for how many days before its end
    the last notice was: 0 for none yet. An institution's administrator has one too, with ``institution_id``.
    """

    __tablename__ = "grants"
    __table_args__ = (
        Index(
            "uq_grants_one_legal_rep",
            "unit_id",
            unique=True,
            sqlite_where=text("role = 'LEGAL_REP' AND status = 'GRANTED'"),
            postgresql_where=text("role = 'LEGAL_REP' AND status = 'GRANTED'"),
        ),
        Index(
            "uq_grants_one_admin",
            "unit_id",
            unique=True,
            sqlite_where=text("role = 'ADMIN' AND status = 'GRANTED'"),
            postgresql_where=text("role = 'ADMIN' AND status = 'GRANTED'"),
        ),
        Index(
            "uq_grants_one_per_person",
            "unit_id",
            "person_id",
            unique=True,
            sqlite_where=text("role IN ('ADMIN', 'AGENT') AND status = 'GRANTED'"),
            postgresql_where=text("role IN ('ADMIN', 'AGENT') AND status = 'GRANTED'"),
        ),
        Index(
            "uq_grants_one_institution_admin",
            "institution_id",
            unique=True,
            sqlite_where=text("role = 'INSTITUTION_ADMIN' AND status = 'GRANTED'"),
            postgresql_where=text("role = 'INSTITUTION_ADMIN' AND status = 'GRANTED'"),
        ),
        Index("ix_grants_person_unit", "person_id", "unit_id"),
        Index("ix_grants_ending", "status", "valid_until"),
    )

    unit_id: str = Field(foreign_key="units.id", max_length=32, index=True)
    person_id: str = Field(foreign_key="persons.id", max_length=32)
    institution_id: str | None = Field(default=None, foreign_key="institutions.id", max_length=32)
    role: str = Field(max_length=24)
    status: str = Field(default=GrantStatus.GRANTED, max_length=16)
    valid_from: date | None = None
    valid_until: date | None = None
    proven_at: datetime | None = instant(nullable=True)
    scope: str = Field(default="", sa_type=Text)
    expiry_told: int = 0
    version: int = 1


class Institution(Row, table=True):
    """机构: a body under a unit that staff have registered, identified by its 机构编号 (R-2.6.6). All of it is public.

    ``status`` is whether it has been opened; see :mod:`~jsrs_portal.domain.institutions`.
    """

    __tablename__ = "institutions"

    unit_id: str = Field(foreign_key="units.id", max_length=32, index=True)
    number: str = Field(max_length=16, unique=True)
    name: str = Field(max_length=200)
    kind: str = Field(max_length=40)
    level: str = Field(max_length=12)
    region: str = Field(max_length=6)
    address: str = Field(default="", max_length=300)
    status: str = Field(max_length=16)
    registered_by: str = Field(default="", max_length=32)
    version: int = 1


class GrantEventKind(StrEnum):
    """What happened to a grant."""

    GRANTED = "GRANTED"
    CHANGED = "CHANGED"
    REVOKED = "REVOKED"
    REPLACED = "REPLACED"
    PROVEN = "PROVEN"


class GrantEvent(Row, table=True):
    """One step in the life of a grant: who did it, in which role, and what its dates and scope were afterwards."""

    __tablename__ = "grant_events"

    grant_id: str = Field(foreign_key="grants.id", max_length=32, index=True)
    kind: str = Field(max_length=16)
    by_person_id: str = Field(default="", max_length=32)
    by_role: str = Field(default="", max_length=24)
    valid_from: date | None = None
    valid_until: date | None = None
    scope: str = Field(default="", sa_type=Text)


class Consent(Row, table=True):
    """Who agreed to which version of which agreement, and when (R-2.2.1)."""

    __tablename__ = "consents"

    person_id: str = Field(foreign_key="persons.id", max_length=32, index=True)
    unit_id: str | None = Field(default=None, foreign_key="units.id", max_length=32)
    agreement: str = Field(max_length=40)
    agreement_version: str = Field(max_length=20)
    agreed_at: datetime = instant()
