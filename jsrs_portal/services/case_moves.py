"""One act on a case: where it goes, its timeline, the audit entry and who is told, in one transaction (R-2.6.3.2).

Whoever calls has found the case, holds its row, and knows that its actor may act as that party.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.case_limits import Clock, Terms
from jsrs_portal.domain.case_reviews import written_roles
from jsrs_portal.domain.case_words import REVIEWS
from jsrs_portal.domain.case_workflow import Act, Party, Standing, Way, move
from jsrs_portal.domain.cases import EDITABLE, ENDED, CaseStatus
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.results import ISSUED
from jsrs_portal.models.cases import Case, CaseEvent, CaseSubmission
from jsrs_portal.models.results import CaseResult
from jsrs_portal.services import audit, case_notices
from jsrs_portal.services.opened_cases import Opened

STALE = Refusal("该办件刚刚有了新的进展，请查看最新进度后再操作。", code="stale")


@dataclass(frozen=True)
class Said:
    """What somebody says with an act: ``text``, what is to be corrected in which ``fields``, ``to`` which officer."""

    text: str = ""
    fields: Mapping[str, str] | None = None
    to: str = ""

    def written(self) -> str:
        """Return it as JSON; empty when nothing was said."""
        kept: dict[str, Any] = {
            name: value for name, value in (("text", self.text), ("fields", self.fields), ("to", self.to)) if value
        }
        return json.dumps(kept, ensure_ascii=False) if kept else ""

    @classmethod
    def read(cls, text: str) -> "Said":
        """Read what :meth:`written` wrote."""
        return cls(**json.loads(text)) if text else cls()


def standing_of(case: Case) -> Standing:
    """Return where a case stands."""
    return Standing(
        status=CaseStatus(case.status),
        stage=case.stage,
        returned=case.returned,
        accepted=case.accepted_at is not None,
        clock=Clock(case.answer_by, case.step_by, case.promised_by, case.stopped_on, case.paused_on),
    )


def way_of(opened: Opened, answers: Mapping[str, Any] | None = None) -> Way:
    """Return what the case's way depends on; ``answers`` are those handed in last unless they are given."""
    definition: MatterDefinition = opened.definition
    terms = Terms(work_days(), definition.guide.promised_limit, opened.workflow.corrections)
    given = json.loads(opened.kept.answers) if answers is None else answers
    case = opened.case
    employer = case.review_unit_id is not None and case.unit_id is None
    return Way(opened.workflow, given, terms, employer=employer, again=case.reviewers != "")


async def act_on(
    session: AsyncSession,
    opened: Opened,
    act: Act,
    party: Party,
    *,
    actor: Actor,
    seen: int,
    said: Said | None = None,
    answers: Mapping[str, Any] | None = None,
) -> CaseEvent | Refusal:
    """Do ``act`` to a case whose row is held and was ``seen`` in this version; return the entry of its timeline.

    ``answers`` are those that go with it, for a submission. Errors: changed since; what
    :func:`~jsrs_portal.domain.case_workflow.move` refuses.
    """
    case = opened.case
    if case.version != seen:
        return STALE
    said = said or Said()
    before = standing_of(case)
    role = Role(actor.role) if actor.role and party is Party.APPLICANT else None
    after = move(before, act, party, way=way_of(opened, answers), today=clock.today(), role=role)
    if isinstance(after, Refusal):
        return after
    _put(case, act, after)
    if after.status in ISSUED:
        session.add(CaseResult(id=case.id, decision=after.status, due_at=clock.now()))
    if act is Act.APPROVE:
        case.received = await submissions_of(session, case.id)
    if after.status == CaseStatus.UNIT_REVIEW and opened.workflow.unit_review:
        case.reviewers = written_roles(opened.workflow.unit_review.roles)
    event = CaseEvent(
        case_id=case.id,
        position=await _count(session, case.id) + 1,
        act=act,
        status=after.status,
        stage=after.stage,
        at_stage=before.stage,
        person_id=actor.person_id or None,
        staff_id=actor.staff_id or None,
        grant_id=actor.grant_id or None,
        role=actor.role or "",
        answer_by=after.clock.answer_by,
    )
    if words := said.written():
        event.said = words
    session.add(event)
    details = {"number": case.number, "from": before.status, "to": after.status, "stage": after.stage}
    audit.record(
        session,
        actor=actor,
        action=f"case.{act.value.lower().replace('_', '-')}",
        subject=case.id,
        unit_id=case.house_id or "",
        details={**details, **({"said": said.written()} if words else {})},
    )
    await case_notices.tell_about(session, opened, event, said.text)
    return event


def _put(case: Case, act: Act, after: Standing) -> None:
    """Write where the case stands now: one version more."""
    now = clock.now()
    case.version += 1
    if case.status != after.status or case.stage != after.stage:
        case.moved_at = now
    if act in REVIEWS:
        case.reviewed_at = now
    if after.accepted and case.accepted_at is None:
        case.accepted_at = now
    if after.status in ENDED:
        case.finished_at = now
    if after.status in EDITABLE:
        case.step = "form"
    case.status, case.stage, case.returned = after.status, after.stage, after.returned
    limits = after.clock
    case.answer_by, case.step_by, case.promised_by = limits.answer_by, limits.step_by, limits.promised_by
    case.stopped_on, case.paused_on = limits.stopped_on, limits.paused_on


async def submissions_of(session: AsyncSession, case_id: str) -> int:
    """Return how many times a case has been handed in, as far as that was written down."""
    query = select(func.count()).select_from(CaseSubmission).where(col(CaseSubmission.case_id) == case_id)
    return (await session.execute(query)).scalar_one()


async def _count(session: AsyncSession, case_id: str) -> int:
    query = select(func.coalesce(func.max(col(CaseEvent.position)), 0)).where(col(CaseEvent.case_id) == case_id)
    return (await session.execute(query)).scalar_one()
