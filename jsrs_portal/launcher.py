"""Starts the portal: migrates, builds the frontend when its inputs changed, serves. The one place that knows
Reflex's internals.

``python -m jsrs_portal.launcher`` runs everything; ``… build`` only builds; ``… serve`` only serves what is built.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import httpx

from jsrs_portal import migrations
from jsrs_portal.gateways.ca.directory import require_trust
from jsrs_portal.production import require_ready
from jsrs_portal.settings import ROOT, Settings, get_settings

_SECONDS_TO_BUILD = 1800
_SECONDS_FOR_DATA = 300
_INPUTS = tuple(
    f"jsrs_portal/{name}" for name in ("pages", "components", "state", "domain", "catalog", "access", "ca_driver")
)
_SERVED = ("catalog/matters", "catalog/announcements", "catalog/cities")
"""Parts of the catalogue that are served from the database and are in no page that is built."""
_INPUT_FILES = ("rxconfig.py", "jsrs_portal/jsrs_portal.py", "requirements/run.txt")
_BAKED_SETTINGS = (
    "environment",
    "bureau_name",
    "hall_name",
    "bureau_site",
    "site_code",
    "icp_number",
    "police_number",
    "contact_phone",
    "sandbox_origin",
    "app_download_address",
    "ca_driver_port",
    "ca_driver_least",
    "progress_every_seconds",
    "origin",
)


def say(text: str) -> None:
    """Print one line of progress."""
    print(text, flush=True)


def _environment() -> dict[str, str]:
    """Return the environment under which Reflex's tools find bun and ask nobody outside."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "REFLEX_USE_SYSTEM_BUN": "1",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_USE_GRANIAN": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_WEB_WORKDIR": str(get_settings().web_dir),
        "NPM_CONFIG_REGISTRY": os.environ.get("NPM_CONFIG_REGISTRY", ""),
    }


def frontend_key(settings: Settings) -> str:
    """Return a hash of everything the built frontend depends on."""
    digest = hashlib.sha256()
    files = [ROOT / name for name in _INPUT_FILES]
    for folder in (*_INPUTS, "assets", "reflex.lock"):
        files += sorted(p for p in (ROOT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    for file in files:
        served = any(f"/{folder}/" in file.as_posix() for folder in _SERVED)
        if "external" not in file.parts and not served:
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    for name in _BAKED_SETTINGS:
        digest.update(f"{name}={getattr(settings, name)}\0".encode())
    return digest.hexdigest()


def build(settings: Settings) -> bool:
    """Build the frontend unless the built one is of the same inputs; return whether it was built."""
    key = frontend_key(settings)
    client, stamp = settings.web_dir / "build" / "client", settings.web_dir / "build.stamp"
    if stamp.exists() and stamp.read_text() == key and client.is_dir():
        return False
    stamp.unlink(missing_ok=True)
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--loglevel", "warning"]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS_TO_BUILD,
        )
    except subprocess.TimeoutExpired as error:
        sys.stdout.buffer.write(error.stdout or b"")
        raise SystemExit(f"前端构建在 {_SECONDS_TO_BUILD} 秒内没有完成，已停止。") from None
    if done.returncode or not client.is_dir():
        sys.stdout.buffer.write(done.stdout)
        raise SystemExit("前端构建失败，原因见上。")
    _tidy_lock()
    stamp.write_text(key)
    return True


def _tidy_lock() -> None:
    """Write the frontend's package list in one form: Reflex writes it sometimes indented and sometimes not."""
    file = ROOT / "reflex.lock" / "package.json"
    if file.exists():
        file.write_text(json.dumps(json.loads(file.read_text()), indent=2) + "\n")


def migrate() -> None:
    """Bring the database to this code's newest migration."""
    try:
        migrations.upgrade()
    except migrations.MigrationFailed as error:
        sys.stdout.buffer.write(error.said)
        raise SystemExit("数据库迁移失败，原因见上。") from None


def prepare(settings: Settings) -> None:
    """Load catalogue and demonstration by one process: each of its own would read the same modules again.

    It names a file with a mistake and passes over it. Only a demonstration that is not there stops the start.
    """
    command = [sys.executable, "-m", "jsrs_portal.cli", "prepare"]
    try:
        done = subprocess.run(command, cwd=ROOT, timeout=_SECONDS_FOR_DATA)
    except subprocess.TimeoutExpired:
        if settings.demo:
            raise SystemExit(f"演示数据在 {_SECONDS_FOR_DATA} 秒内没有装入完，已停止。") from None
        say(f"  事项目录在 {_SECONDS_FOR_DATA} 秒内没有装入完，继续使用已有的目录")
    else:
        if done.returncode and settings.demo:
            raise SystemExit("演示数据装入失败，原因见上。")


def serve(settings: Settings) -> None:
    """Serve the built portal in this process until a signal ends it."""
    os.environ.update(_environment())
    os.environ["__REFLEX_SKIP_COMPILE"] = "true"
    os.environ["__REFLEX_MOUNT_FRONTEND_COMPILED_APP"] = "true"
    os.environ["REFLEX_ENV_MODE"] = "prod"
    os.chdir(ROOT)
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "jsrs_portal.jsrs_portal:served",
        factory=True,
        address=settings.bind_host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        log_level=LogLevels.warning,
        log_access=False,
        workers_kill_timeout=5,
        respawn_failed_workers=settings.workers > 1,
    ).serve()


def run(settings: Settings) -> None:
    """Do every step that is needed, start all processes, and end them all together."""
    require_ready(settings)
    require_trust(settings)
    started = time.monotonic()
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    say("· 数据库迁移 …")
    migrate()
    say("· 前端构建 …" if build(settings) else "· 前端没有变化，跳过构建")
    processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(name: str, *module: str) -> None:
        processes[name] = subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, start_new_session=True)

    def end_at_once(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit("· 已中止")

    say("· 启动服务 …")
    signal.signal(signal.SIGTERM, end_at_once)  # until _supervise listens; SIGINT raises by itself
    start("服务", "jsrs_portal.launcher", "serve")  # it reads its modules while the data are prepared
    try:
        prepare(settings)
    except BaseException:
        _end(processes)
        raise
    start("后台任务", "jsrs_portal.worker")
    if settings.sandboxed:
        start("模拟外部系统", "jsrs_portal.gateways.sandbox")

    def ready() -> None:
        say(f"· 已就绪（{time.monotonic() - started:.1f} 秒）：{settings.origin}  按 Ctrl-C 结束")
        if settings.sandboxed:
            say(f"· 模拟外部系统（短信、支付宝等）：{settings.sandbox_origin}")

    _supervise(processes, lambda: _healthy(settings), ready)


def _healthy(settings: Settings) -> bool:
    """Tell whether the server answers that everything works."""
    try:
        return httpx.get(f"http://127.0.0.1:{settings.port}/_health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _supervise(
    processes: dict[str, subprocess.Popen[bytes]], healthy: Callable[[], bool], ready: Callable[[], None]
) -> None:
    """Call ``ready`` once all is well, and wait for a signal or for the first process that ends; then end the others.

    Fails if one ended by itself.
    """
    asked = announced = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    while not asked and all(process.poll() is None for process in processes.values()):
        if not announced and healthy():
            announced = True
            ready()
        time.sleep(0.2)
    ended = [name for name, process in processes.items() if process.poll() is not None]
    _end(processes)
    if not asked:
        raise SystemExit(f"{'、'.join(ended)} 意外结束，已停止全部进程。")
    say("· 已全部结束")


def _end(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """End what still runs, by force after ten seconds."""
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    for process in processes.values():
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Do what the command line says."""
    os.umask(0o077)  # databases, logs and stamps are nobody else's
    settings = get_settings()
    if arguments == ["build"]:
        build(settings)
    elif arguments == ["serve"]:
        serve(settings)
    elif not arguments:
        run(settings)
    else:
        raise SystemExit("usage: python -m jsrs_portal.launcher [build | serve]")


if __name__ == "__main__":
    main(sys.argv[1:])
