"""The working days in force: the shipped table, or the file an operator keeps (``JSRS_HOLIDAYS``)."""

import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from jsrs_portal.catalog.marked_yaml import Unreadable, read_marked
from jsrs_portal.catalog.shipped import FOLDER
from jsrs_portal.domain.workdays import WorkDays
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)

LOOK_EVERY = 60.0
"""Seconds after which it is looked whether the file has changed."""


@dataclass
class _Read:
    days: WorkDays
    file: Path
    changed: float
    looked_at: float


_read: list[_Read] = []


def work_days() -> WorkDays:
    """Return the working days (R-2.6.3.2). A changed file counts within a minute; a faulty one not, and is logged."""
    now, own = time.monotonic(), get_settings().holidays
    file = Path(own) if own else FOLDER / "holidays.yaml"
    known = _read[0] if _read and _read[0].file == file else None
    if known is not None and now - known.looked_at < LOOK_EVERY:
        return known.days
    try:
        changed = file.stat().st_mtime
        if known is None or known.changed != changed:
            known = _Read(WorkDays.model_validate(read_marked(file).value), file, changed, now)
    except (OSError, ValueError, Unreadable) as error:
        if known is None:
            raise
        log.error("holidays.unreadable", error=type(error).__name__)
    known.looked_at = now
    _read[:] = [known]
    return known.days
