"""The audit of locked packages: what fails it, what was accepted and for how long, and what is no answer."""

import json
from datetime import date

import pytest

from scripts import audit
from scripts.audit import (
    ACCEPTED,
    KNOWS_NOTHING,
    UNREACHABLE,
    Accepted,
    Answer,
    Vulnerability,
    read_accepted,
    read_answer,
    refused,
)

TODAY = date(2026, 11, 25)
FOUND = Vulnerability("somelib", "1.0", ("PYSEC-2026-1", "CVE-2026-1"), ("1.1",))
ACCEPTANCE = Accepted("CVE-2026-1", "somelib", date(2026, 11, 1), date(2026, 12, 1), "We do not call it.")


def _told(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_a_vulnerability_fails_unless_it_was_accepted() -> None:
    """Under any of its numbers, for its own package, in its time, with a reason."""
    assert refused([FOUND], [], TODAY) == [FOUND]
    assert refused([FOUND], [ACCEPTANCE], TODAY) == []


@pytest.mark.parametrize(
    "other",
    [
        Accepted("CVE-2026-2", "somelib", date(2026, 11, 1), date(2026, 12, 1), "Another one."),
        Accepted("CVE-2026-1", "otherlib", date(2026, 11, 1), date(2026, 12, 1), "Another package."),
        Accepted("CVE-2026-1", "somelib", date(2026, 10, 1), date(2026, 11, 24), "It is over."),
        Accepted("CVE-2026-1", "somelib", date(2026, 11, 26), date(2026, 12, 1), "From tomorrow."),
        Accepted("CVE-2026-1", "somelib", date(2026, 11, 1), date(2026, 12, 1), " "),
    ],
)
def test_an_acceptance_is_for_one_vulnerability_and_ends(other: Accepted) -> None:
    """Anything else does not let it pass."""
    assert refused([FOUND], [other], TODAY) == [FOUND]


def test_an_answer_says_what_was_audited_what_is_unknown_and_what_was_found() -> None:
    """Packages that a service does not know are named, not passed over."""
    answer = read_answer(
        _told(
            {"name": "good", "version": "2", "vulns": []},
            {"name": "odd", "skip_reason": "not found"},
            {
                "name": "somelib",
                "version": "1.0",
                "vulns": [{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["1.1"]}],
            },
        )
    )
    assert isinstance(answer, Answer)
    assert (answer.audited, answer.unknown, answer.found) == (2, ("odd",), (FOUND,))
    assert str(FOUND) == "somelib 1.0: PYSEC-2026-1 = CVE-2026-1, mended in 1.1"


@pytest.mark.parametrize("text", ["", "Traceback", "[]", "{}"])
def test_what_is_no_answer_is_none(text: str) -> None:
    """A service that cannot be reached leaves a traceback, or nothing."""
    assert read_answer(text) == UNREACHABLE


@pytest.mark.parametrize("text", [_told(), _told({"name": "odd", "skip_reason": "?"})])
def test_a_service_that_knows_nothing_has_not_answered(text: str) -> None:
    """Else a mirror without vulnerability data would pass for a clean bill."""
    assert read_answer(text) == KNOWS_NOTHING


class _Silent:
    def __init__(self, stdout: str) -> None:
        self.stdout = stdout


def test_a_service_out_of_reach_is_said_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Work goes on without the outside world, and nobody reads it as a clean bill."""
    answers = iter([_told({"name": "odd", "skip_reason": "?"}), ""])
    monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: _Silent(next(answers)))
    assert audit.main() == 0
    said = capsys.readouterr().out
    assert "NOT DONE for requirements/run.txt and requirements/dev.txt" in said
    assert f"pypi {KNOWS_NOTHING}; osv {UNREACHABLE}" in said


def test_a_vulnerability_fails_the_check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Named with its package, its version, its numbers and where it is mended."""
    vulnerability = {"id": "PYSEC-2026-1", "aliases": [], "fix_versions": ["1.1"]}
    told = _told({"name": "somelib", "version": "1.0", "vulns": [vulnerability]})
    monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: _Silent(told))
    assert audit.main() == 1
    assert "requirements/run.txt: somelib 1.0: PYSEC-2026-1, mended in 1.1" in capsys.readouterr().out


def test_the_committed_list_can_be_read() -> None:
    """Every entry has a number, a package, both dates and a reason."""
    assert all(one.reason.strip() and one.reviewed <= one.until for one in read_accepted(ACCEPTED.read_text("utf-8")))
