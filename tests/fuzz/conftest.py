"""The fuzz tests share the running portal and the people of the access tests; what was counted is written down."""

import json
import os
from pathlib import Path

import pytest

from tests.access.conftest import _forgiven, cast
from tests.fuzz import effort
from tests.traceability import record_quality

__all__ = ["_forgiven", "cast"]
RESULTS = "JSRS_FUZZ_RESULTS"
"""Names the file that takes the counts and the failed tests, for ``make fuzz``."""

_failed: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember which test failed."""
    if report.failed:
        _failed.append(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Write down how many inputs each part had."""
    counts = effort.tally()
    if counts:
        record_quality("fuzz_inputs", sum(counts.values()))
    if path := os.environ.get(RESULTS):
        Path(path).write_text(json.dumps({"inputs": counts, "failed": _failed}), encoding="utf-8")
