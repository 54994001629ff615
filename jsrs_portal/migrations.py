"""Bringing the database to this code's newest migration, by alembic as an operator would."""

import subprocess
import sys

from jsrs_portal.settings import ROOT

TIME_LIMIT = 3600
"""Seconds all migrations may take."""


class MigrationFailed(Exception):
    """The database is as it was; ``said`` is what alembic wrote."""

    def __init__(self, said: bytes) -> None:
        """Keep alembic's words for whoever started it at a shell."""
        super().__init__("数据库迁移失败")
        self.said = said


def upgrade() -> None:
    """Run every migration that has not been run; raise :class:`MigrationFailed` when one fails or takes too long."""
    command = [sys.executable, "-m", "alembic", "-c", str(ROOT / "alembic.ini"), "upgrade", "head"]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise MigrationFailed(error.stdout or b"") from None
    if done.returncode:
        raise MigrationFailed(done.stdout)
