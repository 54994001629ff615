"""Trusting phones no longer: what they confirmed, and what they were about to, ends with the trust (R-2.4.3)."""

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.proofs import by_phone
from jsrs_portal.domain.scans import ScanState
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.scans import ScanLogin, TrustedPhone
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.services import audit
from jsrs_portal.services.sessions import end_sessions

_UNDER_WAY = (ScanState.SCANNED, ScanState.CONFIRMED)


async def remove_phones(session: AsyncSession, *which: ColumnElement[bool], actor: Actor, person_id: str) -> int:
    """Trust those phones of ``person_id`` that meet all of ``which`` no longer (all of them without any).

    Return how many there were. Their sessions, their tickets and the codes they scanned end.
    """
    mine = col(TrustedPhone.person_id) == person_id, col(TrustedPhone.revoked_at).is_(None)
    removed = await session.execute(
        update(TrustedPhone)
        .where(*mine, *which)
        .values(revoked_at=clock.now())
        .returning(col(TrustedPhone.id), col(TrustedPhone.app))
    )
    found = removed.all()
    if not found:
        return 0
    ids = [phone.id for phone in found]
    confirmed = [by_phone(phone.id, app=phone.app) for phone in found]
    scanned = col(ScanLogin.phone_id).in_(ids), col(ScanLogin.state).in_(_UNDER_WAY)
    await session.execute(update(ScanLogin).where(*scanned).values(state=ScanState.CANCELLED))
    await session.execute(delete(LoginTicket).where(col(LoginTicket.proved).in_(confirmed)))
    await end_sessions(session, col(UserSession.proved).in_(confirmed), because=SessionEnd.REPLACED)
    for phone_id in ids:
        audit.record(session, actor=actor, action="phone.remove", subject=phone_id, person_id=person_id)
    return len(ids)
