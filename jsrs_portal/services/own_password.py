"""Changing the password that opened this session, by the old one (R-2.6.8.3)."""

import asyncio

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.own_account import NO_PASSWORD, UNSET, WRONG_OLD
from jsrs_portal.domain.proofs import PERSONAL, password_behind
from jsrs_portal.domain.recovery import REUSED
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.people import Credential, Person
from jsrs_portal.models.scans import TrustedPhone
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services import audit, limits, notices, people
from jsrs_portal.services.attempts import joined
from jsrs_portal.services.known_password import ask_again
from jsrs_portal.services.phone_removal import remove_phones
from jsrs_portal.services.registration import STALE, check_new_password
from jsrs_portal.services.sessions import end_sessions, proof_of
from jsrs_portal.settings import get_settings

NONE_HERE = Refusal(NO_PASSWORD, code="no_password")
NOT_SET = Refusal(UNSET, code="unset")


async def change_password(*, actor: Actor, old: str, password: str, confirmation: str) -> list[Refusal]:
    """Set the password of the realm that this session proved; an empty list when it is done (R-2.6.8.3).

    No other realm's: a session that a unit's password opened changes that one. Whatever the old password opened
    elsewhere ends, and with the personal one the trusted phones, as in 找回密码; this session stays, and so does the
    phone that confirmed it.

    Errors: a session without a password behind it; R-2.2.5 at ``password``, the second typing at ``confirmation``; a
    wrong old password at ``old``, counted before it is compared, so that fifty at once are no fifty guesses; one of the
    last five passwords.
    """
    if not actor.may(Permission.OWN_CREDENTIALS):
        return [NONE_HERE]
    async with db.reading() as session:
        proved = await proof_of(session, actor=actor)
        realm = password_behind(proved) if proved is not None else None
        if realm is None:
            return [NONE_HERE]
        former = await people.last_passwords(session, person_id=actor.person_id, realm=realm)
        credential = (await session.execute(_credential(actor, realm))).scalar_one_or_none()
        known = await _numbers(session, actor)
    if credential is None:
        return [NOT_SET]
    refused = [] if old else [Refusal("请输入原密码。", "old")]
    refused += check_new_password(password, confirmation, known)
    if refused:
        return refused
    not_it = await ask_again(
        actor=actor,
        realm=realm,
        password_hash=credential.password_hash,
        typed=old,
        action="account.password",
        field="old",
        wrong=WRONG_OLD,
    )
    if not_it:
        return [not_it]
    if await asyncio.to_thread(crypto.is_one_of, password, former):
        async with db.unit_of_work() as session:
            await limits.give_back(session, frequency.OLD_PASSWORD, joined(actor.person_id, realm))
        return [Refusal(REUSED, "password", "reused")]
    hashed = await asyncio.to_thread(crypto.hash_password, password)
    async with db.unit_of_work() as session:
        return await _write(session, actor, realm, former, hashed)


async def _write(session: AsyncSession, actor: Actor, realm: str, compared: list[str], hashed: str) -> list[Refusal]:
    person = await session.get_one(Person, actor.person_id, with_for_update={"key_share": True})
    proved = await proof_of(session, actor=actor)
    if proved is None or await people.last_passwords(session, person_id=person.id, realm=realm) != compared:
        return [STALE]  # another browser changed it, or ended this session, a moment ago
    await people.set_password(session, person_id=person.id, realm=realm, password_hash=hashed)
    ended = await _end_the_others(session, actor, realm, proved)
    whose = joined(person.id, realm)
    await limits.forget(session, [(frequency.OLD_PASSWORD, whose), (frequency.LOGIN_CREDENTIAL, whose)])
    audit.record(session, actor=actor, action="account.password", subject=realm, details={"sessions_ended": ended})
    settings = get_settings()
    text = f"您在{settings.hall_name}的登录密码已修改。如非本人操作，请立即拨打 {settings.contact_phone}。"
    await notices.tell(
        session,
        person=person,
        kind=NoticeKind.SECURITY,
        title="登录密码已修改",
        text=text,
        href="/sessions",
        unit_id=actor.unit_id if realm != PERSONAL else "",
        institution_id=actor.institution_id if realm != PERSONAL else "",
    )
    return []


async def _end_the_others(session: AsyncSession, actor: Actor, realm: str, proved: str) -> int:
    """End what the old password opened, here and on other servers, or was about to open; not this session."""
    others = col(UserSession.person_id) == actor.person_id, col(UserSession.id) != actor.session_id
    if realm == PERSONAL:
        _, _, own_phone = proved.rpartition(":")
        if proved != PERSONAL:
            await end_sessions(session, *others, col(UserSession.proved) == proved, because=SessionEnd.REPLACED)
        but = [col(TrustedPhone.id) != own_phone] if proved != PERSONAL else []
        await remove_phones(session, *but, actor=actor, person_id=actor.person_id)
    opened = col(LoginTicket.person_id) == actor.person_id, col(LoginTicket.proved) == realm
    await session.execute(delete(LoginTicket).where(*opened, col(LoginTicket.used_at).is_(None)))
    return await end_sessions(session, *others, col(UserSession.proved) == realm, because=SessionEnd.REPLACED)


async def _numbers(session: AsyncSession, actor: Actor) -> list[str]:
    """Return the numbers that others may know and that no password may contain (R-2.2.5)."""
    person = await session.get_one(Person, actor.person_id)
    unit = await session.get(Unit, actor.unit_id) if actor.unit_id else None
    institution = await session.get(Institution, actor.institution_id) if actor.institution_id else None
    return [
        *(person.id_number, person.mobile),
        *([unit.uscc, unit.unit_number] if unit else []),
        *([institution.number] if institution else []),
    ]


def _credential(actor: Actor, realm: str):
    return select(Credential).where(col(Credential.person_id) == actor.person_id, col(Credential.realm) == realm)
