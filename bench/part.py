"""``python -m bench.part <part> <file>``: measure one part in this process and write what it found."""

import importlib
import json
import resource
import sys
from pathlib import Path

from bench.goals import PARTS


def main(part: str, file: str) -> None:
    """Measure ``part`` and write its figures into ``file``."""
    if part not in PARTS:
        raise SystemExit(f"no such part: {part}")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)  # a thousand sockets at once; our servers inherit it
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    found = importlib.import_module(f"bench.{part}").measure()
    Path(file).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
