"""A bare Reflex app, built and served like ours: the floor that ours is measured against."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.processes import kill_family
from jsrs_portal.settings import ROOT
from tests.support.portal import PORT as OURS
from tests.support.servers import wait_for_port

PORT = OURS + 90
FOLDER = ROOT / "build" / f"bare-{PORT}"
HANDLER = "reflex___state____state.bare___bare____bare_state.add"
"""Changes two values of the state, as ours does."""

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
    twice: int = 0

    @rx.event
    def add(self):
        self.count += 1
        self.twice += 2

WORDS = "企业职工社会保险登记、劳动合同备案、培训补贴申报、人才引进与工伤认定等事项均可在线办理并随时查看进度"

def index():
    return rx.el.main(rx.el.h1("bare"), rx.el.button(BareState.count, on_click=BareState.add))

def filled():
    links = [rx.el.a(WORDS[at : at + 4], href="/") for at in range(12)]
    words = [(WORDS[at : at + 9], WORDS[at + 2 : at + 20]) for at in range({cards})]
    cards = [rx.el.li(rx.el.a(rx.el.h3(title), rx.el.p(text), href="/")) for title, text in words]
    return rx.el.div(
        rx.el.header(rx.el.h1(WORDS[:8]), rx.el.nav(*links)),
        rx.el.main(
            rx.el.form(rx.el.input(name="q"), rx.el.button("搜索", type="submit")),
            rx.el.button(BareState.count, on_click=BareState.add),
            rx.el.ul(*cards),
        ),
        rx.el.footer(rx.el.p(WORDS), *links),
    )

app = rx.App(html_lang="zh-CN")
app.add_page(index, route="/")
app.add_page(filled, route="/filled")
"""
_CARDS = 36
FILLED = "/filled"
"""A page with about as many words as the hall has, in plain elements without a style."""


@dataclass(frozen=True)
class Bare:
    """The running app: its address and its server's process."""

    origin: str
    pid: int


def _environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("JSRS_", "REFLEX_", "__REFLEX"))}
    return {
        **ours,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(FOLDER),
        "REFLEX_USE_SYSTEM_BUN": "1",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_USE_GRANIAN": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
    }


def build() -> None:
    """Write and build the app, unless this very app is built already."""
    config = _CONFIG.format(port=PORT)
    app = _APP.replace("{cards}", str(_CARDS))
    wanted = hashlib.sha256(f"{config}{app}{version('reflex')}".encode()).hexdigest()
    stamp = FOLDER / "build.stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    (FOLDER / "bare").mkdir(parents=True, exist_ok=True)
    (FOLDER / "rxconfig.py").write_text(config)
    (FOLDER / "bare" / "__init__.py").touch()
    (FOLDER / "bare" / "bare.py").write_text(app)
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--loglevel", "warning"]
    subprocess.run(command, cwd=FOLDER, env=_environment(), check=True, stdout=subprocess.DEVNULL)
    stamp.write_text(wanted)


@contextmanager
def served() -> Iterator[Bare]:
    """Serve it by Granian, as our launcher serves ours."""
    environment = {
        **_environment(),
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_ENV_MODE": "prod",
    }
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--workers", "1"]
    process = subprocess.Popen(
        [*command, "--port", str(PORT), "--log-level", "warning", "bare.bare:app"],
        cwd=FOLDER,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_port(PORT, 60)
        yield Bare(f"http://localhost:{PORT}", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # five hundred connections were open
            kill_family(process.pid)
