"""The way of a case as an explicit state machine: who may do what where it stands, and what follows (R-2.6.3, R-2.6.7).

Pure: a :class:`Standing` and an :class:`Act` give the next standing or a refusal. Limits are in :mod:`.case_limits`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from jsrs_portal.domain.case_limits import Clock, Terms
from jsrs_portal.domain.cases import AT_DESK, ENDED, REVIEW_LIFE, CaseStatus
from jsrs_portal.domain.matter_conditions import holds
from jsrs_portal.domain.matter_workflow import MatterWorkflow, Outcome, StaffStep, StepKind
from jsrs_portal.domain.permissions import Role
from jsrs_portal.domain.refusal import Refusal


class Party(StrEnum):
    """Who acts on a case: whoever applied, the unit's reviewers, the bureau's officer, or time itself."""

    APPLICANT = "APPLICANT"
    REVIEWER = "REVIEWER"
    OFFICER = "OFFICER"
    TIME = "TIME"


class Act(StrEnum):
    """What may be done with a case. The last four change who looks after it, not where it stands."""

    SUBMIT = "SUBMIT"
    WITHDRAW = "WITHDRAW"
    APPROVE = "APPROVE"
    SEND_BACK = "SEND_BACK"
    DISAPPROVE = "DISAPPROVE"
    PASS = "PASS"
    CORRECT = "CORRECT"
    NOT_ACCEPT = "NOT_ACCEPT"
    REJECT = "REJECT"
    TRANSFER = "TRANSFER"
    LAPSE = "LAPSE"
    TAKE = "TAKE"
    ASSIGN = "ASSIGN"
    HAND_OVER = "HAND_OVER"
    PUT_BACK = "PUT_BACK"


_OUTCOMES = {
    Act.PASS: Outcome.PASS,
    Act.CORRECT: Outcome.CORRECT,
    Act.NOT_ACCEPT: Outcome.NOT_ACCEPTED,
    Act.REJECT: Outcome.REJECT,
    Act.TRANSFER: Outcome.TRANSFER,
}
"""How an officer's act is called in a matter's file, where each step says which of them it may end with."""
_ENDS = {
    Act.NOT_ACCEPT: CaseStatus.NOT_ACCEPTED,
    Act.REJECT: CaseStatus.REJECTED,
    Act.TRANSFER: CaseStatus.TRANSFERRED,
}

LOOKED_AFTER = (Act.TAKE, Act.ASSIGN, Act.HAND_OVER, Act.PUT_BACK)
"""What changes only who looks after a case at the bureau."""

_S, _A = CaseStatus, Act
ALLOWED: Mapping[tuple[CaseStatus, Act], Party] = MappingProxyType(
    {
        (_S.DRAFT, _A.SUBMIT): Party.APPLICANT,
        (_S.UNIT_RETURNED, _A.SUBMIT): Party.APPLICANT,
        (_S.CORRECTION, _A.SUBMIT): Party.APPLICANT,
        (_S.UNIT_REVIEW, _A.WITHDRAW): Party.APPLICANT,
        (_S.UNIT_RETURNED, _A.WITHDRAW): Party.APPLICANT,
        (_S.SUBMITTED, _A.WITHDRAW): Party.APPLICANT,
        (_S.CORRECTION, _A.WITHDRAW): Party.APPLICANT,
        (_S.UNIT_REVIEW, _A.APPROVE): Party.REVIEWER,
        (_S.UNIT_REVIEW, _A.SEND_BACK): Party.REVIEWER,
        (_S.UNIT_REVIEW, _A.DISAPPROVE): Party.REVIEWER,
        **{(status, act): Party.OFFICER for status in AT_DESK for act in (*_OUTCOMES, *LOOKED_AFTER)},
        **{(_S.CORRECTION, act): Party.OFFICER for act in LOOKED_AFTER},
        (_S.UNIT_REVIEW, _A.LAPSE): Party.TIME,
        (_S.UNIT_RETURNED, _A.LAPSE): Party.TIME,
        (_S.CORRECTION, _A.LAPSE): Party.TIME,
    }
)
"""Everything that may happen, and who may do it. What is not here is refused."""

_WRONG_PLACE = Refusal("该办件的状态已经变化，不能再进行这项操作。请刷新后查看最新进度。", code="stale")
_NOT_YOURS = Refusal("您不能对该办件进行这项操作。", code="forbidden")
_TOO_LATE = Refusal("该办件的处理期限已过，将按逾期终止。如仍需办理，请重新申报。", code="too_late")
_ALREADY_ACCEPTED = Refusal("该办件已受理，不能撤回。如情况有变，请联系办理部门。", code="accepted")
_NOT_THE_UNITS = Refusal(
    "该办件已由办理部门受理，单位不能终止办理。请审核通过补正内容，或退回经办人修改。", code="accepted"
)
_NOT_OFFERED = Refusal("当前环节没有这种办理结果。", code="not_offered")
_NO_MORE_CORRECTIONS = Refusal("该办件的补正次数已用完，请作出其他决定。", code="corrections")


@dataclass(frozen=True)
class Standing:
    """Where a case stands: its status, the bureau's step (``stage``, a key; empty before), its limits.

    ``returned`` counts the bureau's corrections; ``accepted`` says that 受理 lies behind it.
    """

    status: CaseStatus = CaseStatus.DRAFT
    stage: str = ""
    returned: int = 0
    accepted: bool = False
    clock: Clock = field(default_factory=Clock)


@dataclass(frozen=True)
class Way:
    """What a case's way depends on: its workflow, what was answered, and the matter's limits in working days.

    ``employer`` says that the person who applies has an employer who reviews it; ``again`` that it has come to a review
    before, and therefore does so again whatever is answered now.
    """

    workflow: MatterWorkflow
    answers: Mapping[str, Any]
    terms: Terms
    employer: bool = False
    again: bool = False

    @property
    def steps(self) -> tuple[StaffStep, ...]:
        """The bureau's steps that these answers lead through, in order."""
        return tuple(one for one in self.workflow.steps if one.when is None or holds(one.when, self.answers))

    def step(self, key: str) -> StaffStep | None:
        """Return the step called ``key``, ``None`` when there is none."""
        return next((one for one in self.workflow.steps if one.key == key), None)

    def following(self, key: str) -> StaffStep | None:
        """Return the step after ``key`` that applies, the first for an empty one; ``None`` at the end."""
        order = [one.key for one in self.workflow.steps]
        place = order.index(key) if key in order else -1
        return next((one for one in self.steps if order.index(one.key) > place), None)

    def reviewed(self, role: Role | None) -> bool:
        """Tell whether the unit reviews what somebody in ``role`` hands in (R-2.6.7).

        It is the agents' applications, the administrator's where the legal representative alone may review, and those
        of persons whose employer is named and known. The legal representative needs nobody, institutions have nobody.
        """
        review = self.workflow.unit_review
        if review is None:
            return False
        asked = {
            Role.AGENT: True,
            Role.ADMIN: Role.ADMIN not in review.roles,
            None: self.employer,
        }.get(role, False)
        return asked and (self.again or holds(review.when, self.answers))

    def reviews(self, standing: Standing) -> tuple[Act, ...]:
        """Return what the unit's reviewers may decide; what the bureau has accepted is not theirs to end."""
        if standing.status is not CaseStatus.UNIT_REVIEW:
            return ()
        return (Act.APPROVE, Act.SEND_BACK) if standing.accepted else (Act.APPROVE, Act.SEND_BACK, Act.DISAPPROVE)

    def offered(self, standing: Standing) -> tuple[Act, ...]:
        """Return how an officer may end the step a case stands at."""
        step = self.step(standing.stage)
        if step is None or standing.status not in AT_DESK:
            return ()
        return tuple(
            act
            for act, outcome in _OUTCOMES.items()
            if outcome in step.outcomes
            and (act is not Act.CORRECT or standing.returned < self.workflow.corrections.most)
        )


def move(
    standing: Standing, act: Act, party: Party, *, way: Way, today: date, role: Role | None = None
) -> Standing | Refusal:
    """Return where a case stands after ``party`` did ``act``; ``role`` is the applicant's in whose name they act.

    Errors: not possible where it stands, not this party's, an outcome the step does not have, too many corrections,
    a withdrawal after 受理, or the unit's ending it.
    """
    allowed = ALLOWED.get((standing.status, act))
    if allowed is None:
        return _WRONG_PLACE
    if allowed is not party:
        return _NOT_YOURS
    clock = standing.clock
    over = clock.answer_by is not None and today > clock.answer_by
    if over != (act is Act.LAPSE) and party in (Party.APPLICANT, Party.REVIEWER, Party.TIME):
        return _TOO_LATE if over else _WRONG_PLACE
    match act:
        case Act.SUBMIT:
            return _handed_in(standing, way, today, role)
        case Act.APPROVE:
            return _at_bureau(standing, way, today)
        case Act.SEND_BACK:
            return _in_unit(standing, CaseStatus.UNIT_RETURNED, today)
        case Act.DISAPPROVE:
            return _NOT_THE_UNITS if standing.accepted else _ended(standing, CaseStatus.UNIT_REJECTED, way, today)
        case Act.WITHDRAW:
            return _ALREADY_ACCEPTED if standing.accepted else _ended(standing, CaseStatus.WITHDRAWN, way, today)
        case Act.LAPSE:
            return _ended(standing, CaseStatus.LAPSED, way, today)
        case Act.TAKE | Act.ASSIGN | Act.HAND_OVER | Act.PUT_BACK:
            return standing
        case _:
            return _officer_ends_step(standing, act, way, today)


def _handed_in(standing: Standing, way: Way, today: date, role: Role | None) -> Standing:
    if way.reviewed(role):
        return _in_unit(standing, CaseStatus.UNIT_REVIEW, today)
    return _at_bureau(standing, way, today)


def _in_unit(standing: Standing, status: CaseStatus, today: date) -> Standing:
    """Stay within the unit. While the bureau waits for a correction, its limit is the unit's: nothing prolongs it."""
    until = standing.clock.answer_by if standing.returned else None
    return replace(standing, status=status, clock=standing.clock.answer_until(until or today + REVIEW_LIFE))


def _at_bureau(standing: Standing, way: Way, today: date) -> Standing:
    """Go to the bureau: for the first time to its first step, after a correction back to the step that asked for it."""
    step = way.step(standing.stage)
    if step is not None and standing.returned:
        status = CaseStatus.ACCEPTED if standing.accepted else CaseStatus.SUBMITTED
        clock = standing.clock.gone_on(way.terms, step, today)
        return replace(standing, status=status, clock=clock)
    first = way.following("")
    if first is None:
        return _ended(standing, CaseStatus.COMPLETED, way, today)
    if first.kind is StepKind.ACCEPT:
        clock = standing.clock.at_step(way.terms, first, today, promised=False)
        return replace(standing, status=CaseStatus.SUBMITTED, stage=first.key, clock=clock)
    clock = standing.clock.at_step(way.terms, first, today, promised=True)
    return replace(standing, status=CaseStatus.ACCEPTED, stage=first.key, accepted=True, clock=clock)


def _officer_ends_step(standing: Standing, act: Act, way: Way, today: date) -> Standing | Refusal:
    step = way.step(standing.stage)
    if step is None or _OUTCOMES[act] not in step.outcomes:
        return _NOT_OFFERED
    if act is Act.CORRECT:
        if standing.returned >= way.workflow.corrections.most:
            return _NO_MORE_CORRECTIONS
        clock = standing.clock.stopped(today).answer_until(way.terms.correct_by(today))
        return replace(standing, status=CaseStatus.CORRECTION, returned=standing.returned + 1, clock=clock)
    if act in _ENDS:
        return _ended(standing, _ENDS[act], way, today)
    following = way.following(step.key)
    if following is None:
        return _ended(replace(standing, accepted=True), CaseStatus.COMPLETED, way, today)
    clock = standing.clock.at_step(way.terms, following, today, promised=True)
    return replace(standing, status=CaseStatus.ACCEPTED, stage=following.key, accepted=True, clock=clock)


def _ended(standing: Standing, status: CaseStatus, way: Way, today: date) -> Standing:
    if status not in ENDED:
        raise ValueError(status)
    return replace(standing, status=status, clock=standing.clock.over(way.terms, today))
