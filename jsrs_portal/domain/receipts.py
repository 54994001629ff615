"""What a receipt says: its number in parts, and whose turn it is (R-2.6.3.3)."""

from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.matter_workflow import MatterWorkflow
from jsrs_portal.domain.permissions import ROLE_LABELS

_PARTS = (18, 13, 8)
"""实施主体的统一社会信用代码, the rest of the 实施编码, the day; what follows is the serial."""


def number_parts(number: str) -> tuple[str, ...]:
    """Return a 办件编号 in the parts between which a line may break; joined they are the number."""
    found: list[str] = []
    for length in _PARTS:
        found.append(number[:length])
        number = number[length:]
    return tuple(part for part in (*found, number) if part)


def whose_turn(status: CaseStatus, workflow: MatterWorkflow) -> tuple[str, str]:
    """Return who has to act on a case that has just been handed in, and the sentence that says what follows.

    Both are empty for a status in which it has gone on.
    """
    first = workflow.steps[0]
    if status is CaseStatus.UNIT_REVIEW and workflow.unit_review is not None:
        who = "或".join(ROLE_LABELS[role] for role in workflow.unit_review.roles)
        return f"本单位{who}", f"由本单位{who}审核，审核通过后送交{first.office}。"
    if status is CaseStatus.SUBMITTED:
        limit = f"，{first.days} 个工作日内答复" if first.days else ""
        return first.office, f"由{first.office}{first.name}{limit}。"
    return "", ""
