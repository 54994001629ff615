"""办件: applications from the first draft on, what was filled in, and the files that go with them (R-2.6.3.3)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from jsrs_portal.domain.cases import CaseStatus, FileState
from jsrs_portal.models.base import Encrypted, Row, instant, sealed

_SCHOOLS = "institution_id IS NOT NULL"
_NEVER_CAME = "status = 'WITHDRAWN' AND stage = ''"
_WAITING = "status = 'UNIT_REVIEW'"
_REVIEWED = "reviewed_at IS NOT NULL"
_IN_PROCESS = "status IN ('SUBMITTED', 'ACCEPTED', 'CORRECTION')"
_FREE = "officer_id IS NULL"
_UNCLAIMED = f"{_FREE} AND {_IN_PROCESS}"
_UNRATED = "rated_at IS NULL"
_TO_RATE = f"{_UNRATED} AND status IN ('COMPLETED', 'REJECTED', 'NOT_ACCEPTED', 'TRANSFERRED')"


def _only(name: str, where: str, *columns: str, seen: str = "") -> Index:
    """Return an index of the few cases of which ``where`` is true.

    Of more on SQLite, which can tell of ``seen`` alone that a statement asks for nothing else.
    """
    sqlite: dict[str, Any] = {"sqlite_where": text(seen)} if seen else {}
    return Index(name, *columns, postgresql_where=text(where), **sqlite)


class Case(Row, table=True):
    """One application, as lists need it; it keeps the version of the definition it is made with.

    ``person_id`` fills it in: for themselves, or in the name of ``unit_id`` or ``institution_id`` by ``grant_id`` in
    ``role``. ``house_id`` is the unit that sees it: its own cases and its institutions' (R-2.6.6.5). It is a draft
    until it has a ``number``; ``expires_at`` is a draft's end. ``version`` counts every change (compare-and-set).

    Where it stands is a :class:`~jsrs_portal.domain.case_workflow.Standing`: ``status``, ``stage`` (the bureau's step),
    ``returned``, ``accepted_at`` and the limits ``answer_by`` to ``paused_on``; ``reminded_by`` is the ``answer_by``
    of which whoever has to act was reminded. ``officer_id`` looks after it; ``reviewers`` are the roles that may review
    it in the unit ``review_unit_id`` (its own, or the person's employer), parted by blanks, once it has come there.
    ``received`` is the number of the submission that reached the bureau last, 0 before (and where none was numbered).
    ``submitted_at`` is its first submission, ``handed_in_at`` its last; ``reviewed_at`` is when the unit last reviewed
    it, ``finished_at`` its end, ``moved_at`` its last change of place; ``rated_at`` is when it was rated, which it is
    once (R-2.6.3.4).
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_person_id_status", "person_id", "status", "saved_at"),
        Index("ix_cases_unit_id_status", "unit_id", "status", "saved_at"),
        Index("ix_cases_house", "house_id", "submitted_at", "id"),
        Index("ix_cases_house_status", "house_id", "status", "submitted_at", "id"),
        Index("ix_cases_house_matter", "house_id", "matter_id", "submitted_at", "id"),
        Index("ix_cases_house_matter_status", "house_id", "matter_id", "status", "submitted_at", "id"),
        _only("ix_cases_institution", _SCHOOLS, "institution_id", "submitted_at", "id"),
        _only("ix_cases_institution_status", _SCHOOLS, "institution_id", "status", "submitted_at", "id"),
        _only("ix_cases_institution_matter", _SCHOOLS, "institution_id", "matter_id", "submitted_at", "id"),
        _only(
            "ix_cases_institution_matter_status",
            _SCHOOLS,
            *("institution_id", "matter_id", "status", "submitted_at", "id"),
        ),
        Index("ix_cases_person", "person_id", "submitted_at", "id"),
        _only("ix_cases_alone", "unit_id IS NULL AND institution_id IS NULL", "person_id", "submitted_at", "id"),
        _only("ix_cases_handed_in", "unit_id IS NOT NULL", "person_id", "unit_id", "matter_id", "submitted_at", "id"),
        _only("ix_cases_waiting", _WAITING, "review_unit_id", "reviewers", "submitted_at", "id"),
        _only("ix_cases_waiting_matter", _WAITING, "review_unit_id", "matter_id", "submitted_at", "id"),
        _only("ix_cases_reviewed", _REVIEWED, "review_unit_id", "reviewers", "reviewed_at", "id"),
        _only("ix_cases_reviewed_matter", _REVIEWED, "review_unit_id", "matter_id", "reviewed_at", "id"),
        _only("ix_cases_desk", _IN_PROCESS, "region", "status", "step_by", "id"),
        _only("ix_cases_desk_everywhere", _IN_PROCESS, "status", "step_by", "id"),
        _only("ix_cases_desk_matter", _IN_PROCESS, "region", "matter_id", "status", "step_by", "id"),
        _only("ix_cases_desk_matter_everywhere", _IN_PROCESS, "matter_id", "status", "step_by", "id"),
        _only("ix_cases_unclaimed", _UNCLAIMED, "region", "status", "step_by", "id", seen=_FREE),
        _only("ix_cases_unclaimed_everywhere", _UNCLAIMED, "status", "step_by", "id", seen=_FREE),
        _only(
            "ix_cases_unclaimed_matter",
            _UNCLAIMED,
            *("region", "matter_id", "status", "step_by", "id"),
            seen=_FREE,
        ),
        _only("ix_cases_unclaimed_matter_everywhere", _UNCLAIMED, "matter_id", "status", "step_by", "id", seen=_FREE),
        _only("ix_cases_officer", _IN_PROCESS, "officer_id", "status", "step_by", "id"),
        _only("ix_cases_never_came", _NEVER_CAME, "finished_at"),
        Index("ix_cases_answer_by", "answer_by"),
        _only("ix_cases_to_rate", _TO_RATE, "unit_id", "status", "submitted_at", "id", seen=_UNRATED),
        _only(
            "ix_cases_to_rate_matter",
            _TO_RATE,
            *("unit_id", "matter_id", "status", "submitted_at", "id"),
            seen=_UNRATED,
        ),
        _only(
            "ix_cases_to_rate_institution",
            _TO_RATE,
            *("institution_id", "status", "submitted_at", "id"),
            seen=_UNRATED,
        ),
    )

    person_id: str = Field(foreign_key="persons.id", max_length=32)
    unit_id: str | None = Field(default=None, foreign_key="units.id", max_length=32)
    institution_id: str | None = Field(default=None, foreign_key="institutions.id", max_length=32)
    grant_id: str | None = Field(default=None, max_length=32)
    role: str = Field(default="", max_length=24)
    house_id: str | None = Field(default=None, foreign_key="units.id", max_length=32)
    matter_id: str = Field(foreign_key="matters.id", max_length=32)
    version_id: str = Field(foreign_key="matter_versions.id", max_length=32)
    matter_name: str = Field(max_length=120)
    region: str = Field(max_length=6)
    status: str = Field(default=CaseStatus.DRAFT, max_length=16)
    step: str = Field(default="guide", max_length=16)
    number: str | None = Field(default=None, max_length=50, unique=True)
    version: int = 1
    saved_at: datetime = instant()
    submitted_at: datetime | None = instant(nullable=True)
    handed_in_at: datetime | None = instant(nullable=True)
    expires_at: datetime | None = instant(nullable=True, index=True)
    stage: str = Field(default="", max_length=60)
    returned: int = 0
    answer_by: date | None = None
    step_by: date | None = None
    promised_by: date | None = None
    stopped_on: date | None = None
    paused_on: date | None = None
    officer_id: str | None = Field(default=None, foreign_key="staff.id", max_length=32)
    accepted_at: datetime | None = instant(nullable=True)
    reviewed_at: datetime | None = instant(nullable=True)
    moved_at: datetime | None = instant(nullable=True)
    finished_at: datetime | None = instant(nullable=True)
    reviewers: str = Field(default="", max_length=40)
    review_unit_id: str | None = Field(default=None, foreign_key="units.id", max_length=32)
    reminded_by: date | None = None
    rated_at: datetime | None = instant(nullable=True)
    received: int = 0


class CaseEvent(Row, table=True):
    """One act on a case (:class:`~jsrs_portal.domain.case_workflow.Act`), the ``position``-th of its timeline.

    ``person_id`` did it by ``grant_id`` in ``role``, or the officer ``staff_id``, or time. ``status`` and ``stage`` are
    where the case stood afterwards, ``at_stage`` where it was done. ``said`` is empty or
    JSON: ``text`` (an opinion or a reason), ``fields`` (what is to be corrected where, by field key), ``to`` (to which
    officer it was given).
    """

    __tablename__ = "case_events"
    __table_args__ = (UniqueConstraint("case_id", "position"),)

    case_id: str = Field(foreign_key="cases.id", max_length=32)
    position: int
    act: str = Field(max_length=16)
    status: str = Field(max_length=16)
    stage: str = Field(default="", max_length=60)
    at_stage: str = Field(default="", max_length=60)
    person_id: str | None = Field(default=None, foreign_key="persons.id", max_length=32)
    staff_id: str | None = Field(default=None, foreign_key="staff.id", max_length=32)
    grant_id: str | None = Field(default=None, max_length=32)
    role: str = Field(default="", max_length=24)
    answer_by: date | None = None
    said_cipher: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)

    said = Encrypted("said")


class CaseSubmission(Row, table=True):
    """What was handed in the ``number``-th time, as it was then: ``answers`` as in :class:`CaseForm`, by which version.

    ``files`` is JSON: field → list of [file id, SHA-256]. Nothing changes it afterwards.
    """

    __tablename__ = "case_submissions"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    case_id: str = Field(foreign_key="cases.id", max_length=32)
    number: int
    version_id: str = Field(foreign_key="matter_versions.id", max_length=32)
    person_id: str = Field(foreign_key="persons.id", max_length=32)
    files: str = Field(default="{}", sa_type=Text)
    answers_cipher: bytes = sealed()

    answers = Encrypted("answers")


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
    ``submission`` is the number of the one it was first handed in with, 0 before.
    """

    __tablename__ = "case_files"
    __table_args__ = (
        Index("ix_case_files_case_id_field", "case_id", "field"),
        Index("ix_case_files_person_id_created_at", "person_id", "created_at"),
    )

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
    submission: int = 0
    completed_at: datetime | None = instant(nullable=True)
    expires_at: datetime | None = instant(nullable=True, index=True)

    name = Encrypted("name")
