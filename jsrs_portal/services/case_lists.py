"""全部办件: lists of whoever applied, their unit or institution, and its numbers (R-2.6.1.1, R-2.6.3.1, R-2.6.6.5).

Pages go by where the last one ended (time of submission, identifier); nothing here costs more with more cases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.case_groups import DONE, GOING_ON, GROUP, MOST_COUNTED, TO_CORRECT, TONES, whole_number
from jsrs_portal.domain.case_limits import by_words
from jsrs_portal.domain.cases import AT_DESK, ENDED, STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import in_words, to_the_minute
from jsrs_portal.domain.matter_workflow import StaffStep
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter, MatterVersion
from jsrs_portal.models.units import Institution
from jsrs_portal.services.case_access import listed, workable
from jsrs_portal.services.definitions import parsed
from jsrs_portal.services.keyset import Place

PAGE_ROWS = 20
_WORDS = 5
"""So many words of a search count; each is looked for in every matter's name."""


@dataclass(frozen=True)
class CaseFilter:
    """What a list is narrowed to: a group's key, and a matter's name or a whole 办件编号; empty for all."""

    group: str = ""
    text: str = ""


@dataclass(frozen=True)
class CaseCard:
    """A case as lists show it. ``whose`` is the institution that applied, empty for the unit itself or a person.

    ``now`` is where it stands in words, with its limit; ``tone`` the look of its ``status``.
    """

    id: str
    number: str
    matter: str
    whose: str
    status: str
    tone: str
    submitted: str
    now: str
    href: str


@dataclass(frozen=True)
class CasePage:
    """A page of a list; ``before`` and ``after`` are the places from which the pages beside it go, empty at the ends.

    ``total`` is at most one more than is counted.
    """

    items: tuple[CaseCard, ...]
    total: int
    before: str
    after: str


@dataclass(frozen=True)
class Waiting:
    """A case that waits to be corrected, until the end of the day ``until``."""

    id: str
    matter: str
    status: str
    until: date | None


@dataclass(frozen=True)
class CaseCounts:
    """What the home page counts, each at most one more than is shown."""

    going_on: int = 0
    done: int = 0


async def list_cases(
    session: AsyncSession, *, actor: Actor, wanted: CaseFilter, after: str = "", before: str = ""
) -> CasePage:
    """Return the page of the actor's list that follows ``after``, or ends in front of ``before``. Three queries.

    Newest submission first. What is no place is the beginning.
    """
    if not actor.may(Permission.APPLY):
        return CasePage((), 0, "", "")
    conditions = narrowed(actor, wanted)
    rows, place, back = await _rows(session, conditions, after=after, before=before)
    more = len(rows) > PAGE_ROWS
    if back and not more:  # the beginning has been reached: show it whole
        rows, place, back = await _rows(session, conditions)
        more = len(rows) > PAGE_ROWS
    rows = rows[:PAGE_ROWS]
    if back:
        rows.reverse()
    steps = await current_steps(session, (case for case, _ in rows))
    among = bool(actor.unit_id)  # an institution has no others beside it
    items = tuple(_card(case, (whose or "") if among else "", steps.get(case.id)) for case, whose in rows)
    first, last = (_written(rows[0][0]), _written(rows[-1][0])) if rows else ("", "")
    return CasePage(
        items,
        await _count(session, conditions),
        before=first if (more if back else place is not None) else "",
        after=last if back or more else "",
    )


async def count_cases(session: AsyncSession, *, actor: Actor) -> CaseCounts:
    """Return how many cases of the actor's list are going on and how many are done. One query."""
    if not actor.may(Permission.APPLY):
        return CaseCounts()
    numbers = [_some(narrowed(actor, CaseFilter(group.key))).scalar_subquery() for group in (GOING_ON, DONE)]
    found = (await session.execute(select(*numbers))).one()
    return CaseCounts(*found)


async def list_waiting(session: AsyncSession, *, actor: Actor, most: int) -> tuple[Waiting, ...]:
    """Return the cases that wait for the actor to correct them, the most pressing first. One query (R-2.6.1.3)."""
    if not actor.may(Permission.APPLY):
        return ()
    query = (
        select(Case, col(Matter.key), col(Matter.category))
        .join(Matter, col(Matter.id) == col(Case.matter_id))
        .where(listed(actor), workable(actor), col(Case.status).in_(TO_CORRECT.statuses))
        .order_by(col(Case.answer_by), col(Case.id))
        .limit(most)
    )
    return tuple(
        Waiting(case.id, case.matter_name, STATUS_LABELS[CaseStatus(case.status)], case.answer_by)
        for case, key, category in await session.execute(query)
        if not actor.unit_id or actor.may_do(matter=key, category=category)
    )


def narrowed(actor: Actor, wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of the actor's list that is narrowed to what is ``wanted``; an unknown group is none."""
    conditions: list[ColumnElement[bool]] = [listed(actor)]
    group = GROUP.get(wanted.group)
    if group is not None:
        conditions.append(col(Case.status).in_(group.statuses))
    if number := whole_number(wanted.text):
        conditions.append(col(Case.number) == number)
    elif words := wanted.text.split()[:_WORDS]:
        named = [col(Matter.name).icontains(word, autoescape=True) for word in words]
        conditions.append(col(Case.matter_id).in_(select(col(Matter.id)).where(*named)))
    return conditions


async def current_steps(session: AsyncSession, cases: Iterable[Case]) -> dict[str, StaffStep]:
    """Return, by case, the bureau's step that each of ``cases`` stands at. One query at most."""
    standing = [case for case in cases if case.status in AT_DESK]
    if not standing:
        return {}
    versions = {case.version_id for case in standing}
    query = select(col(MatterVersion.id), col(MatterVersion.definition)).where(col(MatterVersion.id).in_(versions))
    workflows = {key: parsed(key, definition).workflow for key, definition in await session.execute(query)}
    found: dict[str, StaffStep] = {}
    for case in standing:
        workflow = workflows.get(case.version_id)
        step = next((one for one in workflow.steps if one.key == case.stage), None) if workflow else None
        if step is not None:
            found[case.id] = step
    return found


def where_it_stands(case: Case, step: StaffStep | None) -> str:
    """Return 「当前状态」 in words: whose turn it is, at which step, until when."""
    today, days = clock.today(), work_days()
    status = CaseStatus(case.status)
    if status in ENDED:
        ended = in_words(case.finished_at.astimezone(clock.BEIJING).date()) if case.finished_at else ""
        return f"{STATUS_LABELS[status]}，{ended}" if ended else STATUS_LABELS[status]
    if status in AT_DESK:
        at = f"{step.office}{step.name}" if step else STATUS_LABELS[status]
        return f"{at}，{by_words(case.step_by, today, days)}" if case.step_by else at
    turn = {
        CaseStatus.UNIT_REVIEW: f"等待{'本' if case.unit_id else '用人'}单位审核",
        CaseStatus.UNIT_RETURNED: "单位已退回，请修改后重新提交",
        CaseStatus.CORRECTION: "需要补正，请修改后重新提交",
    }.get(status, STATUS_LABELS[status])
    working = status is CaseStatus.CORRECTION or case.returned > 0
    return f"{turn}，{by_words(case.answer_by, today, days, working=working)}" if case.answer_by else turn


async def _rows(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], *, after: str = "", before: str = ""
) -> tuple[list[tuple[Case, str | None]], Place | None, bool]:
    """Return one row more than a page has, the place they go from, and whether they go back from it."""
    back = not after and bool(before)
    place = Place.parse(before if back else after)
    back = back and place is not None
    at, key = col(Case.submitted_at), col(Case.id)
    query = (
        select(Case, col(Institution.name))
        .outerjoin(Institution, col(Institution.id) == col(Case.institution_id))
        .where(*conditions)
        .order_by(*((at.asc(), key.asc()) if back else (at.desc(), key.desc())))
        .limit(PAGE_ROWS + 1)
    )
    if place is not None:
        further = at > place.at if back else at < place.at
        beside = key > place.id if back else key < place.id
        query = query.where(or_(further, and_(at == place.at, beside)))
    return [(case, name) for case, name in await session.execute(query)], place, back


def _some(conditions: Sequence[ColumnElement[bool]]):
    some = select(col(Case.id)).where(*conditions).limit(MOST_COUNTED + 1)
    return select(func.count()).select_from(some.subquery())


async def _count(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> int:
    return (await session.execute(_some(conditions))).scalar_one()


def _written(case: Case) -> str:
    return Place(case.submitted_at or case.created_at, case.id).written()


def _card(case: Case, whose: str, step: StaffStep | None) -> CaseCard:
    return CaseCard(
        id=case.id,
        number=case.number or "",
        matter=case.matter_name,
        whose=whose,
        status=STATUS_LABELS[CaseStatus(case.status)],
        tone=TONES[CaseStatus(case.status)],
        submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        now=where_it_stands(case, step),
        href=f"/cases/{case.id}",
    )
