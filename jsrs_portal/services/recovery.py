"""After a backup has been put back: what was open then must not be open again now, and nobody is told things twice."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.proofs import CodeState, FaceCheck, FaceState, SmsCode
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.staff import StaffSession, StaffTicket
from jsrs_portal.models.work import Heartbeat, MessageState, OutboxMessage
from jsrs_portal.services import operators

_ALIVE = timedelta(seconds=30)


async def seems_running() -> bool:
    """Tell whether a worker has shown a sign of life just now; a database that cannot be read has none."""
    try:
        async with db.reading() as session:
            beat = await _last_beat(session)
    except SQLAlchemyError:
        return False
    return beat is not None and clock.now() - beat < _ALIVE


async def _last_beat(session: AsyncSession) -> datetime | None:
    return (await session.execute(select(func.max(col(Heartbeat.beat_at))))).scalar_one_or_none()


async def void_what_was_open() -> datetime | None:
    """End what was open in the restored database and return the moment it stood at; ``None`` for an empty one.

    Sessions, tickets, codes and face checks are over. Messages that waited then may have been sent since: the worker
    looks each of them up at the provider before it sends it.
    """
    async with db.unit_of_work() as session:
        entry = (await session.execute(select(func.max(col(AuditEntry.created_at))))).scalar_one_or_none()
        known = [at for at in (entry, await _last_beat(session)) if at is not None]
        stood_at = max(known, default=None)
        ended = {"ended_at": clock.now(), "ended_because": SessionEnd.REPLACED}
        for sessions in (UserSession, StaffSession):
            await session.execute(update(sessions).where(col(sessions.ended_at).is_(None)).values(ended))
        for tickets in (LoginTicket, StaffTicket):
            await session.execute(delete(tickets))
        open_codes = col(SmsCode.state).in_([CodeState.LIVE, CodeState.SENDING])
        await session.execute(update(SmsCode).where(open_codes).values(state=CodeState.VOID))
        open_checks = col(FaceCheck.state).in_([FaceState.WAITING, FaceState.PASSED])
        await session.execute(update(FaceCheck).where(open_checks).values(state=FaceState.EXPIRED))
        tried = func.coalesce(col(OutboxMessage.first_tried_at), col(OutboxMessage.created_at))
        waiting = update(OutboxMessage).where(col(OutboxMessage.state) == MessageState.PENDING)
        await session.execute(waiting.values(state=MessageState.SENDING, first_tried_at=tried))
        await session.execute(delete(Heartbeat))
        stood = stood_at.isoformat() if stood_at else ""
        operators.record_operation(session, action="database.restore", stood_at=stood)
    return stood_at
