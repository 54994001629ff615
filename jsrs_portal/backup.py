"""Backing the database up while it is in use, and putting a backup back.

Personal data is encrypted in the rows, so a backup without the keys reveals none; keep the two apart. SQLite is copied
by its own online backup, PostgreSQL by ``pg_dump`` and ``pg_restore``, whose programs must be on PATH or under Debian's
``/usr/lib/postgresql``.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url

_TIME_LIMIT = 3600


class BackupFailed(Exception):
    """The backup or restore was not done; the message says why, in Chinese."""


def back_up(url: str, target: Path) -> None:
    """Write a backup of the database at ``url`` to ``target``; an existing file is never overwritten."""
    if target.exists():
        raise BackupFailed(f"{target} 已存在，请换一个文件名。")
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        _copy_sqlite(Path(where.database or ""), partial)
    else:
        _postgresql("pg_dump", where, ["--format=custom", "--no-owner", f"--file={partial}", str(where.database)])
    os.replace(partial, target)


def restore(url: str, source: Path) -> None:
    """Replace the database at ``url`` with the backup in ``source``; the portal must not be running."""
    if not source.is_file():
        raise BackupFailed(f"找不到备份文件 {source}。")
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        _check_sqlite(source)
        file = Path(where.database or "")
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(file.name + ".partial")
        shutil.copyfile(source, partial)
        for rest in ("-wal", "-shm"):
            file.with_name(file.name + rest).unlink(missing_ok=True)
        os.replace(partial, file)
    else:
        options = ["--clean", "--if-exists", "--no-owner", "--exit-on-error", "--single-transaction"]
        _postgresql("pg_restore", where, [*options, f"--dbname={where.database}", str(source)])


def _copy_sqlite(file: Path, target: Path) -> None:
    if not file.is_file():
        raise BackupFailed(f"找不到数据库文件 {file}。")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy, pages=1000, sleep=0.01)
    _check_sqlite(target)


def _check_sqlite(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as found:
            sound = found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            sound = sound and found.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise BackupFailed(f"{file} 不是完好的数据库备份。")


def _program(name: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(versions[0]) if versions else shutil.which(name)
    if not found:
        raise BackupFailed(f"缺少 {name}：请安装 PostgreSQL 客户端程序。")
    return found


def _postgresql(program: str, where: URL, arguments: list[str]) -> None:
    """Run one of PostgreSQL's programs; the password goes through the environment, where no process list shows it."""
    environment = {
        **os.environ,
        "PGHOST": where.host or "",
        "PGPORT": str(where.port or 5432),
        "PGUSER": where.username or "",
        "PGPASSWORD": where.password or "",
    }
    command = [_program(program), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=_TIME_LIMIT, check=False)  # noqa: S603
    if done.returncode:
        raise BackupFailed(f"{program} 未完成（返回码 {done.returncode}）。")
