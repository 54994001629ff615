"""The simulators run as they do in a demonstration: a process of their own, reached over a socket."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from jsrs_portal.gateways import Gateways, build_gateways, clients
from jsrs_portal.gateways.sms.aliyun import AliyunSms
from jsrs_portal.gateways.sms.tencent import TencentSms
from jsrs_portal.settings import Settings

TLS = httpx.create_ssl_context()
"""Shared, because building one takes longer than a test."""
COURIERS = ("courier", "courier_sf", "courier_callback")
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_sandbox(port: int, var_dir: Path) -> subprocess.Popen[bytes]:
    """Start the simulators and wait until they answer."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JSRS_")}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "JSRS_SANDBOX_PORT": str(port),
        "JSRS_VAR_DIR": str(var_dir),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "jsrs_portal.gateways.sandbox"],
        cwd=var_dir,
        env=environment,
        start_new_session=True,
    )
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/_health", trust_env=False, timeout=5).status_code == 200:
                return process
        except httpx.TransportError:
            if process.poll() is not None:
                break
        time.sleep(0.05)
    kill(process)
    raise RuntimeError("the sandbox did not start")


def kill(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGKILL) -> None:
    """End the simulators' whole process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    process.wait(10)


@dataclass
class Sandbox:
    """The running simulators and the settings that reach them."""

    settings: Settings
    _built: dict[str, Gateways] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return self.settings.sandbox_origin

    def gateways(self, **changes: object) -> Gateways:
        """Return live clients; ``changes`` are settings."""
        key = repr(sorted(changes.items()))
        if key not in self._built or "secret" in key:  # reading RSA keys takes a while; secrets do not show
            self._built[key] = build_gateways(self.settings.model_copy(update=changes))
        return self._built[key]

    def aliyun(self, **changes: object) -> AliyunSms:
        """Return the first SMS provider's client alone."""
        return clients.aliyun_client(self.settings.model_copy(update=changes))

    def tencent(self, **changes: object) -> TencentSms:
        """Return the second SMS provider's client alone."""
        found = clients.tencent_client(self.settings.model_copy(update=changes))
        assert found is not None
        return found

    def http(self) -> httpx.AsyncClient:
        """Return a browser that follows nothing by itself."""
        return httpx.AsyncClient(base_url=self.origin, trust_env=False, verify=TLS)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    var_dir = tmp_path_factory.mktemp("sandbox")
    port = free_port()
    process = start_sandbox(port, var_dir)
    patient = {"gateway_timeout": 5, "gateway_breaker_failures": 1000}
    yield Sandbox(Settings(_env_file=None, sandbox_port=port, var_dir=var_dir, **patient))
    kill(process, signal.SIGTERM)


@pytest.fixture
def order(sandbox: Sandbox) -> Iterator[Callable[..., Awaitable[None]]]:
    """Order a fault; afterwards everything answers properly again."""

    async def give(system: str, mode: str, times: int = 1, **more: object) -> None:
        async with sandbox.http() as client:
            answer = await client.post(f"/_control/{system}", json={"mode": mode, "times": times, **more})
        assert answer.status_code == 200

    yield give
    with httpx.Client(base_url=sandbox.origin, trust_env=False, verify=TLS) as client:
        for system in ("face", "sms", "sms_tencent", "registry", "identity", "sso", "licence", "legacy", *COURIERS):
            client.post(f"/_control/{system}", json={"mode": "ok", "times": 0, "minute_limit": False})
