"""How much matters are used: views gathered in memory and written together, applications at once (热门, R-2.1.5).

A view costs the page nothing: it is noted here and written by a task of its own, a few seconds' views in one
transaction. What a crash loses are those few seconds of views. An application is counted in its own transaction.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Mapping
from datetime import date, timedelta

import structlog
from sqlalchemy import case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.models.catalog import LAST, ContentStatus, Matter, MatterStat

FLUSH_SECONDS = 5.0
HEAT_DAYS = 30
HOTTEST = 1_000_000
"""What is hotter is no hotter than this: the order is a number of 32 bits."""
APPLICATION_WEIGHT = 5
"""An application says more than a look."""

_MOST_KEYS = 5_000
_MOST_VIEWERS = 20_000
_log = structlog.get_logger()


class ViewBuffer:
    """The views of one process that are not written yet."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, date]] = Counter()
        self._seen: OrderedDict[tuple[str, str, date], None] = OrderedDict()
        self._writer: asyncio.Task[None] | None = None
        self._cooled: date | None = None

    def note(self, key: str, *, viewer: str, day: date) -> None:
        """Count that ``viewer`` (a network source: a cookie costs nothing) looked at ``key``; once a day each."""
        mark = (viewer, key, day)
        if mark in self._seen or len(self._counts) >= _MOST_KEYS:
            return
        self._seen[mark] = None
        while len(self._seen) > _MOST_VIEWERS:
            self._seen.popitem(last=False)
        self._counts[key, day] += 1
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_soon())

    async def _write_soon(self) -> None:
        await asyncio.sleep(FLUSH_SECONDS)
        await self.flush()

    async def flush(self) -> int:
        """Write what was noted; return how many views. They are kept for later when the database does not answer."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return 0
        try:
            async with db.unit_of_work() as session:
                await add_views(session, counts)
                today = max(day for _, day in counts)
                if self._cooled != today:
                    await refresh_heat(session, None, today=today)
                    self._cooled = today
        except (SQLAlchemyError, OSError):
            self._counts.update(counts)
            _log.warning("matter views are not written, kept for later", matters=len(counts))
            return 0
        return counts.total()


VIEWS = ViewBuffer()
"""The views of this process."""


def record_view(*, key: str, viewer: str) -> None:
    """Count a look at a guide; call it after the guide was found, so that nobody can count what does not exist."""
    VIEWS.note(key, viewer=viewer, day=clock.today())


async def add_views(session: AsyncSession, counts: Mapping[tuple[str, date], int]) -> None:
    """Add views, by matter key and day, and bring the heat of those matters up to date. A few statements in all."""
    keys = sorted({key for key, _ in counts})
    found = await session.execute(select(col(Matter.key), col(Matter.id)).where(col(Matter.key).in_(keys)))
    known = {key: matter_id for key, matter_id in found}
    rows: list[dict[str, object]] = [
        {"matter_id": known[key], "day": day, "views": number, "applications": 0}
        for (key, day), number in sorted(counts.items())
        if key in known
    ]
    if rows:
        await _add(session, rows)
        await refresh_heat(session, list(known.values()), today=max(day for _, day in counts))


async def count_application(session: AsyncSession, *, matter_id: str, today: date) -> None:
    """Count an application in the transaction that makes it."""
    await _add(session, [{"matter_id": matter_id, "day": today, "views": 0, "applications": 1}])
    await refresh_heat(session, [matter_id], today=today)


async def _add(session: AsyncSession, rows: list[dict[str, object]]) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh = insert(MatterStat).values(rows)
    statement = fresh.on_conflict_do_update(
        index_elements=["matter_id", "day"],
        set_={
            "views": col(MatterStat.views) + fresh.excluded.views,
            "applications": col(MatterStat.applications) + fresh.excluded.applications,
        },
    )
    await session.execute(statement)


async def refresh_heat(session: AsyncSession, matter_ids: list[str] | None, *, today: date) -> None:
    """Set the heat of matters (``None``: all that have any) from the last thirty days; one statement.

    For all it is done with the first views of each day, so that what is no longer used cools down.
    """
    used = func.coalesce(func.sum(col(MatterStat.views) + APPLICATION_WEIGHT * col(MatterStat.applications)), 0)
    heat = (
        select(used)
        .where(col(MatterStat.matter_id) == col(Matter.id), col(MatterStat.day) > today - timedelta(days=HEAT_DAYS))
        .scalar_subquery()
    )
    chosen = col(Matter.id).in_(matter_ids) if matter_ids is not None else col(Matter.heat) > 0
    await session.execute(
        update(Matter)
        .where(chosen, col(Matter.status) == ContentStatus.PUBLISHED)
        .values(heat=heat, hot_order=col(Matter.featured) - 2 * LAST * case((heat < HOTTEST, heat), else_=HOTTEST))
        .execution_options(synchronize_session=False)
    )
