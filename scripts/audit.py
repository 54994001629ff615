"""Asks a vulnerability service about every locked package; part of ``make check``.

Fails for a known vulnerability that nobody has accepted (requirements/accepted-vulnerabilities.toml, each with a reason
and an end). A service that cannot be reached, or that knows none of the packages, as a mirror may, is said aloud and
fails nothing: a check that needs the outside world must not stop work without it, nor pass for one that was done.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements/run.txt", "requirements/dev.txt")
ACCEPTED = ROOT / "requirements" / "accepted-vulnerabilities.toml"
SERVICES = ("pypi", "osv")
"""What pip-audit can ask, in this order; the first that knows our packages is believed."""
_SECONDS = 300


@dataclass(frozen=True)
class Vulnerability:
    """One known vulnerability of one locked package, under all its numbers."""

    package: str
    version: str
    numbers: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        """Return it in one line."""
        fixed = f"mended in {', '.join(self.fixed_in)}" if self.fixed_in else "not mended yet"
        return f"{self.package} {self.version}: {' = '.join(self.numbers)}, {fixed}"


@dataclass(frozen=True)
class Accepted:
    """A vulnerability somebody has looked at and let pass until a day."""

    id: str
    package: str
    reviewed: date
    until: date
    reason: str


@dataclass(frozen=True)
class Answer:
    """What a service said about one lock."""

    audited: int
    unknown: tuple[str, ...]
    found: tuple[Vulnerability, ...]


UNREACHABLE = "could not be reached"
KNOWS_NOTHING = "answers, but knows none of the packages"
"""As a mirror does that has the packages and not what is known about them."""


def read_answer(text: str) -> Answer | str:
    """Return what pip-audit's JSON says, or in words why it is no answer."""
    try:
        packages: list[dict[str, Any]] = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return UNREACHABLE
    known = [one for one in packages if "skip_reason" not in one]
    if not known:
        return KNOWS_NOTHING
    found = (
        Vulnerability(
            one["name"], one["version"], (told["id"], *told.get("aliases", ())), tuple(told.get("fix_versions", ()))
        )
        for one in known
        for told in one.get("vulns", ())
    )
    return Answer(len(known), tuple(one["name"] for one in packages if "skip_reason" in one), tuple(found))


def read_accepted(text: str) -> list[Accepted]:
    """Read the list of what was accepted; ``TypeError`` for an entry that lacks something."""
    return [Accepted(**entry) for entry in tomllib.loads(text).get("accepted", [])]


def refused(found: Iterable[Vulnerability], accepted: Iterable[Accepted], today: date) -> list[Vulnerability]:
    """Return the vulnerabilities that nobody has accepted for today."""
    valid = {(one.package, one.id) for one in accepted if one.reviewed <= today <= one.until and one.reason.strip()}
    return [one for one in found if not any((one.package, number) in valid for number in one.numbers)]


def _ask(service: str, lock: str) -> Answer | str:
    """Ask one service about one lock, without pip and without resolving anything."""
    options = ["--require-hashes", "--no-deps", "--disable-pip", "--progress-spinner", "off", "-f", "json"]
    command = [sys.executable, "-m", "pip_audit", "-r", lock, "-s", service, *options]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return f"did not answer within {_SECONDS} seconds"
    return read_answer(done.stdout)


def _first_answer(lock: str) -> tuple[str, Answer] | str:
    """Return the first service that answers, with what it says; else why none did."""
    silent: list[str] = []
    for service in SERVICES:
        answer = _ask(service, lock)
        if isinstance(answer, Answer):
            return service, answer
        silent.append(f"{service} {answer}")
    return "; ".join(silent)


def main() -> int:
    """Audit the locks; return 1 for a vulnerability that is not accepted."""
    accepted, today, wrong = read_accepted(ACCEPTED.read_text(encoding="utf-8")), datetime.now(UTC).date(), 0
    for number, lock in enumerate(LOCKS):
        told = _first_answer(lock)
        if isinstance(told, str):
            print(f"audit: NOT DONE for {' and '.join(LOCKS[number:])}: of the vulnerability services, {told}.")
            print("audit: nothing is known about these packages; run `make check` where a service can be reached.")
            break
        service, answer = told
        for one in refused(answer.found, accepted, today):
            wrong = 1
            print(f"{lock}: {one}")
        unknown = f"; not known there: {', '.join(answer.unknown)}" if answer.unknown else ""
        print(f"audit: {lock}: {answer.audited} packages by {service}, {len(answer.found)} vulnerabilities{unknown}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
