"""Counting against the limits of :mod:`jsrs_portal.domain.limits`.

In the database, with Redis too: a restart forgives nothing, all workers count together, and each count is one
statement, so fifty simultaneous requests get fifty different numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from jsrs_portal import crypto
from jsrs_portal.domain import limits as rules
from jsrs_portal.domain.limits import Limit
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.sessions import Counter
from jsrs_portal.settings import get_settings


@dataclass(frozen=True)
class Exceeded:
    """A limit that is used up, and what the person is told; ``first`` only for the first request too many of a window.

    A flood must not fill the audit trail: what is worth an entry is the first.
    """

    limit: Limit
    refusal: Refusal
    first: bool


async def take(session: AsyncSession, limit: Limit, whose: str, *, now: datetime) -> Exceeded | None:
    """Count one more for ``whose`` (an account, a phone, a source …); ``None`` while the limit allows it.

    The last failure that a limit with locks allows begins the lock; what comes during a lock is not counted.
    """
    key = _key(limit, whose)
    if limit.locks:
        count, ends_at = await _counted(session, key, now)
        if count >= limit.most:
            return Exceeded(limit, limit.refusal(ends_at, now), first=False)
    count, ends_at = await _count(session, key, limit, now)
    if limit.locks and count == limit.most:
        strikes = await _count_strike(session, limit, whose, now)
        locked = update(Counter).where(col(Counter.key) == key).values(window_ends_at=now + limit.lock(strikes))
        await session.execute(locked)
    if count <= limit.most:
        return None
    return Exceeded(limit, limit.refusal(ends_at, now), first=count == limit.most + 1)


async def used(session: AsyncSession, wanted: Iterable[tuple[Limit, str]], *, now: datetime) -> list[int]:
    """Return how often each of ``wanted`` has been counted in its running window. Nothing is counted. One query."""
    keys = [_key(limit, whose) for limit, whose in wanted]
    query = select(col(Counter.key), col(Counter.count)).where(
        col(Counter.key).in_(keys), col(Counter.window_ends_at) > now
    )
    counts = {key: count for key, count in (await session.execute(query)).all()}
    return [counts.get(key, 0) for key in keys]


async def take_all(session: AsyncSession, wanted: Iterable[tuple[Limit, str]], *, now: datetime) -> Exceeded | None:
    """Count under each of ``wanted`` in order, up to the first that is used up; return that one."""
    for limit, whose in wanted:
        exceeded = await take(session, limit, whose, now=now)
        if exceeded is not None:
            return exceeded
    return None


async def give_back(session: AsyncSession, limit: Limit, whose: str) -> None:
    """Take one count back: what was counted beforehand did not happen, or was no failure."""
    await session.execute(_GIVE_BACK, {"whose": _key(limit, whose)})


async def forget(session: AsyncSession, wanted: Iterable[tuple[Limit, str]]) -> None:
    """Start over, locks included, e.g. after a successful login. One statement."""
    keys = [name(limit, whose) for limit, whose in wanted for name in (_key, _strikes)]
    await session.execute(delete(Counter).where(col(Counter.key).in_(keys)))


def sms_caps() -> list[tuple[Limit, str]]:
    """Return what every message counts under whoever it is for: the caps of its cost (settings)."""
    settings = get_settings()
    caps = rules.sms_caps(per_hour=settings.sms_per_hour, per_day=settings.sms_per_day)
    return [(cap, "") for cap in caps]


async def sms_cap_used(session: AsyncSession, *, now: datetime) -> dict[str, float]:
    """Return how much of each cap of all messages is used, 1.0 being all of it. One query."""
    caps = {_key(cap, whose): cap for cap, whose in sms_caps()}
    query = select(col(Counter.key), col(Counter.count)).where(
        col(Counter.key).in_(list(caps)), col(Counter.window_ends_at) > now
    )
    counts = {key: count for key, count in (await session.execute(query)).all()}
    return {cap.name: counts.get(key, 0) / cap.most for key, cap in caps.items()}


def _key(limit: Limit, whose: str) -> str:
    """The name of a counter: a keyed hash, so that the table reveals no phone, account or address."""
    return crypto.blind_index("counter", f"{limit.name}\x1f{whose}")


def _strikes(limit: Limit, whose: str) -> str:
    return crypto.blind_index("counter", f"{limit.name}-locks\x1f{whose}")


async def _counted(session: AsyncSession, key: str, now: datetime) -> tuple[int, datetime]:
    query = select(col(Counter.count), col(Counter.window_ends_at)).where(
        col(Counter.key) == key, col(Counter.window_ends_at) > now
    )
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1]) if found else (0, now)


async def _count(session: AsyncSession, key: str, limit: Limit, now: datetime) -> tuple[int, datetime]:
    """Count and return the number and when the window ends; failures short of a lock begin the window anew."""
    return await _increase(session, key, limit.window, now, anew_below=limit.most if limit.locks else 0)


async def _count_strike(session: AsyncSession, limit: Limit, whose: str, now: datetime) -> int:
    """Count that a lock begins; each lock has the earlier ones remembered for as long again."""
    count, _ = await _increase(session, _strikes(limit, whose), limit.remembered, now, anew_below=_ALWAYS)
    return count


async def _increase(
    session: AsyncSession, key: str, window: timedelta, now: datetime, *, anew_below: int
) -> tuple[int, datetime]:
    """Add one in a single statement; a window that has ended starts again at one.

    One that runs is begun anew, and counts on, while the count is below ``anew_below``.
    """
    statement = _adds_one(session.get_bind().dialect.name)
    values = {"whose": key, "now": now, "ends_at": now + window, "below": anew_below}
    found: Any = (await session.execute(statement, values)).one()
    return found.count_, found.window_ends_at


# Counting is what every login, code and search does several times over: its statements are put together once.

_ALWAYS = 2**31 - 1
_COUNTERS: Any = SQLModel.metadata.tables["counters"]
_GIVE_BACK = (
    update(_COUNTERS)
    .where(_COUNTERS.c.key == bindparam("whose"), _COUNTERS.c.count > 0)
    .values(count=_COUNTERS.c.count - 1)
)


@lru_cache
def _adds_one(dialect: str) -> Any:
    now, ends_at = (bindparam(name, type_=_COUNTERS.c.window_ends_at.type) for name in ("now", "ends_at"))
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    over = _COUNTERS.c.window_ends_at <= now
    statement: Any = insert(_COUNTERS).values(key=bindparam("whose"), count=1, window_ends_at=ends_at)
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "count": case((over, 1), else_=_COUNTERS.c.count + 1),
            "window_ends_at": case(
                (or_(over, _COUNTERS.c.count < bindparam("below")), ends_at), else_=_COUNTERS.c.window_ends_at
            ),
        },
    ).returning(_COUNTERS.c.count.label("count_"), _COUNTERS.c.window_ends_at)
