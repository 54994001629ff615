"""Phones taken into trust, as their holder does it: in a session that the personal password opened."""

from datetime import timedelta

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.proofs import PERSONAL
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.scans import TrustedPhone
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.services import phones
from tests.services.world import ADDRESS
from tests.support.keys import PhoneKey


async def at_home(person_id: str, proved: str = PERSONAL, ended: bool = False) -> Actor:
    """Return somebody in a session of their own that ``proved`` opened."""
    async with db.unit_of_work() as session:
        opened = UserSession(
            token_hash=clock.new_token(),
            person_id=person_id,
            proved=proved,
            expires_at=clock.now() + timedelta(hours=1),
            ended_at=clock.now() if ended else None,
        )
        session.add(opened)
        return Actor(session_key="0" * 64, address=ADDRESS, person_id=person_id, session_id=opened.id)


async def trusted(
    person_id: str, key: PhoneKey | None = None, name: str = "Chrome · Android", actor: Actor | None = None
) -> TrustedPhone | Refusal:
    """Take a phone into trust."""
    actor = actor or await at_home(person_id)
    async with db.unit_of_work() as session:
        return await phones.trust_phone(session, actor=actor, public_key=(key or PhoneKey()).public, name=name)
