"""After "this was not me": what a stranger may hold of an account ends, its password must be set anew (R-2.4.8)."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import Opened, SessionEnd, disowned_realms
from jsrs_portal.models.people import Credential, Person
from jsrs_portal.models.sessions import LoginAlert, LoginTicket, UserSession
from jsrs_portal.services import audit, limits
from jsrs_portal.services.login_alerts import GONE, is_link
from jsrs_portal.services.phone_removal import remove_phones
from jsrs_portal.services.sessions import end_sessions

_MOST_LOOKED_AT = 1000


async def disown(*, actor: Actor, token: str) -> Refusal | None:
    """End all sessions of the person whom the link ``token`` was sent to, once; ``None`` when it is done.

    Whoever has the link may do so: it was sent to the person's phone, and a stranger could only lock themself out.
    Trusted phones are taken off as well, logins under way come to nothing, and the passwords that a stranger must know
    (:func:`disowned_realms`) open nothing until they are set anew.
    """
    if not is_link(token):
        return GONE
    now = clock.now()
    async with db.unit_of_work() as session:
        wanted = frequency.by_source(frequency.NOT_ME_SOURCE, actor.address)
        exceeded = await limits.take_all(session, wanted, now=now)
        if exceeded:
            return exceeded.refusal
        claimed = await session.execute(
            update(LoginAlert)
            .where(
                col(LoginAlert.token_hash) == crypto.fingerprint(token),
                col(LoginAlert.used_at).is_(None),
                col(LoginAlert.expires_at) > now,
            )
            .values(used_at=now)
            .returning(col(LoginAlert.session_id), col(LoginAlert.person_id))
        )
        alert = claimed.one_or_none()
        if alert is None:
            return GONE
        for limit, whose in wanted:
            await limits.give_back(session, limit, whose)
        # Held first: whoever takes a phone into trust at this moment waits, and then has no session any more.
        await session.execute(
            select(col(Person.id)).where(col(Person.id) == alert.person_id).with_for_update(key_share=True)
        )
        realms = sorted(await _realms(session, person_id=alert.person_id, session_id=alert.session_id))
        # Passwords first: a login holds its own until its ticket is written, so none is missed by what follows.
        await session.execute(
            update(Credential)
            .where(col(Credential.person_id) == alert.person_id, col(Credential.realm).in_(realms))
            .values(reset_required=True)
        )
        under_way = col(LoginTicket.person_id) == alert.person_id, col(LoginTicket.used_at).is_(None)
        await session.execute(update(LoginTicket).where(*under_way).values(used_at=now))
        ended = await end_sessions(session, col(UserSession.person_id) == alert.person_id, because=SessionEnd.DISOWNED)
        await remove_phones(session, actor=actor, person_id=alert.person_id)
        audit.record(
            session,
            actor=actor,
            action="session.disown",
            subject=alert.session_id,
            person_id=alert.person_id,
            details={"realms": realms, "ended": ended},
        )
    return None


async def _realms(session: AsyncSession, *, person_id: str, session_id: str) -> frozenset[str]:
    query = (
        select(col(UserSession.id), col(UserSession.proved), col(UserSession.device_key), col(UserSession.created_at))
        .where(col(UserSession.person_id) == person_id)
        .order_by((col(UserSession.id) == session_id).desc(), col(UserSession.created_at).desc())
        .limit(_MOST_LOOKED_AT)
    )
    history = {row.id: Opened(row.proved, row.device_key, row.created_at) for row in await session.execute(query)}
    return disowned_realms(history[session_id], history.values())
