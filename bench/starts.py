"""(f) How long `make run` takes until the portal answers that all is well: with nothing built, and when all is.

The packages are installed; everything else of the first start is in it: database, catalogue, demonstration, frontend.
A start after that begins when the last worker's sign of life is no longer believed.
"""

import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from jsrs_portal.api.health import WORKER_SILENT_AFTER
from jsrs_portal.settings import ROOT
from tests.support.portal import PORT as TESTS
from tests.support.servers import port_freed

PORT = TESTS + 60
WEB = ROOT / f".web-bench-{PORT}"
WARM_ROUNDS = 3
_PATIENCE = 900


def _start(folder: str) -> float:
    """Return the seconds from `make run` until the portal is healthy; then end it again."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JSRS_")}
    environment |= {"PORT": str(PORT), "JSRS_VAR_DIR": folder, "JSRS_WEB_DIR": str(WEB)}
    environment["JSRS_CA_DRIVER_PORT"] = str(PORT + 9)
    with port_freed(PORT), (Path(folder) / "start.log").open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            ["make", "run"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            while process.poll() is None and time.perf_counter() - began < _PATIENCE:
                if _healthy():
                    return time.perf_counter() - began
                time.sleep(0.05)
            said = (Path(folder) / "start.log").read_text(errors="replace")
            raise RuntimeError(f"the portal did not become ready:\n{said[-2000:]}")
        finally:
            _end(process)


def _healthy() -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{PORT}/_health", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def measure() -> dict[str, Any]:
    """Return the first start, and the median of the ones after it."""
    shutil.rmtree(WEB, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory(prefix="jsrs-bench-") as folder:
            cold = _start(folder)
            warm: list[float] = []
            for _ in range(WARM_ROUNDS):
                time.sleep(WORKER_SILENT_AFTER.total_seconds() + 1)
                warm.append(_start(folder))
    finally:
        shutil.rmtree(WEB, ignore_errors=True)
    return {
        "cold_start_s": round(cold, 2),
        "warm_start_s": round(statistics.median(warm), 2),
        "warm_starts_s": [round(one, 2) for one in warm],
    }
