"""我的工作台: one case as its reviewer looks at it (R-2.6.7)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_groups import TONES
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.cases import STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.models.cases import Case
from jsrs_portal.models.people import Person
from jsrs_portal.services.application_checks import CheckedSection
from jsrs_portal.services.case_access import may_be_read, reviewable
from jsrs_portal.services.case_data import CaseData, HandedFiles, case_data
from jsrs_portal.services.case_moves import standing_of, way_of
from jsrs_portal.services.case_people import handed_in_by
from jsrs_portal.services.case_timeline import TimelineEntry, limit_words, timeline
from jsrs_portal.services.opened_cases import opened_from


@dataclass(frozen=True)
class ReviewView:
    """One case for its reviewer: what was handed in, how far it is, and the decisions that are possible (acts).

    ``gone`` says why what was handed in is not shown any more.
    """

    id: str = ""
    version: int = 0
    matter: str = ""
    number: str = ""
    applicant: str = ""
    submitted: str = ""
    status: str = ""
    tone: str = "neutral"
    limits: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    sections: tuple[CheckedSection, ...] = ()
    files: tuple[HandedFiles, ...] = ()
    gone: str = ""


async def view_review(session: AsyncSession, *, actor: Actor, case_id: str) -> ReviewView | None:
    """Return a case that has come to the actor's review, whole; ``None`` for any other. Five queries."""
    query = (
        select(Case, Person)
        .join(Person, col(Person.id) == col(Case.person_id))
        .where(col(Case.id) == case_id, reviewable(actor))
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    case, person = found
    opened = await opened_from(session, case)
    kept = may_be_read(case)
    data = await case_data(session, opened, whole=True) if kept else CaseData((), ())
    return ReviewView(
        id=case.id,
        version=case.version,
        matter=case.matter_name,
        number=case.number or "",
        applicant=handed_in_by(case, person),
        submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        status=STATUS_LABELS[CaseStatus(case.status)],
        tone=TONES[CaseStatus(case.status)],
        limits=limit_words(opened),
        acts=_acts(way_of(opened).reviews(standing_of(case)), case),
        timeline=await timeline(session, opened, staff=False),
        sections=data.sections,
        files=data.files,
        gone="" if kept else "申请人已撤回申报，或申报已逾期终止，单位不再查看其中的内容。",
    )


def _acts(acts: Sequence[Act], case: Case) -> tuple[str, ...]:
    late = case.answer_by is not None and case.answer_by < clock.today()
    return () if late else tuple(act.value for act in acts)
