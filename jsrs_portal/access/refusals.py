"""Refused attempts leave audit entries too, so many a minute and no more: a flood must not fill the trail."""

import time
from collections import deque

import structlog

from jsrs_portal import db
from jsrs_portal.domain.addresses import source_of
from jsrs_portal.domain.authority import Actor
from jsrs_portal.services import audit

log = structlog.get_logger(__name__)
MOST_BY_BROWSER, MOST_BY_SOURCE, MOST_IN_ALL = 10, 30, 120
"""Entries a minute: a cookie costs nothing, so a browser's own limit alone would be none. The rest is only counted."""
_MOST_REMEMBERED = 10_000
_noted: dict[str, deque[float]] = {}
_left_out = 0


def _worth_an_entry(who: Actor) -> bool:
    """Whether the refusals of the last minute are still few: of this browser, of its source, and of everybody."""
    global _left_out
    now = time.monotonic()
    if len(_noted) >= _MOST_REMEMBERED:
        _noted.clear()
    counted = ((who.session_key, MOST_BY_BROWSER), (f"@{source_of(who.address)}", MOST_BY_SOURCE), ("", MOST_IN_ALL))
    recent = [_noted.setdefault(key, deque()) for key, _ in counted]
    for times in recent:
        while times and now - times[0] >= 60:
            times.popleft()
    if any(len(times) >= most for times, (_, most) in zip(recent, counted, strict=True)):
        _left_out += 1
        if _left_out % 100 == 1:
            log.warning("refusals.flood", left_out=_left_out)
        return False
    for times in recent:
        times.append(now)
    return True


async def note(who: Actor, *, handler: str, reason: str) -> None:
    """Record that ``who`` was refused ``handler`` (a name of our registry) for ``reason``.

    A visitor who opens an inner page is sent to the login; that is no attempt at anything.
    """
    if reason == "policy" and not (who.signed_in or who.staff_id):
        return
    if not _worth_an_entry(who):
        return
    async with db.unit_of_work() as session:
        audit.record(session, actor=who, action="event.refused", subject=handler[-100:], result=reason.upper())
