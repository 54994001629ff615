"""``make fuzz``: everything, long; prints what each part was given and what came out, and writes build/fuzz.json."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.access.handlers import REPOSITORY
from tests.fuzz import breed
from tests.fuzz.catalogue import TARGETS
from tests.fuzz.effort import VARIABLE

REPORT = REPOSITORY / "build" / "fuzz.json"
FINDINGS = REPOSITORY / "build" / "fuzz"
RUNS = int(os.environ.get("JSRS_FUZZ_RUNS", "15000"))
"""Inputs that atheris breeds for each target; those that sign for each input get a tenth."""
_SLOW = ("face answers",)
FEWEST = 100_000
_EXECUTED = re.compile(rb"stat::number_of_executed_units:\s*([0-9]+)")


def drawn() -> dict[str, Any]:
    """Run the tests of this folder with many examples each; return their counts and which failed."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.json"
        environment = {**os.environ, VARIABLE: "long", "JSRS_FUZZ_RESULTS": str(results)}
        command = [sys.executable, "-m", "pytest", "tests/fuzz", "-q", "-p", "no:cacheprovider"]
        code = subprocess.run(command, cwd=REPOSITORY, env=environment).returncode
        told = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {"inputs": {}, "failed": []}
    if code and not told["failed"]:
        told["failed"] = [f"pytest ended with {code}"]
    return told | {"seconds": round(time.monotonic() - began, 1)}


def bred(name: str) -> tuple[int, str]:
    """Breed inputs for one target; return how many were tried, and the failure if there was one."""
    folder = FINDINGS / name.replace(" ", "-")
    runs = RUNS // 10 if name in _SLOW else RUNS
    command = [sys.executable, "-m", "tests.fuzz.breed", name, str(runs), str(folder)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True)
    said = done.stdout + done.stderr
    executed = _EXECUTED.search(said)
    failure = said.decode("utf-8", "replace")[-3_000:] if done.returncode else ""
    return int(executed[1]) if executed else 0, failure


def main() -> int:
    """Run both halves; return 1 when anything was found, or when it was too little to have found anything."""
    told = drawn()
    parts: dict[str, int] = dict(told["inputs"])
    failures: dict[str, str] = dict.fromkeys(told["failed"], "see above")
    began = time.monotonic()
    if breed.available():
        for name in TARGETS:
            parts[f"bred: {name}"], failure = bred(name)
            if failure:
                failures[name] = failure
    else:
        print("atheris is not installed here: the parsers had drawn inputs only")
    seconds = {"drawn": told["seconds"], "bred": round(time.monotonic() - began, 1)}
    total = sum(parts.values())
    REPORT.parent.mkdir(exist_ok=True)
    report = {"total": total, "parts": parts, "seconds": seconds, "failures": failures}
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for part, inputs in parts.items():
        print(f"{inputs:>9,}  {part}")
    print(f"{total:>9,}  inputs in {sum(seconds.values()):.0f} s; findings: {len(failures)}")
    for name, failure in failures.items():
        print(f"\n{name}\n{failure}")
    enough = total >= FEWEST or not breed.available()
    return 0 if enough and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
