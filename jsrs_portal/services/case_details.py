"""A case as those see it in whose name it was handed in: its way, its data, and what may be done (R-2.6.3.2)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.case_groups import TONES
from jsrs_portal.domain.case_workflow import Act, Party, move
from jsrs_portal.domain.cases import EDITABLE, STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case, CaseEvent
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services.application_checks import CheckedSection, FactView
from jsrs_portal.services.case_access import own_case, seen_case
from jsrs_portal.services.case_data import HandedFiles, case_data
from jsrs_portal.services.case_moves import Said, standing_of, way_of
from jsrs_portal.services.case_timeline import TimelineEntry, current_words, limit_words, timeline
from jsrs_portal.services.opened_cases import Opened, opened_from
from jsrs_portal.services.results import withdrawals
from jsrs_portal.services.shipment_views import milestones

_SENT_BACK = (Act.CORRECT, Act.SEND_BACK)


@dataclass(frozen=True)
class SentBack:
    """Why a case was sent back: by whom (``title``), the reason, what to correct where, until when."""

    title: str = ""
    text: str = ""
    remarks: tuple[FactView, ...] = ()
    until: str = ""
    fields: tuple[str, ...] = ()
    """The keys of the fields that ``remarks`` are about, in their order."""


@dataclass(frozen=True)
class CaseView:
    """A case on its page. ``correct_href`` is where it may be corrected, empty when not by this actor or not now.

    ``withdrawable``: it may be taken back. ``whom`` is in whose name it was handed in,
    ``region`` whose offices deal with it, ``again`` when it was handed in once more after a correction.
    """

    id: str = ""
    version: int = 0
    matter: str = ""
    number: str = ""
    whom: str = ""
    region: str = ""
    submitted: str = ""
    again: str = ""
    status: str = ""
    tone: str = "neutral"
    now: str = ""
    limits: tuple[str, ...] = ()
    correct_href: str = ""
    withdrawable: bool = False
    sent_back: SentBack = SentBack()
    timeline: tuple[TimelineEntry, ...] = ()
    sections: tuple[CheckedSection, ...] = ()
    files: tuple[HandedFiles, ...] = ()


async def version_of(session: AsyncSession, *, actor: Actor, case_id: str) -> int:
    """Return the version of a case that the actor may look at, 0 for any other. Two queries at most."""
    case = await seen_case(session, actor, case_id)
    return case.version if case is not None and case.number is not None else 0


async def view_case(session: AsyncSession, *, actor: Actor, case_id: str) -> CaseView | None:
    """Return a submitted case that the actor may look at, whole; ``None`` for any other. Twelve queries at most.

    It is whole for everybody who sees it in this name: it is that unit's, institution's or person's business.
    """
    if not actor.may(Permission.APPLY):
        return None
    case = await seen_case(session, actor, case_id)
    if case is None or case.number is None:
        return None
    opened = await opened_from(session, case)
    own = await own_case(session, actor, case_id) is not None
    data = await case_data(session, opened, whole=True)
    more = [*await milestones(session, case), *await withdrawals(session, case, staff=False)]
    return CaseView(
        id=case.id,
        version=case.version,
        matter=case.matter_name,
        number=case.number,
        whom=await _whom(session, case),
        region=regions().full_name(case.region),
        submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        again=to_the_minute(case.handed_in_at) if case.handed_in_at and case.handed_in_at != case.submitted_at else "",
        status=STATUS_LABELS[CaseStatus(case.status)],
        tone=TONES[CaseStatus(case.status)],
        now=current_words(opened),
        limits=limit_words(opened),
        correct_href=f"/applications/{case.id}" if own and _in_time(case) else "",
        withdrawable=own and _withdrawable(opened),
        sent_back=await why_sent_back(session, opened),
        timeline=await timeline(session, opened, staff=False, more=more),
        sections=data.sections,
        files=data.files,
    )


async def why_sent_back(session: AsyncSession, opened: Opened) -> SentBack:
    """Return why a case waits for a correction; nothing for one that does not. One query at most."""
    case = opened.case
    if case.status not in (CaseStatus.CORRECTION, CaseStatus.UNIT_RETURNED):
        return SentBack()
    query = (
        select(CaseEvent)
        .where(col(CaseEvent.case_id) == case.id, col(CaseEvent.act).in_(_SENT_BACK))
        .order_by(col(CaseEvent.position).desc())
        .limit(1)
    )
    event = (await session.execute(query)).scalar_one_or_none()
    if event is None:
        return SentBack()
    said = Said.read(event.said)
    by_field: dict[str, str] = dict(said.fields or {})
    labels = {one.key: one.label for one in opened.form.fields}
    limits = limit_words(opened)
    return SentBack(
        title=_who_sent_back(case),
        text=said.text,
        remarks=tuple(FactView(labels.get(key, key), text) for key, text in by_field.items()),
        until=limits[0] if limits else "",
        fields=tuple(by_field),
    )


def _who_sent_back(case: Case) -> str:
    if case.status == CaseStatus.CORRECTION:
        return "办理部门要求补正"
    return "本单位退回修改" if case.unit_id else "用人单位退回修改"


async def _whom(session: AsyncSession, case: Case) -> str:
    if case.unit_id:
        return (await session.get_one(Unit, case.unit_id)).name
    if case.institution_id:
        return (await session.get_one(Institution, case.institution_id)).name
    return "本人"


def _in_time(case: Case) -> bool:
    """Tell whether whoever applied may still change what was filled in."""
    return case.status in EDITABLE and (case.answer_by is None or clock.today() <= case.answer_by)


def _withdrawable(opened: Opened) -> bool:
    standing = standing_of(opened.case)
    after = move(standing, Act.WITHDRAW, Party.APPLICANT, way=way_of(opened), today=clock.today())
    return not isinstance(after, Refusal)
