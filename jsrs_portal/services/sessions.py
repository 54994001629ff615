"""Opening, finding and ending signed-in sessions; the one-time ticket between login and session (rule 2, R-2.4.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, and_, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import announcements, clock, crypto, db
from jsrs_portal.domain.authority import Actor, GrantState, Role, Scope
from jsrs_portal.domain.devices import describe_device
from jsrs_portal.domain.institutions import InstitutionStatus
from jsrs_portal.domain.proofs import proves_person
from jsrs_portal.domain.sessions import Deadline, LoginWay, SessionEnd, session_deadline, session_end
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.people import Credential, Person, PersonStatus, institution_realm
from jsrs_portal.models.proofs import FaceCheck, Puzzle, SmsCode
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.units import Grant, Institution
from jsrs_portal.services import audit, login_alerts
from jsrs_portal.services.grants import read_scope, standing
from jsrs_portal.settings import get_settings

TICKET_LIFE = timedelta(seconds=30)
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """A session as the access layer needs it: whose it is, or why it is over."""

    session_id: str
    person_id: str
    unit_id: str
    grant_id: str
    role: Role | None
    scope: Scope
    institution_id: str
    personal: bool
    must_change: bool
    last_active_at: datetime
    expires_at: datetime
    end: SessionEnd | None


def issue_ticket(
    session: AsyncSession,
    *,
    actor: Actor,
    person_id: str,
    unit_id: str | None,
    grant_id: str | None,
    institution_id: str | None = None,
    proved: str = "",
    way: LoginWay | None = None,
) -> str:
    """Write a login ticket for the browser of ``actor`` and return it; it lives 30 s and works once.

    ``proved`` is the realm of the password that was typed for it. Without a ``way`` it is another role that is entered:
    the session keeps the way of the one before.
    """
    ticket = clock.new_token()
    session.add(
        LoginTicket(
            ticket_hash=crypto.fingerprint(ticket),
            anonymous_key=actor.session_key,
            person_id=person_id,
            unit_id=unit_id,
            grant_id=grant_id,
            institution_id=institution_id,
            proved=proved,
            way=way or "",
            expires_at=clock.now() + TICKET_LIFE,
        )
    )
    return ticket


async def redeem_ticket(
    session: AsyncSession, *, actor: Actor, ticket: str, cookie_key: str, user_agent: str, device_key: str
) -> UserSession | None:
    """Open the session that ``ticket`` promises to this browser; ``None`` when it is spent, late or another's.

    ``cookie_key`` is the hash of the new cookie, ``device_key`` that of the one which names the browser: somebody who
    logs in from a new one is told. What the visitor had begun (drafts, codes, face checks) moves along.
    """
    now = clock.now()
    claimed = await session.execute(
        update(LoginTicket)
        .where(
            col(LoginTicket.ticket_hash) == crypto.fingerprint(ticket),
            col(LoginTicket.anonymous_key) == actor.session_key,
            col(LoginTicket.used_at).is_(None),
            col(LoginTicket.expires_at) > now,
        )
        .values(used_at=now)
        .returning(
            col(LoginTicket.person_id),
            col(LoginTicket.unit_id),
            col(LoginTicket.grant_id),
            col(LoginTicket.institution_id),
            col(LoginTicket.proved),
            col(LoginTicket.way),
        )
    )
    found = claimed.one_or_none()
    if found is None:
        return None
    opened = UserSession(
        token_hash=cookie_key,
        person_id=found.person_id,
        unit_id=found.unit_id,
        grant_id=found.grant_id,
        institution_id=found.institution_id,
        proved=found.proved,
        way=found.way,
        created_at=now,
        last_active_at=now,
        expires_at=now + timedelta(hours=get_settings().session_absolute_hours),
        address=actor.address,
        device=describe_device(user_agent),
        device_key=device_key,
    )
    if actor.session_id:  # somebody signed in who chose another role: the former session is over
        mine = col(UserSession.id) == actor.session_id, col(UserSession.person_id) == opened.person_id
        former = (await session.execute(select(col(UserSession.way)).where(*mine))).scalar_one_or_none()
        if not await end_sessions(session, *mine, because=SessionEnd.SWITCHED):
            return None  # it has ended meanwhile, or was somebody else's: nothing goes on from there
        opened.way = found.way or former or ""
    else:
        await login_alerts.alert_new_device(session, actor=actor, opened=opened)
    session.add(opened)
    for begun in (Draft, SmsCode, FaceCheck, Puzzle):
        await session.execute(update(begun).where(col(begun.owner) == actor.session_key).values(owner=cookie_key))
    audit.record(
        session,
        actor=actor,
        action="session.open",
        subject=opened.institution_id or opened.id,
        details={"session": opened.id} if opened.institution_id else None,
        person_id=opened.person_id,
        unit_id=opened.unit_id or "",
    )
    return opened


async def refresh_sessions(session: AsyncSession, *which: ColumnElement[bool]) -> None:
    """Have every server look again at the living sessions that meet all of ``which``: what they may do has changed."""
    query = select(col(UserSession.token_hash)).where(*which, col(UserSession.ended_at).is_(None))
    keys = list((await session.execute(query)).scalars())
    if keys:
        db.after_commit(session, partial(announcements.announce_ended, keys))


async def find_sessions(session: AsyncSession, *, keys: Sequence[str]) -> dict[str, SessionView]:
    """Return the sessions that cookies stand for, by the cookies' keys, each with the reason if it is over.

    One query. A session also ends when its person is locked, its grant is worth nothing today (R-2.6.5.7) or its
    institution has been disabled.
    """
    first = and_(
        col(Credential.person_id) == col(UserSession.person_id),
        col(Credential.realm) == literal(institution_realm("")) + col(UserSession.institution_id),
    )
    rows = await session.execute(
        select(UserSession, col(Person.status), Grant, col(Institution.status), col(Credential.must_change))
        .join(Person, col(Person.id) == col(UserSession.person_id))
        .outerjoin(Grant, col(Grant.id) == col(UserSession.grant_id))
        .outerjoin(Institution, col(Institution.id) == col(UserSession.institution_id))
        .outerjoin(Credential, first)
        .where(col(UserSession.token_hash).in_(keys))
    )
    now = clock.now()
    return {
        found.token_hash: SessionView(
            session_id=found.id,
            person_id=found.person_id,
            unit_id=found.unit_id or "",
            grant_id=found.grant_id or "",
            role=Role(grant.role) if grant else None,
            scope=read_scope(grant.scope) if grant else Scope(),
            institution_id=found.institution_id or "",
            personal=proves_person(found.proved),
            must_change=bool(must_change),
            last_active_at=found.last_active_at,
            expires_at=found.expires_at,
            end=why_ended(found, status=status, grant=grant, institution=institution, now=now),
        )
        for found, status, grant, institution, must_change in rows
    }


def idle_time() -> timedelta:
    """Return how long a session may do nothing."""
    return timedelta(minutes=get_settings().session_idle_minutes)


def why_ended(
    found: UserSession, *, status: str, grant: Grant | None, institution: str | None, now: datetime
) -> SessionEnd | None:
    """Return why a session is over, given the states of its person, its grant and its institution; or ``None``."""
    if found.ended_at is not None:
        return SessionEnd(found.ended_because or SessionEnd.REPLACED)
    if status != PersonStatus.ACTIVE:
        return SessionEnd.REPLACED
    if found.grant_id is not None and (grant is None or standing(grant, now) is not GrantState.ACTIVE):
        return SessionEnd.GRANT
    if found.institution_id and institution != InstitutionStatus.OPEN:
        return SessionEnd.GRANT
    return session_end(last_active_at=found.last_active_at, expires_at=found.expires_at, now=now, idle=idle_time())


async def proof_of(session: AsyncSession, *, actor: Actor) -> str | None:
    """Return what opened the session of ``actor`` (:class:`UserSession`); ``None`` when it has ended meanwhile."""
    query = select(col(UserSession.proved)).where(
        col(UserSession.id) == actor.session_id, col(UserSession.ended_at).is_(None)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def view_deadline(session: AsyncSession, *, actor: Actor) -> Deadline | None:
    """Return when the session of ``actor`` ends if nothing is done; ``None`` when there is none. One query."""
    query = select(col(UserSession.last_active_at), col(UserSession.expires_at)).where(
        col(UserSession.id) == actor.session_id, col(UserSession.ended_at).is_(None)
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else deadline_of(found[0], found[1])


def deadline_of(last_active_at: datetime, expires_at: datetime) -> Deadline:
    """Return when a session ends if nothing is done, by when it was last used and its utmost end."""
    return session_deadline(last_active_at=last_active_at, expires_at=expires_at, idle=idle_time())


async def touch_session(session: AsyncSession, *, session_id: str, now: datetime) -> None:
    """Note activity, at most once a minute; an ended session stays ended."""
    await session.execute(
        update(UserSession)
        .where(
            col(UserSession.id) == session_id,
            col(UserSession.ended_at).is_(None),
            col(UserSession.last_active_at) <= now - TOUCH_EVERY,
        )
        .values(last_active_at=now)
    )


async def end_session(session: AsyncSession, *, actor: Actor, because: SessionEnd) -> None:
    """End the session of ``actor``."""
    if await end_sessions(session, col(UserSession.id) == actor.session_id, because=because):
        audit.record(session, actor=actor, action="session.end", subject=actor.session_id, result=because)


async def end_sessions(session: AsyncSession, *which: ColumnElement[bool], because: SessionEnd) -> int:
    """End every living session that meets all of ``which``; return how many there were.

    Once that is committed, every server process is told, so that none goes on believing one of them (R-2.6.5.7).
    """
    ended = await session.execute(
        update(UserSession)
        .where(*which, col(UserSession.ended_at).is_(None))
        .values(ended_at=clock.now(), ended_because=because)
        .returning(col(UserSession.token_hash))
    )
    keys = list(ended.scalars())
    if keys:
        db.after_commit(session, partial(announcements.announce_ended, keys))
    return len(keys)
