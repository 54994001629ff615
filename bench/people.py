"""Signed-in sessions of the demonstration's employer, as many as a measurement needs, through our own models."""

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.access import cookie
from jsrs_portal.catalog.demo import DEMO_PERSON, DEMO_UNIT
from jsrs_portal.domain.authority import GrantStatus
from jsrs_portal.domain.sessions import LoginWay
from jsrs_portal.models.people import PERSONAL
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.services.login import find_person


async def cookies(count: int) -> list[str]:
    """Open ``count`` sessions in which the legal representative acts for the unit; return their cookies."""
    now = clock.now()
    values = [cookie.new_signed_in() for _ in range(count)]
    async with db.unit_of_work() as session:
        person = await find_person(session, DEMO_PERSON.mobile)
        unit = (await session.execute(select(Unit).where(col(Unit.uscc) == DEMO_UNIT.uscc))).scalar_one()
        if person is None:
            raise RuntimeError("the demonstration's data is missing")
        mine = select(Grant).where(
            col(Grant.unit_id) == unit.id,
            col(Grant.person_id) == person.id,
            col(Grant.institution_id).is_(None),
            col(Grant.status) == GrantStatus.GRANTED,
        )
        grant = (await session.execute(mine)).scalars().first()
        if grant is None:
            raise RuntimeError("the demonstration's legal representative has no role")
        session.add_all(
            UserSession(
                token_hash=cookie.session_key(value),
                person_id=person.id,
                unit_id=unit.id,
                grant_id=grant.id,
                proved=PERSONAL,
                way=LoginWay.PASSWORD,
                last_active_at=now,
                expires_at=now + timedelta(hours=4),
            )
            for value in values
        )
    await db.close_engine()
    return [f"{cookie.cookie_name()}={value}" for value in values]
