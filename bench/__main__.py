"""``make bench``: every part in a process of its own, one after the other; a table, and ``build/bench.json``.

``python -m bench events lists`` measures only these parts, and writes ``build/bench-events-lists.json``. A goal that is
missed is said; a key that is missing, because its part failed, is an error (exit code 1).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.goals import PARTS, goals_of, missed, missing, table
from jsrs_portal.settings import ROOT

_SECONDS_FOR_A_PART = 2400


def say(text: str) -> None:
    """Print one line of progress."""
    print(text, file=sys.stderr, flush=True)


def measure(part: str) -> dict[str, Any]:
    """Return what ``part`` found, nothing if it failed; it says itself why."""
    with tempfile.TemporaryDirectory(prefix="jsrs-bench-") as folder:
        file = Path(folder) / "found.json"
        command = [sys.executable, "-m", "bench.part", part, str(file)]
        try:
            done = subprocess.run(command, cwd=ROOT, timeout=_SECONDS_FOR_A_PART, stdout=sys.stderr, check=False)
        except subprocess.TimeoutExpired:
            say(f"bench: {part} took longer than {_SECONDS_FOR_A_PART} seconds and was stopped")
            return {}
        if done.returncode:
            say(f"bench: {part} failed (exit code {done.returncode})")
            return {}
        return json.loads(file.read_text())


def machine() -> dict[str, Any]:
    """Return what the figures belong to."""
    commit = ["git", "rev-parse", "--short", "HEAD"]
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": subprocess.run(commit, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip(),
        "cores": os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
    }


def main(arguments: list[str]) -> int:
    """Measure the parts named, all by default; return the exit code."""
    unknown = [name for name in arguments if name not in PARTS]
    if unknown:
        say(f"usage: python -m bench [{' | '.join(PARTS)}] …   (unknown: {' '.join(unknown)})")
        return 2
    parts = [name for name in PARTS if name in arguments] or list(PARTS)
    found: dict[str, Any] = {"machine": machine(), "seconds": {}}
    for part in parts:
        say(f"· {part} …")
        began = time.monotonic()
        found |= measure(part)
        found["seconds"][part] = round(time.monotonic() - began)
    found["machine"]["load_at_end"] = [round(value, 2) for value in os.getloadavg()]
    lost = missing(parts, found)
    found["missed"], found["missing"] = missed(parts, found), lost
    file = ROOT / "build" / ("bench.json" if len(parts) == len(PARTS) else f"bench-{'-'.join(parts)}.json")
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    sys.stdout.write(table(parts, found))
    sys.stdout.write(f"{len(goals_of(parts)) - len(lost)} of {len(goals_of(parts))} keys; {file.relative_to(ROOT)}\n")
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
