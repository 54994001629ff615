"""``make bench``: measure, print, and write ``build/bench.json``; `python -m bench lists` measures the lists alone."""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import bare, lists, search
from jsrs_portal.settings import ROOT
from tests.support.portal import Portal


def main() -> None:
    """Measure everything, or the lists alone."""
    if sys.argv[1:] == ["lists"]:
        sys.stdout.write(json.dumps(lists.measure(), indent=2) + "\n")
        return
    found = _beside_a_bare_app() | {"search": search.measure()} | lists.measure()
    (ROOT / "build" / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


def _beside_a_bare_app() -> dict[str, Any]:
    """Run both products side by side and measure them in turn."""
    bare.build()
    with tempfile.TemporaryDirectory(prefix="jsrs-bench-") as folder:
        portal = Portal(Path(folder), extra={"JSRS_BCRYPT_COST": "12", "JSRS_EVENTS_PER_SECOND": "100000"})
        os.environ.update(portal.environment)
        from bench import measures

        portal.prepare()
        portal.start()
        try:
            with bare.served() as floor:
                event, milliseconds = asyncio.run(measures.event_p50_ratio(portal.origin, floor))
                load, kilobytes = asyncio.run(measures.first_load_ratio(portal.origin, floor))
            login = asyncio.run(measures.login_ratio())
        finally:
            portal.stop()
    return {
        "event_p50_ratio": round(event, 3),
        "event_p50_ms": round(milliseconds, 2),
        "login_ratio": round(login, 3),
        "first_load_ratio": round(load, 3),
        "first_load_kb": round(kilobytes, 1),
    }


if __name__ == "__main__":
    main()
