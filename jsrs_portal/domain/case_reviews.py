"""The unit's review of what its agents hand in: what may be decided, and what has to be said with it (R-2.6.7)."""

from collections.abc import Collection
from enum import StrEnum
from itertools import combinations

from jsrs_portal.domain.authority import Role
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.refusal import Refusal

SHORTEST, LONGEST = 2, 500
"""Characters of an opinion."""
MOST_AT_ONCE = 50
"""So many cases of one matter are reviewed in one go."""
MOST_COUNTED = 99
"""So many that wait are counted one by one."""

DECISIONS = {Act.APPROVE: "通过", Act.SEND_BACK: "退回修改", Act.DISAPPROVE: "不通过"}
NOT_CHOSEN = Refusal("请选择审核结果。", "decision", "not_chosen")
NONE_CHOSEN = Refusal("请勾选要审核的办件。", "cases", "none_chosen")
ONE_MATTER = Refusal("合并审核只能选择同一事项的办件。", "cases", "one_matter")
TOO_MANY = Refusal(f"一次最多审核 {MOST_AT_ONCE} 件，请减少勾选。", "cases", "too_many")


class Tab(StrEnum):
    """The parts of the workbench (R-2.6.7.1)."""

    WAITING = "waiting"
    DONE = "done"
    MERGED = "merged"


TAB_LABELS = {Tab.WAITING: "待办", Tab.DONE: "已办", Tab.MERGED: "合并待办"}


_REVIEWERS = (Role.LEGAL_REP, Role.ADMIN, Role.AGENT)


def written_roles(roles: Collection[Role]) -> str:
    """Return how a case keeps the roles that may review it: always in the same order, parted by blanks."""
    return " ".join(role for role in _REVIEWERS if role in roles)


def reviewing_with(role: Role) -> tuple[str, ...]:
    """Return every text of :func:`written_roles` that names ``role``."""
    sets = (found for size in range(1, len(_REVIEWERS) + 1) for found in combinations(_REVIEWERS, size))
    return tuple(written_roles(found) for found in sets if role in found)


def decision_of(text: str) -> Act | None:
    """Return which decision a form names; ``None`` for none."""
    return next((act for act in DECISIONS if act.value == text), None)


def opinion_problem(act: Act, opinion: str) -> Refusal | None:
    """Return why ``opinion`` does not do for a decision; who approves need not say anything."""
    said = opinion.strip()
    if not said and act is Act.APPROVE:
        return None
    if len(said) < SHORTEST:
        why = "需要修改的内容" if act is Act.SEND_BACK else "不通过的原因" if act is Act.DISAPPROVE else "审核意见"
        return Refusal(f"请写明{why}，至少 {SHORTEST} 个字。", "opinion")
    return Refusal(f"审核意见太长，请控制在 {LONGEST} 个字以内。", "opinion") if len(said) > LONGEST else None
