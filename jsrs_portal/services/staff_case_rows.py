"""Cases as an officer's lists show them: masked, with what is due, who looks after them and what is new (R-2.6.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Subquery, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_limits import by_words
from jsrs_portal.domain.case_workflow import LOOKED_AFTER, Act
from jsrs_portal.domain.cases import AT_DESK, ENDED, STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import in_words
from jsrs_portal.models.cases import Case, CaseEvent
from jsrs_portal.models.people import Person
from jsrs_portal.models.staff import Staff
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services.case_streams import Order, in_order
from jsrs_portal.services.definitions import definitions_of

CORRECTED, GIVEN = "已补正", "转来"
SOON = 1
"""So many working days before its end a limit is said to be near."""


@dataclass(frozen=True)
class DeskRow:
    """A case in a list. ``holder`` is who looks after it, empty for nobody; ``marks`` say what is new about it.

    ``tone`` is the limit's: bad when it is over, warn when it is near.
    """

    id: str
    version: int
    number: str
    matter: str
    applicant: str
    kind: str
    region: str
    step: str
    status: str
    status_label: str
    limit: str
    tone: str
    holder: str
    mine: bool
    free: bool
    marks: tuple[str, ...]
    submitted: str


def rows_query(page: Subquery, order: Order) -> Any:
    """Return the statement of :func:`rows_of` for the cases of ``page``, in their order."""
    return (
        select(Case, Person, Staff, col(Unit.name), col(Institution.name), *_LATEST)
        .join(page, page.c.id == col(Case.id))
        .join(Person, col(Person.id) == col(Case.person_id))
        .outerjoin(Staff, col(Staff.id) == col(Case.officer_id))
        .outerjoin(Unit, col(Unit.id) == col(Case.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(Case.institution_id))
        .order_by(*in_order(order))
    )


async def rows_of(
    session: AsyncSession, actor: Actor, query: Any, values: Mapping[str, Any], *, most: int
) -> tuple[list[Case], tuple[DeskRow, ...]]:
    """Return the cases of a :func:`rows_query`, and the first ``most`` of them as rows.

    One query, and another for definitions that were not read yet.
    """
    found: Any = (await session.execute(query, values)).all()
    shown = found[:most]
    steps = await _steps(session, {one.version_id for one, *_ in shown})
    rows = tuple(
        _row(one, person, holder, (unit or "", institution or ""), steps, _marks(one, latest, actor), actor)
        for one, person, holder, unit, institution, *latest in shown
    )
    return [one for one, *_ in found], rows


def holder_name(officer: Staff | None) -> str:
    """Return how colleagues call an officer: 程慕白（officer）; empty for nobody."""
    return f"{officer.name}（{officer.login}）" if officer else ""


def applicant_of(person: Person, unit: str, institution: str) -> tuple[str, str]:
    """Return in whose name a case is, masked where it is a person's, and what they are."""
    if unit or institution:
        return unit or institution, "单位" if unit else "机构"
    return masking.mask_name(person.name), "个人"


async def _steps(session: AsyncSession, versions: set[str]) -> dict[tuple[str, str], str]:
    """Return what the bureau's steps are called, by version and key."""
    return {
        (key, step.key): step.name
        for key, definition in (await definitions_of(session, versions)).items()
        if definition.workflow
        for step in definition.workflow.steps
    }


def _latest(column: Any, *conditions: ColumnElement[bool]) -> Any:
    """Return what ``column`` says of a case's latest event."""
    return (
        select(column)
        .where(col(CaseEvent.case_id) == col(Case.id), *conditions)
        .order_by(col(CaseEvent.position).desc())
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )


_LATEST = (
    _latest(col(CaseEvent.act)),
    _latest(col(CaseEvent.staff_id)),
    _latest(col(CaseEvent.person_id), col(CaseEvent.act).not_in(LOOKED_AFTER)),
)
"""Of each case: what was done last, by which officer, and by which applicant it came to where it stands, if by one."""


def _marks(one: Case, latest: Sequence[str | None], actor: Actor) -> tuple[str, ...]:
    """Return what is new: a correction that came back, and a case that a colleague gave to the one who looks at it."""
    act, giver, corrector = latest
    corrected = (CORRECTED,) if corrector and one.returned and one.status in AT_DESK else ()
    given = act in (Act.ASSIGN, Act.HAND_OVER) and giver != actor.staff_id and one.officer_id == actor.staff_id
    return (*corrected, GIVEN) if given else corrected


def _row(
    one: Case,
    person: Person,
    holder: Staff | None,
    names: tuple[str, str],
    steps: dict[tuple[str, str], str],
    marks: tuple[str, ...],
    actor: Actor,
) -> DeskRow:
    applicant, kind = applicant_of(person, *names)
    status = CaseStatus(one.status)
    limit, tone = limit_of(one)
    return DeskRow(
        id=one.id,
        version=one.version,
        number=one.number or "",
        matter=one.matter_name,
        applicant=applicant,
        kind=kind,
        region=regions().full_name(one.region) or one.region,
        step="" if status in ENDED else steps.get((one.version_id, one.stage), ""),
        status=status,
        status_label=STATUS_LABELS[status],
        limit=limit,
        tone=tone,
        holder=holder_name(holder),
        mine=bool(one.officer_id) and one.officer_id == actor.staff_id,
        free=one.officer_id is None and status in AT_DESK,
        marks=marks,
        submitted=in_words(one.submitted_at.astimezone(clock.BEIJING)) if one.submitted_at else "",
    )


def limit_of(one: Case) -> tuple[str, str]:
    """Return the limit that counts now in words, and its tone; nothing for what has ended."""
    today, days = clock.today(), work_days()
    if one.status == CaseStatus.CORRECTION and one.answer_by:
        return f"补正截止：{by_words(one.answer_by, today, days)}", "neutral"
    if one.status not in AT_DESK or one.step_by is None:
        return "", "neutral"
    over, near = one.step_by < today, days.between(today, one.step_by) <= SOON
    return f"环节时限：{by_words(one.step_by, today, days)}", "bad" if over else "warn" if near else "neutral"
