"""Bringing the database to this code's newest migration, by alembic as an operator would."""

import asyncio
import subprocess
import sys
from functools import lru_cache

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from jsrs_portal import db
from jsrs_portal.settings import ROOT

TIME_LIMIT = 3600
"""Seconds all migrations may take."""


class MigrationFailed(Exception):
    """The database is as it was; ``said`` is what alembic wrote."""

    def __init__(self, said: bytes) -> None:
        """Keep alembic's words for whoever started it at a shell."""
        super().__init__("数据库迁移失败")
        self.said = said


@lru_cache
def newest() -> str:
    """Return the newest migration this code brings: their files are numbered, and a file's name is its revision.

    Reading them by alembic would take every process a quarter of a second.
    """
    return max(file.stem for file in (ROOT / "alembic" / "versions").glob("[0-9]*.py"))


async def revision_of(connection: AsyncConnection) -> str | None:
    """Return the migration that the database is at; ``None`` before the first. It may fail before the first, too."""
    return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()


async def _is_current() -> bool:
    try:
        async with db.engine().connect() as connection:
            return await revision_of(connection) == newest()
    except (DBAPIError, OSError):  # no such table yet, or no database: alembic will say
        return False
    finally:
        await db.close_engine()


def upgrade() -> None:
    """Run every migration that has not been run; raise :class:`MigrationFailed` when one fails or takes too long."""
    if asyncio.run(_is_current()):
        return
    command = [sys.executable, "-m", "alembic", "-c", str(ROOT / "alembic.ini"), "upgrade", "head"]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise MigrationFailed(error.stdout or b"") from None
    if done.returncode:
        raise MigrationFailed(done.stdout)
