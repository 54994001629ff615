"""A case as an officer works on it: masked, with its way, its files, and what may be done with it now (R-2.6.3.2)."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.case_desk import FINAL, REMARK
from jsrs_portal.domain.case_words import outcome_words
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.cases import AT_DESK, STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.staff import reason_problem
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services import audit, limits
from jsrs_portal.services.application_checks import CheckedSection
from jsrs_portal.services.case_access import desk_case
from jsrs_portal.services.case_changes import Change, changes_of
from jsrs_portal.services.case_data import CaseData, HandedFiles, case_data
from jsrs_portal.services.case_moves import standing_of, way_of
from jsrs_portal.services.case_people import handed_in_by
from jsrs_portal.services.case_timeline import TimelineEntry, limit_words, timeline
from jsrs_portal.services.opened_cases import Opened, opened_from
from jsrs_portal.services.results import withdrawals
from jsrs_portal.services.shipment_views import milestones
from jsrs_portal.services.staff import may
from jsrs_portal.services.staff_case_acts import GONE, colleagues, holder_of, may_give
from jsrs_portal.services.staff_case_rows import applicant_of, holder_name


@dataclass(frozen=True)
class OfferedAct:
    """A way to end the step; ``ends`` says that nothing comes after it."""

    key: str
    label: str
    ends: bool


@dataclass(frozen=True)
class Question:
    """A question of the form, to say what is to be corrected there; ``name`` is the control's."""

    name: str
    label: str
    section: str


@dataclass(frozen=True)
class Colleague:
    """An officer who might look after the case."""

    value: str
    label: str


@dataclass(frozen=True)
class DeskCase:
    """A case as its officers see it; people's data is masked."""

    id: str = ""
    version: int = 0
    number: str = ""
    matter: str = ""
    status: str = ""
    status_label: str = ""
    applicant: str = ""
    kind: str = ""
    unit_code: str = ""
    person: str = ""
    document_kind: str = ""
    document: str = ""
    mobile: str = ""
    region: str = ""
    submitted: str = ""
    handed_in: str = ""
    step: str = ""
    holder: str = ""
    mine: bool = False
    free: bool = False
    give: str = ""
    put_back: bool = False
    acts: tuple[OfferedAct, ...] = ()
    questions: tuple[Question, ...] = ()
    colleagues: tuple[Colleague, ...] = ()
    corrections: str = ""
    limits: tuple[str, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    sections: tuple[CheckedSection, ...] = ()
    files: tuple[HandedFiles, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class FullCase:
    """The same with people's data in full; given only to an officer who said why."""

    person: str
    document: str
    mobile: str
    sections: tuple[CheckedSection, ...]
    changes: tuple[Change, ...]


async def version_of(session: AsyncSession, *, actor: Actor, case_id: str) -> int:
    """Return the version of a case of the officer's region, 0 for any other. One query."""
    case = await desk_case(session, actor, case_id)
    return case.version if case is not None else 0


async def view_case(session: AsyncSession, *, actor: Actor, case_id: str) -> DeskCase | None:
    """Return a case of the officer's region; ``None`` for any other. Fifteen queries at most."""
    case = await desk_case(session, actor, case_id)
    if case is None:
        return None
    opened = await opened_from(session, case)
    person, unit, institution = await _whose(session, opened)
    holder = await holder_of(session, case)
    data = await case_data(session, opened, whole=False, bureau=True)
    status, step = CaseStatus(case.status), way_of(opened).step(case.stage)
    mine = holder is not None and holder.id == actor.staff_id
    acts = _offered(opened) if mine else ()
    giving = may_give(actor, holder, case)
    others = await colleagues(session, actor=actor, case=case) if giving else []
    applicant, kind = applicant_of(person, unit.name if unit else "", institution.name if institution else "")
    document = DocumentType(person.id_type)
    most = opened.workflow.corrections.most
    more = [*await milestones(session, case), *await withdrawals(session, case, staff=True)]
    return DeskCase(
        id=case.id,
        version=case.version,
        number=case.number or "",
        matter=case.matter_name,
        status=status,
        status_label=STATUS_LABELS[status],
        applicant=applicant,
        kind=kind,
        unit_code=unit.uscc if unit else institution.number if institution else "",
        person=handed_in_by(case, person),
        document_kind=document.label,
        document=masking.mask_document(document, person.id_number),
        mobile=masking.mask_phone(person.mobile),
        region=regions().full_name(case.region) or case.region,
        submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        handed_in=to_the_minute(case.handed_in_at) if case.handed_in_at else "",
        step=f"{step.name}（{step.office}）" if step and status in AT_DESK else "",
        holder=holder_name(holder),
        mine=mine,
        free=holder is None and status in AT_DESK,
        give=_giving(mine=mine, free=holder is None) if giving else "",
        put_back=giving and holder is not None,
        acts=acts,
        questions=_questions(opened, data) if any(one.key == Act.CORRECT for one in acts) else (),
        colleagues=tuple(Colleague(key, label) for key, label in others),
        corrections=f"已退回补正 {case.returned} 次，最多 {most} 次。" if mine else "",
        limits=limit_words(opened),
        timeline=await timeline(session, opened, staff=True, more=more),
        sections=data.sections,
        files=data.files,
        changes=await changes_of(session, opened, whole=False),
    )


async def unmask_case(session: AsyncSession, *, actor: Actor, case_id: str, reason: str) -> FullCase | Refusal:
    """Return a case's data in full, for a reason that is written down; so many a day and no more.

    Errors: no permission, no reason, no such case in the officer's region, the day's number used up.
    """
    if refused := may(actor, Permission.STAFF_CASES) or may(actor, Permission.STAFF_UNMASK):
        return refused
    if problem := reason_problem(reason):
        return Refusal(problem, "reason")
    case = await desk_case(session, actor, case_id)
    if case is None:
        return GONE
    exceeded = await limits.take(session, frequency.STAFF_UNMASK, actor.staff_id, now=clock.now())
    note = partial(
        audit.record, session, actor=actor, action="case.unmask", subject=case_id, unit_id=case.house_id or ""
    )
    if exceeded:
        if exceeded.first:
            note(result="LIMIT")
        return exceeded.refusal
    note(details={"reason": reason.strip()})
    opened = await opened_from(session, case)
    person, _, _ = await _whose(session, opened)
    data = await case_data(session, opened, whole=True, bureau=True)
    changes = await changes_of(session, opened, whole=True)
    return FullCase(person.name, person.id_number, person.mobile, data.sections, changes)


def _offered(opened: Opened) -> tuple[OfferedAct, ...]:
    way, standing = way_of(opened), standing_of(opened.case)
    step = way.step(standing.stage)
    last = way.following(standing.stage) is None
    return tuple(
        OfferedAct(act, outcome_words(act, step), act in FINAL or (act is Act.PASS and last))
        for act in way.offered(standing)
    )


def _questions(opened: Opened, data: CaseData) -> tuple[Question, ...]:
    """Return what was asked of whoever applied: at each something may be to be corrected."""
    return tuple(
        Question(f"{REMARK}{field.key}", field.label, section.title)
        for section in opened.form.sections
        for field in section.fields
        if field.key in data.shown and not field.locked
    )


def _giving(*, mine: bool, free: bool) -> str:
    return "转交" if mine else "分派" if free else "改派"


async def _whose(session: AsyncSession, opened: Opened) -> tuple[Person, Unit | None, Institution | None]:
    """Return who applied, and in whose name. One query."""
    case = opened.case
    query = (
        select(Person, Unit, Institution)
        .select_from(Person)
        .outerjoin(Unit, col(Unit.id) == (case.unit_id or ""))
        .outerjoin(Institution, col(Institution.id) == (case.institution_id or ""))
        .where(col(Person.id) == case.person_id)
    )
    person, unit, institution = (await session.execute(query)).one()
    return person, unit, institution
