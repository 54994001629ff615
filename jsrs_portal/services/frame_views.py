"""The frame of every page: who is signed in and until when, and how much waits for them (R-2.1.3, R-2.4.8)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.sessions import Deadline
from jsrs_portal.models.people import Person
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services import notice_views, review_lists
from jsrs_portal.services.composed import composed
from jsrs_portal.services.sessions import deadline_of
from jsrs_portal.services.units import ViewerView, viewer_of


@dataclass(frozen=True)
class Counts:
    """How many notices are unread, and how many cases wait for the viewer's review; at most one more than is shown."""

    unread: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class FrameView:
    """The frame; a visitor's is empty, and so is that of somebody whose session has ended meanwhile."""

    viewer: ViewerView | None = None
    deadline: Deadline | None = None
    counts: Counts = Counts()


async def view_frame(session: AsyncSession, *, actor: Actor) -> FrameView:
    """Return the frame of ``actor``. One query, two more for an agent who reviews; a visitor costs none."""
    if not actor.signed_in:
        return FrameView()
    query, whose = composed(_frame, actor)
    row: Any = (await session.execute(query, whose | {"session_id": actor.session_id})).one_or_none()
    if row is None:
        return FrameView()
    person, unit_name, last_active_at, expires_at, unread, waiting = row
    return FrameView(
        viewer_of(person, unit_name, actor),
        deadline_of(last_active_at, expires_at) if expires_at else None,
        Counts(unread, await review_lists.count_waiting(session, actor=actor) if waiting is None else waiting),
    )


async def view_counts(session: AsyncSession, *, actor: Actor) -> Counts:
    """Return what of it changes while a page is open. One query, two more for an agent who reviews."""
    query, whose = composed(_counts, actor)
    row: Any = (await session.execute(query, whose)).one()
    unread, waiting = row
    return Counts(unread, await review_lists.count_waiting(session, actor=actor) if waiting is None else waiting)


def _number(query: Any) -> Any:
    """Return the one number of a statement as a column: ``None`` where it has to be asked for separately."""
    return literal(None) if query is None else query.scalar_subquery()


def _numbers(actor: Actor) -> tuple[Any, Any]:
    unread, waiting = notice_views.unread_query(actor), review_lists.waiting_query(actor)
    return func.coalesce(_number(unread), 0), _number(waiting)


def _counts(actor: Actor) -> Any:
    return select(*_numbers(actor))


def _frame(actor: Actor) -> Any:
    living = and_(col(UserSession.id) == bindparam("session_id"), col(UserSession.ended_at).is_(None))
    return (
        select(
            Person,
            func.coalesce(col(Unit.name), col(Institution.name), ""),
            col(UserSession.last_active_at),
            col(UserSession.expires_at),
            *_numbers(actor),
        )
        .select_from(Person)
        .outerjoin(Unit, col(Unit.id) == actor.unit_id)
        .outerjoin(Institution, col(Institution.id) == actor.institution_id)
        .outerjoin(UserSession, living)
        .where(col(Person.id) == actor.person_id)
    )
