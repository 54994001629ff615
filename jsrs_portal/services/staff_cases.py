"""The officers' queue: cases of their region by what is due first, a page in the same few statements (R-2.6.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain import staff as rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.case_desk import Tab
from jsrs_portal.domain.cases import AT_DESK, CaseStatus
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.services.case_marks import mark_of, marked
from jsrs_portal.services.case_matters import occurring
from jsrs_portal.services.case_streams import Order, Spot, Stream, count_of, given, kind_of, page_of
from jsrs_portal.services.composed import TODAY, Day, composed
from jsrs_portal.services.staff import may
from jsrs_portal.services.staff_case_rows import DeskRow, rows_of, rows_query

PAGE = 20
MOST_COUNTED = 100
"""What waits is counted up to here; more is said as more."""
IN_PROCESS = (*AT_DESK, CaseStatus.CORRECTION)
BAD_REGION = Refusal("请从列表中选择您负责的区域。", "region")


@dataclass(frozen=True)
class DeskFilter:
    """How a queue is narrowed; what is empty narrows nothing. ``matter`` is an identifier, ``region`` a code."""

    tab: Tab = Tab.UNCLAIMED
    matter: str = ""
    region: str = ""


@dataclass(frozen=True)
class DeskPage:
    """One page of cases; ``next`` is where the next begins, empty at the end.

    ``mark`` becomes another when anything on the page changes.
    """

    rows: tuple[DeskRow, ...]
    next: str = ""
    mark: str = field(default="", compare=False)


@dataclass(frozen=True)
class Waiting:
    """How many cases wait for an officer, each counted up to :data:`MOST_COUNTED`."""

    unclaimed: int
    mine: int

    @property
    def all(self) -> int:
        """Both together, for the menu."""
        return self.unclaimed + self.mine


async def list_cases(session: AsyncSession, *, actor: Actor, wanted: DeskFilter, after: str = "") -> DeskPage | Refusal:
    """Return a page of the officer's queue, what is due first at the top.

    One query at any size, and another for definitions that this process has not read yet.

    Errors: no permission; a region that is not the officer's.
    """
    streams = _queue(actor, wanted)
    if isinstance(streams, Refusal):
        return streams
    if wanted.matter or wanted.region:
        return await read_page(session, actor, streams, Order.STEP_BY, after)
    place = Spot.parse(after, Order.STEP_BY)
    query, values = composed(_known_page, actor, wanted.tab, kind_of(place))
    return await _read(session, actor, query, values | given(place), Order.STEP_BY)


def _known_page(actor: Actor, tab: Tab, kind: str) -> Any:
    streams = _streams(actor, tab, "", _codes(actor, ""), TODAY)
    page = page_of(streams, Order.STEP_BY, after=Spot.given_later(kind, Order.STEP_BY), most=PAGE + 1)
    return None if page is None else rows_query(page, Order.STEP_BY)


async def mark_queue(session: AsyncSession, *, actor: Actor, wanted: DeskFilter, after: str = "") -> str:
    """Return the mark that the page of :func:`list_cases` has now; empty where there is none. One query."""
    streams = _queue(actor, wanted)
    return "" if isinstance(streams, Refusal) else await mark_page(session, streams, Order.STEP_BY, after)


async def mark_page(session: AsyncSession, streams: Sequence[Stream], order: Order, after: str) -> str:
    """Return the mark that the page of :func:`read_page` has now. One query."""
    return await mark_of(session, streams, order, after=Spot.parse(after, order), most=PAGE + 1)


async def read_page(
    session: AsyncSession, actor: Actor, streams: Sequence[Stream], order: Order, after: str
) -> DeskPage:
    """Return a page of the cases in ``streams``, which the officer is known to reach."""
    page = page_of(streams, order, after=Spot.parse(after, order), most=PAGE + 1)
    return await _read(session, actor, None if page is None else rows_query(page, order), {}, order)


async def _read(session: AsyncSession, actor: Actor, query: Any, values: Mapping[str, Any], order: Order) -> DeskPage:
    if query is None:
        return DeskPage(())
    found, rows = await rows_of(session, actor, query, values, most=PAGE)
    following = Spot.of(found[PAGE - 1], order).written() if len(found) > PAGE else ""
    return DeskPage(rows, following, marked(found))


async def count_waiting(session: AsyncSession, *, actor: Actor) -> Waiting:
    """Return how many cases nobody has taken yet, and how many wait for this officer. One query."""
    if may(actor, Permission.STAFF_CASES):
        return Waiting(0, 0)
    query, values = composed(_waiting, actor)
    row: Any = (await session.execute(query, values)).one()
    unclaimed, mine = row
    return Waiting(min(unclaimed, MOST_COUNTED), min(mine, MOST_COUNTED))


def _waiting(actor: Actor) -> Any:
    codes = _codes(actor, "")
    free, own = _streams(actor, Tab.UNCLAIMED, "", codes, TODAY), _mine(actor, codes, AT_DESK)
    return select(*(count_of(one, most=MOST_COUNTED).scalar_subquery() for one in (free, own)))


async def matters_at_desk(session: AsyncSession, *, actor: Actor) -> list[tuple[str, str]]:
    """Return the matters of which a case is in process in the officer's region, as (identifier, name). One query."""
    if may(actor, Permission.STAFF_CASES):
        return []
    places: list[Stream] = (
        [[]] if (codes := _codes(actor, "")) is None else [[col(Case.region) == one] for one in codes]
    )
    found = [select(occurring([*place, col(Case.status).in_(IN_PROCESS)]).c.id) for place in places]
    here = union(*found) if len(found) > 1 else found[0]
    query = select(col(Matter.id), col(Matter.name)).where(col(Matter.id).in_(here)).order_by(col(Matter.name))
    return [(key, name) for key, name in await session.execute(query)]


def regions_below(actor: Actor) -> list[tuple[str, str]]:
    """Return the regions by which an officer may narrow the queue, as (code, name)."""
    tree = regions()
    return [(code, tree.full_name(code)) for code in tree.by_code if rules.covers(actor.staff_region, code)]


def within(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the condition that a case lies in the officer's region; none for the whole province."""
    prefix = rules.region_prefix(actor.staff_region)
    return [col(Case.region).startswith(prefix, autoescape=True)] if prefix else []


def _queue(actor: Actor, wanted: DeskFilter) -> list[Stream] | Refusal:
    """Return the streams of a queue, or why the officer has none."""
    if refused := may(actor, Permission.STAFF_CASES):
        return refused
    codes = _codes(actor, wanted.region)
    if codes is not None and not codes:
        return BAD_REGION
    return _streams(actor, wanted.tab, wanted.matter, codes, clock.today())


def _codes(actor: Actor, narrowed: str) -> tuple[str, ...] | None:
    """Return the codes that are looked through; ``None`` for the whole province, nothing for a foreign region.

    A city means its counties too; the province, once it is chosen, means 省本级 alone.
    """
    own, by_code = actor.staff_region, regions().by_code
    if narrowed:
        if narrowed not in by_code or not rules.covers(own, narrowed):
            return ()
        if narrowed == rules.PROVINCE:
            return (narrowed,)
        return tuple(code for code in by_code if rules.covers(narrowed, code))
    if not rules.region_prefix(own):
        return None
    return tuple(code for code in by_code if rules.covers(own, code))


def _streams(actor: Actor, tab: Tab, matter: str, codes: tuple[str, ...] | None, today: Day) -> list[Stream]:
    more = [col(Case.matter_id) == matter] if matter else []
    if tab is Tab.MINE:
        return [[*stream, *more] for stream in _mine(actor, codes, IN_PROCESS)]
    if tab is Tab.UNCLAIMED:
        more.append(col(Case.officer_id).is_(None))
    if tab is Tab.OVERDUE:
        more.append(col(Case.step_by) < today)
    statuses = IN_PROCESS if tab is Tab.ALL else AT_DESK
    places: list[Stream] = [[]] if codes is None else [[col(Case.region) == code] for code in codes]
    return [[*place, col(Case.status) == status, *more] for place in places for status in statuses]


def _mine(actor: Actor, codes: tuple[str, ...] | None, statuses: Sequence[CaseStatus]) -> list[Stream]:
    # What an officer has in hand is few: no index by region may be read instead, as PostgreSQL would with an equality.
    here = [] if codes is None else [func.coalesce(col(Case.region), "").in_(codes)]
    return [[col(Case.officer_id) == actor.staff_id, col(Case.status) == status, *here] for status in statuses]
