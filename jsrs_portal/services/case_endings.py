"""What time does to cases: whoever has to act is reminded, and what nobody answered ends (R-2.6.3.2, R-2.6.7)."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case
from jsrs_portal.services.case_moves import act_on
from jsrs_portal.services.case_notices import remind
from jsrs_portal.services.opened_cases import opened_from

log = structlog.get_logger(__name__)

DAYS_BEFORE = 3
"""So many working days before its last day whoever has to act is reminded, once."""
_AT_ONCE = 50
_MOST = 500
"""So many are looked at each time, that the worker's other duties get their turn."""
_WAITS = (CaseStatus.UNIT_REVIEW, CaseStatus.UNIT_RETURNED, CaseStatus.CORRECTION)
_WORKER = Actor(session_key="worker")
"""Nobody acts: the time that was given is up."""


async def tend_cases() -> tuple[int, int]:
    """End what is past its last day, then remind of what soon will be; return how many of each.

    Each in a transaction of its own, so two workers, or one that is killed, do everything once.
    """
    return await lapse_cases(), await remind_of_cases()


async def lapse_cases() -> int:
    """End the cases that nobody answered in time; return how many."""
    return await _each(col(Case.answer_by) < clock.today(), _lapse)


async def remind_of_cases() -> int:
    """Remind whoever has to act three working days before the last day, once; return of how many cases.

    Not on the day on which it became their turn: they were told then.
    """
    today = clock.today()
    soon = work_days().after(today, DAYS_BEFORE + 1)
    morning = datetime.combine(today, datetime.min.time(), tzinfo=clock.BEIJING)
    return await _each(
        and_(
            col(Case.answer_by) >= today,
            col(Case.answer_by) < soon,
            or_(col(Case.reminded_by).is_(None), col(Case.reminded_by) != col(Case.answer_by)),
            or_(col(Case.moved_at).is_(None), col(Case.moved_at) < morning),
        ),
        _remind,
    )


async def _each(due: ColumnElement[bool], work: Callable[[AsyncSession, str, date], Awaitable[bool]]) -> int:
    """Do ``work`` to each case that waits and is ``due``, the most pressing first; one that fails stops no other."""
    done, looked, after = 0, 0, None
    while looked < _MOST:
        async with db.reading() as session:
            found = await _page(session, due, after)
        for case_id, answer_by in found:
            try:
                async with db.unit_of_work() as session:
                    done += await work(session, case_id, answer_by)
            except Exception as error:  # looked at again next time
                log.error("case.not_tended", case=case_id, error=type(error).__name__)
        if len(found) < _AT_ONCE:
            break
        looked, after = looked + len(found), found[-1]
    return done


async def _page(
    session: AsyncSession, due: ColumnElement[bool], after: tuple[str, date] | None
) -> Sequence[tuple[str, date]]:
    answer_by, key = col(Case.answer_by), col(Case.id)
    query = select(key, answer_by).where(due, col(Case.status).in_(_WAITS)).order_by(answer_by, key).limit(_AT_ONCE)
    if after is not None:
        query = query.where(or_(answer_by > after[1], and_(answer_by == after[1], key > after[0])))
    return [(found, last) for found, last in await session.execute(query) if last is not None]


async def _lapse(session: AsyncSession, case_id: str, _answer_by: date) -> bool:
    query = select(Case).where(col(Case.id) == case_id).with_for_update().execution_options(populate_existing=True)
    case = (await session.execute(query)).scalar_one()
    opened = await opened_from(session, case)
    outcome = await act_on(session, opened, Act.LAPSE, Party.TIME, actor=_WORKER, seen=case.version)
    return not isinstance(outcome, Refusal)  # somebody was faster, and it waits no more


async def _remind(session: AsyncSession, case_id: str, answer_by: date) -> bool:
    claimed = await session.execute(
        update(Case)
        .where(
            col(Case.id) == case_id,
            col(Case.status).in_(_WAITS),
            col(Case.answer_by) == answer_by,
            or_(col(Case.reminded_by).is_(None), col(Case.reminded_by) != answer_by),
        )
        .values(reminded_by=answer_by)
        .returning(col(Case.id))
    )
    if claimed.one_or_none() is None:
        return False
    await remind(session, await opened_from(session, await session.get_one(Case, case_id)))
    return True
