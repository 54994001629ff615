"""我的工作台: what waits for the unit's review, what has been reviewed, and one case to look at (R-2.6.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.authority import ROLE_LABELS, Actor, Permission, Role
from jsrs_portal.domain.case_groups import TONES
from jsrs_portal.domain.case_limits import by_words
from jsrs_portal.domain.case_reviews import MOST_AT_ONCE, MOST_COUNTED, Tab
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.cases import STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.models.people import Person
from jsrs_portal.services.application_checks import CheckedSection
from jsrs_portal.services.case_access import reviewable
from jsrs_portal.services.case_data import HandedFiles, case_data
from jsrs_portal.services.case_moves import standing_of, way_of
from jsrs_portal.services.case_timeline import TimelineEntry, limit_words, timeline
from jsrs_portal.services.keyset import Place
from jsrs_portal.services.opened_cases import opened_from

PAGE_ROWS = 20
_WORDS = 5
_MOST_GROUPS = 100


@dataclass(frozen=True)
class ReviewRow:
    """A case in the workbench; ``progress`` is where it stands, ``limit`` until when it waits."""

    id: str
    version: int
    number: str
    matter: str
    progress: str
    tone: str
    limit: str
    applicant: str
    submitted: str
    href: str


@dataclass(frozen=True)
class ReviewPage:
    """A page of the workbench; ``after`` is the place from which the next goes, empty at the end."""

    rows: tuple[ReviewRow, ...] = ()
    after: str = ""


@dataclass(frozen=True)
class ReviewGroup:
    """The cases of one matter that wait: how many, at most one more than is counted."""

    key: str
    matter: str
    count: int


@dataclass(frozen=True)
class ReviewView:
    """One case for its reviewer: what was handed in, how far it is, and the decisions that are possible (acts)."""

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


def waiting(actor: Actor) -> ColumnElement[bool]:
    """Return which cases wait for the actor's review now; what is too late is about to end."""
    return and_(
        reviewable(actor),
        col(Case.status) == CaseStatus.UNIT_REVIEW,
        or_(col(Case.answer_by).is_(None), col(Case.answer_by) >= clock.today()),
    )


async def count_waiting(session: AsyncSession, *, actor: Actor) -> int:
    """Return how many cases wait for the actor's review, at most one more than is counted. One query, or none."""
    if not actor.may(Permission.CASE_REVIEW) or not actor.unit_id:
        return 0
    some = select(col(Case.id)).where(waiting(actor)).limit(MOST_COUNTED + 1).subquery()
    return (await session.execute(select(func.count()).select_from(some))).scalar_one()


async def list_reviews(
    session: AsyncSession, *, actor: Actor, tab: Tab, text: str = "", matter: str = "", after: str = ""
) -> ReviewPage:
    """Return a page of what waits (newest submission first) or has been reviewed (newest review first). One query.

    ``text`` is looked for in the matters' names; ``matter`` is the key of the one matter of 合并待办, whose page has
    as many rows as may be reviewed at once.
    """
    done = tab is Tab.DONE
    at = col(Case.reviewed_at) if done else col(Case.submitted_at)
    conditions = [and_(reviewable(actor), at.is_not(None)) if done else waiting(actor), *_named(text, matter)]
    place = Place.parse(after)
    if place is not None:
        conditions.append(or_(at < place.at, and_(at == place.at, col(Case.id) < place.id)))
    rows = MOST_AT_ONCE if tab is Tab.MERGED else PAGE_ROWS
    query = (
        select(Case, Person)
        .join(Person, col(Person.id) == col(Case.person_id))
        .where(*conditions)
        .order_by(at.desc(), col(Case.id).desc())
        .limit(rows + 1)
    )
    found = [(case, person) for case, person in await session.execute(query)]
    last = found[rows - 1][0] if len(found) > rows else None
    return ReviewPage(
        tuple(_row(case, person) for case, person in found[:rows]),
        _written(last.reviewed_at if done else last.submitted_at, last.id) if last else "",
    )


async def list_groups(session: AsyncSession, *, actor: Actor, text: str = "") -> tuple[ReviewGroup, ...]:
    """Return the matters of which cases wait for the actor, those with most cases first. One query (合并待办)."""
    number = func.count(col(Case.id))
    query = (
        select(col(Matter.key), col(Matter.name), number)
        .select_from(Case)
        .join(Matter, col(Matter.id) == col(Case.matter_id))
        .where(waiting(actor), *_named(text, ""))
        .group_by(col(Matter.key), col(Matter.name))
        .order_by(number.desc(), col(Matter.key))
        .limit(_MOST_GROUPS)
    )
    return tuple(ReviewGroup(key, name, count) for key, name, count in await session.execute(query))


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
    data = await case_data(session, opened, whole=True)
    return ReviewView(
        id=case.id,
        version=case.version,
        matter=case.matter_name,
        number=case.number or "",
        applicant=_applicant(case, person),
        submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        status=STATUS_LABELS[CaseStatus(case.status)],
        tone=TONES[CaseStatus(case.status)],
        limits=limit_words(opened),
        acts=_acts(way_of(opened).reviews(standing_of(case)), case),
        timeline=await timeline(session, opened, staff=False),
        sections=data.sections,
        files=data.files,
    )


def _acts(acts: Sequence[Act], case: Case) -> tuple[str, ...]:
    late = case.answer_by is not None and case.answer_by < clock.today()
    return () if late else tuple(act.value for act in acts)


def _named(text: str, matter: str) -> list[ColumnElement[bool]]:
    words: list[ColumnElement[bool]] = [
        col(Matter.name).icontains(word, autoescape=True) for word in text.split()[:_WORDS]
    ]
    if matter:
        words.append(col(Matter.key) == matter)
    return [col(Case.matter_id).in_(select(col(Matter.id)).where(*words))] if words else []


def _written(at: datetime | None, key: str) -> str:
    return Place(at, key).written() if at else ""


def _applicant(case: Case, person: Person) -> str:
    role: Any = ROLE_LABELS.get(Role(case.role)) if case.role else None
    return f"{mask_name(person.name)}（{role}）" if role else mask_name(person.name)


def _row(case: Case, person: Person) -> ReviewRow:
    status = CaseStatus(case.status)
    limit = ""
    if status is CaseStatus.UNIT_REVIEW and case.answer_by is not None:
        limit = by_words(case.answer_by, clock.today(), work_days(), working=bool(case.returned))
    return ReviewRow(
        id=case.id,
        version=case.version,
        number=case.number or "",
        matter=case.matter_name,
        progress=STATUS_LABELS[status],
        tone=TONES[status],
        limit=limit,
        applicant=_applicant(case, person),
        submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        href=f"/unit/workbench/{case.id}",
    )
