"""What of their cases somebody's home page counts, and what it says waits for them (R-2.6.1.1, R-2.6.1.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain.authority import Actor, Permission, Role
from jsrs_portal.domain.case_groups import DONE, GOING_ON, MOST_COUNTED, TO_CORRECT, TO_RATE
from jsrs_portal.domain.cases import STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.services.case_access import listed, workable
from jsrs_portal.services.case_list_streams import CaseFilter, known_streams, streams_of
from jsrs_portal.services.case_streams import Stream, count_of
from jsrs_portal.services.composed import composed

_COUNTED = (GOING_ON, DONE, TO_RATE)


@dataclass(frozen=True)
class Waiting:
    """A case that waits to be corrected, until the end of the day ``until``; ``submitted`` tells it from others."""

    id: str
    matter: str
    status: str
    until: date | None
    submitted: str


@dataclass(frozen=True)
class CaseCounts:
    """What the home page counts, each at most one more than is shown."""

    going_on: int = 0
    done: int = 0
    to_rate: int = 0


async def count_cases(session: AsyncSession, *, actor: Actor) -> CaseCounts:
    """Return how many cases of the actor's list are going on, how many are done, how many they may rate.

    One query; four for an agent.
    """
    if not actor.may(Permission.APPLY):
        return CaseCounts()
    query, whose = composed(_counts, actor)
    if query is None:
        query = _numbers([await streams_of(session, actor, CaseFilter(group.key)) for group in _COUNTED])
    return CaseCounts(*(await session.execute(query, whose)).one())


def _counts(actor: Actor) -> Any:
    known = [known_streams(actor, CaseFilter(group.key)) for group in _COUNTED]
    return None if None in known else _numbers([streams for streams in known if streams is not None])


def _numbers(groups: Sequence[Sequence[Stream]]) -> Any:
    return select(*(count_of(streams, most=MOST_COUNTED + 1).scalar_subquery() for streams in groups))


async def list_waiting(session: AsyncSession, *, actor: Actor, most: int) -> tuple[Waiting, ...]:
    """Return the cases that wait for the actor to correct them, the most pressing first. One query (R-2.6.1.3)."""
    if not actor.may(Permission.APPLY):
        return ()
    query, whose = (_to_correct(actor, most), {}) if actor.role is Role.AGENT else composed(_to_correct, actor, most)
    rows: Any = await session.execute(query, whose)
    return tuple(
        Waiting(
            id=case.id,
            matter=case.matter_name,
            status=STATUS_LABELS[CaseStatus(case.status)],
            until=case.answer_by,
            submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        )
        for case, key, category in rows
        if not actor.unit_id or actor.may_do(matter=key, category=category)
    )


def _to_correct(actor: Actor, most: int) -> Any:
    return (
        select(Case, col(Matter.key), col(Matter.category))
        .join(Matter, col(Matter.id) == col(Case.matter_id))
        .where(listed(actor), workable(actor), col(Case.status).in_(TO_CORRECT.statuses))
        .order_by(col(Case.answer_by), col(Case.id))
        .limit(most)
    )
