"""Logging in by password: for a unit (R-2.4.4) and as a person; same answer, lock and throttle (R-2.4.7)."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.authority import Actor, GrantState, GrantStatus
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import check_mobile, normalise
from jsrs_portal.domain.institutions import InstitutionStatus
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.people import PERSONAL, Credential, Person, PersonStatus, institution_realm, unit_realm
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services import audit, limits, presence
from jsrs_portal.services.grants import standing
from jsrs_portal.services.people import document_indexes, mobile_index
from jsrs_portal.services.sessions import issue_ticket
from jsrs_portal.services.switching import opens_roles

_LONGEST = 64
_KINDS_BY_STRICTNESS = sorted(DocumentType, key=lambda kind: kind is DocumentType.PASSPORT)
"""Passports last: their pattern admits most of the others."""


@dataclass(frozen=True)
class Ticket:
    """A login that succeeded: the browser fetches its session with ``value`` within 30 s.

    ``several``: the same password opens roles in units too, so that there is something to choose.
    """

    value: str
    several: bool = False


@dataclass(frozen=True)
class _Found:
    """What the typed account and person lead to.

    ``typed`` names what was typed, for the lock that is shown: it is the same whether or not anybody has that account.
    ``credential`` names the password it leads to, so that aliases (unit number and USCC, phone and ID) and all units
    that one personal password opens share their tries in silence.
    """

    typed: str
    credential: str = ""
    person_id: str = ""
    unit_id: str | None = None
    grant_id: str | None = None
    institution_id: str | None = None
    realm: str = ""
    password_hash: str | None = None
    void: bool = False


async def login_unit(*, actor: Actor, account: str, identifier: str, password: str) -> Ticket | Refusal:
    """Log a person in for a unit or an institution: its number + ID number or phone + password (R-2.4.4, R-2.6.6.5).

    The account is a USCC, a 单位编号 or a 机构编号. The password is the person's for this unit if one was set, else the
    personal one; for an institution it is always its administrator's own.
    """
    async with db.reading() as session:
        unit = await _find_unit(session, account)
        institution = await _find_institution(session, account)
        person = await find_person(session, identifier)
        found = _Found(_joined(normalise(account)[:_LONGEST], _canonical(identifier)))
        if person is not None and person.status == PersonStatus.ACTIVE:
            if unit is not None:
                found = await _unit_login(session, unit, person, found)
            elif institution is not None:
                found = await _institution_login(session, institution, person, found)
    return await _decide(actor, found, password, rules.WRONG)


async def login_person(*, actor: Actor, identifier: str, password: str) -> Ticket | Refusal:
    """Log a person in by ID number or phone + personal password."""
    async with db.reading() as session:
        person = await find_person(session, identifier)
        found = _Found(_joined("person", _canonical(identifier)))
        if person is not None and person.status == PersonStatus.ACTIVE:
            credential = await _credential_of(session, person.id, [PERSONAL])
            found = replace(found, person_id=person.id, **credential)
    outcome = await _decide(actor, found, password, rules.WRONG_PERSON)
    if isinstance(outcome, Ticket):
        async with db.reading() as session:
            several = await opens_roles(session, person_id=found.person_id, today=clock.today())
        return replace(outcome, several=several)
    return outcome


async def _find_unit(session: AsyncSession, account: str) -> Unit | None:
    text = normalise(account)[:_LONGEST]
    query = select(Unit).where(or_(col(Unit.uscc) == text, col(Unit.unit_number) == text))
    return (await session.execute(query)).scalar_one_or_none()


async def find_person(session: AsyncSession, identifier: str) -> Person | None:
    """Return the registered person with this document number (of any kind) or mobile number.

    A passport's number may look like a phone or another document: then it is the phone's holder, a passport's last.
    """
    mobile = check_mobile(identifier[:_LONGEST]).value
    conditions: list[ColumnElement[bool]] = [col(Person.id_number_index).in_(document_indexes(identifier[:_LONGEST]))]
    if mobile:
        conditions.append(col(Person.mobile_index) == mobile_index(mobile))
    found = (await session.execute(select(Person).where(or_(*conditions)))).scalars().all()
    by_phone = mobile_index(mobile) if mobile else ""
    return min(found, key=lambda p: (p.mobile_index != by_phone, p.id_type == DocumentType.PASSPORT), default=None)


async def _find_institution(session: AsyncSession, account: str) -> Institution | None:
    query = select(Institution).where(
        col(Institution.number) == normalise(account)[:_LONGEST], col(Institution.status) == InstitutionStatus.OPEN
    )
    return (await session.execute(query)).scalar_one_or_none()


async def _institution_login(session: AsyncSession, institution: Institution, person: Person, found: _Found) -> _Found:
    query = select(Grant).where(
        col(Grant.institution_id) == institution.id,
        col(Grant.person_id) == person.id,
        col(Grant.status) == GrantStatus.GRANTED,
    )
    grant = (await session.execute(query)).scalar_one_or_none()
    if grant is None or standing(grant, clock.now()) is not GrantState.ACTIVE:
        return found
    credential = await _credential_of(session, person.id, [institution_realm(institution.id)])
    return replace(found, person_id=person.id, grant_id=grant.id, institution_id=institution.id, **credential)


async def _unit_login(session: AsyncSession, unit: Unit, person: Person, found: _Found) -> _Found:
    query = (
        select(Grant)
        .where(
            col(Grant.unit_id) == unit.id,
            col(Grant.person_id) == person.id,
            col(Grant.status) == GrantStatus.GRANTED,
            col(Grant.institution_id).is_(None),
        )
        .order_by(col(Grant.created_at), col(Grant.id))
    )
    now = clock.now()
    grants = [g for g in (await session.execute(query)).scalars() if standing(g, now) is GrantState.ACTIVE]
    if not grants:
        return found
    credential = await _credential_of(session, person.id, [unit_realm(unit.id), PERSONAL])
    return replace(found, person_id=person.id, unit_id=unit.id, grant_id=grants[0].id, **credential)


def _joined(*parts: str) -> str:
    return "\x1f".join(parts)


async def _credential_of(session: AsyncSession, person_id: str, realms: list[str]) -> dict[str, Any]:
    """Return name and hash of the password of the first of ``realms`` that has one, as :class:`_Found` keeps them."""
    query = select(Credential).where(col(Credential.person_id) == person_id, col(Credential.realm).in_(realms))
    known = {found.realm: found for found in (await session.execute(query)).scalars() if _bound(found)}
    realm = next((wanted for wanted in realms if wanted in known), "")
    if not realm:
        return {}
    found = known[realm]
    void = found.void_after is not None and clock.now() > found.void_after
    return {
        "credential": _joined(person_id, realm),
        "realm": realm,
        "password_hash": found.password_hash,
        "void": void,
    }


async def _still_set(session: AsyncSession, found: _Found) -> bool:
    """Tell whether the password is still the one that was compared, and hold it until this login is written down.

    Whoever changes it comes first, and this login is none; or afterwards, and ends it.
    """
    query = select(col(Credential.id)).where(
        col(Credential.person_id) == found.person_id,
        col(Credential.realm) == found.realm,
        col(Credential.password_hash) == found.password_hash,
    )
    return (await session.execute(query.with_for_update())).first() is not None


def _bound(found: Credential) -> bool:
    """Tell whether this product gave the hash to this person and realm, or somebody copied it into the table."""
    return found.binding == crypto.bind_hash(found.password_hash, person=found.person_id, realm=found.realm)


def _canonical(identifier: str) -> str:
    """Return an unknown person's identifier as a known one's would be found, so that the lock tells them not apart."""
    short = identifier[:_LONGEST]
    today = clock.today()
    documents = (check_document(kind, short, today).value for kind in _KINDS_BY_STRICTNESS)
    return check_mobile(short).value or next(filter(None, documents), None) or normalise(short)


async def _suspicious(session: AsyncSession, actor: Actor, found: _Found, now: datetime) -> bool:
    """Tell whether so many logins failed, for what was typed or in this browser, that a puzzle comes first (R-2.4.7).

    What is locked needs none: it is refused anyway. This try is among those of the browser already.
    """
    failed = await limits.used(session, frequency.LOGIN_TYPED, found.typed, now=now)
    in_browser = await limits.used(session, frequency.LOGIN_BROWSER, actor.session_key, now=now) - 1
    return failed < frequency.LOGIN_TYPED.most and max(failed, in_browser) >= frequency.PUZZLE_AFTER


async def _decide(actor: Actor, found: _Found, password: str, wrong: str) -> Ticket | Refusal:
    """Count the try before the slow comparison, so that simultaneous guesses cannot pass the limit together.

    Whoever is not locked or throttled costs exactly one comparison, whatever they typed.
    """
    now = clock.now()
    wanted = [*frequency.by_source(frequency.LOGIN_SOURCE, actor.address), (frequency.LOGIN_BROWSER, actor.session_key)]
    credential = found.credential or _joined("nobody's", found.typed)  # counted too: a known account takes no longer
    async with db.unit_of_work() as session:
        exceeded = await limits.take_all(session, wanted, now=now)
        if exceeded:
            if exceeded.first:
                audit.record(session, actor=actor, action="login", result="THROTTLED", person_id=found.person_id)
            return exceeded.refusal
        if await _suspicious(session, actor, found, now) and (needed := await presence.spend(session, actor=actor)):
            for limit, whose in wanted:
                await limits.give_back(session, limit, whose)
            return needed
        locked = await limits.take(session, frequency.LOGIN_TYPED, found.typed, now=now)
        if locked:
            audit.record(session, actor=actor, action="login", result="LOCKED", person_id=found.person_id)
            return locked.refusal
        silently_locked = bool(await limits.take(session, frequency.LOGIN_CREDENTIAL, credential, now=now))
    right = await asyncio.to_thread(crypto.verify_password, password[:_LONGEST], found.password_hash)
    right = right and not silently_locked
    async with db.unit_of_work() as session:
        right = right and await _still_set(session, found)
        audit.record(
            session,
            actor=actor,
            action="login",
            subject=found.institution_id or "",
            result=("VOID" if found.void else "OK") if right else "LOCKED" if silently_locked else "WRONG",
            person_id=found.person_id,
            unit_id=found.unit_id or "",
        )
        if not right:
            return Refusal(wrong, code="wrong")
        if found.void:
            return Refusal(rules.VOID, code="void")
        await limits.forget(session, frequency.LOGIN_TYPED, found.typed)
        await limits.forget(session, frequency.LOGIN_CREDENTIAL, credential)
        for limit, whose in wanted:
            await limits.give_back(session, limit, whose)
        ticket = issue_ticket(
            session,
            actor=actor,
            person_id=found.person_id,
            unit_id=found.unit_id,
            grant_id=found.grant_id,
            institution_id=found.institution_id,
            proved=found.realm,
        )
    return Ticket(ticket)
