"""A migration that is killed leaves the database as it was or as it will be, never between; the next one goes on."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from jsrs_portal import db, migrations
from jsrs_portal.api import health
from jsrs_portal.settings import ROOT, get_settings
from tests.access import people
from tests.support import hall
from tests.support.portal import Portal

OLD = "0020_account_closing"
"""An older portal's database; of what came since, some tables are made anew to be changed."""
MOMENTS = ("0021_cases", "0026_case_lists", "0032_courier")
_TALKING = "import logging; logging.basicConfig(level=20); from alembic.config import main; main(['upgrade', 'head'])"
"""The command as it is, but it says which migration it begins."""
_SHAPES = {
    True: "SELECT made.name, one.name, one.type, one.'notnull' FROM sqlite_master made,"
    " pragma_table_info(made.name) one WHERE made.type = 'table'"
    " UNION ALL SELECT tbl_name, name, '', '' FROM sqlite_master WHERE type = 'index' ORDER BY 1, 2",
    False: "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'public' UNION ALL SELECT tablename, indexname, indexdef, '' FROM pg_indexes"
    " WHERE schemaname = 'public' ORDER BY 1, 2",
}
_KEPT = ("persons", "units", "grants", "credentials", "consents", "audit_entries", "outbox", "sequences")


@dataclass
class Old:
    """A database with people in it, brought back to what an older portal knew."""

    portal: Portal
    newest: Any = None
    rows: Any = None
    columns: dict[str, list[str]] = field(default_factory=dict)
    """By table: the columns that there were always, once that is known."""

    @property
    def shape(self) -> tuple[str, list[Any]]:
        """The revision it says it has, and what tables, columns and indexes there are."""
        database = self.portal.database
        tables = database.tables()
        ((revision,),) = database.rows("SELECT version_num FROM alembic_version") if tables else [("",)]
        return revision, database.rows(_SHAPES[database.on_sqlite])

    @property
    def people(self) -> dict[str, list[str]]:
        """Everybody's rows with their values, by the columns that there were always."""
        found = self.portal.database.whole(list(_KEPT))
        for name, rows in found.items():
            self.columns.setdefault(name, sorted(rows[0]) if rows else [])
        return {
            name: sorted(repr([row[column] for column in self.columns[name]]) for row in rows)
            for name, rows in found.items()
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Begin a migration."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.portal.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def alembic(self, *arguments: str) -> None:
        """Do a migration to its end."""
        process = self.start("-m", "alembic", *arguments)
        said = process.communicate(timeout=120)[1]
        assert process.returncode == 0, said

    def kill_at(self, revision: str) -> None:
        """Begin to migrate and end it without warning when it has begun with ``revision``."""
        process = self.start("-c", _TALKING)
        assert process.stderr is not None
        for line in process.stderr:
            if f"-> {revision}" in line:
                break
        process.kill()
        process.communicate(timeout=20)
        assert process.returncode == -9, f"it was over before {revision}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield Old(Portal(tmp_path))
        return
    url = request.getfixturevalue("postgresql_url")
    with psycopg.connect(url.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
        yield Old(Portal(tmp_path, extra={"JSRS_DATABASE_URL": f"{url}/migrated"}))
        connection.execute("DROP DATABASE migrated WITH (FORCE)")


@pytest.fixture
def old(empty: Old) -> Old:
    """An older portal's database with people in it."""
    empty.alembic("upgrade", "head")
    people.enrol(empty.portal, people.VICTIM, people.NEIGHBOUR, people.AGENT)
    empty.newest = empty.shape
    empty.alembic("downgrade", OLD)
    empty.rows = empty.people
    assert sum(map(len, empty.rows.values())) > 20, "there is something to lose"
    return empty


async def _health(old: Old, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, Any]]:
    """Return what a portal of the new version says on this database."""
    for name in ("JSRS_DATABASE_URL", "JSRS_VAR_DIR"):
        if name in old.portal.environment:
            monkeypatch.setenv(name, old.portal.environment[name])
    monkeypatch.setattr(health, "gateways_here", hall.gateways)
    get_settings.cache_clear()
    try:
        async with hall.browser() as client:
            answer = await client.get("/_health")
    finally:
        await db.close_engine()
        monkeypatch.undo()
        get_settings.cache_clear()
    return answer.status_code, answer.json()


async def test_killed_in_the_middle_it_is_as_it_was_and_goes_on(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    before, as_before = old.shape, 0
    for moment in MOMENTS:
        old.kill_at(moment)
        found = old.shape
        assert found in (before, old.newest), f"half a migration is left at {found[0]}"
        assert old.people == old.rows
        if found == before:
            as_before += 1
            status, said = await _health(old, monkeypatch)
            assert (status, said["status"], said["database"], said["migrations"]) == (503, "down", "ok", "behind")
    assert as_before, "every kill came too late"
    old.alembic("upgrade", "head")
    assert old.shape == old.newest
    assert old.people == old.rows
    _, said = await _health(old, monkeypatch)
    assert said["migrations"] == "ok"


async def test_killed_during_the_first_installation_it_begins_anew(empty: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    empty.kill_at("0016_unit_info")
    status, said = await _health(empty, monkeypatch)
    assert (status, said["database"], said["migrations"]) == (503, "ok", "behind")
    empty.alembic("upgrade", "head")
    assert empty.shape[0] == migrations.newest()


def test_two_portals_that_start_at_once_migrate_once(empty: Old) -> None:
    both = [empty.start("-m", "alembic", "upgrade", "head") for _ in range(2)]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], "\n".join(said)
    assert empty.shape[0] == migrations.newest()
