"""A bare Reflex app, built and served like ours: the floor that ours is measured against."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jsrs_portal.settings import ROOT
from tests.support.servers import wait_for_port

PORT = 3190
FOLDER = ROOT / "build" / "bare"

_CONFIG = """import reflex as rx
config = rx.Config(
    app_name="bare", frontend_port={port}, backend_port={port}, api_url="http://localhost:{port}",
    telemetry_enabled=False, show_built_with_reflex=False, state_manager_mode="memory",
    frontend_compression_formats=["gzip"], disable_plugins=[rx.plugins.SitemapPlugin],
)
"""
_APP = """import reflex as rx

class BareState(rx.State):
    count: int = 0

    @rx.event
    def add(self):
        self.count += 1

app = rx.App()
app.add_page(lambda: rx.el.main(rx.el.h1("bare"), rx.el.button(BareState.count, on_click=BareState.add)), route="/")
"""


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(FOLDER),
        "REFLEX_USE_SYSTEM_BUN": "1",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_USE_GRANIAN": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
    }


def build() -> None:
    """Write and build the app, once."""
    if (FOLDER / ".web" / "build" / "client" / "index.html").exists():
        return
    (FOLDER / "bare").mkdir(parents=True, exist_ok=True)
    (FOLDER / "rxconfig.py").write_text(_CONFIG.format(port=PORT))
    (FOLDER / "bare" / "__init__.py").touch()
    (FOLDER / "bare" / "bare.py").write_text(_APP)
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--loglevel", "warning"]
    subprocess.run(command, cwd=FOLDER, env=_environment(), check=True, stdout=subprocess.DEVNULL)


@contextmanager
def served() -> Iterator[str]:
    """Serve it by Granian, as our launcher serves ours, and give its address."""
    environment = {
        **_environment(),
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_ENV_MODE": "prod",
    }
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--port", str(PORT)]
    process = subprocess.Popen(
        [*command, "--log-level", "warning", "bare.bare:app"], cwd=FOLDER, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_for_port(PORT)
        yield f"http://localhost:{PORT}"
    finally:
        process.terminate()
        process.wait(20)
