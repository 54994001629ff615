"""What an attack must not leave behind or bring back."""

import json
import re
from collections.abc import Iterable

from tests.access.client import Socket
from tests.support.portal import Portal

_TRACEBACK = re.compile(
    r"Traceback \(most recent"
    r"|\b[A-Z][A-Za-z]*(?:Error|Exception|Warning)\b"
    r"|site-packages|jsrs_portal/|reflex/|\bline \d+, in \b|\.py\b"
    r"|sqlite3?\.|sqlalchemy|SELECT .* FROM|UNIQUE constraint"
)
"""How a failure's inside looks: an exception's name, a file's path, a statement."""


def assert_nothing_internal(sockets: Iterable[Socket], sent: str = "") -> None:
    """No traceback, no exception's name, no path and no statement in any byte that came back."""
    for socket in sockets:
        found = _TRACEBACK.search(socket.received)
        assert found is None or found[0] in sent, f"{found[0]!r} came back"


def assert_no_secret(sockets: Iterable[Socket], secrets: Iterable[str]) -> None:
    """Nothing of other people's data, masked forms included, in any byte that came back."""
    for socket in sockets:
        text = socket.received
        found = [number for number, secret in enumerate(secrets) if secret in text]
        assert found == [], f"secrets {found} came back"


class Log:
    """The part of the portal's log that was written since this was made."""

    def __init__(self, portal: Portal) -> None:
        """Note where the log ends now."""
        self._file = portal.folder / "server.log"
        self._start = self._file.stat().st_size

    @property
    def entries(self) -> list[dict[str, object]]:
        """Return the JSON lines; anything that is none becomes an entry with the level ``raw``."""
        with self._file.open("rb") as log:
            log.seek(self._start)
            lines = log.read().decode("utf-8", "replace").splitlines()
        return [_entry(line) for line in lines if line.strip()]

    @property
    def size(self) -> int:
        """Return how many bytes were written."""
        return self._file.stat().st_size - self._start

    def assert_no_failure(self) -> None:
        """Nothing failed at all: hostile input is refused, it does not break anything."""
        failed = [entry for entry in self.entries if entry.get("level") in ("error", "critical", "raw")]
        told = {f"{one.get('logger', '')} {one.get('event')} {one.get('error', '')}".strip() for one in failed}
        assert not told, f"{len(failed)} failures in the log: {sorted(told)}"


def _entry(line: str) -> dict[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return {"level": "raw", "event": line[:200]}
    return found if isinstance(found, dict) else {"level": "raw", "event": line[:200]}
