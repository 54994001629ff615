"""The real product in processes of its own: server, worker, simulated outside systems, one build, one fixed port."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.database import Database

ROOT = Path(__file__).resolve().parent.parent.parent
PORT = int(os.environ.get("JSRS_TEST_PORT", "3100"))
"""The frontend has the port baked in, so every portal of the tests uses this one, one after the other."""
WEB = ROOT / (".web-test" if PORT == 3100 else f".web-test-{PORT}")
_LISTS = 4
"""Of the demonstration's CA: two kinds of keys, two levels."""
COMMANDS = {
    "server": ["jsrs_portal.launcher", "serve"],
    "worker": ["jsrs_portal.worker"],
    "sandbox": ["jsrs_portal.gateways.sandbox"],
}


@dataclass
class Portal:
    """A running portal. ``kill`` and ``start`` let a test take the server away in the middle."""

    folder: Path
    extra: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The portal's address."""
        return f"http://localhost:{PORT}"

    @property
    def sandbox(self) -> str:
        """The simulated outside systems' address."""
        return f"http://localhost:{PORT + 1}"

    @property
    def driver_port(self) -> int:
        """Where its pages look for the driver of a CA's key; a test starts one there."""
        return PORT + 9

    @property
    def environment(self) -> dict[str, str]:
        """The environment of all its processes; a test may also run our own code under it."""
        return {
            **os.environ,
            "PORT": str(PORT),
            "JSRS_VAR_DIR": str(self.folder),
            "JSRS_WEB_DIR": str(WEB),
            "JSRS_BCRYPT_COST": "4",
            "JSRS_CA_DRIVER_PORT": str(self.driver_port),
            "PYTHONUNBUFFERED": "1",
            **self.extra,
        }

    @property
    def database(self) -> Database:
        """Its database, to be looked into."""
        return Database(self.extra.get("JSRS_DATABASE_URL") or f"sqlite+aiosqlite:///{self.folder / 'portal.db'}")

    @property
    def log(self) -> str:
        """Everything its processes have written so far."""
        return "".join(file.read_text(encoding="utf-8", errors="replace") for file in sorted(self.folder.glob("*.log")))

    @property
    def names(self) -> tuple[str, ...]:
        """Its processes; what follows a hyphen tells several of one kind apart."""
        return tuple(COMMANDS)

    def environment_of(self, name: str) -> dict[str, str]:
        """The environment of one of its processes."""
        return self.environment

    def prepare(self) -> None:
        """Build if needed, migrate, load the demonstration's accounts and the catalogue."""
        for command in (
            ["jsrs_portal.launcher", "build"],
            ["alembic", "upgrade", "head"],
            ["jsrs_portal.cli", "demo"],
            ["jsrs_portal.cli", "catalog", "load"],
        ):
            subprocess.run(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self.environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )

    def start(self, *names: str) -> None:
        """Start the named processes (all by default) and wait until the portal is healthy."""
        for name in names or self.names:
            kind = name.partition("-")[0]
            with (self.folder / f"{kind}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", *COMMANDS[kind]],
                    cwd=ROOT,
                    env=self.environment_of(name),
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        self.wait()

    def wait(self, seconds: float = 60) -> None:
        """Wait until ``/_health`` and the sandbox answer 200."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                answers = [httpx.get(f"{base}/_health", timeout=5) for base in (self.origin, self.sandbox)]
                if all(answer.status_code == 200 for answer in answers):
                    return
            time.sleep(0.1)
        raise TimeoutError(f"the portal does not become healthy:\n{self.log[-3000:]}")

    def with_lists(self, *, anew: bool = False) -> None:
        """Wait until the worker has fetched the CAs' revocation lists; ``anew``: as they are from now on."""
        database = self.database
        if anew:
            database.change("UPDATE ca_lists SET fetched_at = '2020-01-01 00:00:00.000000'")
        until = time.monotonic() + 40
        while database.rows("SELECT count(*) FROM ca_lists WHERE fetched_at > '2021-01-01'") != [(_LISTS,)]:
            if time.monotonic() > until:
                raise TimeoutError("the worker does not fetch the CAs' lists")
            time.sleep(0.1)

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End a process and its children at once."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        process.wait(20)

    def stop(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.kill(name, signal.SIGTERM if name != "server" else signal.SIGKILL)
