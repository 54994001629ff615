"""One engine for all tests of a database, as a running server has one: a statement is compiled once, not in each test.

Between two tests its connections are closed, so that the next one's event loop opens its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from jsrs_portal import db, telemetry
from jsrs_portal.settings import get_settings


@dataclass
class Engines:
    """Stands for ``db.make_engine``, ``make``, and gives what it has made before if nobody has it."""

    make: Callable[..., AsyncEngine]
    _made: dict[tuple[Any, ...], AsyncEngine] = field(default_factory=dict)

    def __call__(self, url: str, *, patient: bool = False) -> AsyncEngine:
        """Return an engine for ``url`` with the limits of the settings; a new one while another event loop has it."""
        limits = get_settings().model_dump(include={n for n in type(get_settings()).model_fields if "database" in n})
        key = (url, patient, telemetry.on(), *sorted(limits.items()))
        known = self._made.get(key)
        if known is None:
            return self._made.setdefault(key, self.make(url, patient=patient))
        if known in db._engines.values():
            return self.make(url, patient=patient)
        known.sync_engine.dispose(close=False)  # what a loop that is gone has left open is of no use to another
        return known
