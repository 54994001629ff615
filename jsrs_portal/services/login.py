"""Logging in by password: for a unit (R-2.4.4) and as a person; same answer, lock and throttle (R-2.4.7)."""

from dataclasses import replace

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.authority import Actor, GrantState, GrantStatus
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import check_mobile, normalise
from jsrs_portal.domain.institutions import InstitutionStatus
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.people import PERSONAL, Person, PersonStatus, institution_realm, unit_realm
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services.attempts import LONGEST, Found, credential_of, decide, joined
from jsrs_portal.services.attempts import Ticket as Ticket
from jsrs_portal.services.grants import standing
from jsrs_portal.services.people import document_indexes, mobile_index
from jsrs_portal.services.switching import opens_roles

_KINDS_BY_STRICTNESS = sorted(DocumentType, key=lambda kind: kind is DocumentType.PASSPORT)
"""Passports last: their pattern admits most of the others."""


async def login_unit(*, actor: Actor, account: str, identifier: str, password: str) -> Ticket | Refusal:
    """Log a person in for a unit or an institution: its number + ID number or phone + password (R-2.4.4, R-2.6.6.5).

    The account is a USCC, a 单位编号 or a 机构编号. The password is the person's for this unit if one was set, else the
    personal one; for an institution it is always its administrator's own.
    """
    async with db.reading() as session:
        unit = await _find_unit(session, account)
        institution = await _find_institution(session, account)
        person = await find_person(session, identifier)
        found = Found(joined(normalise(account)[:LONGEST], canonical(identifier)))
        if person is not None and person.status == PersonStatus.ACTIVE:
            if unit is not None:
                found = await _unit_login(session, unit, person, found)
            elif institution is not None:
                found = await _institution_login(session, institution, person, found)
    return await decide(actor, found, password, rules.WRONG)


async def login_person(*, actor: Actor, identifier: str, password: str) -> Ticket | Refusal:
    """Log a person in by ID number or phone + personal password."""
    async with db.reading() as session:
        person = await find_person(session, identifier)
        found = Found(joined("person", canonical(identifier)))
        if person is not None and person.status == PersonStatus.ACTIVE:
            credential = await credential_of(session, person.id, [PERSONAL])
            found = replace(found, person_id=person.id, **credential)
    outcome = await decide(actor, found, password, rules.WRONG_PERSON)
    if isinstance(outcome, Ticket):
        async with db.reading() as session:
            several = await opens_roles(session, person_id=found.person_id, today=clock.today())
        return replace(outcome, several=several)
    return outcome


async def _find_unit(session: AsyncSession, account: str) -> Unit | None:
    text = normalise(account)[:LONGEST]
    query = select(Unit).where(or_(col(Unit.uscc) == text, col(Unit.unit_number) == text))
    return (await session.execute(query)).scalar_one_or_none()


async def find_person(session: AsyncSession, identifier: str) -> Person | None:
    """Return the registered person with this document number (of any kind) or mobile number.

    A passport's number may look like a phone or another document: then it is the phone's holder, a passport's last.
    """
    mobile = check_mobile(identifier[:LONGEST]).value
    conditions: list[ColumnElement[bool]] = [col(Person.id_number_index).in_(document_indexes(identifier[:LONGEST]))]
    if mobile:
        conditions.append(col(Person.mobile_index) == mobile_index(mobile))
    found = (await session.execute(select(Person).where(or_(*conditions)))).scalars().all()
    by_phone = mobile_index(mobile) if mobile else ""
    return min(found, key=lambda p: (p.mobile_index != by_phone, p.id_type == DocumentType.PASSPORT), default=None)


async def _find_institution(session: AsyncSession, account: str) -> Institution | None:
    query = select(Institution).where(
        col(Institution.number) == normalise(account)[:LONGEST],
        col(Institution.status).in_([InstitutionStatus.OPEN, InstitutionStatus.DISABLED]),
    )
    return (await session.execute(query)).scalar_one_or_none()


async def _institution_login(session: AsyncSession, institution: Institution, person: Person, found: Found) -> Found:
    query = select(Grant).where(
        col(Grant.institution_id) == institution.id,
        col(Grant.person_id) == person.id,
        col(Grant.status) == GrantStatus.GRANTED,
    )
    grant = (await session.execute(query)).scalar_one_or_none()
    if grant is None or standing(grant, clock.now()) is not GrantState.ACTIVE:
        return found
    credential = await credential_of(session, person.id, [institution_realm(institution.id)])
    found = replace(found, person_id=person.id, grant_id=grant.id, institution_id=institution.id, **credential)
    disabled = institution.status == InstitutionStatus.DISABLED
    return replace(found, stopped=Refusal(rules.DISABLED, code="disabled")) if disabled else found


async def _unit_login(session: AsyncSession, unit: Unit, person: Person, found: Found) -> Found:
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
    credential = await credential_of(session, person.id, [unit_realm(unit.id), PERSONAL])
    return replace(found, person_id=person.id, unit_id=unit.id, grant_id=grants[0].id, **credential)


def canonical(identifier: str) -> str:
    """Return an unknown person's identifier as a known one's would be found, so that the lock tells them not apart."""
    short = identifier[:LONGEST]
    today = clock.today()
    documents = (check_document(kind, short, today).value for kind in _KINDS_BY_STRICTNESS)
    return check_mobile(short).value or next(filter(None, documents), None) or normalise(short)
