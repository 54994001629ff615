"""The demonstration's own accounts; running it again changes nothing."""

import asyncio
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto
from jsrs_portal.catalog.demo import (
    DEMO_GRANTS,
    DEMO_INSTITUTIONS,
    DEMO_PASSWORD,
    DEMO_PERSON,
    DEMO_UNIT,
    DemoGrant,
    DemoInstitution,
    DemoPerson,
)
from jsrs_portal.catalog.demo_legacy import DEMO_LEGACY, DEMO_LEGACY_PASSWORD
from jsrs_portal.catalog.shipped import legacy_systems
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.institutions import InstitutionStatus, institution_number
from jsrs_portal.domain.legacy_passwords import digest
from jsrs_portal.domain.registration import UNIT_AGREEMENT
from jsrs_portal.models.legacy import LegacyAccount, LegacyUnit
from jsrs_portal.models.people import PERSONAL, Person, institution_realm
from jsrs_portal.models.units import Grant, GrantEventKind, Institution, Unit
from jsrs_portal.services import people
from jsrs_portal.services.grant_expiry import told_already
from jsrs_portal.services.grants import note_event, written_scope
from jsrs_portal.services.legacy_accounts import account_index
from jsrs_portal.services.sequences import next_number
from jsrs_portal.services.staff import load_demo_staff
from jsrs_portal.services.unit_registration import add_unit
from jsrs_portal.settings import get_settings


async def load_demo(session: AsyncSession) -> bool:
    """Add the demonstration's person and unit; return whether there was anything to add.

    Raises ``RuntimeError`` in production: known passwords have no place there.
    """
    if not get_settings().demo:
        raise RuntimeError("demonstration data is refused in production")
    await load_demo_staff(session)
    await _add_legacy(session)
    known = await session.execute(select(col(Unit.id)).where(col(Unit.uscc) == DEMO_UNIT.uscc))
    if known.first() is not None:
        return False
    actor = Actor(session_key="demo")
    password_hash = await asyncio.to_thread(crypto.hash_password, DEMO_PASSWORD)
    person = await _add_person(session, DEMO_PERSON, password_hash)
    person.proven_at = clock.now()
    unit = {**asdict(DEMO_UNIT), "unit_name": DEMO_UNIT.name, "agreement": UNIT_AGREEMENT[1]}
    made = await add_unit(session, actor=actor, unit=unit, person=person, password_hash=password_hash)
    await session.flush()
    boss = Actor(session_key="demo", person_id=person.id, unit_id=made.id, role=Role.LEGAL_REP)
    for demo_grant in DEMO_GRANTS:
        holder = await _add_person(session, demo_grant.person, password_hash)
        await _add_grant(session, boss, demo_grant, holder.id)
    for institution in DEMO_INSTITUTIONS:
        await _add_institution(session, boss, institution, password_hash)
    return True


async def _add_person(session: AsyncSession, demo: DemoPerson, password_hash: str) -> Person:
    identity = people.Identity(demo.name, DocumentType.RESIDENT_ID, demo.id_number)
    person = people.enrol(session, actor=Actor(session_key="demo"), identity=identity, mobile=demo.mobile)
    await session.flush()
    await people.set_password(session, person_id=person.id, realm=PERSONAL, password_hash=password_hash)
    return person


async def _add_grant(session: AsyncSession, boss: Actor, demo: DemoGrant, person_id: str) -> None:
    """Add a grant as it would be by now; nobody is told of it."""
    today = clock.today()
    starts = None if demo.starts_in is None else today + timedelta(days=demo.starts_in)
    ends = None if demo.ends_in is None else today + timedelta(days=demo.ends_in)
    grant = Grant(
        unit_id=boss.unit_id,
        person_id=person_id,
        role=demo.role,
        valid_from=starts,
        valid_until=ends,
        scope=written_scope(Scope.of(demo.categories, demo.matters)),
        expiry_told=told_already(ends, today),
    )
    session.add(grant)
    await session.flush()
    note_event(session, grant, GrantEventKind.GRANTED, actor=boss)


async def _add_institution(session: AsyncSession, boss: Actor, demo: DemoInstitution, password_hash: str) -> None:
    """Add an institution as staff register it; with an administrator it has been opened, its password changed."""
    institution = Institution(
        unit_id=boss.unit_id,
        number=institution_number(await next_number(session, "institution")),
        name=demo.name,
        kind=demo.kind,
        level=demo.level,
        region=demo.region,
        address=demo.address,
        status=InstitutionStatus.OPEN if demo.admin else InstitutionStatus.REGISTERED,
    )
    session.add(institution)
    await session.flush()
    holder = await people.find_by_mobile(session, mobile=demo.admin.mobile) if demo.admin else None
    if holder is None:
        return
    grant = Grant(unit_id=boss.unit_id, person_id=holder.id, role=Role.INSTITUTION_ADMIN, institution_id=institution.id)
    session.add(grant)
    await session.flush()
    note_event(session, grant, GrantEventKind.GRANTED, actor=boss)
    realm = institution_realm(institution.id)
    await people.set_password(session, person_id=holder.id, realm=realm, password_hash=password_hash)


_DEMO_SALT = "d3m0"


async def _add_legacy(session: AsyncSession) -> None:
    """Add the accounts of the old systems that are imported, as their files would have them; each once."""
    for account in DEMO_LEGACY:
        system = legacy_systems().find(account.system)
        if system is None or system.hashes is None or system.hashes.algorithm == "bcrypt":
            continue
        index = account_index(system.key, account.username)
        known = await session.execute(select(LegacyAccount).where(col(LegacyAccount.username_index) == index))
        if known.first() is not None:
            continue
        row = LegacyAccount(system=system.key, username_index=index)
        password = {"username": account.username, "password": DEMO_LEGACY_PASSWORD, "salt": _DEMO_SALT}
        row.username, row.salt = account.username, _DEMO_SALT
        row.password_hash = digest(system.hashes, **password).hex()
        session.add(row)
        await session.flush()
        for demo in account.units:
            unit = LegacyUnit(
                account_id=row.id,
                number=demo.number,
                uscc=demo.uscc,
                name=demo.name,
                legal_id_type=DocumentType.RESIDENT_ID,
            )
            unit.legal_id_number, unit.legal_name = demo.legal_id_number, demo.legal_name
            session.add(unit)
