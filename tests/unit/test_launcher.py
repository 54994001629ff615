"""The launcher: builds when something changed and only then, starts all processes and ends them together."""

import ast
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from jsrs_portal import db, launcher
from jsrs_portal.settings import ROOT, Settings

SOURCES = ("pages", "components", "state", "domain")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in [known for known in os.environ if known.startswith("JSRS_") or known == "PORT"]:
        monkeypatch.delenv(name)


def settings(**values) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A copy of what the build reads, to be changed."""
    for folder in ("jsrs_portal", "assets", "requirements", "reflex.lock"):
        ignored = shutil.ignore_patterns("__pycache__", "external")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(ROOT / "rxconfig.py", tmp_path)
    monkeypatch.setattr(launcher, "ROOT", tmp_path)
    return tmp_path


def test_the_key_is_the_same_for_the_same_inputs(tree):
    assert launcher.frontend_key(settings()) == launcher.frontend_key(settings())


@pytest.mark.parametrize(
    "file",
    [
        "jsrs_portal/pages/login.py",
        "jsrs_portal/components/fields.py",
        "jsrs_portal/state/login.py",
        "jsrs_portal/domain/passwords.py",
        "jsrs_portal/jsrs_portal.py",
        "rxconfig.py",
        "requirements/run.txt",
        "assets/tokens.css",
    ],
)
def test_a_changed_source_changes_the_key(tree, file):
    before = launcher.frontend_key(settings())
    with (tree / file).open("a", encoding="utf-8") as source:
        source.write("\n")
    assert launcher.frontend_key(settings()) != before


def test_a_new_and_a_renamed_source_change_the_key(tree):
    keys = {launcher.frontend_key(settings())}
    page = tree / "jsrs_portal/pages/new.py"
    page.write_text("")
    keys.add(launcher.frontend_key(settings()))
    page.rename(page.with_name("newer.py"))
    keys.add(launcher.frontend_key(settings()))
    assert len(keys) == 3


def _imports(file: Path) -> set[Path]:
    """Return the files of ours that ``file`` imports."""
    found: set[Path] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("jsrs_portal"):
            names = [node.module, *[f"{node.module}.{alias.name}" for alias in node.names]]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("jsrs_portal")]
        for name in names:
            path = ROOT / Path(*name.split(".")).with_suffix(".py")
            if path.is_file():
                found.add(path)
    return found


def _built_from() -> list[str]:
    """Return every module of ours that pages and components are made of; settings count by their values."""
    waiting = [file for folder in ("pages", "components") for file in (ROOT / "jsrs_portal" / folder).glob("*.py")]
    seen: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file in seen or file.name == "settings.py":
            continue
        seen.add(file)
        if file.parent.name in ("pages", "components", "catalog"):
            waiting.extend(_imports(file))
    return sorted(str(file.relative_to(ROOT)) for file in seen)


@pytest.mark.parametrize("file", [file for file in _built_from() if file.split("/")[1] not in SOURCES])
def test_whatever_else_a_page_is_made_of_changes_the_key(tree, file):
    """Pages are drawn at build time: a text or a state class they import is in the built frontend."""
    before = launcher.frontend_key(settings())
    with (tree / file).open("a", encoding="utf-8") as source:
        source.write("\n")
    assert launcher.frontend_key(settings()) != before


@pytest.mark.parametrize("kind", ["catalog", "reflex.lock"])
def test_shipped_texts_and_the_frontends_lock_change_the_key(tree, kind):
    folder = tree / ("jsrs_portal/catalog" if kind == "catalog" else kind)
    served = {"matters", "announcements", "cities"}
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "__init__.py")
    files = [file for file in files if not served & set(file.parts)]
    unnoticed = []
    for file in files:
        before = launcher.frontend_key(settings())
        with file.open("ab") as source:
            source.write(b"\n")
        if launcher.frontend_key(settings()) == before:
            unnoticed.append(file.name)
    assert files
    assert unnoticed == []


def test_tests_documents_caches_services_and_served_content_do_not_change_the_key(tree):
    before = launcher.frontend_key(settings())
    for file in (
        "jsrs_portal/catalog/matters/card/x.yaml",
        "jsrs_portal/catalog/announcements/x.yaml",
        "jsrs_portal/catalog/cities/x.yaml",
        "tests/test_x.py",
        "README.md",
        "jsrs_portal/services/x.py",
        "jsrs_portal/pages/__pycache__/x.pyc",
    ):
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        (tree / file).write_text("x")
    assert launcher.frontend_key(settings()) == before


@pytest.mark.parametrize(
    "changed",
    [
        {"bureau_name": "别的厅"},
        {"hall_name": "别的大厅"},
        {"contact_phone": "12345"},
        {"icp_number": "苏ICP备1号"},
        {"public_url": "https://hall.example"},
        {"PORT": 3333},
        {"environment": "production"},
        {"sandbox_port": 4000},
    ],
)
def test_a_setting_that_is_on_a_page_changes_the_key(changed):
    assert launcher.frontend_key(settings(**changed)) != launcher.frontend_key(settings())


@pytest.mark.parametrize("changed", [{"bcrypt_cost": 5}, {"secret_key": "x"}, {"var_dir": "/srv"}, {"workers": 2}])
def test_a_setting_of_the_server_does_not_change_the_key(changed):
    assert launcher.frontend_key(settings(**changed)) == launcher.frontend_key(settings())


# Building


@pytest.fixture
def web(tmp_path, monkeypatch):
    """A build folder, and a build that takes no time; ``commands`` are those that ran."""
    made = settings(web_dir=tmp_path / "web")
    commands: list[list[str]] = []
    outcome = SimpleNamespace(returncode=0, stdout=b"the compiler's words")

    def build(command: list[str], **_how) -> SimpleNamespace:
        commands.append(command)
        if outcome.returncode == 0:
            (made.web_dir / "build" / "client").mkdir(parents=True, exist_ok=True)
        return outcome

    monkeypatch.setattr(launcher.subprocess, "run", build)
    monkeypatch.setattr(launcher, "frontend_key", lambda _settings: "key-1")
    return SimpleNamespace(settings=made, commands=commands, outcome=outcome)


def test_an_unchanged_frontend_is_built_once(web):
    assert launcher.build(web.settings)
    assert not launcher.build(web.settings)
    assert len(web.commands) == 1
    assert web.commands[0][:4] == [sys.executable, "-m", "reflex", "export"]


def test_a_changed_frontend_is_built_again(web, monkeypatch):
    launcher.build(web.settings)
    monkeypatch.setattr(launcher, "frontend_key", lambda _settings: "key-2")
    assert launcher.build(web.settings)
    assert not launcher.build(web.settings)


def test_a_frontend_that_is_gone_is_built_again(web):
    launcher.build(web.settings)
    shutil.rmtree(web.settings.web_dir / "build")
    assert launcher.build(web.settings)


def test_a_failed_build_says_so_and_is_not_taken_for_a_finished_one(web, capfd):
    launcher.build(web.settings)
    (web.settings.web_dir / "build.stamp").write_text("older")
    web.outcome.returncode = 1
    with pytest.raises(SystemExit, match="构建失败"):
        launcher.build(web.settings)
    assert "the compiler's words" in capfd.readouterr().out
    assert not (web.settings.web_dir / "build.stamp").exists()
    web.outcome.returncode = 0
    assert launcher.build(web.settings)


def test_a_failed_migration_stops_the_start(monkeypatch, capfd):
    failed = SimpleNamespace(returncode=1, stdout=b"no such revision")
    monkeypatch.setattr(launcher.subprocess, "run", lambda *_args, **_how: failed)
    monkeypatch.setattr(launcher.migrations, "newest", lambda: "one that no database is at")
    with pytest.raises(SystemExit, match="迁移失败"):
        launcher.migrate()
    assert "no such revision" in capfd.readouterr().out


def test_a_database_at_the_newest_migration_is_not_migrated(monkeypatch, tmp_path):
    """And one that is not, or is not there yet, is: alembic decides."""
    started: list[object] = []
    done = SimpleNamespace(returncode=0, stdout=b"")
    monkeypatch.setattr(launcher.subprocess, "run", lambda *args, **_how: started.append(args) or done)
    monkeypatch.setattr(db, "get_settings", lambda: settings(var_dir=tmp_path))
    launcher.migrate()
    assert len(started) == 1
    with sqlite3.connect(tmp_path / "portal.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001_first')")
    launcher.migrate()
    assert len(started) == 2
    with sqlite3.connect(tmp_path / "portal.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [launcher.migrations.newest()])
    launcher.migrate()
    assert len(started) == 2


def _hanging(command: list[str], **how) -> None:
    raise subprocess.TimeoutExpired(command, how["timeout"], output=b"the last words")


def test_a_build_that_hangs_is_ended_and_not_taken_for_a_finished_one(web, monkeypatch, capfd):
    monkeypatch.setattr(launcher.subprocess, "run", _hanging)
    with pytest.raises(SystemExit, match="1800 秒内没有完成"):
        launcher.build(web.settings)
    assert "the last words" in capfd.readouterr().out
    assert not (web.settings.web_dir / "build.stamp").exists()


def test_a_migration_that_hangs_stops_the_start(monkeypatch, capfd):
    monkeypatch.setattr(launcher.migrations, "newest", lambda: "one that no database is at")
    monkeypatch.setattr(launcher.subprocess, "run", _hanging)
    with pytest.raises(SystemExit, match="迁移失败"):
        launcher.migrate()
    assert "the last words" in capfd.readouterr().out


def test_no_program_is_started_without_a_limit():
    """Everything but the servers themselves, which run until they are told to stop."""
    unlimited = []
    for file in sorted((ROOT / "jsrs_portal").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            starts = isinstance(node, ast.Call) and ast.unparse(node.func) == "subprocess.run"
            if starts and not any(keyword.arg == "timeout" for keyword in node.keywords):
                unlimited.append(f"{file.name}:{node.lineno}")
    assert unlimited == []


def test_production_with_demo_settings_starts_nothing(monkeypatch):
    monkeypatch.setattr(launcher.subprocess, "run", lambda *_args, **_how: pytest.fail("started something"))
    monkeypatch.setattr(launcher.subprocess, "Popen", lambda *_args, **_how: pytest.fail("started something"))
    with pytest.raises(SystemExit, match="不能以生产方式启动") as caught:
        launcher.run(settings(environment="production"))
    assert "JSRS_SECRET_KEY" in str(caught.value)


def test_an_unknown_command_is_explained():
    with pytest.raises(SystemExit, match="usage"):
        launcher.main(["fly"])


def test_frontend_tools_are_told_to_ask_nobody_outside():
    told = launcher._environment()
    assert told["REFLEX_USE_SYSTEM_BUN"] == "1"
    assert told["REFLEX_TELEMETRY_ENABLED"] == "false"
    assert told["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


# Starting


@pytest.fixture
def started(monkeypatch, signals_kept, tmp_path):
    """A start in which nothing real runs; the portal's processes, in the order in which they began."""
    begun: list[str] = []
    processes: list[subprocess.Popen[bytes]] = []

    def popen(command: list[str], **how: object) -> subprocess.Popen[bytes]:
        begun.append(command[2])
        processes.append(_sleeper())
        return processes[-1]

    monkeypatch.setattr(launcher, "subprocess", SimpleNamespace(**vars(subprocess) | {"Popen": popen}))
    monkeypatch.setattr(launcher, "migrate", lambda: begun.append("migrate"))
    monkeypatch.setattr(launcher, "build", lambda _settings: False)
    monkeypatch.setattr(launcher, "prepare", lambda _settings: begun.append("prepare"))
    return SimpleNamespace(settings=settings(var_dir=tmp_path), begun=begun, processes=processes)


def test_the_server_starts_beside_the_preparation_and_the_worker_after_it(started, monkeypatch):
    monkeypatch.setattr(launcher, "_supervise", lambda processes, *_rest: launcher._end(processes))
    launcher.run(started.settings)
    assert started.begun[:4] == ["migrate", "jsrs_portal.launcher", "prepare", "jsrs_portal.worker"]


def test_a_preparation_that_fails_or_is_ended_leaves_no_server_behind(started, monkeypatch):
    def fails(_settings: Settings) -> None:
        os.kill(os.getpid(), launcher.signal.SIGTERM)

    monkeypatch.setattr(launcher, "prepare", fails)
    with pytest.raises(SystemExit, match="中止"):
        launcher.run(started.settings)
    assert [process.poll() is not None for process in started.processes] == [True]


def test_only_a_demonstration_that_is_not_there_stops_the_start(monkeypatch):
    monkeypatch.setattr(launcher.subprocess, "run", lambda *_args, **_how: SimpleNamespace(returncode=1))
    launcher.prepare(settings(environment="production"))
    with pytest.raises(SystemExit, match="演示数据"):
        launcher.prepare(settings())


# Ending together


@pytest.fixture
def signals_kept():
    """Put back the signal handlers that supervising installs."""
    numbers = (launcher.signal.SIGINT, launcher.signal.SIGTERM)
    before = {number: launcher.signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        launcher.signal.signal(number, handler)


def _sleeper(code: str = "import time; time.sleep(60)") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], start_new_session=True)


def test_when_one_process_ends_by_itself_all_end_and_it_is_named(signals_kept):
    processes = {"服务": _sleeper(), "后台任务": _sleeper("")}
    with pytest.raises(SystemExit, match="后台任务 意外结束"):
        launcher._supervise(processes, lambda: False, lambda: None)
    assert all(process.poll() is not None for process in processes.values())


def test_a_signal_ends_all_processes_without_a_complaint(signals_kept, capsys):
    processes = {"服务": _sleeper(), "后台任务": _sleeper()}
    announced: list[bool] = []

    def ready() -> None:
        announced.append(True)
        os.kill(os.getpid(), launcher.signal.SIGTERM)

    launcher._supervise(processes, lambda: True, ready)
    assert announced == [True]
    assert all(process.poll() is not None for process in processes.values())
    assert "已全部结束" in capsys.readouterr().out
