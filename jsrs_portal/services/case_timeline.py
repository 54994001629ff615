"""办理进度: what was done with a case, by whom and in whose name, what comes next, and by when (R-2.6.3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.authority import ROLE_LABELS, Role
from jsrs_portal.domain.case_limits import by_words
from jsrs_portal.domain.case_words import INTERNAL, REVIEWS, act_words
from jsrs_portal.domain.case_workflow import Act, Way
from jsrs_portal.domain.cases import AT_DESK, ENDED, STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import in_words, to_the_minute
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.domain.matter_guides import LimitUnit
from jsrs_portal.domain.matter_workflow import StaffStep
from jsrs_portal.models.cases import Case, CaseEvent
from jsrs_portal.models.people import Person
from jsrs_portal.models.staff import Staff
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services.application_checks import FactView
from jsrs_portal.services.case_moves import Said, way_of
from jsrs_portal.services.opened_cases import Opened
from jsrs_portal.services.staff_case_rows import holder_name


@dataclass(frozen=True)
class TimelineEntry:
    """One step of a case's way. ``state`` is done, now or to-come; ``by`` in whose name and by which grant.

    ``text`` is what was said with it, ``remarks`` what is to be corrected where.
    """

    key: str
    state: str
    title: str
    when: str = ""
    who: str = ""
    by: str = ""
    text: str = ""
    remarks: tuple[FactView, ...] = ()


Dated = tuple[datetime, TimelineEntry]


async def timeline(
    session: AsyncSession, opened: Opened, *, staff: bool, more: Sequence[Dated] = ()
) -> tuple[TimelineEntry, ...]:
    """Return the steps done, the one that is on, and those to come. One query.

    For ``staff`` with the officers' names and who handed the case to whom, which is another query where one did.
    ``more`` is what else happened, and when.
    """
    case = opened.case
    reviewing = aliased(Unit)
    query = (
        select(CaseEvent, Person, Staff, Grant, col(Unit.name), col(Institution.name), col(reviewing.name))
        .outerjoin(Person, col(Person.id) == col(CaseEvent.person_id))
        .outerjoin(Staff, col(Staff.id) == col(CaseEvent.staff_id))
        .outerjoin(Grant, col(Grant.id) == col(CaseEvent.grant_id))
        .outerjoin(Unit, col(Unit.id) == (case.unit_id or ""))
        .outerjoin(reviewing, col(reviewing.id) == col(Grant.unit_id))
        .outerjoin(Institution, col(Institution.id) == (case.institution_id or ""))
        .where(col(CaseEvent.case_id) == case.id)
        .order_by(col(CaseEvent.position))
    )
    way, before, found = way_of(opened), CaseStatus.DRAFT, list(more)
    rows = (await session.execute(query)).all()
    colleagues = await _colleagues(session, [event for event, *_ in rows]) if staff else {}
    for event, person, officer, grant, unit, institution, reviewer in rows:
        act, step = Act(event.act), way.step(event.at_stage)
        if staff or act not in INTERNAL:
            said = Said.read(event.said)
            name = (reviewer if act in REVIEWS else unit or institution) or ""
            entry = TimelineEntry(
                key=event.id,
                state="done",
                title=act_words(act, step, before=before, to=colleagues.get(said.to, "")),
                when=to_the_minute(event.created_at),
                who=_who(event, person, officer, step, staff=staff),
                by=_by(name, grant) if person else "",
                text=said.text,
                remarks=_remarks(opened, said),
            )
            found.append((event.created_at, entry))
        before = CaseStatus(event.status)
    done = [entry for _, entry in sorted(found, key=lambda one: one[0])]
    return (*done, *_ahead(case, way))


async def _colleagues(session: AsyncSession, events: Sequence[CaseEvent]) -> dict[str, str]:
    """Return the names of those whom officers gave the case to, by identifier. One query, none where nobody did."""
    keys = {Said.read(event.said).to for event in events if event.act in INTERNAL} - {""}
    if not keys:
        return {}
    found = (await session.execute(select(Staff).where(col(Staff.id).in_(keys)))).scalars()
    return {one.id: holder_name(one) for one in found}


def current_words(opened: Opened) -> str:
    """Return where a case stands in a few words: the bureau's step where there is one, else its status."""
    step = way_of(opened).step(opened.case.stage)
    if opened.case.status in AT_DESK and step is not None:
        return f"{step.office} · {step.name}"
    return STATUS_LABELS[CaseStatus(opened.case.status)]


def limit_words(opened: Opened) -> tuple[str, ...]:
    """Return the limits that count now, each a sentence; none for a case that has ended."""
    case, today, days = opened.case, clock.today(), work_days()
    if case.answer_by is not None:
        whose = {
            CaseStatus.UNIT_REVIEW: f"{'本' if case.unit_id else '用人'}单位须审核",
            CaseStatus.UNIT_RETURNED: "申请人须修改后重新提交",
            CaseStatus.CORRECTION: "申请人须补正后重新提交",
        }
        working = case.status != CaseStatus.UNIT_REVIEW or bool(case.returned)
        who = whose.get(CaseStatus(case.status), "须处理")
        stands = ["补正期间办理时限暂停计算。"] if case.stopped_on else []
        return (f"{who}：{by_words(case.answer_by, today, days, working=working)}。", *stands)
    if case.status not in AT_DESK:
        return ()
    step = way_of(opened).step(case.stage)
    found: list[str] = []
    if step is not None and case.step_by is not None:
        found.append(f"{step.name}：{by_words(case.step_by, today, days)}。")
    if case.promised_by is not None:
        working = opened.definition.guide.promised_limit.unit is LimitUnit.WORKING_DAYS
        found.append(
            f"承诺办结时限自{in_words(case.paused_on)}起暂停计算（特别程序），结束后顺延。"
            if case.paused_on
            else f"全部办结：{by_words(case.promised_by, today, days, working=working)}。"
        )
    return tuple(found)


def _who(event: CaseEvent, person: Person | None, officer: Staff | None, step: StaffStep | None, *, staff: bool) -> str:
    if person is not None:
        role = f"（{ROLE_LABELS[Role(event.role)]}）" if event.role else ""
        return f"{mask_name(person.name)}{role}"
    if officer is None:
        return "系统"
    office = step.office if step else "办理部门"
    return f"{office} {officer.name}" if staff else office


def _by(name: str, grant: Grant | None) -> str:
    if not name:
        return "本人办理"
    until = f"，有效期至{in_words(grant.valid_until)}" if grant and grant.valid_until else ""
    since = f"{in_words(grant.valid_from or _day(grant))}起的授权{until}" if grant else ""
    return f"以「{name}」名义" + (f"，凭{since}" if since else "")


def _day(grant: Grant) -> date:
    return grant.created_at.astimezone(clock.BEIJING).date()


def _remarks(opened: Opened, said: Said) -> tuple[FactView, ...]:
    labels = {one.key: one.label for one in opened.form.fields}
    return tuple(FactView(labels.get(key, key), text) for key, text in (said.fields or {}).items())


def _reviewers(case: Case) -> str:
    return "、".join(ROLE_LABELS[Role(role)] for role in case.reviewers.split())


def _ahead(case: Case, way: Way) -> list[TimelineEntry]:
    """Return what is on now and what is still to come."""
    status = CaseStatus(case.status)
    if status in ENDED or status is CaseStatus.DRAFT:
        return []
    now = {
        CaseStatus.UNIT_REVIEW: ("本单位审核" if case.unit_id else "用人单位审核", _reviewers(case)),
        CaseStatus.UNIT_RETURNED: ("等待修改后重新提交", "申请人"),
        CaseStatus.CORRECTION: ("等待补正后重新提交", "申请人"),
    }
    found: list[TimelineEntry] = []
    step = way.step(case.stage)
    if status in now:
        title, who = now[status]
        found.append(TimelineEntry("now", "now", title, who=who))
        if step is not None:
            found.append(TimelineEntry(step.key, "to-come", step.name, who=step.office))
    elif step is not None:
        found.append(TimelineEntry("now", "now", step.name, who=step.office))
    following = way.following(case.stage)
    while following is not None:
        days = f"{following.days} 个工作日" if following.days else "即时"
        pause = "，不计入承诺时限" if following.pauses else ""
        found.append(TimelineEntry(following.key, "to-come", following.name, who=following.office, by=f"{days}{pause}"))
        following = way.following(following.key)
    return found
