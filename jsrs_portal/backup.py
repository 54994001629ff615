"""Backing the database up while it is in use, and putting a backup back.

Personal data is encrypted in the rows, so a backup without the keys reveals none; keep the two apart. SQLite is copied
by its own online backup, PostgreSQL by ``pg_dump``, ``pg_restore`` and ``psql``, whose programs must be on PATH or
under Debian's ``/usr/lib/postgresql``. A backup is read whole before anything is replaced, and replaced in one step.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, make_url

from jsrs_portal.settings import ROOT

TIME_LIMIT = 3600
"""Seconds one program may take: a database that needs longer needs another kind of backup."""
_LOCK_LIMIT = 30
_EMPTY = """DO $$ DECLARE found record; BEGIN
FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
EXECUTE format('DROP TABLE IF EXISTS public.%I CASCADE', found.tablename); END LOOP;
FOR found IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace
AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e') LOOP
EXECUTE 'DROP FUNCTION IF EXISTS ' || found.name || ' CASCADE'; END LOOP; END $$"""
"""Tables and functions that came into being after the backup must go too, or migrations could not make them again."""
_PASSED_ON = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "channel_binding": "PGCHANNELBINDING",
    "require_auth": "PGREQUIREAUTH",
    "gssencmode": "PGGSSENCMODE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}
"""Options of the URL that the programs take from their environment: a demand for TLS must hold for them too."""


class BackupFailed(Exception):
    """The backup or restore was not done; the message says why, in Chinese."""


class _ProgramFailed(BackupFailed):
    """One of PostgreSQL's programs said no."""


def back_up(url: str, target: Path) -> None:
    """Write a backup of the database at ``url`` to ``target``, ours alone; an existing file is never overwritten."""
    if target.exists():
        raise BackupFailed(f"{target} 已存在，请换一个文件名。")
    if not target.parent.is_dir():
        raise BackupFailed(f"文件夹 {target.parent} 不存在，请先建立。")
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL, 0o600))
    where = make_url(url)
    try:
        if where.get_backend_name() == "sqlite":
            _copy_sqlite(Path(where.database or ""), partial)
        else:
            _run("pg_dump", where, ["--format=custom", "--no-owner", f"--file={partial}", str(where.database)])
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def restore(url: str, source: Path) -> None:
    """Replace the database at ``url`` with the backup in ``source``; the portal must not be running.

    A file that is none of our backups changes nothing. The backup may be of an older version: migrate afterwards.
    """
    if not source.is_file():
        raise BackupFailed(f"找不到备份文件 {source}。")
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        _check_sqlite(source)
        file = Path(where.database or "")
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(file.name + ".partial")
        os.close(os.open(partial, os.O_CREAT | os.O_TRUNC, 0o600))
        shutil.copyfile(source, partial)
        for rest in ("-wal", "-shm"):
            file.with_name(file.name + rest).unlink(missing_ok=True)
        os.replace(partial, file)
    else:
        with tempfile.TemporaryDirectory(prefix="jsrs-restore-") as folder:
            script = Path(folder) / "restore.sql"
            _read_dump(where, source, script)
            once = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
            _run("psql", where, [*once, f"--command={_EMPTY}", f"--file={script}", str(where.database)])


def _copy_sqlite(file: Path, target: Path) -> None:
    if not file.is_file():
        raise BackupFailed(f"找不到数据库文件 {file}。")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy, pages=1000, sleep=0.01)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, that nothing beside it belongs to
    _check_sqlite(target)


def _check_sqlite(file: Path) -> None:
    revision = ""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as found:
            if found.execute("PRAGMA integrity_check").fetchone() == ("ok",):
                rows = found.execute("SELECT version_num FROM alembic_version").fetchall()
                revision = rows[0][0] if len(rows) == 1 else ""
    except (sqlite3.Error, ValueError):  # broken pages, or text in them that is none
        revision = ""
    _check_revision(file, revision)


def _read_dump(where: URL, file: Path, script: Path) -> None:
    """Turn a dump into SQL, to its end, which may be missing; the statement that names the revision stands inside."""
    try:
        _run("pg_restore", where, ["--no-owner", "--no-privileges", f"--file={script}", str(file)])
        said = _run("pg_restore", where, ["--data-only", "--table=alembic_version", "--file=-", str(file)])
    except _ProgramFailed:
        said = ""
    found = re.search(r"^COPY public\.alembic_version .*\n(\S+)\n\\\.$", said, re.MULTILINE)
    _check_revision(file, found.group(1) if found else "")


def _check_revision(file: Path, revision: str) -> None:
    """Refuse what is not this product's, and what only a newer version could read."""
    if not revision:
        raise BackupFailed(f"{file} 不是完好的数据库备份。")
    known = ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini"))).walk_revisions()
    if revision not in {script.revision for script in known}:
        raise BackupFailed(f"{file} 来自其他系统或更新的版本，本版本不能恢复。")


def environment(where: URL) -> dict[str, str]:
    """Return what PostgreSQL's programs are told through the environment, where no process list shows it."""
    told = {
        "PGHOST": where.host or "",
        "PGPORT": str(where.port or 5432),
        "PGUSER": where.username or "",
        "PGPASSWORD": where.password or "",
        "PGCONNECT_TIMEOUT": "10",
        "PGOPTIONS": f"-c lock_timeout={_LOCK_LIMIT}s",
    }
    query: Mapping[str, str | tuple[str, ...]] = where.query
    for option, value in query.items():
        if option in _PASSED_ON:
            told[_PASSED_ON[option]] = value if isinstance(value, str) else value[-1]
        elif option == "host":
            told["PGHOST"] = value if isinstance(value, str) else ",".join(value)
        else:
            raise BackupFailed(f"JSRS_DATABASE_URL 中的 {option} 不能转给 PostgreSQL 的备份程序。")
    return told


def _program(name: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(versions[0]) if versions else shutil.which(name)
    if not found:
        raise BackupFailed(f"缺少 {name}：请安装 PostgreSQL 客户端程序。")
    return found


def _run(program: str, where: URL, arguments: list[str]) -> str:
    """Run one of PostgreSQL's programs and return what it wrote; its complaints may quote data and are not shown."""
    command = [_program(program), *arguments]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            env={**os.environ, **environment(where)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BackupFailed(f"{program} 在 {TIME_LIMIT} 秒内没有完成。") from None
    if done.returncode:
        raise _ProgramFailed(f"{program} 未完成（返回码 {done.returncode}）。")
    return done.stdout.decode("utf-8", "replace")
