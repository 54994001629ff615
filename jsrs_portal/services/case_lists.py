"""全部办件: lists of whoever applied, their unit or institution, and its numbers (R-2.6.1.1, R-2.6.3.1, R-2.6.6.5).

Pages go by where the last one ended (time of submission, identifier); nothing here costs more with more cases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.authority import Actor, Permission, Role
from jsrs_portal.domain.case_groups import (
    GROUP,
    MOST_COUNTED,
    TO_RATE,
    TONES,
    whole_number,
)
from jsrs_portal.domain.case_limits import by_words
from jsrs_portal.domain.cases import AT_DESK, ENDED, STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import in_words, to_the_minute
from jsrs_portal.domain.matter_workflow import StaffStep
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Institution
from jsrs_portal.services.case_access import MANAGERS, listed, workable
from jsrs_portal.services.case_list_streams import CaseFilter as CaseFilter
from jsrs_portal.services.case_list_streams import known_streams, streams_of
from jsrs_portal.services.case_marks import mark_of, marked
from jsrs_portal.services.case_matters import in_scope, named
from jsrs_portal.services.case_people import handed_in_by
from jsrs_portal.services.case_streams import Order, Spot, Stream, count_of, given, in_order, kind_of, page_of
from jsrs_portal.services.composed import composed
from jsrs_portal.services.definitions import definitions_of

PAGE_ROWS = 20


@dataclass(frozen=True)
class CaseCard:
    """A case as lists show it. ``whose`` is the institution that applied, empty for the unit itself or a person.

    ``who`` handed it in, masked and with their role; empty where somebody applies for themselves.
    ``now`` is where it stands in words, with its limit; ``tone`` the look of its ``status``. ``to_rate``: the actor's
    rating is still to come.
    """

    id: str
    number: str
    matter: str
    whose: str
    who: str
    status: str
    tone: str
    submitted: str
    now: str
    href: str
    to_rate: bool = False


@dataclass(frozen=True)
class CasePage:
    """A page of a list; ``before`` and ``after`` are the places from which the pages beside it go, empty at the ends.

    ``total`` is at most one more than is counted; ``mark`` becomes another when anything on the page changes.
    """

    items: tuple[CaseCard, ...]
    total: int
    before: str
    after: str
    mark: str = field(default="", compare=False)


async def list_cases(
    session: AsyncSession, *, actor: Actor, wanted: CaseFilter, after: str = "", before: str = ""
) -> CasePage:
    """Return the page of the actor's list that follows ``after``, or ends in front of ``before``.

    One query; one more where matters are looked for by name and for an agent (two if there is something to rate), for
    definitions that were not read yet, and where a page has come to an end.

    Newest submission first. What is no place is the beginning.
    """
    if not actor.may(Permission.APPLY):
        return CasePage((), 0, "", "")
    place = Spot.parse(after or before, Order.SUBMITTED)
    back = bool(before) and not after and place is not None
    rows, total = await _read(session, actor, wanted, place, back=back)
    mark = marked(case for case, *_ in rows)
    more = len(rows) > PAGE_ROWS
    if back and not more:  # the beginning has been reached: show it whole
        place, back = None, False
        rows, total = await _read(session, actor, wanted)
        more = len(rows) > PAGE_ROWS
    rows = rows[:PAGE_ROWS]
    if back:
        rows.reverse()
    steps = await current_steps(session, (case for case, *_ in rows))
    may_rate = await _ratable(session, actor, [case for case, *_ in rows])
    among = bool(actor.unit_id)  # an institution has no others beside it
    items = tuple(
        _card(case, person, (whose or "") if among else "", steps.get(case.id), to_rate=case.id in may_rate)
        for case, person, whose in rows
    )
    first, last = (Spot.of(rows[at][0], Order.SUBMITTED).written() if rows else "" for at in (0, -1))
    return CasePage(
        items,
        total,
        before=first if (more if back else place is not None) else "",
        after=last if back or more else "",
        mark=mark,
    )


async def mark_list(
    session: AsyncSession, *, actor: Actor, wanted: CaseFilter, after: str = "", before: str = ""
) -> str:
    """Return the mark that the page of :func:`list_cases` has now. One query; two where that needs one for matters."""
    if not actor.may(Permission.APPLY):
        return ""
    streams = await streams_of(session, actor, wanted)
    place = Spot.parse(after or before, Order.SUBMITTED)
    back = bool(before) and not after and place is not None
    return await mark_of(session, streams, Order.SUBMITTED, after=place, most=PAGE_ROWS + 1, back=back)


def narrowed(actor: Actor, wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of the actor's list that is narrowed to what is ``wanted``; an unknown group is none."""
    conditions: list[ColumnElement[bool]] = [listed(actor)]
    group = GROUP.get(wanted.group)
    if group is not None:
        conditions.append(col(Case.status).in_(group.statuses))
        if group.unrated:
            conditions += [col(Case.rated_at).is_(None), workable(actor)]
    if number := whole_number(wanted.text):
        conditions.append(col(Case.number) == number)
    elif names := named(wanted.text):
        conditions.append(col(Case.matter_id).in_(select(col(Matter.id)).where(*names)))
    return conditions


async def current_steps(session: AsyncSession, cases: Iterable[Case]) -> dict[str, StaffStep]:
    """Return, by case, the bureau's step that each of ``cases`` stands at. One query at most."""
    standing = [case for case in cases if case.status in AT_DESK]
    definitions = await definitions_of(session, (case.version_id for case in standing))
    found: dict[str, StaffStep] = {}
    for case in standing:
        known = definitions.get(case.version_id)
        workflow = known.workflow if known else None
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


async def _read(
    session: AsyncSession, actor: Actor, wanted: CaseFilter, place: Spot | None = None, *, back: bool = False
) -> tuple[list[tuple[Case, Person, str | None]], int]:
    """Return one row more than a page has, with who handed it in and the institution, and how many there are at all."""
    query, values = None, {}
    if not wanted.text and wanted.group in ("", *GROUP):
        query, values = composed(_known_page, actor, wanted, kind_of(place), back)
    if query is None:
        query, values = _page(await streams_of(session, actor, wanted), place, back=back), {}
    if query is None:
        return [], 0
    found: Any = (await session.execute(query, values | given(place) if values else {})).all()
    if found or place is None:
        return [(case, person, name) for case, person, name, _ in found], found[0][3] if found else 0
    streams = await streams_of(session, actor, wanted)
    return [], (await session.execute(count_of(streams, most=MOST_COUNTED + 1))).scalar_one()


def _known_page(actor: Actor, wanted: CaseFilter, kind: str, back: bool) -> Any:
    streams = known_streams(actor, wanted)
    return None if streams is None else _page(streams, Spot.given_later(kind, Order.SUBMITTED), back=back)


def _page(streams: Sequence[Stream], place: Spot | None, *, back: bool = False) -> Any:
    """Return the statement of a page, with the count beside every row; ``None`` without streams."""
    page = page_of(streams, Order.SUBMITTED, after=place, most=PAGE_ROWS + 1, back=back)
    if page is None:
        return None
    return (
        select(Case, Person, col(Institution.name), count_of(streams, most=MOST_COUNTED + 1).scalar_subquery())
        .join(page, page.c.id == col(Case.id))
        .join(Person, col(Person.id) == col(Case.person_id))
        .outerjoin(Institution, col(Institution.id) == col(Case.institution_id))
        .order_by(*in_order(Order.SUBMITTED, back=back))
    )


async def _ratable(session: AsyncSession, actor: Actor, cases: Sequence[Case]) -> set[str]:
    """Return which of ``cases`` wait for the actor's rating; for an agent's among them one query, about their scope."""
    waiting = [
        one for one in cases if one.status in TO_RATE.statuses and one.rated_at is None and _works_on(actor, one)
    ]
    if actor.role is not Role.AGENT or not waiting:
        return {one.id for one in waiting}
    matters = {one.matter_id for one in waiting}
    query = select(col(Matter.id)).where(col(Matter.id).in_(matters), in_scope(actor.scope))
    covered = set((await session.execute(query)).scalars())
    return {one.id for one in waiting if one.matter_id in covered}


def _card(case: Case, person: Person, whose: str, step: StaffStep | None, *, to_rate: bool) -> CaseCard:
    return CaseCard(
        id=case.id,
        number=case.number or "",
        matter=case.matter_name,
        whose=whose,
        who=handed_in_by(case, person) if case.unit_id or case.institution_id else "",
        status=STATUS_LABELS[CaseStatus(case.status)],
        tone=TONES[CaseStatus(case.status)],
        submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        now=where_it_stands(case, step),
        href=f"/cases/{case.id}",
        to_rate=to_rate,
    )


def _works_on(actor: Actor, case: Case) -> bool:
    """Tell whether a submitted case of the actor's list is one to work on; an agent's scope is asked besides."""
    named = (case.unit_id or "", case.institution_id or "") == (actor.unit_id, actor.institution_id)
    return named and (case.person_id == actor.person_id or actor.role in MANAGERS or bool(actor.institution_id))
