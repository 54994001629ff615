"""Refused attempts leave audit entries too, so many a minute and browser and no more."""

import time

from jsrs_portal import db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.services import audit

MOST_PER_MINUTE = 10
_MOST_REMEMBERED = 10_000
_noted: dict[str, list[float]] = {}


def _worth_an_entry(session_key: str) -> bool:
    """Whether this browser's refusals of the last minute are still few: a flood must not fill the trail."""
    now = time.monotonic()
    if len(_noted) >= _MOST_REMEMBERED:
        _noted.clear()
    recent = [at for at in _noted.get(session_key, []) if now - at < 60]
    worth = len(recent) < MOST_PER_MINUTE
    _noted[session_key] = [*recent, now] if worth else recent
    return worth


async def note(who: Actor, *, handler: str, reason: str) -> None:
    """Record that ``who`` was refused ``handler`` (a name of our registry) for ``reason``.

    A visitor who opens an inner page is sent to the login; that is no attempt at anything.
    """
    if reason == "policy" and not who.signed_in:
        return
    if not _worth_an_entry(who.session_key):
        return
    async with db.unit_of_work() as session:
        audit.record(session, actor=who, action="event.refused", subject=handler[-100:], result=reason.upper())
