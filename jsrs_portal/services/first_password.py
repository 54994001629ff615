"""Changing a first password, before which nothing else can be done (R-2.6.6.3)."""

import asyncio

from sqlalchemy import select
from sqlmodel import col

from jsrs_portal import crypto, db
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.recovery import REUSED
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.people import Credential, Person, institution_realm
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Institution
from jsrs_portal.services import audit, people
from jsrs_portal.services.institutions import end_institution_sessions
from jsrs_portal.services.registration import check_new_password
from jsrs_portal.services.sessions import refresh_sessions

NOT_NEEDED = Refusal("密码已经修改，请直接使用新密码。", code="not_needed")
OVER = Refusal("本次登录已经结束，请重新登录。", code="over")


async def change_first_password(*, actor: Actor, password: str, confirmation: str) -> list[Refusal]:
    """Set the actor's own password in place of the first one; an empty list when it is done.

    The institution's other sessions end. Errors: R-2.2.5 at ``password``, one of the last five passwords, the second
    typing at ``confirmation``.
    """
    if not actor.may(Permission.FIRST_PASSWORD) or not actor.institution_id:
        return [NOT_NEEDED]
    realm = institution_realm(actor.institution_id)
    async with db.reading() as session:
        person = await session.get_one(Person, actor.person_id)
        institution = await session.get_one(Institution, actor.institution_id)
        first = (await session.execute(_credential(actor.person_id, realm))).scalar_one_or_none()
        former = await people.last_passwords(session, person_id=actor.person_id, realm=realm)
        known = [person.id_number, person.mobile, institution.number]
    if first is None:
        return [OVER]
    refused = check_new_password(password, confirmation, known)
    if refused:
        return refused
    if await asyncio.to_thread(crypto.verify_password, password, first.password_hash):
        return [Refusal("新密码不能与初始密码相同。", "password")]
    if await asyncio.to_thread(crypto.is_one_of, password, former):
        return [Refusal(REUSED, "password", "reused")]
    hashed = await asyncio.to_thread(crypto.hash_password, password)
    async with db.unit_of_work() as session:
        found = (await session.execute(_credential(actor.person_id, realm).with_for_update())).scalar_one_or_none()
        own = col(UserSession.id) == actor.session_id
        alive = select(col(UserSession.id)).where(own, col(UserSession.ended_at).is_(None))
        if found is None or (await session.execute(alive)).first() is None:
            return [OVER]  # reset or handed over a moment ago: what was set then is not this session's to change
        if not found.must_change:
            return [NOT_NEEDED]
        await people.set_password(session, person_id=actor.person_id, realm=realm, password_hash=hashed)
        audit.record(session, actor=actor, action="institution.first_password", subject=actor.institution_id)
        await end_institution_sessions(session, actor.institution_id, ~own, because=SessionEnd.REPLACED)
        await refresh_sessions(session, own)
    return []


def _credential(person_id: str, realm: str):
    return select(Credential).where(col(Credential.person_id) == person_id, col(Credential.realm) == realm)
