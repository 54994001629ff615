"""One try at a password, wherever it is typed: counted before it is compared, throttled, written down (R-2.4.7)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.limits import Limit
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import LoginWay
from jsrs_portal.models.people import Credential
from jsrs_portal.services import audit, limits, presence
from jsrs_portal.services.sessions import issue_ticket

LONGEST = 64
"""Characters of what is typed that are looked at."""


@dataclass(frozen=True)
class Ticket:
    """A login that succeeded: the browser fetches its session with ``value`` within 30 s.

    ``several``: the same password opens roles in units too, so that there is something to choose.
    """

    value: str
    several: bool = False


@dataclass(frozen=True)
class Found:
    """What the typed account and person lead to.

    ``typed`` names what was typed, for the lock that is shown: it is the same whether or not anybody has that account.
    ``credential`` names the password it leads to, so that aliases (unit number and USCC, phone and ID) and all units
    that one personal password opens share their tries in silence. ``stopped`` is what only those hear who typed the
    password right: why it opens nothing all the same.
    """

    typed: str
    credential: str = ""
    person_id: str = ""
    unit_id: str | None = None
    grant_id: str | None = None
    institution_id: str | None = None
    realm: str = ""
    password_hash: str | None = None
    stopped: Refusal | None = None


def joined(*parts: str) -> str:
    """Return ``parts`` as one name for a counter."""
    return "\x1f".join(parts)


async def credential_of(session: AsyncSession, person_id: str, realms: list[str]) -> dict[str, Any]:
    """Return name and hash of the password of the first of ``realms`` that has one, as :class:`Found` keeps them."""
    query = select(Credential).where(col(Credential.person_id) == person_id, col(Credential.realm).in_(realms))
    known = {found.realm: found for found in (await session.execute(query)).scalars() if _bound(found)}
    realm = next((wanted for wanted in realms if wanted in known), "")
    if not realm:
        return {}
    found = known[realm]
    return {
        "credential": joined(person_id, realm),
        "realm": realm,
        "password_hash": found.password_hash,
        "stopped": _stopped(found),
    }


def _stopped(found: Credential) -> Refusal | None:
    """Return why a password opens nothing even when it is right."""
    if found.void_after is not None and clock.now() > found.void_after:
        return Refusal(rules.VOID, code="void")
    return Refusal(rules.RESET, code="reset") if found.reset_required else None


async def _still_set(session: AsyncSession, found: Found) -> bool:
    """Tell whether the password is still the one that was compared, and hold it until this login is written down.

    Whoever changes it comes first, and this login is none; or afterwards, and ends it.
    """
    query = select(col(Credential.id)).where(
        col(Credential.person_id) == found.person_id,
        col(Credential.realm) == found.realm,
        col(Credential.password_hash) == found.password_hash,
    )
    if found.stopped is None:  # nobody has said meanwhile that a stranger knows it
        query = query.where(col(Credential.reset_required).is_(False))
    return (await session.execute(query.with_for_update())).first() is not None


def _bound(found: Credential) -> bool:
    """Tell whether this product gave the hash to this person and realm, or somebody copied it into the table."""
    return found.binding == crypto.bind_hash(found.password_hash, person=found.person_id, realm=found.realm)


async def _suspicious(session: AsyncSession, actor: Actor, limit: Limit, typed: str, now: datetime) -> bool:
    """Tell whether so many logins failed, for what was typed or in this browser, that a puzzle comes first (R-2.4.7).

    What is locked needs none: it is refused anyway. This try is among those of the browser already.
    """
    here = (frequency.LOGIN_BROWSER, actor.session_key)
    failed, in_browser = await limits.used(session, [(limit, typed), here], now=now)
    return failed < limit.most and max(failed, in_browser - 1) >= frequency.PUZZLE_AFTER


def _sources(actor: Actor) -> list[tuple[Limit, str]]:
    return [*frequency.by_source(frequency.LOGIN_SOURCE, actor.address), (frequency.LOGIN_BROWSER, actor.session_key)]


async def count_try(
    session: AsyncSession, *, actor: Actor, limit: Limit, typed: str, now: datetime, entry: dict[str, Any]
) -> Refusal | None:
    """Count a try before its slow comparison: by network, by browser, and by what was typed under ``limit``.

    Returns why it is not compared: throttled, locked (both written down as ``entry``), or a puzzle comes first.
    """
    exceeded = await limits.take_all(session, _sources(actor), now=now)
    if exceeded:
        if exceeded.first:
            audit.record(session, result="THROTTLED", **entry)
        return exceeded.refusal
    if await _suspicious(session, actor, limit, typed, now) and (needed := await presence.spend(session, actor=actor)):
        await give_back(session, actor=actor)
        return needed
    locked = await limits.take(session, limit, typed, now=now)
    if locked:
        audit.record(session, result="LOCKED", **entry)
    return locked.refusal if locked else None


async def give_back(session: AsyncSession, *, actor: Actor) -> None:
    """Take back what a try counted for network and browser: it was no failure."""
    for limit, whose in _sources(actor):  # in the order they were counted: two at once must not wait for each other
        await limits.give_back(session, limit, whose)


async def decide(
    actor: Actor, found: Found, password: str, wrong: str, *, action: str = "login", subject: str = ""
) -> Ticket | Refusal:
    """Count the try before the slow comparison, so that simultaneous guesses cannot pass the limit together.

    Whoever is not locked or throttled costs exactly one comparison, whatever they typed. ``wrong`` is what they hear
    whichever part was; ``action`` and ``subject`` are for the audit trail.
    """
    now = clock.now()
    entry: dict[str, Any] = {
        "actor": actor,
        "action": action,
        "subject": subject or found.institution_id or "",
        "person_id": found.person_id,
        "unit_id": found.unit_id or "",
    }
    credential = found.credential or joined("nobody's", found.typed)  # counted too: a known account takes no longer
    async with db.unit_of_work() as session:
        limit = frequency.LOGIN_TYPED
        refused = await count_try(session, actor=actor, limit=limit, typed=found.typed, now=now, entry=entry)
        if refused:
            return refused
        silently_locked = bool(await limits.take(session, frequency.LOGIN_CREDENTIAL, credential, now=now))
    right = await asyncio.to_thread(crypto.verify_password, password[:LONGEST], found.password_hash)
    right = right and not silently_locked
    async with db.unit_of_work() as session:
        right = right and await _still_set(session, found)
        opens = found.stopped.code.upper() if found.stopped else "OK"
        result = opens if right else "LOCKED" if silently_locked else "WRONG"
        audit.record(session, result=result, **entry)
        if not right:
            return Refusal(wrong, code="wrong")
        if found.stopped:
            return found.stopped
        await give_back(session, actor=actor)
        await limits.forget(session, [(frequency.LOGIN_TYPED, found.typed), (frequency.LOGIN_CREDENTIAL, credential)])
        ticket = issue_ticket(
            session,
            actor=actor,
            person_id=found.person_id,
            unit_id=found.unit_id,
            grant_id=found.grant_id,
            institution_id=found.institution_id,
            proved=found.realm,
            way=LoginWay.PASSWORD,
        )
    return Ticket(ticket)
