"""Officers' sessions: apart from people's in table, cookie and length, so that one can never be taken for the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import announcements, clock, crypto, db
from jsrs_portal.domain import totp
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.sessions import SessionEnd, session_end
from jsrs_portal.domain.staff import IDLE, LONGEST, StaffStatus, password_due
from jsrs_portal.models.staff import Staff, StaffSession, StaffTicket
from jsrs_portal.services import audit

TICKET_LIFE = timedelta(seconds=30)
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class StaffSessionView:
    """An officer's session as the access layer needs it: whose it is, or why it is over."""

    session_id: str
    staff_id: str
    role: StaffRole
    region: str
    must_change: bool
    last_active_at: datetime
    expires_at: datetime
    end: SessionEnd | None


def issue_staff_ticket(session: AsyncSession, *, actor: Actor, officer: Staff) -> str:
    """Write a login ticket for the browser of ``actor`` (a visitor) and return it; it lives 30 s and works once."""
    ticket = clock.new_token()
    session.add(
        StaffTicket(
            ticket_hash=crypto.fingerprint(ticket),
            anonymous_key=actor.session_key,
            staff_id=officer.id,
            staff_version=officer.version,
            expires_at=clock.now() + TICKET_LIFE,
        )
    )
    return ticket


async def redeem_staff_ticket(
    session: AsyncSession, *, actor: Actor, ticket: str, cookie_key: str, device: str
) -> StaffSession | None:
    """Open the session that ``ticket`` promises to this browser; ``None`` when it is spent, late or another's.

    ``cookie_key`` is the hash of the new cookie. An account that is not what it was at the login opens nothing; one
    without an authenticator is offered a secret of this session's own.
    """
    now = clock.now()
    claimed = await session.execute(
        update(StaffTicket)
        .where(
            col(StaffTicket.ticket_hash) == crypto.fingerprint(ticket),
            col(StaffTicket.anonymous_key) == actor.session_key,
            col(StaffTicket.used_at).is_(None),
            col(StaffTicket.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(StaffTicket.staff_id), col(StaffTicket.staff_version))
    )
    ticket_row = claimed.one_or_none()
    officer = await session.get(Staff, ticket_row.staff_id, with_for_update=True) if ticket_row else None
    if ticket_row is None or officer is None or officer.version != ticket_row.staff_version:
        return None
    opened = StaffSession(
        token_hash=cookie_key,
        staff_id=officer.id,
        last_active_at=now,
        expires_at=now + LONGEST,
        address=actor.address,
        device=device[:120],
    )
    if not officer.enrolled:
        opened.totp = clock.new_text(totp.ALPHABET, totp.SECRET_LENGTH)
    session.add(opened)
    audit.record(session, actor=actor, action="staff.session.open", subject=opened.id, person_id=officer.id)
    return opened


async def find_staff_sessions(session: AsyncSession, *, keys: Sequence[str]) -> dict[str, StaffSessionView]:
    """Return the sessions that cookies stand for, by the cookies' keys, each with the reason if it is over.

    One query. A session also ends when the account is locked or no longer authorised. Role and region are of now.
    """
    rows = await session.execute(
        select(StaffSession, Staff)
        .join(Staff, col(Staff.id) == col(StaffSession.staff_id))
        .where(col(StaffSession.token_hash).in_(keys))
    )
    now = clock.now()
    return {
        found.token_hash: StaffSessionView(
            session_id=found.id,
            staff_id=found.staff_id,
            role=StaffRole(officer.role),
            region=officer.region,
            must_change=password_due(must_change=officer.must_change, changed_at=officer.changed_at, now=now),
            last_active_at=found.last_active_at,
            expires_at=found.expires_at,
            end=_end_of(found, officer, now),
        )
        for found, officer in rows
    }


def _end_of(found: StaffSession, officer: Staff, now: datetime) -> SessionEnd | None:
    if found.ended_at is not None:
        return SessionEnd(found.ended_because or SessionEnd.REPLACED)
    if officer.status != StaffStatus.ACTIVE or not officer.authorised:
        return SessionEnd.REPLACED
    return session_end(last_active_at=found.last_active_at, expires_at=found.expires_at, now=now, idle=IDLE)


async def touch_staff_session(session: AsyncSession, *, session_id: str, now: datetime) -> None:
    """Note activity, at most once a minute; an ended session stays ended."""
    await session.execute(
        update(StaffSession)
        .where(
            col(StaffSession.id) == session_id,
            col(StaffSession.ended_at).is_(None),
            col(StaffSession.last_active_at) <= now - TOUCH_EVERY,
        )
        .values(last_active_at=now)
    )


async def end_staff_session(session: AsyncSession, *, actor: Actor, because: SessionEnd) -> None:
    """End the session of ``actor``, an officer; others have none."""
    if not actor.staff_id:
        return
    if await end_staff_sessions(session, col(StaffSession.id) == actor.session_id, because=because):
        audit.record(session, actor=actor, action="staff.session.end", subject=actor.session_id, result=because)


async def end_staff_sessions(session: AsyncSession, *which: ColumnElement[bool], because: SessionEnd) -> int:
    """End every living session that meets all of ``which``; return how many. All servers are told once committed."""
    ended = await session.execute(
        update(StaffSession)
        .where(*which, col(StaffSession.ended_at).is_(None))
        .values(ended_at=clock.now(), ended_because=because)
        .returning(col(StaffSession.token_hash))
    )
    keys = list(ended.scalars())
    if keys:
        db.after_commit(session, partial(announcements.announce_ended, keys))
    return len(keys)


def look_again(session: AsyncSession, *, actor: Actor) -> None:
    """Have every server ask again about the session of ``actor`` once this is committed: what it may do has changed."""
    db.after_commit(session, partial(announcements.announce_ended, [actor.session_key]))
