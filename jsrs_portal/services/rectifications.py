"""差评整改: bad ratings of the officer's region, put right and closed; who rated which case is never told (R-2.6.3.4).

What is shown of a rating is its matter, its level, what was ticked and written, and the day. Neither the case nor the
person nor the unit is among it: from a case's number an officer would find who applied.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain import ratings as rules
from jsrs_portal.domain import staff as staff_rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.case_limits import by_words
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.ratings import Level, Standing, Tab
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.ratings import Rating, Rectification
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import audit, notices
from jsrs_portal.services.keyset import Place
from jsrs_portal.services.staff import FORBIDDEN, may
from jsrs_portal.services.staff_case_rows import holder_name

PAGE = 20
MOST_COUNTED = 100
"""What is open is counted up to here; more is said as more."""
GONE = Refusal("没有这条评价，或它不在您负责的区域。", code="gone")
STALE = Refusal("这条评价刚刚已由同事整改办结，请查看最新情况。", code="stale")


@dataclass(frozen=True)
class BadRating:
    """A bad rating in the officers' list; nothing of it names who gave it. ``tone`` is the limit's."""

    id: str
    version: int
    matter: str
    region: str
    level: str
    reasons: tuple[str, ...]
    words: str
    given: str
    limit: str
    tone: str
    open: bool
    done: str
    closed: str
    officer: str


@dataclass(frozen=True)
class BadRatings:
    """A page of them; ``next`` is where the next begins, empty at the end."""

    rows: tuple[BadRating, ...]
    next: str = ""


@dataclass(frozen=True)
class Counts:
    """How many are open, how many of those overdue, and how many due soon; each counted up to :data:`MOST_COUNTED`."""

    open: int = 0
    overdue: int = 0
    soon: int = 0


async def list_rectifications(
    session: AsyncSession, *, actor: Actor, tab: Tab = Tab.OPEN, after: str = ""
) -> BadRatings | Refusal:
    """Return a page of the bad ratings of the officer's region: what is due first, of the closed ones the latest.

    One query. Errors: no permission.
    """
    if refused := may(actor, Permission.STAFF_CASES):
        return refused
    closed = tab is Tab.CLOSED
    at = col(Rectification.closed_at) if closed else col(Rectification.due_by)
    key = col(Rectification.id)
    query = (
        select(Rectification, Rating, col(Matter.name), Staff)
        .join(Rating, col(Rating.id) == col(Rectification.rating_id))
        .join(Matter, col(Matter.id) == col(Rating.matter_id))
        .outerjoin(Staff, col(Staff.id) == col(Rectification.staff_id))
        .where(*_of(actor, tab), *_behind(after, closed=closed))
        .order_by(*((at.desc(), key.desc()) if closed else (at, key)))
        .limit(PAGE + 1)
    )
    found = (await session.execute(query)).all()
    rows = tuple(_row(mending, rating, matter, officer) for mending, rating, matter, officer in found[:PAGE])
    return BadRatings(rows, _place(found[PAGE - 1][0], closed=closed) if len(found) > PAGE else "")


async def count_rectifications(session: AsyncSession, *, actor: Actor) -> Counts:
    """Return how many wait in the officer's region, how many of them too long or nearly so. One query."""
    if may(actor, Permission.STAFF_CASES):
        return Counts()
    today, due_by = clock.today(), col(Rectification.due_by)
    near = [due_by >= today, due_by <= rules.urgent_from(today, work_days())]
    parts = (_of(actor, Tab.OPEN), _of(actor, Tab.OVERDUE), [*_of(actor, Tab.OPEN), *near])
    cut = [select(col(Rectification.id)).where(*one).limit(MOST_COUNTED).subquery() for one in parts]
    numbers = [select(func.count()).select_from(one).scalar_subquery() for one in cut]
    return Counts(*(await session.execute(select(*numbers))).one())


async def close_rectification(
    session: AsyncSession, *, actor: Actor, rectification_id: str, seen: int, done: str
) -> Refusal | None:
    """Close the rectification of a bad rating with what was ``done``; whoever rated is told.

    The officer's account is read again, the row is held. Errors: no permission; none of the region's; closed since;
    what was done is not said.
    """
    if refused := may(actor, Permission.STAFF_CASES):
        return refused
    account = await session.get(Staff, actor.staff_id, populate_existing=True)
    if account is None or account.status != staff_rules.StaffStatus.ACTIVE or account.role != StaffRole.OFFICER:
        return FORBIDDEN
    actor = replace(actor, staff_region=account.region)
    mending = await session.get(Rectification, rectification_id, with_for_update=True, populate_existing=True)
    if mending is None or not staff_rules.covers(actor.staff_region, mending.region):
        return GONE
    if mending.state != Standing.OPEN or mending.version != seen:
        return STALE
    if problem := rules.done_problem(done):
        return problem
    mending.state, mending.version = Standing.CLOSED, mending.version + 1
    mending.staff_id, mending.closed_at = actor.staff_id, clock.now()
    mending.done = done.strip()
    audit.record(session, actor=actor, action="rating.rectify", subject=mending.id, details={"done": mending.done})
    await _tell(session, mending)
    return None


async def _tell(session: AsyncSession, mending: Rectification) -> None:
    """Tell whoever rated what was done; one who has closed the account is told no more."""
    query = (
        select(Person, Case)
        .select_from(Rating)
        .join(Person, col(Person.id) == col(Rating.person_id))
        .join(Case, col(Case.id) == col(Rating.case_id))
        .where(col(Rating.id) == mending.rating_id)
    )
    person, case = (await session.execute(query)).one()
    if person.status == PersonStatus.CLOSED:
        return
    said = f"您对「{case.matter_name}」办件的评价已完成整改。办件编号 {case.number}。"
    await notices.tell(
        session,
        person=person,
        kind=NoticeKind.CASE,
        title="您的评价已完成整改",
        text=f"{said}整改情况：{mending.done}",
        sms=said,
        href=f"/cases/{case.id}",
        unit_id=case.unit_id or "",
        institution_id=case.institution_id or "",
    )


def _of(actor: Actor, tab: Tab) -> list[ColumnElement[bool]]:
    """Return the conditions of a part of the list in the officer's region."""
    state = Standing.CLOSED if tab is Tab.CLOSED else Standing.OPEN
    conditions: list[ColumnElement[bool]] = [col(Rectification.state) == state]
    if tab is Tab.OVERDUE:
        conditions.append(col(Rectification.due_by) < clock.today())
    prefix = staff_rules.region_prefix(actor.staff_region)
    return [*conditions, col(Rectification.region).startswith(prefix, autoescape=True)] if prefix else conditions


def _behind(after: str, *, closed: bool) -> list[ColumnElement[bool]]:
    """Return the condition that a row stands behind the place ``after``; none from the beginning."""
    key = col(Rectification.id)
    if closed:
        place = Place.parse(after)
        at = col(Rectification.closed_at)
        return [or_(at < place.at, and_(at == place.at, key < place.id))] if place else []
    day, _, last = after.partition("~")
    try:
        due = date.fromisoformat(day)
    except ValueError:
        return []
    by = col(Rectification.due_by)
    return [or_(by > due, and_(by == due, key > last))]


def _place(mending: Rectification, *, closed: bool) -> str:
    if closed:
        return Place(_instant(mending.closed_at), mending.id).written()
    return f"{mending.due_by.isoformat()}~{mending.id}"


def _instant(at: datetime | None) -> datetime:
    return at or clock.now()


def _row(mending: Rectification, rating: Rating, matter: str, officer: Staff | None) -> BadRating:
    today, open_ = clock.today(), mending.state == Standing.OPEN
    return BadRating(
        id=mending.id,
        version=mending.version,
        matter=matter,
        region=regions().full_name(mending.region) or mending.region,
        level=rules.LEVEL_LABELS[Level(rating.level)],
        reasons=rules.reason_texts(rating.reasons.split()),
        words=rating.words,
        given=in_words(rating.created_at.astimezone(clock.BEIJING).date()),
        limit=f"整改期限：{by_words(mending.due_by, today, work_days())}" if open_ else "",
        tone=_tone(mending.due_by, today),
        open=open_,
        done=mending.done,
        closed=in_words(mending.closed_at.astimezone(clock.BEIJING).date()) if mending.closed_at else "",
        officer=holder_name(officer),
    )


def _tone(due_by: date, today: date) -> str:
    if due_by < today:
        return "bad"
    return "warn" if due_by <= rules.urgent_from(today, work_days()) else "neutral"
