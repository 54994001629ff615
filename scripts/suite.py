"""Run the whole suite in three parts beside each other: where one waits, two cores have the others to do.

``python scripts/suite.py``. Each part has ports, servers and databases of its own; what they counted is put together in
``build/``. Arguments for pytest make it one plain run instead: ``python scripts/suite.py -k puzzle``.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from defusedxml.ElementTree import parse  # pyright: ignore[reportMissingModuleSource]

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
QUALITY = "quality.json"
REPORTS = ("requirements.json", QUALITY)
JUNIT = "test-report.xml"
PARTS = {
    "browser": (3100, ("e2e",)),
    "wire": (3200, ("unit", "gateways", "operations", "cluster", "faults", "access", "fuzz")),
    "services": (3300, ("services",)),
}
"""By name: the first of the ports that a part needs for itself, and the folders of ``tests/``."""
PATIENT = {"browser": 0, "wire": 3, "services": 15}
"""How nice each is: a browser has deadlines, so its part has the cores first; the services wait for nobody."""


def main(arguments: Sequence[str]) -> int:
    """Return 0 when every test passed."""
    if arguments:
        return subprocess.run(_pytest(arguments, BUILD / JUNIT), cwd=ROOT, check=False).returncode
    logs = {name: BUILD / f"{name}.log" for name in PARTS}
    BUILD.mkdir(exist_ok=True)
    running = {name: _start(name, logs[name]) for name in PARTS}
    codes: dict[str, int] = {}
    for name, process in running.items():
        codes[name] = process.wait()
        print(logs[name].read_text(encoding="utf-8", errors="replace"), flush=True)
    _put_together()
    failed = [f"{name} ({code})" for name, code in codes.items() if code]
    for name in PARTS:  # last, because the end is what is looked at, and often all that is kept
        print("\n".join(told(logs[name].read_text(encoding="utf-8", errors="replace"))), flush=True)
    print(f"failed: {', '.join(failed)}" if failed else "all parts passed", flush=True)
    return 1 if failed else 0


def told(log: str) -> list[str]:
    """Return the lines of pytest's summary that name what failed, and its count."""
    lines = log.splitlines()
    return [line for line in lines if line.startswith(("FAILED ", "ERROR ", "E   "))][-150:] + lines[-1:]


def _start(name: str, log: Path) -> subprocess.Popen[bytes]:
    port, folders = PARTS[name]
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier run has counted is not this one's
    environment = {**os.environ, "JSRS_TEST_PORT": str(port), "JSRS_REPORT_IN": str(folder)}
    command = ["nice", "-n", str(PATIENT[name]), *_pytest([f"tests/{one}" for one in folders], folder / JUNIT)]
    with log.open("wb") as output:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)


def _pytest(arguments: Sequence[str], junit: Path) -> list[str]:
    return [sys.executable, "-m", "pytest", f"--junitxml={junit}", *arguments]


def _put_together() -> None:
    """Write into ``build/`` what the parts wrote; one that died early wrote nothing."""
    for report in REPORTS:
        parts = [json.loads(file.read_text(encoding="utf-8")) for file in _files(report)]
        known = _written_by_others() if report == QUALITY else {}
        text = json.dumps(known | merged(parts), ensure_ascii=False, indent=2)
        (BUILD / report).write_text(text + "\n", encoding="utf-8")
    trees = [parse(file) for file in _files(JUNIT)]
    for tree in trees[1:]:
        trees[0].getroot().extend(tree.getroot())
    if trees:
        trees[0].write(BUILD / JUNIT, encoding="utf-8", xml_declaration=True)


def _written_by_others() -> dict[str, Any]:
    """Return what other tools have written beside the tests' own counts."""
    try:
        return json.loads((BUILD / QUALITY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _files(name: str) -> list[Path]:
    return [file for part in PARTS if (file := BUILD / part / name).exists()]


def merged(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the parts as one: counts are added, at any depth; of anything else the last word stands."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            known = whole.get(key)
            if isinstance(known, dict) and isinstance(value, dict):
                whole[key] = merged([known, value])
            elif isinstance(known, int | float) and isinstance(value, int | float):
                whole[key] = known + value
            else:
                whole[key] = value
    return whole


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
