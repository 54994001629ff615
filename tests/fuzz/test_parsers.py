"""Every parser that meets foreign text keeps its rule whatever it is given; hypothesis draws, atheris breeds."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.access.handlers import REPOSITORY
from tests.fuzz import breed
from tests.fuzz.catalogue import TARGETS
from tests.fuzz.effort import count, effort
from tests.fuzz.targets import Target

_SLOW = {
    "face answers": 10,
    "sms answers": 3,
    "signed answers": 3,
    "certificates": 6,
    "signatures": 6,
    "identity tokens": 10,
    "jis answers": 5,
}
"""Targets that sign or call much for each input get fewer of them, by this factor."""


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_keeps_its_rule_with_any_input(name: str) -> None:
    """No exception but the one it promises, and its property holds."""
    target, factor = TARGETS[name], _SLOW.get(name, 1)

    @effort(120 // factor, 3_000 // factor)
    @given(target.likely | st.binary(max_size=200))
    def holds(data: bytes) -> None:
        count("parsers, drawn")
        target.check(data)

    for seed in target.seeds:
        target.check(seed)
    holds()


_PLANTED = """
import sys
from hypothesis import strategies as st
from tests.fuzz import breed, catalogue
from tests.fuzz.targets import Target

def check(data: bytes) -> None:
    if data.startswith(b"fuzz"):
        raise ValueError("planted")

catalogue.TARGETS["planted"] = Target("planted", check, st.binary(), (sys.argv[3].encode(),))
breed.main("planted", *sys.argv[1:3])
"""


@pytest.mark.skipif(not breed.available(), reason="atheris exists for Linux on x86-64 and Python below 3.14 only")
@pytest.mark.parametrize(("seed", "found"), [("fuzz it", True), ("harmless", False)])
def test_the_breeder_reports_a_broken_rule(tmp_path: Path, seed: str, found: bool) -> None:
    """A finding ends the process with an error and leaves the input; without one it ends well."""
    runs = "500" if found else "50"
    done = subprocess.run(
        [sys.executable, "-c", _PLANTED, runs, str(tmp_path), seed], cwd=REPOSITORY, capture_output=True, timeout=60
    )
    assert (done.returncode != 0) is found, done.stderr[-500:]
    assert bool(list(tmp_path.glob("crash-*"))) is found


def test_every_target_has_seeds_and_a_name_of_its_own() -> None:
    """A target without a seed would begin at nothing, and one of two with the same name would be lost."""
    assert len(TARGETS) >= 16
    assert all(isinstance(target, Target) and target.seeds for target in TARGETS.values())
