"""What the benchmarks make of their times, and what they say of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import memory, processes, work
from bench.goals import GOALS, PARTS, Goal, missed, missing, table
from bench.timing import alternate, median_ms, p95_ms, worst
from jsrs_portal.pages.routes import PAGES

ISSUE = {
    "event_p50_ratio": "<= 1.5",
    "event_rate_ratio": ">= 0.7",
    "login_ratio": ">= 0.9",
    "list_growth_ratio": "<= 1.3",
    "list_vs_sql_ratio": "<= 2",
    "list_vs_django_ratio": "<= 1",
    "first_load_ratio": "<= 1.35",
    "idle_memory_ratio": "<= 1.3",
    "warm_start_s": "<= 5",
    "sessions_held": ">= 2000",
    "load_error_rate": "<= 0",
    "load_p95_ms": "<= 300",
    "load_memory_growth": "<= 1.1",
}
PERFECT = {goal.key: 1.0 for goal in GOALS} | {"sessions_held": 2000, "load_error_rate": 0}


def test_every_figure_that_has_a_goal_is_known_by_it():
    assert {goal.key: goal.wanted for goal in GOALS if goal.limit is not None} == ISSUE
    assert {"active_memory_ratio", "cold_start_s", "search_ratio", "list_vs_django_rows_ratio"} <= set(PERFECT)
    assert len(PERFECT) == len(GOALS)


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (Goal("a", "p", "", 1.5), 1.5, True),
        (Goal("a", "p", "", 1.5), 1.501, False),
        (Goal("a", "p", "", 0.7, at_least=True), 0.7, True),
        (Goal("a", "p", "", 0.7, at_least=True), 0.699, False),
        (Goal("a", "p", ""), 99, True),
    ],
)
def test_a_goal_is_met_at_its_limit_and_not_beyond(goal: Goal, value: float, met: bool):
    assert goal.met(value) is met


def test_a_key_without_a_number_is_missing_and_not_missed():
    found = PERFECT | {"login_ratio": None, "warm_start_s": float("nan"), "search_ratio": "1"}
    del found["event_rate_ratio"]
    assert missing(PARTS, found) == ["event_rate_ratio", "login_ratio", "warm_start_s", "search_ratio"]
    assert missed(PARTS, found) == []
    assert missing(["lists"], found) == []


def test_only_what_was_asked_for_can_be_missed():
    found = PERFECT | {"login_ratio": 0.5, "idle_memory_ratio": 2}
    assert missed(PARTS, found) == ["login_ratio", "idle_memory_ratio"]
    assert missed(["memory"], found) == ["idle_memory_ratio"]


def test_the_table_says_of_every_key_how_it_stands():
    found = PERFECT | {"first_load_ratio": 2.136}
    del found["login_ratio"]
    lines = {line.split()[0]: line.split()[1:] for line in table(PARTS, found).splitlines()}
    assert set(lines) == {"key", *PERFECT}
    assert lines["first_load_ratio"][:4] == ["2.136", "<=", "1.35", "MISSED"]
    assert lines["login_ratio"][:4] == ["-", ">=", "0.9", "MISSING"]
    assert lines["event_p50_ratio"][:4] == ["1.000", "<=", "1.5", "met"]
    assert lines["search_ratio"][:2] == ["1.000", "a"], "it has no goal"


async def test_sides_take_turns():
    called: list[str] = []

    def call(name: str):
        async def note() -> None:
            called.append(name)

        return note

    times = await alternate(call("a"), call("b"), rounds=2, each=2)
    assert called == ["a", "a", "b", "b"] * 2
    assert [len(one) for one in times] == [4, 4]


def test_medians_percentiles_and_the_worst():
    assert median_ms([0.003, 0.001, 0.002]) == pytest.approx(2)
    assert p95_ms([one / 1000 for one in range(1, 101)]) == pytest.approx(95.95)
    assert worst([1.0, 1.23456, 0.5]) == 1.235
    assert worst([1.0, 1.2, 0.5], most=False) == 0.5


def test_memory_and_processor_time_are_those_of_the_whole_family():
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdout.readline()
        found = processes.family(parent.pid)
        assert len(found) == 2
        assert processes.private_kb(parent.pid) > processes.private_kb(found[1]) > 500
        assert processes.cpu_seconds(parent.pid) >= 0
        parent.communicate(b"\n")
    assert processes.cpu_seconds(os.getpid()) > 0


def test_a_part_that_fails_is_an_error_and_what_was_missed_is_none(monkeypatch, tmp_path: Path, capsys):
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "machine", lambda: {})
    figures = {"logins": {"login_ratio": 0.5}, "memory": {}}
    monkeypatch.setattr(command, "measure", lambda part: figures[part])
    assert command.main(["logins"]) == 0
    written = json.loads((tmp_path / "build" / "bench-logins.json").read_text())
    assert (written["login_ratio"], written["missed"], written["missing"]) == (0.5, ["login_ratio"], [])
    assert command.main(["logins", "memory"]) == 1
    assert "idle_memory_ratio" in capsys.readouterr().out
    assert command.main(["nothing"]) == 2


def test_a_part_says_by_its_process_that_it_failed(monkeypatch, tmp_path: Path):
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "__init__.py").touch()
    (tmp_path / "bench" / "part.py").write_text("raise SystemExit(3)")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert command.measure("events") == {}


def test_every_page_that_is_gone_to_exists():
    """An address that does not exist answers too, and faster."""
    routes = {page.route for page in PAGES}
    visited = {*work.BROWSED, *work.LISTED, *memory.PAGES, memory.HOME}
    named = {path if path in routes else f"{path.rpartition('/')[0]}/[matter_key]" for path in visited}
    assert named <= routes
