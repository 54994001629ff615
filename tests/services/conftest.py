"""A fresh, migrated database for every test, on SQLite and on PostgreSQL; the outside systems; a clock to turn."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from jsrs_portal import announcements, clock, crypto, db
from jsrs_portal.access import actor as actors
from jsrs_portal.domain.authority import Actor
from jsrs_portal.gateways.ca import demo_ca
from jsrs_portal.models.units import Grant, Institution
from jsrs_portal.services import presence
from jsrs_portal.settings import ROOT, get_settings
from tests.services.engines import Engines
from tests.services.granting import UNIT, acting, given
from tests.services.opening import HER, administrator, done, open_, registered
from tests.services.recovering import AGENT
from tests.services.world import OTHER_PASSWORD, Account, World


def _migrate(url: str, folder: Path) -> None:
    """Run the real migrations as an operator does."""
    environment = {**os.environ, "JSRS_DATABASE_URL": url, "JSRS_VAR_DIR": str(folder)}
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class SqliteDatabase:
    """A migrated file, and the copy of it that a test has: at the same place for all of them, new for each."""

    def __init__(self, folder: Path) -> None:
        self._template, self._file = folder / "template.db", folder / "used" / "portal.db"
        self._file.parent.mkdir()
        _migrate(f"sqlite+aiosqlite:///{self._template}", folder)

    def fresh(self) -> str:
        """Make it as it was after the migrations; its URL. A connection left open keeps the former file."""
        for left in self._file.parent.iterdir():
            left.unlink()
        shutil.copy(self._template, self._file)
        return f"sqlite+aiosqlite:///{self._file}"


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabase:
    """The SQLite database all tests use, one after the other."""
    return SqliteDatabase(tmp_path_factory.mktemp("sqlite"))


class PostgresqlDatabase:
    """A migrated database on the session's server; emptying it takes 3 ms, copying a template 300."""

    def __init__(self, server: str, folder: Path) -> None:
        self.url = f"{server}/portal"
        plain = server.replace("+psycopg", "")
        with _connect(f"{plain}/postgres") as connection:
            connection.execute("CREATE DATABASE portal")
        _migrate(self.url, folder)
        self._connection = _connect(f"{plain}/portal")
        self._connection.prepare_threshold = 0
        found = self._connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [name for (name,) in found if name != "alembic_version"]
        self._filled = " UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT FROM {one})" for one in tables)

    def empty(self) -> None:
        """Make it as it was after the migrations; connections that a test left open are cut first."""
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with self._connection.transaction():
            self._connection.execute("SET LOCAL session_replication_role = replica")
            for (table,) in self._connection.execute(self._filled).fetchall():
                self._connection.execute(f"DELETE FROM {table}")

    def close(self) -> None:
        """Leave the server."""
        self._connection.close()


def _connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect; a server that has just opened its port may still be starting up."""
    for _ in range(100):
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError as error:
            if "starting up" not in str(error):
                raise
            sleep(0.1)
    raise TimeoutError("PostgreSQL does not start")


@pytest.fixture(scope="session")
def postgresql_database(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlDatabase]:
    """The PostgreSQL database all tests use, one after the other, each finding it empty."""
    made = PostgresqlDatabase(postgresql_url, tmp_path_factory.mktemp("postgresql"))
    yield made
    made.close()


def _forget_settings() -> None:
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    crypto._nobodys_hash.cache_clear()
    actors._remembered.clear()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A migrated, empty database that the settings point to; its URL."""
    if request.param == "sqlite":
        url = request.getfixturevalue("sqlite_database").fresh()
    else:
        found: PostgresqlDatabase = request.getfixturevalue("postgresql_database")
        found.empty()
        url = found.url
    for variable in [known for known in os.environ if known.startswith("JSRS_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("JSRS_DATABASE_URL", url)
    monkeypatch.setenv("JSRS_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("JSRS_BCRYPT_COST", "4")
    monkeypatch.setattr(db, "make_engine", engines)
    _forget_settings()
    yield url
    _forget_settings()


@pytest.fixture(scope="session")
def engines() -> Engines:
    """What stands for ``db.make_engine``."""
    return Engines(db.make_engine)


@pytest.fixture(scope="session")
def demonstrations_ca(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """What puts the demonstration's CA into a folder: made once for all tests, as its RSA keys take a while."""
    made, make = tmp_path_factory.mktemp("ca") / demo_ca.FOLDER, demo_ca._make

    def put(folder: Path) -> None:
        if not made.exists():
            make(made)
        shutil.copytree(made, folder, dirs_exist_ok=True)

    return put


@pytest.fixture(autouse=True)
def _ca_of_all_tests(demonstrations_ca: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's own folder gets a copy when it is asked for."""
    monkeypatch.setattr(demo_ca, "_make", demonstrations_ca)


@pytest.fixture(autouse=True)
async def _engine(database: str) -> AsyncIterator[None]:
    """Close the connections before the database goes away."""
    yield
    await db.close_engine()


class Time:
    """The portal's clock: it stands still until a test turns it. Cached sessions age with it.

    It is a little ahead, because rows get their default instants from the machine's clock.
    """

    def __init__(self) -> None:
        self.now = datetime.now(UTC) + timedelta(minutes=1)
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


@pytest.fixture
async def unit(world: World) -> Account:
    """A registered unit; a module with another one has a fixture of its own."""
    return await world.registered_unit(UNIT)


@pytest.fixture
async def boss(unit: Account) -> Actor:
    """Its legal representative."""
    return await acting(unit.grant_id)


@pytest.fixture
async def agent(world: World, boss: Actor) -> Grant:
    """An agent of the unit, who enters it by the personal password."""
    return await given(boss, await world.registered_person(AGENT, OTHER_PASSWORD))


@pytest.fixture
async def school(world: World, unit: Account, boss: Actor) -> Institution:
    """An institution that has just been opened, with her as its administrator."""
    await world.registered_person(HER, OTHER_PASSWORD)
    return done(await open_(boss, await registered(unit), administrator(HER)))


@pytest.fixture
def puzzles_asked() -> None:
    """For tests about puzzles: nobody has solved one."""


@pytest.fixture(autouse=True)
def somebody_is_there(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everywhere else a puzzle that is asked for has just been solved."""
    if "puzzles_asked" in request.fixturenames:
        return

    async def solved(_session: Any, *, actor: Actor) -> None:
        """Stand for a solved puzzle."""

    monkeypatch.setattr(presence, "spend", solved)


@pytest.fixture
def as_in_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has ended or changed is told to whoever remembers sessions."""
    monkeypatch.setattr(announcements, "_listeners", [actors.forget])
