"""Fails when a tracked file names a package registry's host: locks and docs must work behind any mirror."""

import re
import subprocess
import sys
from pathlib import Path

_HOSTS = re.compile(
    "|".join(
        r"\.".join(parts)
        for parts in (
            ("files", "python" + "hosted", "org"),
            ("py" + "pi", "org"),
            ("registry", "npm" + "js", "org"),
            ("npm" + "js", "com"),
            ("registry", "npm" + "mirror", "com"),
            ("deb", "deb" + "ian", "org"),
        )
    )
)


def main() -> int:
    """Return 0 when no tracked file names one, else 1 after naming the lines."""
    files = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True).stdout.decode().split("\0")
    found = 0
    for name in filter(None, files):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if _HOSTS.search(line):
                print(f"{name}:{number}: names a package registry host")
                found += 1
    return 1 if found else 0


sys.exit(main())
