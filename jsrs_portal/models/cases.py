"""办件: applications from the first draft on, what was filled in, and the files that go with them (R-2.6.3.3)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from jsrs_portal.domain.cases import CaseStatus, FileState
from jsrs_portal.models.base import Encrypted, Row, instant, sealed


class Case(Row, table=True):
    """One application, as lists need it; it keeps the version of the definition it is made with.

    ``person_id`` fills it in: for themselves, or in the name of ``unit_id`` or ``institution_id`` by ``grant_id``. It
    is a draft until it has a ``number``; ``expires_at`` is a draft's end. ``version`` counts every change
    (compare-and-set).
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_person_id_status", "person_id", "status", "saved_at"),
        Index("ix_cases_unit_id_status", "unit_id", "status", "saved_at"),
    )

    person_id: str = Field(foreign_key="persons.id", max_length=32)
    unit_id: str | None = Field(default=None, foreign_key="units.id", max_length=32)
    institution_id: str | None = Field(default=None, foreign_key="institutions.id", max_length=32, index=True)
    grant_id: str | None = Field(default=None, max_length=32)
    matter_id: str = Field(foreign_key="matters.id", max_length=32, index=True)
    version_id: str = Field(foreign_key="matter_versions.id", max_length=32)
    matter_name: str = Field(max_length=120)
    region: str = Field(max_length=6)
    status: str = Field(default=CaseStatus.DRAFT, max_length=16)
    step: str = Field(default="guide", max_length=16)
    number: str | None = Field(default=None, max_length=50, unique=True)
    version: int = 1
    saved_at: datetime = instant()
    submitted_at: datetime | None = instant(nullable=True)
    expires_at: datetime | None = instant(nullable=True, index=True)


class CaseForm(Row, table=True):
    """What was filled into a case's form; its identifier is the case's.

    ``typed`` is JSON of what stands in the fields, right or wrong; ``answers`` what was read from it at submission.
    """

    __tablename__ = "case_forms"

    typed_cipher: bytes = sealed()
    answers_cipher: bytes = sealed()

    typed = Encrypted("typed")
    answers = Encrypted("answers")


class CaseFile(Row, table=True):
    """A file that goes with a case, at one ``field`` of its form; the content is in the file store, encrypted.

    ``media_type`` is what the content is, ``digest`` its SHA-256 (64 hex digits; until it is complete what the browser
    said, or empty), ``size`` its bytes, ``pages`` how many can be looked at. ``name`` is how the person's computer
    calls it. ``reason`` is why it was refused. ``expires_at`` is the end of an upload that stops, or of a refusal.
    """

    __tablename__ = "case_files"
    __table_args__ = (Index("ix_case_files_case_id_field", "case_id", "field"),)

    case_id: str = Field(foreign_key="cases.id", max_length=32)
    field: str = Field(max_length=60)
    person_id: str = Field(foreign_key="persons.id", max_length=32)
    name_cipher: bytes = sealed()
    media_type: str = Field(default="", max_length=100)
    size: int
    digest: str = Field(default="", max_length=64)
    state: str = Field(default=FileState.UPLOADING, max_length=16, index=True)
    reason: str = Field(default="", max_length=16)
    pages: int = 0
    completed_at: datetime | None = instant(nullable=True)
    expires_at: datetime | None = instant(nullable=True, index=True)

    name = Encrypted("name")
