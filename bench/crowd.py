"""Many employers of their own: each a unit, its legal representative, a password, and a session of a browser."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlmodel import col
from stdnum.cn import ric

from jsrs_portal import clock, crypto, db
from jsrs_portal.access import cookie
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.registration import UNIT_AGREEMENT
from jsrs_portal.domain.sessions import LoginWay
from jsrs_portal.models.people import PERSONAL
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant
from jsrs_portal.services import people
from jsrs_portal.services.unit_registration import add_unit
from tests.services.numbers import employer

PASSWORD = "Crowd-2026-load"
_AT_ONCE = 50
_FIRST_SERIAL = 100_000
_FIRST_BIRTHDAY = date(1960, 1, 1)


@dataclass(frozen=True)
class Member:
    """An employer: its code, its representative's phone, its browser's cookie, and where the browser comes from."""

    uscc: str
    mobile: str
    cookie: str
    address: str


async def gather_crowd(count: int) -> list[Member]:
    """Add ``count`` employers to this process's database, by our own services, and open a session for each."""
    password_hash = await asyncio.to_thread(crypto.hash_password, PASSWORD)
    members: list[Member] = []
    for serials in _some(range(count), _AT_ONCE):
        async with db.unit_of_work() as session:
            for serial in serials:
                value = cookie.new_signed_in()
                code, mobile = employer(_FIRST_SERIAL + serial).uscc, f"139{serial:08d}"
                identity = people.Identity("王测试", DocumentType.RESIDENT_ID, _id_number(serial))
                actor = Actor(session_key="crowd")
                person = people.enrol(session, actor=actor, identity=identity, mobile=mobile)
                await session.flush()
                await people.set_password(session, person_id=person.id, realm=PERSONAL, password_hash=password_hash)
                typed = {"uscc": code, "unit_name": f"南京第{serial}号用人单位", "agreement": UNIT_AGREEMENT[1]}
                unit = await add_unit(session, actor=actor, unit=typed, person=person, password_hash=password_hash)
                grant = (await session.execute(select(col(Grant.id)).where(col(Grant.unit_id) == unit.id))).scalar_one()
                session.add(
                    UserSession(
                        token_hash=cookie.session_key(value),
                        person_id=person.id,
                        unit_id=unit.id,
                        grant_id=grant,
                        proved=PERSONAL,
                        way=LoginWay.PASSWORD,
                        last_active_at=clock.now(),
                        expires_at=clock.now() + timedelta(hours=4),
                    )
                )
                named = f"{cookie.cookie_name()}={value}"
                members.append(
                    Member(code, mobile, named, f"10.{serial // 62500}.{serial // 250 % 250}.{serial % 250 + 1}")
                )
    await db.close_engine()
    return members


def _id_number(serial: int) -> str:
    """Return a resident's number with its check digit, another for every serial."""
    born = _FIRST_BIRTHDAY + timedelta(days=serial // 900)
    body = f"320106{born:%Y%m%d}{serial % 900:03d}"
    return body + ric.calc_check_digit(body + "0")


def _some(numbers: range, most: int) -> Iterator[range]:
    for first in range(0, len(numbers), most):
        yield numbers[first : first + most]
