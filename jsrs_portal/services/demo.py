"""The demonstration's own accounts; running it again changes nothing."""

import asyncio
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import crypto
from jsrs_portal.catalog.demo import DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.registration import UNIT_AGREEMENT
from jsrs_portal.models.people import PERSONAL
from jsrs_portal.models.units import Unit
from jsrs_portal.services import people
from jsrs_portal.services.unit_registration import add_unit
from jsrs_portal.settings import get_settings


async def load_demo(session: AsyncSession) -> bool:
    """Add the demonstration's person and unit; return whether there was anything to add.

    Raises ``RuntimeError`` in production: known passwords have no place there.
    """
    if not get_settings().demo:
        raise RuntimeError("demonstration data is refused in production")
    known = await session.execute(select(col(Unit.id)).where(col(Unit.uscc) == DEMO_UNIT.uscc))
    if known.first() is not None:
        return False
    actor = Actor(session_key="demo")
    password_hash = await asyncio.to_thread(crypto.hash_password, DEMO_PASSWORD)
    identity = people.Identity(DEMO_PERSON.name, DocumentType.RESIDENT_ID, DEMO_PERSON.id_number)
    person = people.enrol(session, actor=actor, identity=identity, mobile=DEMO_PERSON.mobile)
    await session.flush()
    await people.set_password(session, person_id=person.id, realm=PERSONAL, password_hash=password_hash)
    unit = {**asdict(DEMO_UNIT), "unit_name": DEMO_UNIT.name, "agreement": UNIT_AGREEMENT[1]}
    await add_unit(session, actor=actor, unit=unit, person=person, password_hash=password_hash)
    return True
