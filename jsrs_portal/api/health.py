"""Whether the portal can serve, and if not, what is wrong; each question has a limit, so the answer never waits.

What only a restart or an operator can mend gives 503: database, migrations, worker, Redis. An outside system that
fails, a duty of the worker that is late or a disk that takes no more files makes the portal ``degraded`` and no more:
it serves everything else, and taking it out of service would help nobody. The breakers are this process's own.
``scanning`` is "off" where uploaded files are taken without a scan. No answer holds addresses or versions.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from redis.asyncio import Redis
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jsrs_portal import clock, db, file_store, migrations
from jsrs_portal.access.policies import public
from jsrs_portal.deadlines import within
from jsrs_portal.domain.case_files import PART_BYTES
from jsrs_portal.gateways import BreakerState, gateways_here
from jsrs_portal.models.work import Heartbeat
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)

WORKER = "worker"
WORKER_SILENT_AFTER = timedelta(seconds=30)
DUTY_LATE_AFTER = timedelta(minutes=5)
"""Longer than any duty's period and deadline together."""
SECONDS_PER_QUESTION = 2.0
NO_RESTART = (
    "a system outside, a duty of the worker or the disk for files fails; the rest works, and a restart would not help"
)

Found = dict[str, Any]


class _Question:
    """Something to find out, within the limit, by one at a time: whoever asks meanwhile waits for the same answer."""

    def __init__(self, name: str, ask: Callable[[], Awaitable[Found]], unanswered: Found) -> None:
        self._name, self._ask, self._unanswered = name, ask, unanswered
        self._asking: dict[asyncio.AbstractEventLoop, asyncio.Task[Found]] = {}

    async def answer(self) -> Found:
        """Return what was found, or what is said when there is no answer in time."""
        loop = asyncio.get_running_loop()
        asking = self._asking.get(loop)
        if asking is None or asking.done():
            asking = self._asking[loop] = loop.create_task(self._found())
        return await asyncio.shield(asking)

    async def _found(self) -> Found:
        try:
            return await within(SECONDS_PER_QUESTION, self._ask())
        except Exception as error:
            log.error("health.failed", question=self._name, error=type(error).__name__)
            return self._unanswered


_BEHIND: Found = {"database": "ok", "migrations": "behind", "worker": "unknown", "duties": {}}


async def _ask_database() -> Found:
    async with db.reading() as session:
        try:
            revision = await migrations.revision_of(await session.connection())
        except DBAPIError:  # it answers and has no such table: the first migration has not ended, or it is away
            await session.rollback()
            await session.execute(text("SELECT 1"))
            return _BEHIND
        if revision != migrations.newest():
            return _BEHIND
        beats = (await session.execute(select(col(Heartbeat.name), col(Heartbeat.beat_at)))).all()
    signs = {name: at for name, at in beats}
    now = clock.now()
    # A sign from the future is from before the clock was put back: it says nothing about now.
    alive = WORKER in signs and abs(now - signs[WORKER]) < WORKER_SILENT_AFTER
    return {
        "database": "ok",
        "migrations": "ok",
        "worker": "ok" if alive else "silent",
        "duties": _duties(signs, now) if alive else {},
    }


def _duties(signs: dict[str, datetime], now: datetime) -> dict[str, str]:
    """Return how the worker's duties do; one that is a day behind belongs to a worker of another version."""
    return {
        name.partition(".")[2]: "ok" if now - at < DUTY_LATE_AFTER else "late"
        for name, at in sorted(signs.items())
        if name.startswith(f"{WORKER}.") and now - at < timedelta(days=1)
    }


async def _ask_redis() -> Found:
    async with Redis.from_url(get_settings().redis_address) as redis:
        await redis.execute_command("PING")
    return {"redis": "ok"}


async def _ask_files() -> Found:
    return {"files": "ok" if await file_store.free_bytes() >= PART_BYTES else "full"}


_DATABASE = _Question(
    "database",
    _ask_database,
    {"database": "down", "migrations": "unknown", "worker": "unknown", "duties": {}},
)
_REDIS = _Question("redis", _ask_redis, {"redis": "down"})
_FILES = _Question("files", _ask_files, {"files": "failing"})


def _outside() -> dict[str, str]:
    """Return how the outside systems did lately, as this process saw it."""
    try:
        known = gateways_here().health()
    except Exception as error:  # keys that cannot be read
        log.error("health.failed", question="outside", error=type(error).__name__)
        return {"all": "misconfigured"}
    return {name: "ok" if found.state is BreakerState.CLOSED else "failing" for name, found in sorted(known.items())}


@public()
async def health(_request: Request) -> Response:
    """``GET /_health``: 200 with ``status`` "ok" or "degraded", or 503 with "down", and what is how."""
    questions = [_DATABASE.answer(), _FILES.answer()]
    if get_settings().redis_url:
        questions.append(_REDIS.answer())
    found: Found = {"redis": "unused"}
    for part in await asyncio.gather(*questions):
        found |= part
    found["outside"] = _outside()
    found["scanning"] = "on" if get_settings().clamd_host else "off"
    down = any(found[name] not in ("ok", "unused") for name in ("database", "migrations", "worker", "redis"))
    failing = found["files"] != "ok"
    failing |= any(value != "ok" for group in ("outside", "duties") for value in found[group].values())
    said: Found = {"status": "down" if down else "degraded" if failing else "ok", **found}
    if failing and not down:
        said["note"] = NO_RESTART
    return JSONResponse(said, status_code=503 if down else 200, headers={"Cache-Control": "no-store"})
