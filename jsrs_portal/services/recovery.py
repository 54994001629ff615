"""After a backup has been put back: what was open then must not be open again now."""

from sqlalchemy import delete, update
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.proofs import CodeState, FaceCheck, FaceState, SmsCode
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.services import audit


async def void_what_was_open() -> None:
    """End every session and void every ticket, code and face check of the restored database."""
    async with db.unit_of_work() as session:
        ended = {"ended_at": clock.now(), "ended_because": SessionEnd.REPLACED}
        await session.execute(update(UserSession).where(col(UserSession.ended_at).is_(None)).values(ended))
        await session.execute(delete(LoginTicket))
        await session.execute(update(SmsCode).where(col(SmsCode.state) == CodeState.LIVE).values(state=CodeState.VOID))
        open_checks = col(FaceCheck.state).in_([FaceState.WAITING, FaceState.PASSED])
        await session.execute(update(FaceCheck).where(open_checks).values(state=FaceState.EXPIRED))
        audit.record(session, actor=Actor(session_key="operator"), action="database.restore")
