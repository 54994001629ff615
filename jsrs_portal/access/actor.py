"""From a cookie to an actor: looked up in the database, remembered for five seconds at most (rule 2)."""

import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from jsrs_portal import clock, db
from jsrs_portal.access import cookie
from jsrs_portal.access.coalesced import Coalesced
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.sessions import SessionEnd, session_deadline
from jsrs_portal.domain.staff import IDLE
from jsrs_portal.services import sessions, staff_sessions

REMEMBERED_SECONDS = 5.0
"""How long a session found alive may be believed without asking again: what "at once" means for a revocation."""
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class Ended:
    """The cookie belongs to no living session: why, so that the login page (the officers' for ``staff``) can say it."""

    because: SessionEnd
    staff: bool = False


@dataclass
class _Remembered:
    view: sessions.SessionView | staff_sessions.StaffSessionView
    asked_at: float
    touched_at: datetime
    until: datetime
    """The last instant at which the session lives as it was found."""
    actor: Actor | None = None
    """Who it is, as an event from the address of the last one had it: most come from the same."""


_SIGNED_IN = Coalesced(sessions.find_sessions)
_STAFF = Coalesced(staff_sessions.find_staff_sessions)
_remembered: dict[str, _Remembered] = {}
_current: ContextVar[Actor] = ContextVar("actor")


def current_actor() -> Actor:
    """Return who sent the event that is being handled; the middleware has put it there."""
    return _current.get()


def set_current(actor: Actor) -> None:
    """Say who sent the event of this task. Only the middleware and tests call this."""
    _current.set(actor)


def forget(key: str) -> None:
    """Do not believe this session without asking again, e.g. because it has ended; ``"*"`` means any of them."""
    if key == "*":
        _remembered.clear()
    _remembered.pop(key, None)


async def resolve(proof: str, *, address: str, passive: bool = True) -> Actor | Ended | None:
    """Return the actor behind a cookie's :func:`cookie.proof`; :class:`Ended` for a session that is over.

    ``None`` stands for no cookie of ours.

    A call that is not ``passive`` prolongs the session; that is written once a minute at most.
    """
    kind, _, key = proof.partition(":")
    if kind == cookie.VISITOR:
        return Actor(session_key=key, address=address)
    if kind not in (cookie.SIGNED_IN, cookie.STAFF):
        return None
    staff = kind == cookie.STAFF
    known = await _lookup(key, staff=staff)
    if known is None:
        return Ended(SessionEnd.REPLACED, staff)
    view = known.view
    if view.end is not None:
        forget(key)
        return Ended(view.end, staff)
    if not passive:
        await _touch(known)
    if known.actor is None or known.actor.address != address:
        known.actor = _actor(view, key, address)
    return known.actor


def _actor(view: sessions.SessionView | staff_sessions.StaffSessionView, key: str, address: str) -> Actor:
    if isinstance(view, staff_sessions.StaffSessionView):
        return Actor(
            session_key=key,
            address=address,
            session_id=view.session_id,
            must_change=view.must_change,
            staff_id=view.staff_id,
            staff_role=view.role,
            staff_region=view.region,
        )
    return Actor(
        session_key=key,
        address=address,
        session_id=view.session_id,
        person_id=view.person_id,
        unit_id=view.unit_id,
        grant_id=view.grant_id,
        role=view.role,
        scope=view.scope,
        institution_id=view.institution_id,
        personal=view.personal,
        must_change=view.must_change,
    )


async def _lookup(key: str, *, staff: bool) -> _Remembered | None:
    now = time.monotonic()
    known = _remembered.get(key)
    if known is not None and now - known.asked_at < REMEMBERED_SECONDS and clock.now() <= known.until:
        return known
    view = await (_STAFF.ask(key) if staff else _SIGNED_IN.ask(key))
    if view is None:
        forget(key)
        return None
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.clear()
    fresh = _Remembered(view, now, known.touched_at if known else view.last_active_at, _until(view))
    _remembered[key] = fresh
    return fresh


def _until(view: sessions.SessionView | staff_sessions.StaffSessionView) -> datetime:
    idle = IDLE if isinstance(view, staff_sessions.StaffSessionView) else sessions.idle_time()
    return session_deadline(last_active_at=view.last_active_at, expires_at=view.expires_at, idle=idle).at


async def _touch(known: _Remembered) -> None:
    """Write down the activity when the last one written is a minute old; a picture a few seconds old is good enough."""
    now = clock.now()
    if now - max(known.view.last_active_at, known.touched_at) < sessions.TOUCH_EVERY:
        return
    known.touched_at = now
    staff = isinstance(known.view, staff_sessions.StaffSessionView)
    touch = staff_sessions.touch_staff_session if staff else sessions.touch_session
    async with db.unit_of_work() as session:
        await touch(session, session_id=known.view.session_id, now=now)
