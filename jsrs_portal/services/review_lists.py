"""我的工作台: what waits for the unit's review, and what has been reviewed (R-2.6.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.authority import Actor, Permission, Role
from jsrs_portal.domain.case_groups import TONES
from jsrs_portal.domain.case_limits import by_words
from jsrs_portal.domain.case_reviews import DECISIONS, MOST_AT_ONCE, MOST_COUNTED, Tab, reviewing_with
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.cases import STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.models.cases import Case, CaseEvent
from jsrs_portal.models.catalog import Matter
from jsrs_portal.models.people import Person
from jsrs_portal.services.case_access import come_to
from jsrs_portal.services.case_marks import mark_of, marked
from jsrs_portal.services.case_matters import MOST_STREAMS, in_scope, matters_in, named, occurring
from jsrs_portal.services.case_people import handed_in_by
from jsrs_portal.services.case_streams import Order, Spot, Stream, count_of, given, in_order, kind_of, page_of
from jsrs_portal.services.composed import TODAY, Day, composed

PAGE_ROWS = 20
_MOST_GROUPS = 100


@dataclass(frozen=True)
class ReviewRow:
    """A case in the workbench; ``progress`` is where it stands, ``limit`` until when it waits.

    ``decided`` is what the unit has decided last, when, and whether by who looks; empty where that is not listed.
    """

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
    decided: str = ""


@dataclass(frozen=True)
class ReviewPage:
    """A page of the workbench; ``after`` is the place from which the next goes, empty at the end.

    ``mark`` tells whether it has changed since: :func:`mark_reviews`.
    """

    rows: tuple[ReviewRow, ...] = ()
    after: str = ""
    mark: str = ""


@dataclass(frozen=True)
class ReviewGroup:
    """The cases of one matter that wait: how many, at most one more than is counted."""

    key: str
    matter: str
    count: int


async def count_waiting(session: AsyncSession, *, actor: Actor) -> int:
    """Return how many cases wait for the actor's review, at most one more than is counted.

    One query, or none; two for an agent, whose scope names matters.
    """
    if not _reviews(actor):
        return 0
    query, whose = composed(waiting_query, actor)
    if query is None:
        streams = await _streams(session, actor, Tab.WAITING)
        query = count_of(streams, most=MOST_COUNTED + 1) if streams else select(literal(0))
    return (await session.execute(query, whose)).scalar_one()


def waiting_query(actor: Actor) -> Any:
    """Return the statement of :func:`count_waiting`.

    ``None`` for an agent who reviews: what is in their scope has to be looked up first.
    """
    if not _reviews(actor):
        return select(literal(0))
    streams = _known(actor, Tab.WAITING, TODAY)
    return count_of(streams, most=MOST_COUNTED + 1) if streams is not None else None


async def list_reviews(
    session: AsyncSession, *, actor: Actor, tab: Tab, text: str = "", matter: str = "", after: str = ""
) -> ReviewPage:
    """Return a page of what waits (newest submission first) or has been reviewed (newest review first).

    One query, or two where the scope, ``text`` or ``matter`` names matters. ``text`` is looked for in their names;
    ``matter`` is the key of the one of 合并待办, whose page has as many rows as may be reviewed at once.
    """
    order, rows = _order(tab), _rows(tab)
    query, values, place = None, {}, Spot.parse(after, order)
    if not (text.strip() or matter) and _reviews(actor):
        query, values = composed(_known_page, actor, tab, kind_of(place))
    if query is None:
        query, values = _page(await _streams(session, actor, tab, text=text, key=matter), tab, place), {}
    if query is None:
        return ReviewPage()
    found: list[Any] = list(await session.execute(query, values | given(place) if values else {}))
    return ReviewPage(
        tuple(_row(case, person, _decided(case, latest, actor)) for case, person, *latest in found[:rows]),
        Spot.of(found[rows - 1][0], order).written() if len(found) > rows else "",
        marked(case for case, *_ in found),
    )


def _known_page(actor: Actor, tab: Tab, kind: str) -> Any:
    streams = _known(actor, tab, TODAY)
    return _page(streams, tab, Spot.given_later(kind, _order(tab))) if streams is not None else None


def _order(tab: Tab) -> Order:
    return Order.REVIEWED if tab is Tab.DONE else Order.SUBMITTED


def _rows(tab: Tab) -> int:
    return MOST_AT_ONCE if tab is Tab.MERGED else PAGE_ROWS


def _page(streams: Sequence[Stream], tab: Tab, after: Spot | None) -> Any:
    """Return the statement of a page, with one row more than it shows; ``None`` without streams."""
    order = _order(tab)
    page = page_of(streams, order, after=after, most=_rows(tab) + 1)
    if page is None:
        return None
    return (
        select(Case, Person, *(_LATEST if tab is Tab.DONE else ()))
        .join(page, page.c.id == col(Case.id))
        .join(Person, col(Person.id) == col(Case.person_id))
        .order_by(*in_order(order))
    )


async def mark_reviews(
    session: AsyncSession, *, actor: Actor, tab: Tab, text: str = "", matter: str = "", after: str = ""
) -> str:
    """Return the mark that the page of :func:`list_reviews` has now. One query, or two as there."""
    order = _order(tab)
    streams = await _streams(session, actor, tab, text=text, key=matter)
    return await mark_of(session, streams, order, after=Spot.parse(after, order), most=_rows(tab) + 1)


async def list_groups(session: AsyncSession, *, actor: Actor, text: str = "") -> tuple[ReviewGroup, ...]:
    """Return the matters of which cases wait for the actor, those with most cases first. One query (合并待办)."""
    if not actor.may(Permission.CASE_REVIEW) or not actor.unit_id:
        return ()
    scope = actor.scope if actor.role is Role.AGENT else None
    here = occurring(_place(actor, Tab.WAITING, clock.today()))
    some = (
        select(literal(1).label("one"))
        .where(*_place(actor, Tab.WAITING, clock.today()), *come_to(actor), col(Case.matter_id) == col(Matter.id))
        .limit(MOST_COUNTED + 1)
        .correlate(Matter)
        .subquery()
    )
    number = select(func.count()).select_from(some).scalar_subquery()
    query = (
        select(col(Matter.key), col(Matter.name), number.label("number"))
        .join(here, here.c.id == col(Matter.id))
        .where(in_scope(scope), *named(text))
        .subquery()
    )
    shown = select(query).where(query.c.number > 0).order_by(query.c.number.desc(), query.c.key).limit(_MOST_GROUPS)
    return tuple(ReviewGroup(key, name, count) for key, name, count in await session.execute(shown))


def _reviews(actor: Actor) -> bool:
    return actor.may(Permission.CASE_REVIEW) and bool(actor.unit_id) and actor.role is not None


def _place(actor: Actor, tab: Tab, today: Day) -> list[ColumnElement[bool]]:
    """Return where the cases of a tab lie; what is too late for a review is about to end."""
    if tab is Tab.DONE:
        return [col(Case.review_unit_id) == actor.unit_id, col(Case.reviewed_at).is_not(None)]
    in_time = or_(col(Case.answer_by).is_(None), col(Case.answer_by) >= today)
    return [col(Case.review_unit_id) == actor.unit_id, col(Case.status) == CaseStatus.UNIT_REVIEW, in_time]


def _known(actor: Actor, tab: Tab, today: Day) -> list[Stream] | None:
    """Return a stream for each set of roles that the actor's belongs to; ``None`` where a scope has to be asked."""
    if actor.role is Role.AGENT or actor.role is None:
        return None
    others, _ = come_to(actor)
    return [[*_place(actor, tab, today), others, col(Case.reviewers) == roles] for roles in reviewing_with(actor.role)]


async def _streams(session: AsyncSession, actor: Actor, tab: Tab, *, text: str = "", key: str = "") -> list[Stream]:
    """Return a stream for each matter, or for each set of roles that the actor's belongs to."""
    if not _reviews(actor):
        return []
    known = _known(actor, tab, clock.today())
    if known is not None and not text.strip() and not key:
        return known
    place, (others, ours) = _place(actor, tab, clock.today()), come_to(actor)
    scope = actor.scope if actor.role is Role.AGENT else None
    found = await matters_in(session, place, text=text, key=key, scope=scope)
    if len(found) > MOST_STREAMS:
        return [[*place, others, ours, col(Case.matter_id).in_(found)]]
    return [[*place, others, ours, col(Case.matter_id) == one] for one in found]


def _latest(column: Any) -> Any:
    """Return what ``column`` says of the unit's latest review of a case."""
    return (
        select(column)
        .where(col(CaseEvent.case_id) == col(Case.id), col(CaseEvent.act).in_(DECISIONS))
        .order_by(col(CaseEvent.position).desc())
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )


_LATEST = (_latest(col(CaseEvent.act)), _latest(col(CaseEvent.person_id)))


def _decided(case: Case, latest: Sequence[str | None], actor: Actor) -> str:
    act, reviewer = latest or (None, None)
    if act is None or case.reviewed_at is None:
        return ""
    own = "（您本人审核）" if reviewer == actor.person_id else ""
    return f"单位审核：{DECISIONS[Act(act)]}，{to_the_minute(case.reviewed_at)}{own}"


def _row(case: Case, person: Person, decided: str = "") -> ReviewRow:
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
        applicant=handed_in_by(case, person),
        submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        href=f"/unit/workbench/{case.id}",
        decided=decided,
    )
