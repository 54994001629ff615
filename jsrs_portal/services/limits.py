"""Counting things in windows of time: failed logins, codes sent. In the database, so a restart forgives nothing."""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import crypto
from jsrs_portal.models.sessions import Counter


def counter_key(*parts: str) -> str:
    """Return the name of a counter: a keyed hash, so that the table reveals no phone, account or address."""
    return crypto.blind_index("counter", "\x1f".join(parts))


async def used(session: AsyncSession, key: str, *, now: datetime) -> int:
    """Return how often ``key`` was counted in its current window."""
    found = await session.execute(
        select(col(Counter.count)).where(col(Counter.key) == key, col(Counter.window_ends_at) > now)
    )
    return found.scalar_one_or_none() or 0


async def count(session: AsyncSession, key: str, *, window: timedelta, now: datetime, sliding: bool = False) -> int:
    """Count once more and return the new number; a window that has ended starts again at one.

    A ``sliding`` window ends so long after the latest count, otherwise so long after the first.

    One statement, so simultaneous requests each get a number of their own.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh = insert(Counter).values(key=key, count=1, window_ends_at=now + window)
    over = col(Counter.window_ends_at) <= now
    statement = fresh.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "count": case((over, 1), else_=col(Counter.count) + 1),
            "window_ends_at": case((over if not sliding else true(), now + window), else_=col(Counter.window_ends_at)),
        },
    ).returning(col(Counter.count))
    return (await session.execute(statement)).scalar_one()


async def forget(session: AsyncSession, key: str) -> None:
    """Start over, e.g. after a successful login."""
    await session.execute(delete(Counter).where(col(Counter.key) == key))


async def uncount(session: AsyncSession, key: str) -> None:
    """Take one count back: what was counted beforehand turned out to be no failure."""
    await session.execute(
        update(Counter).where(col(Counter.key) == key, col(Counter.count) > 0).values(count=col(Counter.count) - 1)
    )
