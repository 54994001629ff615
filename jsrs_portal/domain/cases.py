"""办件: where a case may stand, and the number it is known by (R-2.6.3, protocols §9.2)."""

from datetime import date, timedelta
from enum import StrEnum

DRAFT_LIFE = timedelta(days=90)
"""How long a draft is kept after it was last saved."""
REVIEW_LIFE = timedelta(days=90)
"""How long an application waits for the unit's own review: then it ends, as nobody there wants it (R-2.6.7)."""
MOST_DRAFTS = 10
"""Drafts of one matter that somebody may have in one name."""


class CaseStatus(StrEnum):
    """Where a case stands; :mod:`.case_workflow` says how it gets from one to the next."""

    DRAFT = "DRAFT"
    UNIT_REVIEW = "UNIT_REVIEW"
    UNIT_RETURNED = "UNIT_RETURNED"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    CORRECTION = "CORRECTION"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    TRANSFERRED = "TRANSFERRED"
    UNIT_REJECTED = "UNIT_REJECTED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


STATUS_LABELS = {
    CaseStatus.DRAFT: "草稿",
    CaseStatus.UNIT_REVIEW: "待单位审核",
    CaseStatus.UNIT_RETURNED: "单位退回修改",
    CaseStatus.SUBMITTED: "已提交",
    CaseStatus.ACCEPTED: "办理中",
    CaseStatus.CORRECTION: "待补正",
    CaseStatus.COMPLETED: "已办结",
    CaseStatus.REJECTED: "不予通过",
    CaseStatus.NOT_ACCEPTED: "不予受理",
    CaseStatus.TRANSFERRED: "已转其他部门",
    CaseStatus.UNIT_REJECTED: "单位审核未通过",
    CaseStatus.WITHDRAWN: "已撤回",
    CaseStatus.LAPSED: "逾期终止",
}

OPEN = (
    CaseStatus.UNIT_REVIEW,
    CaseStatus.UNIT_RETURNED,
    CaseStatus.SUBMITTED,
    CaseStatus.ACCEPTED,
    CaseStatus.CORRECTION,
)
"""办理中 (R-2.6.1.1): submitted, and not at its end."""
DECIDED = (CaseStatus.COMPLETED, CaseStatus.REJECTED, CaseStatus.NOT_ACCEPTED, CaseStatus.TRANSFERRED)
"""已办结 (R-2.6.1.1): the bureau has said what it had to say."""
ENDED = (*DECIDED, CaseStatus.UNIT_REJECTED, CaseStatus.WITHDRAWN, CaseStatus.LAPSED)
"""Nothing comes after these."""
EDITABLE = (CaseStatus.DRAFT, CaseStatus.UNIT_RETURNED, CaseStatus.CORRECTION)
"""Whoever applied may change what was filled in."""
AT_DESK = (CaseStatus.SUBMITTED, CaseStatus.ACCEPTED)
"""It is the bureau's turn."""


class FileState(StrEnum):
    """What became of a file that goes with a case; REPLACED: handed in once, and by a correction no more."""

    UPLOADING = "UPLOADING"
    UNCHECKED = "UNCHECKED"
    STORED = "STORED"
    REFUSED = "REFUSED"
    REPLACED = "REPLACED"


def case_number(implementation: str, day: date, serial: int) -> str:
    """Return 办件编号: 实施编码 (31 characters), the day in China as ``yyyyMMdd``, a serial of four digits or more."""
    return f"{implementation}{day:%Y%m%d}{serial:04d}"
