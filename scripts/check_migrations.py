"""Fails when the models and the migrations say different things: migrates a fresh SQLite and compares."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

with tempfile.TemporaryDirectory() as folder:
    environment = {**os.environ, "JSRS_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/check.db"}
    alembic = [sys.executable, "-m", "alembic", "-c", str(ROOT / "alembic.ini")]
    for command in ("upgrade head", "check", "downgrade base", "upgrade head"):
        subprocess.run([*alembic, *command.split()], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
