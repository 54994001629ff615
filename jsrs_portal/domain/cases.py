"""办件: what becomes of an application, and the number it is known by (R-2.6.3.3, protocols §9.2)."""

from datetime import date, timedelta
from enum import StrEnum

from jsrs_portal.domain.authority import Role
from jsrs_portal.domain.matter_conditions import Answers, holds
from jsrs_portal.domain.matter_workflow import MatterWorkflow

DRAFT_LIFE = timedelta(days=90)
"""How long a draft is kept after it was last saved."""
MOST_DRAFTS = 10
"""Drafts of one matter that somebody may have in one name."""


class CaseStatus(StrEnum):
    """Where a case stands."""

    DRAFT = "DRAFT"
    UNIT_REVIEW = "UNIT_REVIEW"
    SUBMITTED = "SUBMITTED"


STATUS_LABELS = {
    CaseStatus.DRAFT: "草稿",
    CaseStatus.UNIT_REVIEW: "待单位审核",
    CaseStatus.SUBMITTED: "已提交",
}


class FileState(StrEnum):
    """What became of a file that goes with a case."""

    UPLOADING = "UPLOADING"
    UNCHECKED = "UNCHECKED"
    STORED = "STORED"
    REFUSED = "REFUSED"


def case_number(implementation: str, day: date, serial: int) -> str:
    """Return 办件编号: 实施编码 (31 characters), the day in China as ``yyyyMMdd``, a serial of four digits or more."""
    return f"{implementation}{day:%Y%m%d}{serial:04d}"


def status_when_submitted(workflow: MatterWorkflow, answers: Answers, *, role: Role | None) -> CaseStatus:
    """Return where an application goes first: to the unit's own review when its matter asks for one (R-2.6.7).

    It is the agents' applications that are reviewed: who leads or administers the unit needs nobody, institutions and
    persons have nobody. ``answers`` decide when the review depends on them.
    """
    review = workflow.unit_review
    if review is None or role is not Role.AGENT or not holds(review.when, answers):
        return CaseStatus.SUBMITTED
    return CaseStatus.UNIT_REVIEW
