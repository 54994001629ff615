"""What a receipt says: where its number may break, and whose turn it is (R-2.6.3.3)."""

from datetime import date

from jsrs_portal.domain.cases import EDITABLE, ENDED, STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.matter_workflow import MatterWorkflow, StepKind
from jsrs_portal.domain.permissions import ROLE_LABELS

NUMBER_PARTS = (18, 13, 8)
"""实施主体的统一社会信用代码, the rest of the 实施编码, the day; what follows is the serial.

Between them a line may break.
"""


def whose_turn(
    status: CaseStatus, workflow: MatterWorkflow, stage: str, by: date | None, *, own: bool = True
) -> tuple[str, str]:
    """Return who has to act on a case now, and the sentence that says what follows.

    ``stage`` is the key of the bureau's step, ``by`` its last day; ``own`` says that it is the applicant's own unit
    which reviews, not a person's employer. Nobody has to act on one that has ended.
    """
    if status is CaseStatus.UNIT_REVIEW and workflow.unit_review is not None:
        who = "或".join(ROLE_LABELS[role] for role in workflow.unit_review.roles)
        unit = "本单位" if own else "用人单位"
        return f"{unit}{who}", f"由{unit}{who}审核，审核通过后送交{workflow.steps[0].office}。"
    if status in EDITABLE:
        return "申请人", "请按退回意见修改后重新提交。"
    step = next((one for one in workflow.steps if one.key == stage), None)
    if step is None or status in ENDED:
        return "", f"该办件{STATUS_LABELS[status]}。"
    at_once = step is workflow.steps[0] and step.kind is not StepKind.ACCEPT
    taken = "提交即受理，" if at_once else ""
    until = f"，{in_words(by)}前（含当日）答复" if by else ""
    return step.office, f"{taken}由{step.office}{step.name}{until}。"
