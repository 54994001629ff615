"""The audit trail: every act leaves an entry in its own transaction."""

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.domain.authority import Actor
from jsrs_portal.models.audit import AuditEntry


def record(
    session: AsyncSession,
    *,
    actor: Actor,
    action: str,
    subject: str = "",
    result: str = "OK",
    details: str = "",
    person_id: str = "",
    unit_id: str = "",
) -> None:
    """Add an entry: who (``actor``, or ``person_id`` when the act itself establishes it), what, to which row.

    ``details`` may hold personal data and is encrypted; ``subject`` and ``result`` may not.
    """
    entry = AuditEntry(
        person_id=person_id or actor.person_id,
        unit_id=unit_id or actor.unit_id,
        grant_id=actor.grant_id,
        action=action,
        subject=subject,
        result=result,
        address=actor.address,
    )
    if details:
        entry.details = details
    session.add(entry)
