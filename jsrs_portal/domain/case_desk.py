"""Cases at the bureau's desk: who may give one to whom, and what an officer has to say with a decision (R-2.6.3).

Which outcomes a step has is the workflow's (:mod:`.case_workflow`); whether a case lies in an officer's region is
:func:`.staff.covers`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.staff import PROVINCE, StaffStatus, covers, region_prefix

SHORTEST, LONGEST = 2, 500
"""Characters of an opinion."""
LONGEST_REMARK = 200
LONGEST_PLACE = 100
REMARK = "remark."
"""What the control of a remark at a field is called, before the field's key."""
DECISIONS = (Act.PASS, Act.CORRECT, Act.NOT_ACCEPT, Act.REJECT, Act.TRANSFER)
FINAL = (Act.NOT_ACCEPT, Act.REJECT, Act.TRANSFER)
"""Decisions after which nothing comes, whatever the step."""

NOT_OFFERED = Refusal("请选择当前环节可以作出的办理结果。", "act", "not_offered")
_NO_SUCH_FIELD = Refusal("补正要求中有表单里没有的栏目，请刷新页面后重新填写。", code="no_field")


class Tab(StrEnum):
    """The parts of an officer's queue."""

    UNCLAIMED = "unclaimed"
    MINE = "mine"
    ALL = "all"
    OVERDUE = "overdue"


TAB_LABELS = {Tab.UNCLAIMED: "待认领", Tab.MINE: "我的", Tab.ALL: "全部", Tab.OVERDUE: "已逾期"}


class By(StrEnum):
    """By what cases are looked up."""

    NUMBER = "number"
    UNIT = "unit"
    DOCUMENT = "document"


BY_LABELS = {By.NUMBER: "办件编号", By.UNIT: "单位名称或统一社会信用代码", By.DOCUMENT: "申请人证件号码"}
MOST_UNITS = 20
"""So many units of one beginning are looked through."""


@dataclass(frozen=True)
class Desk:
    """An officer as far as it matters who looks after a case."""

    id: str
    role: str
    region: str
    status: str
    authorised: bool

    def works_in(self, region: str) -> bool:
        """Tell whether they may look after cases of ``region`` (a code) now."""
        able = self.status == StaffStatus.ACTIVE and self.role == StaffRole.OFFICER and self.authorised
        return able and covers(self.region, region)


def wider(own: str, other: str) -> bool:
    """Tell whether the region ``own`` holds ``other`` and more: a city its counties, the province everything."""
    mine, theirs = region_prefix(own), region_prefix(other)
    return mine != theirs and theirs.startswith(mine)


def regions_covering(region: str) -> tuple[str, ...]:
    """Return the regions whose officers look after cases of ``region``: its own, its city, the province, all."""
    return tuple(dict.fromkeys((region, f"{region[:4]}00", PROVINCE, "")))


def why_not_give(actor: Desk, holder: Desk | None, region: str) -> str:
    """Return why ``actor`` may not give a case of ``region`` to somebody else; empty: they may.

    One that nobody has, and one's own; a colleague's from a wider region, or when they can look after it no more.
    """
    if holder is None or holder.id == actor.id or not holder.works_in(region) or wider(actor.region, holder.region):
        return ""
    return "该办件由同事办理，须由本人转交，或由上级区域的工作人员改派。"


def opinion_problem(act: Act, opinion: str) -> Refusal | None:
    """Return why ``opinion`` does not do for a decision; going on to the next step needs none."""
    said = opinion.strip()
    if not said and act is Act.PASS:
        return None
    if len(said) < SHORTEST:
        what = "请写明需要补正的总体原因" if act is Act.CORRECT else "请填写办理意见"
        return Refusal(f"{what}，至少{SHORTEST}个字。", "opinion")
    return Refusal(f"办理意见太长，请控制在{LONGEST}个字以内。", "opinion") if len(said) > LONGEST else None


def place_problem(act: Act, to: str) -> Refusal | None:
    """Return why ``to`` does not say where a case is transferred to; other decisions say nothing of the kind."""
    if act is not Act.TRANSFER:
        return None
    said = to.strip()
    if len(said) < SHORTEST:
        return Refusal("请填写转往的部门名称，申请人将按此联系。", "to")
    return Refusal(f"部门名称太长，请控制在{LONGEST_PLACE}个字以内。", "to") if len(said) > LONGEST_PLACE else None


def remark_problems(remarks: Mapping[str, str], fields: Collection[str]) -> list[Refusal]:
    """Return what is wrong with what is to be corrected where; ``fields`` are the keys of the form's questions."""
    if any(key not in fields for key in remarks):
        return [_NO_SUCH_FIELD]
    return [
        Refusal(f"该栏的补正要求须为{SHORTEST}至{LONGEST_REMARK}个字。", f"{REMARK}{key}")
        for key, text in remarks.items()
        if not SHORTEST <= len(text) <= LONGEST_REMARK
    ]
