"""PostgreSQL and Redis of the tests' own: found on this machine, started on a free port, gone afterwards."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass
class PostgreSQL:
    """A PostgreSQL that can be killed and started again on the same data and port."""

    folder: Path
    port: int
    binaries: str
    prefix: list[str]
    durable: bool = False
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its SQLAlchemy URL without a database's name."""
        return f"postgresql+psycopg://hall@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers: after a kill it has to recover first."""
        data = str(self.folder / "data")
        options = ["-p", str(self.port), "-k", str(self.folder), "-c", "max_connections=200"]
        options += ["-c", f"fsync={'on' if self.durable else 'off'}"]
        command = [*self.prefix, f"{self.binaries}/postgres", "-D", data, *options]
        self._process = subprocess.Popen(command, **_quiet(self.folder))
        wait_for_port(self.port)
        _wait_until_it_answers(f"postgresql://hall@127.0.0.1:{self.port}/postgres")

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def started_as(self) -> int:
        """The process that runs it for us, under a name without rights."""
        assert self._process is not None
        return self._process.pid

    @property
    def pid(self) -> int:
        """Its main process."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """End the server and every process of it at once; what it gave to the system's cache is kept."""
        assert self._process is not None
        for pid in [self.pid, *children_of(self.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(20)

    def stop(self) -> None:
        """End it as it should be."""
        if self._process is not None and self.running:
            self._process.terminate()
            self._process.wait(20)


@dataclass
class RedisServer:
    """A Redis without persistence that can be killed and started again on the same port."""

    binary: str
    folder: str
    port: int
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty, and wait until it listens."""
        options = ["--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", self.folder]
        command = [self.binary, *options, "--bind", "127.0.0.1"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for_port(self.port)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    started_as = pid

    def kill(self) -> None:
        """End it at once."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> None:
        """End it as it should be."""
        if self._process is not None and self.running:
            self._process.terminate()
            self._process.wait(10)


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    found = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


@contextmanager
def hanging(server: "PostgreSQL | RedisServer") -> Iterator[None]:
    """Let a server and all its processes stand still: it takes connections, and answers nothing."""
    pids = [server.pid]
    for pid in pids:
        pids += children_of(pid)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in [server.started_as, *pids]:  # whoever runs it for us stands still with it
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _quiet(folder: Path) -> dict[str, Any]:
    return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}


@contextmanager
def mortal_postgresql(*, durable: bool = False) -> Iterator[PostgreSQL]:
    """Start a PostgreSQL that a test may kill; ``durable``: it waits for the disk, as one in service does."""
    binaries = programs.postgresql()
    if binaries is None:
        raise RuntimeError("PostgreSQL's server programs are missing: run `make programs`")
    prefix = _as_unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="jsrs-pg-"))
    if prefix:
        shutil.chown(folder, prefix[2])
    arguments = ["-D", str(folder / "data"), "-U", "hall", "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run([*prefix, f"{binaries}/initdb", *arguments], check=True, **_quiet(folder))
    server = PostgreSQL(folder, free_port(), binaries, prefix, durable)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL and give its SQLAlchemy URL without a database's name."""
    with mortal_postgresql() as server:
        yield server.url


@contextmanager
def mortal_redis() -> Iterator[RedisServer]:
    """Start a Redis that a test may kill."""
    binary = programs.redis()
    if binary is None:
        raise RuntimeError("redis-server is missing: run `make programs`")
    with tempfile.TemporaryDirectory(prefix="jsrs-redis-") as folder:
        server = RedisServer(binary, folder, free_port())
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def redis() -> Iterator[str]:
    """Start a Redis without persistence and give its URL."""
    with mortal_redis() as server:
        yield server.url
