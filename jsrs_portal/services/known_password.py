"""Asking somebody who is logged in for their password once more: a session left open is no key (R-2.6.8.3)."""

import asyncio

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import audit, limits
from jsrs_portal.services.attempts import LONGEST, joined


async def ask_again(
    *, actor: Actor, realm: str, password_hash: str, typed: str, action: str, field: str, wrong: str
) -> Refusal | None:
    """Compare ``typed`` with the password kept for ``realm``; ``None`` when it is right.

    Every try is counted before it is compared, so that fifty at once are no fifty guesses; whoever goes on with what
    they asked for forgets the count. Refused at ``field``: ``wrong``, or that it was tried too often. Both are entries
    of ``action`` in the audit trail, of a flood the first.
    """
    whose = joined(actor.person_id, realm)
    wanted = [(frequency.OLD_PASSWORD, whose), (frequency.OWN_PASSWORD, whose)]
    async with db.unit_of_work() as session:
        exceeded = await limits.take_all(session, wanted, now=clock.now())
        if exceeded:
            if exceeded.first:
                audit.record(session, actor=actor, action=action, subject=realm, result="LOCKED")
            return Refusal(exceeded.refusal.sentence, field, exceeded.refusal.code)
    if await asyncio.to_thread(crypto.verify_password, typed[:LONGEST], password_hash):
        return None
    async with db.unit_of_work() as session:
        audit.record(session, actor=actor, action=action, subject=realm, result="WRONG")
    return Refusal(wrong, field, "wrong")
