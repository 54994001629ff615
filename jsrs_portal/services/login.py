"""Logging in by password: for a unit (R-2.4.4) and as a person; same answer, lock and throttle (R-2.4.7)."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import login as rules
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
    """What the typed account and person lead to; ``pair`` names them for the lock, existing or not."""

    pair: str
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
        pair = _pair("person", person.id if person else _canonical(identifier))
        found = _Found(pair)
        if person is not None and person.status == PersonStatus.ACTIVE:
            found = _Found(pair, person.id, password_hash=await _hash_of(session, person.id, [PERSONAL]))
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
    pair = _pair(unit.id if unit else normalise(account), person.id if person else _canonical(identifier))
    if unit is None or person is None or person.status != PersonStatus.ACTIVE:
        return _Found(pair)
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
        return _Found(pair)
    password_hash = await _hash_of(session, person.id, [unit_realm(unit.id), PERSONAL])
    return _Found(pair, person.id, unit.id, grants[0].id, password_hash)


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
    address = limits.counter_key("login-address", actor.address)
    async with db.unit_of_work() as session:
        if await limits.count(session, address, window=rules.ADDRESS_WINDOW, now=now) > rules.FAILURES_PER_ADDRESS:
            audit.record(session, actor=actor, action="login", result="THROTTLED", person_id=found.person_id)
            return Refusal(rules.THROTTLED, code="throttled")
        locked = await limits.used(session, found.pair, now=now) >= rules.FAILURES_UNTIL_LOCK
        if not locked:
            tries = await limits.count(session, found.pair, window=rules.LOCK, now=now, sliding=True)
            locked = tries > rules.FAILURES_UNTIL_LOCK
        if locked:
            audit.record(session, actor=actor, action="login", result="LOCKED", person_id=found.person_id)
            return Refusal(rules.LOCKED, code="locked")
    right = await asyncio.to_thread(crypto.verify_password, password[:_LONGEST], found.password_hash)
    async with db.unit_of_work() as session:
        audit.record(
            session,
            actor=actor,
            action="login",
            result="OK" if right else "WRONG",
            person_id=found.person_id,
            unit_id=found.unit_id or "",
        )
        if not right:
            return Refusal(wrong, code="wrong")
        await limits.forget(session, found.pair)
        await limits.uncount(session, address)
        ticket = issue_ticket(
            session, actor=actor, person_id=found.person_id, unit_id=found.unit_id, grant_id=found.grant_id
        )
    return Ticket(ticket)
