"""Somebody's own sessions: seen, and ended one by one or all the others at once (R-2.4.8)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain.addresses import describe_place
from jsrs_portal.domain.authority import ROLE_LABELS, Actor, Role
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import (
    END_LABELS,
    SHOWN_FOR,
    WAY_LABELS,
    LoginWay,
    SessionEnd,
    may_end,
    proof_seen,
)
from jsrs_portal.models.people import PersonStatus
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services import audit
from jsrs_portal.services.sessions import end_sessions, idle_time, proof_of, why_ended

MOST_LIVING, MOST_ENDED = 100, 30
"""Rows that are shown; ending all the others ends those too that are not."""
GONE = Refusal("该登录已经结束，或不属于您。", code="gone")
OWN = Refusal("这是您当前的登录，请使用「退出登录」。", code="own")


@dataclass(frozen=True)
class SessionRow:
    """One session as its person sees it; ``end`` and ``ended`` are empty while it lives."""

    id: str
    device: str
    place: str
    whom: str
    way: str
    opened: str
    active: str
    current: bool
    ended: str
    end: str


@dataclass(frozen=True)
class OwnSessions:
    """What somebody sees of their sessions: the current one first, then by last activity."""

    living: tuple[SessionRow, ...]
    ended: tuple[SessionRow, ...]


async def list_sessions(session: AsyncSession, *, actor: Actor) -> OwnSessions:
    """Return the sessions that ``actor`` may see: the living ones and the last of those that ended. Three queries."""
    proved = await _proved(session, actor)
    if proved is None:
        return OwnSessions((), ())
    now, idle = clock.now(), idle_time()
    alive = and_(
        col(UserSession.ended_at).is_(None),
        col(UserSession.expires_at) >= now,
        col(UserSession.last_active_at) >= now - idle,
    )
    recent = col(UserSession.last_active_at) > now - SHOWN_FOR
    query = _rows().where(*_seen(actor, proved))
    first = (col(UserSession.id) == actor.session_id).desc()
    found = await session.execute(
        query.where(alive).order_by(first, col(UserSession.last_active_at).desc()).limit(MOST_LIVING)
    )
    over = await session.execute(
        query.where(~alive, recent).order_by(col(UserSession.last_active_at).desc()).limit(MOST_ENDED)
    )
    shown = [_row(*one, actor=actor, now=now) for one in (*found, *over)]
    return OwnSessions(tuple(one for one in shown if not one.end), tuple(one for one in shown if one.end))


async def end_one(session: AsyncSession, *, actor: Actor, session_id: str) -> Refusal | None:
    """End another living session of one's own; ``None`` when it is done."""
    if session_id == actor.session_id:
        return OWN
    proved = await _proved(session, actor)
    query = select(col(UserSession.proved)).where(
        col(UserSession.id) == session_id,
        col(UserSession.person_id) == actor.person_id,
        col(UserSession.ended_at).is_(None),
    )
    other = (await session.execute(query)).scalar_one_or_none()
    if proved is None or other is None or not may_end(proved, other):
        return GONE
    which = (col(UserSession.id) == session_id, col(UserSession.person_id) == actor.person_id)
    if not await end_sessions(session, *which, because=SessionEnd.ELSEWHERE):
        return GONE
    audit.record(session, actor=actor, action="session.end", subject=session_id, result=SessionEnd.ELSEWHERE)
    return None


async def end_others(session: AsyncSession, *, actor: Actor) -> int:
    """End all sessions that ``actor`` sees but the current one; return how many there were."""
    proved = await _proved(session, actor)
    if proved is None:
        return 0
    others = (*_seen(actor, proved), col(UserSession.id) != actor.session_id)
    count = await end_sessions(session, *others, because=SessionEnd.ELSEWHERE)
    if count:
        audit.record(session, actor=actor, action="session.others", subject=actor.session_id, details={"ended": count})
    return count


async def _proved(session: AsyncSession, actor: Actor) -> str | None:
    """Return what opened the actor's session; ``None`` when it has ended or may do nothing but set its password."""
    if not actor.signed_in or actor.must_change:
        return None
    return await proof_of(session, actor=actor)


def _seen(actor: Actor, proved: str) -> tuple[ColumnElement[bool], ...]:
    """Return :func:`may_end` as conditions on rows."""
    only = proof_seen(proved)
    own = col(UserSession.person_id) == actor.person_id
    return own, true() if only is None else col(UserSession.proved) == only


_Found = tuple[UserSession, Grant | None, str | None, str | None, str | None]


def _rows() -> Select[_Found]:
    query = select(UserSession, Grant, col(Unit.name), col(Institution.name), col(Institution.status))
    return (  # pyright: ignore[reportReturnType] - outer joins may find nothing
        query.outerjoin(Grant, col(Grant.id) == col(UserSession.grant_id))
        .outerjoin(Unit, col(Unit.id) == col(UserSession.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(UserSession.institution_id))
    )


def _row(
    found: UserSession,
    grant: Grant | None,
    unit: str | None,
    institution: str | None,
    institution_status: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> SessionRow:
    end = why_ended(found, status=PersonStatus.ACTIVE, grant=grant, institution=institution_status, now=now)
    whom = institution or unit or ""
    role = ROLE_LABELS[Role(grant.role)] if grant else ""
    return SessionRow(
        id=found.id,
        device=found.device,
        place=describe_place(found.address),
        whom=f"{whom}（{role}）" if whom else "个人",
        way=WAY_LABELS[LoginWay(found.way)] if found.way else "—",
        opened=to_the_minute(found.created_at),
        active=to_the_minute(found.last_active_at),
        current=found.id == actor.session_id,
        ended=to_the_minute(_ended_at(found, end)) if end else "",
        end=END_LABELS[end] if end else "",
    )


def _ended_at(found: UserSession, end: SessionEnd) -> datetime:
    """Return when a session ended; one that ran out, or whose grant did, has no entry of it."""
    if found.ended_at is not None:
        return found.ended_at
    if end is SessionEnd.ABSOLUTE:
        return found.expires_at
    return found.last_active_at + idle_time() if end is SessionEnd.IDLE else found.last_active_at
