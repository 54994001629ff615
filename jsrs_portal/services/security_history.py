"""安全记录: one's own logins and what changed about them, read from the audit trail by one's own right (R-2.6.8.5)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain import security_history as rules
from jsrs_portal.domain.addresses import describe_place
from jsrs_portal.domain.audit_words import action_words, result_words
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.units import Unit
from jsrs_portal.services.keyset import Place, newest_first, older


@dataclass(frozen=True)
class HistoryRow:
    """One event as its person sees it; ``tone`` is ok for what went as it should, else warn."""

    at: str
    what: str
    result: str
    tone: str
    place: str
    whom: str


@dataclass(frozen=True)
class HistoryPage:
    """Events, newest first; ``next`` asks for the following page (empty: none)."""

    rows: tuple[HistoryRow, ...]
    next: str


async def view_history(
    session: AsyncSession, *, actor: Actor, after: str = "", most: int = rules.PAGE
) -> HistoryPage | None:
    """Return a page of the actor's own events behind the place ``after``; ``None`` without the right. One query.

    A session that a unit's password opened sees what was done in that unit's name alone (R-2.6.6.5); an institution's
    administrator sees none. Nothing of the encrypted details is read.
    """
    if not actor.may(Permission.OWN_CREDENTIALS) or actor.institution_id:
        return None
    query = (
        select(AuditEntry, col(Unit.name))
        .outerjoin(Unit, col(Unit.id) == col(AuditEntry.unit_id))
        .where(
            col(AuditEntry.person_id) == actor.person_id,
            col(AuditEntry.action).in_(rules.SHOWN),
            *([] if actor.may(Permission.OWN_ACCOUNT) else [col(AuditEntry.unit_id) == actor.unit_id]),
            *older(AuditEntry, Place.parse(after)),
        )
        .order_by(*newest_first(AuditEntry))
        .limit(most + 1)
    )
    found = [(entry, name) for entry, name in await session.execute(query)]
    shown = found[:most]
    more = Place.of(shown[-1][0]).written() if len(found) > most else ""
    return HistoryPage(tuple(_row(entry, name or "") for entry, name in shown), more)


def _row(entry: AuditEntry, unit: str) -> HistoryRow:
    return HistoryRow(
        at=to_the_minute(entry.created_at),
        what=action_words(entry.action),
        result=result_words(entry.result),
        tone="ok" if entry.result in rules.GOOD else "warn",
        place=describe_place(entry.address),
        whom=unit or "个人",
    )
