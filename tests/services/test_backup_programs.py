"""PostgreSQL's own programs: told what the URL demands, nothing secret on a command line, ended when they hang."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from jsrs_portal import backup


@pytest.fixture
def target(tmp_path) -> Path:
    made = tmp_path / "backups" / "portal.backup"
    made.parent.mkdir()
    return made


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_demand_for_tls_reaches_the_programs():
    url = make_url(
        "postgresql+psycopg://hall:geheim@db.example:6432/portal"
        "?sslmode=verify-full&sslrootcert=/etc/ca.pem&channel_binding=require"
    )
    told = backup.environment(url)
    assert (told["PGSSLMODE"], told["PGSSLROOTCERT"], told["PGCHANNELBINDING"]) == (
        "verify-full",
        "/etc/ca.pem",
        "require",
    )
    assert (told["PGHOST"], told["PGPORT"], told["PGUSER"], told["PGPASSWORD"]) == (
        "db.example",
        "6432",
        "hall",
        "geheim",
    )


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_option_that_cannot_be_passed_on_is_refused_rather_than_dropped():
    with pytest.raises(backup.BackupFailed, match="krbsrvname"):
        backup.environment(make_url("postgresql+psycopg://hall@db.example/portal?krbsrvname=x"))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_the_programs_obey_the_demand(database, target):
    """The test's server has no TLS: with a demand for it, the backup must fail rather than go in the clear."""
    with pytest.raises(backup.BackupFailed, match="pg_dump"):
        backup.back_up(f"{database}?sslmode=require", target)
    assert not target.exists()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_no_password_is_on_a_command_line(database, target, monkeypatch):
    commands: list[list[str]] = []
    run = subprocess.run

    def noted(command, **how):
        commands.append(command)
        return run(command, **how)

    monkeypatch.setattr(backup.subprocess, "run", noted)
    backup.back_up(database.replace("hall@", "hall:geheim@"), target)
    assert commands
    assert not any("geheim" in word for command in commands for word in command)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_program_that_hangs_is_ended(database, target, monkeypatch, tmp_path):
    hanging = tmp_path / "pg_dump"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o755)
    monkeypatch.setattr(backup, "_program", lambda _name: str(hanging))
    monkeypatch.setattr(backup, "TIME_LIMIT", 0.2)
    with pytest.raises(backup.BackupFailed, match="没有完成"):
        backup.back_up(database, target)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_missing_program_is_named(database, target, monkeypatch):
    monkeypatch.setattr(backup.Path, "glob", lambda *_: iter(()))
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(backup.BackupFailed, match="缺少 pg_dump"):
        backup.back_up(database, target)
