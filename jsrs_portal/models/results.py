"""办理结果: the document of a decision, made once and kept (R-2.6.3.2)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from jsrs_portal.domain.results import ResultState
from jsrs_portal.models.base import Encrypted, Row, instant


class CaseResult(Row, table=True):
    """The result of a case, whose identifier is the case's; its PDF lies in the file store under ``file_id``.

    ``decision`` is the status by which the case ended. It has a ``number`` once a worker has begun to make it, and the
    rest once it is VALID: ``code_print`` is the fingerprint of the code that stands in it alone, ``digest`` the PDF's
    SHA-256. ``tries`` counts the workers that took it on, the next not before ``due_at``. The officer ``withdrawn_by``
    took it back for a ``reason``. ``version`` counts every change (compare-and-set).
    """

    __tablename__ = "case_results"
    __table_args__ = (Index("ix_case_results_state_due_at", "state", "due_at"),)

    decision: str = Field(max_length=16)
    state: str = Field(default=ResultState.WAITING, max_length=16)
    version: int = 1
    tries: int = 0
    due_at: datetime = instant()
    number: str | None = Field(default=None, max_length=24, unique=True)
    code_print: str = Field(default="", max_length=64)
    file_id: str | None = Field(default=None, max_length=32, unique=True)
    size: int = 0
    digest: str = Field(default="", max_length=64)
    issued_at: datetime | None = instant(nullable=True)
    withdrawn_at: datetime | None = instant(nullable=True)
    withdrawn_by: str | None = Field(default=None, foreign_key="staff.id", max_length=32)
    reason_cipher: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)

    reason = Encrypted("reason")
