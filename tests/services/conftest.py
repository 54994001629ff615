"""A fresh, migrated database for every test, on SQLite and on PostgreSQL; the outside systems; a clock to turn."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from jsrs_portal import clock, crypto, db
from jsrs_portal.access import actor as actors
from jsrs_portal.settings import ROOT, get_settings
from tests.services.world import World

_serial = count(1)
_TEMPLATE = "portal_template"


def _migrate(url: str, folder: Path) -> None:
    """Run the real migrations as an operator does."""
    environment = {**os.environ, "JSRS_DATABASE_URL": url, "JSRS_VAR_DIR": str(folder)}
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _server(url: str, statement: str) -> None:
    """Run one statement on the PostgreSQL server itself."""
    with psycopg.connect(url.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    folder = tmp_path_factory.mktemp("template")
    _migrate(f"sqlite+aiosqlite:///{folder / 'portal.db'}", folder)
    return folder / "portal.db"


@pytest.fixture(scope="session")
def postgresql_template(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The server's URL, with a migrated, empty database to copy."""
    _server(postgresql_url, f"CREATE DATABASE {_TEMPLATE}")
    _migrate(f"{postgresql_url}/{_TEMPLATE}", tmp_path_factory.mktemp("template"))
    return postgresql_url


def _forget_settings() -> None:
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    crypto._nobodys_hash.cache_clear()
    actors._remembered.clear()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh, migrated database that the settings point to; its URL."""
    name = f"portal_{next(_serial)}"
    server = ""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "portal.db")
        url = f"sqlite+aiosqlite:///{tmp_path / 'portal.db'}"
    else:
        server = request.getfixturevalue("postgresql_template")
        _server(server, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        url = f"{server}/{name}"
    for variable in [known for known in os.environ if known.startswith("JSRS_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("JSRS_DATABASE_URL", url)
    monkeypatch.setenv("JSRS_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("JSRS_BCRYPT_COST", "4")
    _forget_settings()
    yield url
    _forget_settings()
    if server:
        _server(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
async def _engine(database: str) -> AsyncIterator[None]:
    """Close the connections before the database goes away."""
    yield
    await db.close_engine()


class Time:
    """The portal's clock: it stands still until a test turns it. Cached sessions age with it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.monotonic = 1_000_000.0

    def pass_by(self, **how_long: float) -> None:
        """Let time pass, named as ``timedelta`` names it."""
        gone = timedelta(**how_long)
        self.now += gone
        self.monotonic += gone.total_seconds()

    def set(self, instant: datetime) -> None:
        """Move the clock to ``instant``."""
        self.pass_by(seconds=(instant - self.now).total_seconds())


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The clock of this test."""
    made = Time()
    monkeypatch.setattr(clock, "now", lambda: made.now)
    monkeypatch.setattr(actors, "time", SimpleNamespace(monotonic=lambda: made.monotonic))
    return made


@pytest.fixture
def world() -> World:
    """The outside systems and the steps people take."""
    return World()
