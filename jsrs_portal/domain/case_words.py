"""How a case's acts are called for people (R-2.6.3.2)."""

from jsrs_portal.domain.case_workflow import LOOKED_AFTER, Act
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.matter_workflow import StaffStep, StepKind

_UNIT = {
    Act.APPROVE: "单位审核通过",
    Act.SEND_BACK: "单位审核退回修改",
    Act.DISAPPROVE: "单位审核不通过",
    Act.WITHDRAW: "撤回申报",
    Act.LAPSE: "逾期终止",
    Act.TAKE: "认领办件",
    Act.ASSIGN: "分派办件",
    Act.HAND_OVER: "转交办件",
    Act.PUT_BACK: "放回待认领",
}
_OFFICER = {
    Act.PASS: "通过",
    Act.CORRECT: "退回补正",
    Act.NOT_ACCEPT: "不予受理",
    Act.REJECT: "不予通过",
    Act.TRANSFER: "转其他部门",
}
REVIEWS = (Act.APPROVE, Act.SEND_BACK, Act.DISAPPROVE)
"""What the unit's reviewers do."""
INTERNAL = LOOKED_AFTER
"""Who looks after a case at the bureau is the bureau's own business."""


def act_words(act: Act, step: StaffStep | None, *, before: CaseStatus = CaseStatus.DRAFT, to: str = "") -> str:
    """Return what was done, e.g. 「审核：退回补正」; ``step`` is the bureau's, ``before`` where the case stood.

    ``to`` is the colleague to whom it was given.
    """
    if act is Act.SUBMIT:
        again = {CaseStatus.CORRECTION: "补正后重新提交", CaseStatus.UNIT_RETURNED: "修改后重新提交"}
        return again.get(before, "提交申报")
    if act in _UNIT:
        return f"{_UNIT[act]}：{to}" if to else _UNIT[act]
    return f"{step.name}：{outcome_words(act, step)}" if step else _OFFICER[act]


def outcome_words(act: Act, step: StaffStep | None) -> str:
    """Return how an officer ends a step, e.g. 「受理」 or 「退回补正」."""
    if act is Act.PASS and step is not None and step.kind is StepKind.ACCEPT:
        return "予以受理"
    return _OFFICER[act]
