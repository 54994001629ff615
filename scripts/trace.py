"""Show which requirements are proven: ``python scripts/trace.py "R-2.2 R-2.4.4"``, or all without an argument.

A requirement is proven when none of its tests failed and one passed in the browser. Where docs/requirements.yaml says
``ui: false``, any passing test will do. Exit code 0: all are proven; 1: some are not; 2: it cannot be told.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.traceability import (  # noqa: E402 — the root has to be on the path first
    REQUIREMENTS,
    RESULTS,
    BadRequirements,
    Requirement,
    load_requirements,
)

Counts = dict[str, int]

PROVEN = "ok"
FAILED = "FAILED"
NOT_TESTED = "no passing test"
NOT_IN_BROWSER = "no browser test"


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Print the table for the numbers below the given prefixes and return the exit code."""
    try:
        requirements = load_requirements(root / REQUIREMENTS)
    except BadRequirements as error:
        return _cannot_tell(str(error))
    prefixes = [prefix.rstrip(".") for argument in arguments for prefix in argument.replace(",", " ").split()]
    for prefix in prefixes:
        if not any(is_under(number, prefix) for number in requirements):
            return _cannot_tell(f"No requirement is numbered {prefix} or below it.")
    try:
        results: dict[str, Counts] = json.loads((root / RESULTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _cannot_tell(f"{RESULTS} does not exist yet: run `make test`, then look again.")
    except ValueError:
        return _cannot_tell(f"{RESULTS} cannot be read: run `make test` to write it anew.")
    chosen = [
        requirement
        for number, requirement in requirements.items()
        if not prefixes or any(is_under(number, prefix) for prefix in prefixes)
    ]
    return _report([(requirement, results.get(requirement.number, {})) for requirement in chosen])


def is_under(number: str, prefix: str) -> bool:
    """Tell whether ``number`` is ``prefix`` or below it: R-2.2 has R-2.2.1 below it, but not R-2.20."""
    return number == prefix or number.startswith(f"{prefix}.")


def verdict(requirement: Requirement, counts: Counts) -> str:
    """Return whether a requirement is proven, or what is missing."""
    if counts.get("failed", 0):
        return FAILED
    if not counts.get("passed", 0):
        return NOT_TESTED
    return PROVEN if counts.get("browser", 0) or not requirement.ui else NOT_IN_BROWSER


def _report(rows: Sequence[tuple[Requirement, Counts]]) -> int:
    table = [("number", "passed", "failed", "browser", "verdict", "requirement")]
    proven = 0
    for requirement, counts in rows:
        answer = verdict(requirement, counts)
        proven += answer == PROVEN
        passed, failed, browser = (str(counts.get(key, 0)) for key in ("passed", "failed", "browser"))
        in_browser = browser if requirement.ui else "-"
        table.append((requirement.number, passed, failed, in_browser, answer, requirement.text))
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    for row in table:
        print(_line(row, widths))
    print(f"\n{proven} of {len(rows)} proven.")
    return 0 if proven == len(rows) else 1


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    padded = [cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _cannot_tell(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
