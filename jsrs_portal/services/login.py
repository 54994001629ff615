"""Logging in by password: for a unit (R-2.4.4) and as a person; same answer, lock and throttle (R-2.4.7)."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.addresses import source_of
from jsrs_portal.domain.authority import Actor, GrantState, GrantStatus
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import check_mobile, normalise
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.people import PERSONAL, Credential, Person, PersonStatus, unit_realm
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.services import audit, limits
from jsrs_portal.services.people import document_indexes, mobile_index
from jsrs_portal.services.sessions import issue_ticket, standing

_LONGEST = 64
_KINDS_BY_STRICTNESS = sorted(DocumentType, key=lambda kind: kind is DocumentType.PASSPORT)
"""Passports last: their pattern admits most of the others."""


@dataclass(frozen=True)
class Ticket:
    """A login that succeeded: the browser fetches its session with ``value`` within 30 s."""

    value: str


@dataclass(frozen=True)
class _Found:
    """What the typed account and person lead to.

    ``typed`` names what was typed, for the lock that is shown: it is the same whether or not anybody has that account.
    ``pair`` names whom it leads to, so that aliases (unit number and USCC, phone and ID) share their tries in silence.
    """

    typed: str
    pair: str = ""
    person_id: str = ""
    unit_id: str | None = None
    grant_id: str | None = None
    password_hash: str | None = None


async def login_unit(*, actor: Actor, account: str, identifier: str, password: str) -> Ticket | Refusal:
    """Log a person in for a unit by USCC or 单位编号 + ID number or phone + password (R-2.4.4).

    The password is the person's for this unit if one was set, else the personal one.
    """
    async with db.reading() as session:
        unit = await _find_unit(session, account)
        person = await find_person(session, identifier)
        found = await _unit_login(session, unit, person, account, identifier)
    return await _decide(actor, found, password, rules.WRONG)


async def login_person(*, actor: Actor, identifier: str, password: str) -> Ticket | Refusal:
    """Log a person in by ID number or phone + personal password."""
    async with db.reading() as session:
        person = await find_person(session, identifier)
        found = _Found(_pair("person", _canonical(identifier)), _pair("person", person.id) if person else "")
        if person is not None and person.status == PersonStatus.ACTIVE:
            found = replace(found, person_id=person.id, password_hash=await _hash_of(session, person.id, [PERSONAL]))
    return await _decide(actor, found, password, rules.WRONG_PERSON)


async def _find_unit(session: AsyncSession, account: str) -> Unit | None:
    text = normalise(account)[:_LONGEST]
    query = select(Unit).where(or_(col(Unit.uscc) == text, col(Unit.unit_number) == text))
    return (await session.execute(query)).scalar_one_or_none()


async def find_person(session: AsyncSession, identifier: str) -> Person | None:
    """Return the registered person with this document number (of any kind) or mobile number."""
    mobile = check_mobile(identifier[:_LONGEST]).value
    conditions: list[ColumnElement[bool]] = [col(Person.id_number_index).in_(document_indexes(identifier[:_LONGEST]))]
    if mobile:
        conditions.append(col(Person.mobile_index) == mobile_index(mobile))
    return (await session.execute(select(Person).where(or_(*conditions)))).scalars().first()


async def _unit_login(
    session: AsyncSession, unit: Unit | None, person: Person | None, account: str, identifier: str
) -> _Found:
    found = _Found(_pair(normalise(account), _canonical(identifier)))
    if unit is None or person is None:
        return found
    found = replace(found, pair=_pair(unit.id, person.id))
    if person.status != PersonStatus.ACTIVE:
        return found
    query = (
        select(Grant)
        .where(
            col(Grant.unit_id) == unit.id, col(Grant.person_id) == person.id, col(Grant.status) == GrantStatus.GRANTED
        )
        .order_by(col(Grant.created_at), col(Grant.id))
    )
    now = clock.now()
    grants = [g for g in (await session.execute(query)).scalars() if standing(g, now) is GrantState.ACTIVE]
    if not grants:
        return found
    password_hash = await _hash_of(session, person.id, [unit_realm(unit.id), PERSONAL])
    return replace(found, person_id=person.id, unit_id=unit.id, grant_id=grants[0].id, password_hash=password_hash)


async def _hash_of(session: AsyncSession, person_id: str, realms: list[str]) -> str | None:
    """Return the password hash of the first of ``realms`` that has one."""
    query = select(Credential).where(col(Credential.person_id) == person_id, col(Credential.realm).in_(realms))
    hashes = {found.realm: found.password_hash for found in (await session.execute(query)).scalars()}
    return next((hashes[realm] for realm in realms if realm in hashes), None)


def _canonical(identifier: str) -> str:
    """Return an unknown person's identifier as a known one's would be found, so that the lock tells them not apart."""
    short = identifier[:_LONGEST]
    today = clock.now().astimezone(clock.BEIJING).date()
    documents = (check_document(kind, short, today).value for kind in _KINDS_BY_STRICTNESS)
    return check_mobile(short).value or next(filter(None, documents), None) or normalise(short)


def _pair(*parts: str) -> str:
    return limits.counter_key("login", *parts)


async def _decide(actor: Actor, found: _Found, password: str, wrong: str) -> Ticket | Refusal:
    """Count the try before the slow comparison, so that simultaneous guesses cannot pass the limit together."""
    now = clock.now()
    address = limits.counter_key("login-address", source_of(actor.address))
    async with db.unit_of_work() as session:
        tries = await limits.count(session, address, window=rules.ADDRESS_WINDOW, now=now)
        if tries > rules.FAILURES_PER_ADDRESS:
            if tries == rules.FAILURES_PER_ADDRESS + 1:  # one entry a window: a flood must not fill the trail
                audit.record(session, actor=actor, action="login", result="THROTTLED", person_id=found.person_id)
            return Refusal(rules.THROTTLED, code="throttled")
        if await _exhausted(session, found.typed, now):
            audit.record(session, actor=actor, action="login", result="LOCKED", person_id=found.person_id)
            return Refusal(rules.LOCKED, code="locked")
        silently_locked = bool(found.pair) and await _exhausted(session, found.pair, now)
    right = await asyncio.to_thread(crypto.verify_password, password[:_LONGEST], found.password_hash)
    right = right and not silently_locked
    async with db.unit_of_work() as session:
        audit.record(
            session,
            actor=actor,
            action="login",
            result="OK" if right else "LOCKED" if silently_locked else "WRONG",
            person_id=found.person_id,
            unit_id=found.unit_id or "",
        )
        if not right:
            return Refusal(wrong, code="wrong")
        for counted in (found.typed, found.pair):
            await limits.forget(session, counted)
        await limits.uncount(session, address)
        ticket = issue_ticket(
            session, actor=actor, person_id=found.person_id, unit_id=found.unit_id, grant_id=found.grant_id
        )
    return Ticket(ticket)


async def _exhausted(session: AsyncSession, key: str, now: datetime) -> bool:
    """Count a try under ``key`` and tell whether there was none left; tries while locked do not prolong the lock."""
    if await limits.used(session, key, now=now) >= rules.FAILURES_UNTIL_LOCK:
        return True
    return await limits.count(session, key, window=rules.LOCK, now=now, sliding=True) > rules.FAILURES_UNTIL_LOCK
