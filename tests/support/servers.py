"""PostgreSQL and Redis of the tests' own: found on this machine, started on a free port, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from scripts import programs


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, seconds: float = 30) -> None:
    """Wait until something listens on ``port``."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


@contextmanager
def port_freed(port: int, seconds: float = 10) -> Iterator[None]:
    """Wait until nobody listens on ``port`` any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                break
        time.sleep(0.05)
    yield


def _as_unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root; Debian brings a user for it."""
    if os.geteuid() != 0:
        return []
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return ["runuser", "-u", name, "--"]
    raise RuntimeError("no unprivileged user to run PostgreSQL as")


def _wait_until_it_answers(url: str, seconds: float = 30) -> None:
    """PostgreSQL listens a moment before it accepts anybody."""
    until = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL and give its SQLAlchemy URL without a database's name."""
    binaries = programs.postgresql()
    if binaries is None:
        raise RuntimeError("PostgreSQL's server programs are missing: run `make programs`")
    prefix = _as_unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="jsrs-pg-"))
    if prefix:
        shutil.chown(folder, prefix[2])
    port = free_port()
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    arguments = ["-D", str(data), "-U", "hall", "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run([*prefix, f"{binaries}/initdb", *arguments], check=True, **quiet)
    options = ["-p", str(port), "-k", str(folder), "-c", "fsync=off", "-c", "max_connections=200"]
    process = subprocess.Popen([*prefix, f"{binaries}/postgres", "-D", str(data), *options], **quiet)
    try:
        wait_for_port(port)
        _wait_until_it_answers(f"postgresql://hall@127.0.0.1:{port}/postgres")
        yield f"postgresql+psycopg://hall@127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str]:
    """Start a Redis without persistence and give its URL."""
    binary = programs.redis()
    if binary is None:
        raise RuntimeError("redis-server is missing: run `make programs`")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="jsrs-redis-") as folder:
        options = ["--port", str(port), "--save", "", "--appendonly", "no", "--dir", folder, "--bind", "127.0.0.1"]
        process = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
        try:
            wait_for_port(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)
