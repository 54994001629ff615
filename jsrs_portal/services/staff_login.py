"""An officer logs in: account, password and one-time password in one step, one answer for all that is wrong."""

import asyncio
import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.catalog.demo import DEMO_STAFF
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import staff as rules
from jsrs_portal.domain import totp
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.staff import StaffStatus
from jsrs_portal.domain.staff_accounts import admitted
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import audit, limits
from jsrs_portal.services.staff import activation_of, bound
from jsrs_portal.services.staff_sessions import issue_staff_ticket
from jsrs_portal.settings import get_settings

_LONGEST = 64
_NOBODYS = "A" * 32
"""A secret no code is compared with in earnest, so that an unknown account takes as long as a known one."""


@dataclass(frozen=True)
class StaffTicket:
    """A login that succeeded: the browser fetches its session with ``value`` within 30 s."""

    value: str


async def login_staff(*, actor: Actor, login: str, password: str, code: str) -> StaffTicket | Refusal:
    """Log an officer in. Whoever is not locked or throttled costs exactly one comparison, whatever they typed.

    The try is counted before the slow comparison, so that simultaneous guesses cannot pass the limit together. The
    one-time password is spent by a compare-and-set: of two at once with the same code one succeeds.
    """
    now, typed = clock.now(), login.strip().lower()[:_LONGEST]
    async with db.reading() as session:
        officer = (await session.execute(select(Staff).where(col(Staff.login) == typed))).scalar_one_or_none()
    staff_id = officer.id if officer else ""
    by_source = frequency.by_source(frequency.STAFF_SOURCE, actor.address)
    async with db.unit_of_work() as session:
        exceeded = await limits.take_all(session, [*by_source, (frequency.STAFF_TYPED, typed)], now=now)
        if exceeded:
            locked = exceeded.limit.name == frequency.STAFF_TYPED.name
            if locked or exceeded.first:
                result = "LOCKED" if locked else "THROTTLED"
                audit.record(session, actor=actor, action="staff.login", result=result, person_id=staff_id)
            return exceeded.refusal
    stored = officer.password_hash if officer and bound(officer) else None
    right = await asyncio.to_thread(crypto.verify_password, password[:_LONGEST], stored)
    secret, last = (officer.totp, officer.totp_last_step) if officer else (_NOBODYS, 0)
    step = totp.matching_step(secret, code[:_LONGEST], now=now, after=last)
    if officer is not None and not officer.enrolled:  # its first login sets an authenticator, before anything else
        step = last if _activates(officer, code[:_LONGEST]) else None
    async with db.unit_of_work() as session:
        barred = _barred(officer, now)
        if officer is None or not right or step is None or barred or not await spend_code(session, officer, step):
            result = barred or ("CODE" if right else "WRONG")
            audit.record(session, actor=actor, action="staff.login", result=result, person_id=staff_id)
            return Refusal(rules.WRONG, code="wrong")
        audit.record(session, actor=actor, action="staff.login", person_id=staff_id)
        await limits.forget(session, [(frequency.STAFF_TYPED, typed)])
        for limit, whose in by_source:
            await limits.give_back(session, limit, whose)
        return StaffTicket(issue_staff_ticket(session, actor=actor, officer=officer))


def _activates(officer: Staff, typed: str) -> bool:
    given = activation_of(officer, "".join(typed.split()))
    return hmac.compare_digest(given, officer.activation or "-")


def _barred(officer: Staff | None, now: datetime) -> str:
    """Return what the audit trail says of an account that may not log in; whoever typed it hears the same as ever."""
    if officer is None:
        return ""
    return admitted(
        status=StaffStatus(officer.status),
        authorised=officer.authorised,
        must_change=officer.must_change,
        void_after=officer.void_after,
        now=now,
    )


async def spend_code(session: AsyncSession, officer: Staff, step: int) -> bool:
    """Use up the one-time password of ``step``; false when it has been, or the account is not what it was."""
    fresh = col(Staff.totp_last_step) < step if officer.enrolled else col(Staff.enrolled).is_(False)
    done = await session.execute(
        update(Staff)
        .where(col(Staff.id) == officer.id, col(Staff.version) == officer.version, fresh)
        .values(totp_last_step=step)
        .returning(col(Staff.id))
    )
    return done.scalar_one_or_none() is not None


@dataclass(frozen=True)
class DemoCode:
    """What a demonstration's officer would read from their authenticator now."""

    login: str
    code: str


def demo_codes() -> list[DemoCode]:
    """Return the present one-time passwords of the demonstration's officers; none anywhere else."""
    if not get_settings().demo:
        return []
    step = totp.step_at(clock.now())
    return [DemoCode(one.login, totp.code_of(one.totp, step)) for one in DEMO_STAFF]
