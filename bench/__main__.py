"""``make bench``: measure, print, and write ``build/bench.json``."""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from bench import bare, search
from jsrs_portal.settings import ROOT
from tests.support.portal import Portal


def main() -> None:
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
    found = {
        "event_p50_ratio": round(event, 3),
        "event_p50_ms": round(milliseconds, 2),
        "login_ratio": round(login, 3),
        "first_load_ratio": round(load, 3),
        "first_load_kb": round(kilobytes, 1),
        "search": search.measure(),
    }
    (ROOT / "build" / "bench.json").write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
