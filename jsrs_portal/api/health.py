"""Whether the portal can serve: database reachable, migrations complete, worker alive."""

from datetime import timedelta
from functools import lru_cache

import structlog
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jsrs_portal import clock, db
from jsrs_portal.access.policies import public
from jsrs_portal.models.work import Heartbeat
from jsrs_portal.settings import ROOT

log = structlog.get_logger(__name__)

WORKER = "worker"
WORKER_SILENT_AFTER = timedelta(seconds=30)


@lru_cache
def wanted_revision() -> str:
    """Return the newest migration this code brings."""
    return ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini"))).get_current_head() or ""


@public()
async def health(_request: Request) -> Response:
    """``GET /_health``: 200 and ``{"database", "migrations", "worker": "ok"}``, or 503 with what is wrong."""
    found = {"database": "down", "migrations": "unknown", "worker": "unknown"}
    try:
        async with db.reading() as session:
            await session.execute(text("SELECT 1"))
            found["database"] = "ok"
            revision = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
            found["migrations"] = "ok" if revision == wanted_revision() else "behind"
            beat = (
                await session.execute(select(col(Heartbeat.beat_at)).where(col(Heartbeat.name) == WORKER))
            ).scalar_one_or_none()
            alive = beat is not None and clock.now() - beat < WORKER_SILENT_AFTER
            found["worker"] = "ok" if alive else "silent"
    except Exception as error:
        log.error("health.failed", error=type(error).__name__)
    healthy = all(value == "ok" for value in found.values())
    return JSONResponse(found, status_code=200 if healthy else 503, headers={"Cache-Control": "no-store"})
