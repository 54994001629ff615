"""The plugin that counts what tests prove, and the script that shows it."""

import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scripts import suite
from tests.traceability import BadRequirements, load_requirements

ROOT = Path(__file__).resolve().parents[2]

REQUIREMENTS = """\
R-2.1.1: {text: 大厅}
R-2.2.1: {text: 第一步}
R-2.2.2: {text: 第二步}
R-2.20.1: {text: 另一章}
R-2.3.1: {text: 后台, ui: false, reason: 只在服务器上}
R-2.3.2: {text: 没有测试}
"""

SUITE = """
import pytest
from tests import traceability

@pytest.fixture
def page(request):
    evidence = traceability.browser_evidence(request)
    evidence.used_page()
    return evidence

@pytest.fixture
def broken():
    raise RuntimeError("setup")

@pytest.fixture
def leaking():
    yield
    raise RuntimeError("teardown")

@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    if request.param == "postgresql":
        pytest.skip("no server here")

@pytest.mark.req("R-2.1.1")
def test_page_and_assertion(page):
    page.asserted()

@pytest.mark.req("R-2.1.1")
def test_page_only(page):
    pass

@pytest.mark.req("R-2.1.1")
def test_assertion_only(request):
    traceability.browser_evidence(request).asserted()

@pytest.mark.req("R-2.1.1", "R-2.2.1")
def test_failing_in_the_browser(page):
    page.asserted()
    assert False

@pytest.mark.req("R-2.2.1")
def test_setup_fails(broken):
    pass

@pytest.mark.req("R-2.2.1")
def test_teardown_fails(leaking):
    pass

@pytest.mark.req("R-2.2.2")
@pytest.mark.xfail
def test_expected_failure():
    assert False

@pytest.mark.req("R-2.3.1")
class TestClass:
    @pytest.mark.req("R-2.3.1", "R-2.2.2")
    def test_on_each_database(self, database):
        pass

    @pytest.mark.database("postgresql")
    def test_marked(self, request):
        traceability.count_if_passed(request, "handlers_called")
        traceability.record_quality("axe", {"pages": 3})
        traceability.add_quality("bytes", 2)
        traceability.add_quality("bytes", 3)

def test_counts_nothing_when_it_fails(request):
    traceability.count_if_passed(request, "handlers_called")
    assert False
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "checks").mkdir()
    (tmp_path / "docs/requirements.yaml").write_text(REQUIREMENTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\ntestpaths = checks\naddopts = --strict-markers -p tests.traceability -p no:cacheprovider\n"
        "markers =\n    req(*numbers): what a test proves\n"
    )
    return tmp_path


def run(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in ("JSRS_REPORT", "JSRS_REPORT_IN", "PYTEST_ADDOPTS")
    }
    variables = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(
        command, cwd=project, env=kept | variables | environment, capture_output=True, text=True, check=False
    )


def read(project: Path, name: str) -> dict:
    return json.loads((project / "build" / name).read_text(encoding="utf-8"))


def counts(passed: int = 0, failed: int = 0, browser: int = 0) -> dict[str, int]:
    return {"passed": passed, "failed": failed, "browser": browser}


def test_whole_run_counts_what_each_requirement_has(project: Path):
    (project / "checks/test_all.py").write_text(SUITE)
    (project / "build").mkdir()
    (project / "build/quality.json").write_text('{"page_kb": 168, "skipped": 9}')
    outcome = run(project)
    assert outcome.returncode == pytest.ExitCode.TESTS_FAILED, outcome.stdout + outcome.stderr
    assert read(project, "requirements.json") == {
        "R-2.1.1": counts(passed=3, failed=1, browser=1),
        "R-2.2.1": counts(failed=3),
        "R-2.2.2": counts(passed=1),
        "R-2.20.1": counts(),
        "R-2.3.1": counts(passed=2),
        "R-2.3.2": counts(),
    }
    assert read(project, "quality.json") == {
        "page_kb": 168,
        "tests_sqlite": 1,
        "tests_postgresql": 1,
        "tests_redis": 0,
        "tests_redis_attacked": 0,
        "handlers_called": 1,
        "axe": {"pages": 3},
        "bytes": 5,
        "skipped": 2,
    }


@pytest.mark.parametrize(
    "arguments",
    [["-k", "first"], ["checks/test_two.py"], ["-x"], ["checks/test_two.py::test_first"], ["--collect-only"]],
)
def test_part_of_the_suite_writes_nothing(project: Path, arguments: list[str]):
    (project / "checks/test_two.py").write_text("def test_first(): assert False\ndef test_second(): pass\n")
    (project / "checks/test_three.py").write_text("def test_third(): pass\n")
    run(project, *arguments)
    assert not (project / "build").exists()


def test_part_of_the_suite_writes_when_asked(project: Path):
    (project / "checks/test_two.py").write_text("def test_first(): pass\ndef test_second(): pass\n")
    assert run(project, "-k", "first", JSRS_REPORT="1").returncode == pytest.ExitCode.OK
    assert read(project, "quality.json")["skipped"] == 0


def test_unknown_number_stops_the_collection_and_is_named(project: Path):
    (project / "checks/test_wrong.py").write_text(
        'import pytest\n@pytest.mark.req("R-9.9.9")\ndef test_one(): pass\n@pytest.mark.req()\ndef test_two(): pass\n'
        '@pytest.mark.database("oracle")\ndef test_three(): pass\n'
    )
    outcome = run(project, JSRS_REPORT="1")
    assert outcome.returncode == pytest.ExitCode.USAGE_ERROR
    assert "test_wrong.py::test_one: 'R-9.9.9' is not in docs/requirements.yaml" in outcome.stderr
    assert "test_wrong.py::test_two: write the numbers" in outcome.stderr
    assert "'oracle' is not one of sqlite, postgresql" in outcome.stderr
    assert not (project / "build").exists()


# docs/requirements.yaml


def test_our_own_list_of_requirements_is_sound():
    requirements = load_requirements(ROOT / "docs/requirements.yaml")
    assert len(requirements) == 75
    assert {"R-2.1.1", "R-2.2.5", "R-2.6.8.0", "R-2.6.8.5"} <= requirements.keys()
    assert len({requirement.text for requirement in requirements.values()}) == len(requirements)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("R-2.1.1: {text: 一}\nR-2.1.1: {text: 二}\n", "appears twice"),
        ("R-2.1.1: {text: 一, ui: false}\n", "needs a reason"),
        ("R-2.1.1: {text: 一, reason: 无}\n", "needs a reason"),
        ("R-2.1.1: {text: ''}\n", "has no text"),
        ("R-2.1.1: {text: 一, note: 二}\n", "nothing else"),
        ("2.1.1: {text: 一}\n", "not a requirement number"),
        ("- R-2.1.1\n", "must map"),
        ("R-2.1.1: {\n", "cannot be read"),
    ],
)
def test_wrong_list_of_requirements_is_refused(tmp_path: Path, content: str, words: str):
    (tmp_path / "list.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(BadRequirements, match=words):
        load_requirements(tmp_path / "list.yaml")


# scripts/trace.py


@pytest.fixture(scope="module")
def trace():
    spec = importlib.util.spec_from_file_location("trace_script", ROOT / "scripts/trace.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def counted(project: Path) -> Path:
    (project / "build").mkdir()
    results = {
        "R-2.1.1": counts(passed=2, browser=1),
        "R-2.2.1": counts(passed=1, browser=1),
        "R-2.2.2": counts(passed=3),
        "R-2.20.1": counts(passed=1, failed=1, browser=1),
        "R-2.3.1": counts(passed=1),
    }
    (project / "build/requirements.json").write_text(json.dumps(results))
    return project


@pytest.mark.parametrize(
    ("argument", "code", "verdicts"),
    [
        ("R-2.1", 0, {"R-2.1.1": "ok"}),
        ("R-2.1 R-2.2.1", 0, {"R-2.1.1": "ok", "R-2.2.1": "ok"}),
        ("R-2.2", 1, {"R-2.2.1": "ok", "R-2.2.2": "no browser test"}),
        ("R-2.20", 1, {"R-2.20.1": "FAILED"}),
        ("R-2.3.1", 0, {"R-2.3.1": "ok"}),
        ("R-2.3", 1, {"R-2.3.1": "ok", "R-2.3.2": "no passing test"}),
    ],
)
def test_trace_judges_the_numbers_below_a_prefix(trace, counted, capsys, argument, code, verdicts):
    assert trace.main([argument], counted) == code
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("R-")]
    assert [row.split()[0] for row in rows] == list(verdicts)
    assert all(f"  {verdict}  " in row for row, verdict in zip(rows, verdicts.values(), strict=True))


def test_trace_without_a_prefix_shows_all(trace, counted, capsys):
    assert trace.main([], counted) == 1
    assert "3 of 6 proven." in capsys.readouterr().out


def test_trace_says_when_a_prefix_matches_nothing(trace, counted, capsys):
    assert trace.main(["R-2.1 R-7"], counted) == 2
    assert "R-7" in capsys.readouterr().err


def test_trace_asks_for_a_test_run_when_there_are_no_results(trace, project, capsys):
    assert trace.main(["R-2.1"], project) == 2
    assert "make test" in capsys.readouterr().err


def test_trace_runs_as_a_script_from_anywhere(tmp_path: Path):
    command = [sys.executable, str(ROOT / "scripts/trace.py"), "R-0"]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 2
    assert "R-0" in outcome.stderr


def test_two_parts_of_a_run_are_put_together():
    first = {"R-1": {"passed": 2, "failed": 0}, "kb": 176, "name": "a"}
    second = {"R-1": {"passed": 1, "failed": 1}, "R-2": {"passed": 1}, "more": 0.5, "name": "b"}
    assert suite.merged([first, second]) == {
        "R-1": {"passed": 3, "failed": 1},
        "R-2": {"passed": 1},
        "kb": 176,
        "more": 0.5,
        "name": "b",
    }
    assert suite.merged([]) == {}


def test_the_end_of_the_output_names_what_failed():
    log = "..F. [100%]\n> assert 1 == 2\nE   assert 1 == 2\n= short =\nFAILED a.py::b - assert 1 == 2\n= 1 failed =\n"

    assert suite.told(log) == ["E   assert 1 == 2", "FAILED a.py::b - assert 1 == 2", "= 1 failed ="]


def test_the_parts_are_the_whole_suite_and_keep_apart():
    ports = [port for port, _ in suite.PARTS.values()]
    assert all(abs(one - other) >= 50 for one in ports for other in ports if one is not other)
    assert suite.PATIENT.keys() == suite.PARTS.keys()
    folders = [one for _, part in suite.PARTS.values() for one in part]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    whole = project["tool"]["pytest"]["ini_options"]["testpaths"]
    assert sorted(f"tests/{one}" for one in folders) == sorted(whole)
