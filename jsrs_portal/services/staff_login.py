"""An officer logs in: account, password and one-time password in one step, one answer for all that is wrong."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.catalog.demo import DEMO_STAFF
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import staff as rules
from jsrs_portal.domain import totp
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.passwords import check_password, explain
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.domain.staff import StaffStatus
from jsrs_portal.models.staff import Staff, StaffSession
from jsrs_portal.services import audit, limits
from jsrs_portal.services.staff import REALM, set_password
from jsrs_portal.services.staff_sessions import end_staff_sessions, issue_staff_ticket, look_again
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
    stored = officer.password_hash if officer and _bound(officer) else None
    right = await asyncio.to_thread(crypto.verify_password, password[:_LONGEST], stored)
    secret, last = (officer.totp, officer.totp_last_step) if officer else (_NOBODYS, 0)
    step = totp.matching_step(secret, code[:_LONGEST], now=now, after=last)
    async with db.unit_of_work() as session:
        spent = officer is not None and right and step is not None and await _spend(session, officer, step)
        result = "OK" if spent else _why(officer, right)
        audit.record(session, actor=actor, action="staff.login", result=result, person_id=staff_id)
        if not spent:
            return Refusal(rules.WRONG, code="wrong")
        await limits.forget(session, frequency.STAFF_TYPED, typed)
        for limit, whose in by_source:
            await limits.give_back(session, limit, whose)
        return StaffTicket(issue_staff_ticket(session, actor=actor, staff_id=staff_id))


def _why(officer: Staff | None, right: bool) -> str:
    """Return what the audit trail says of a failed login; whoever typed it hears the same in every case."""
    if officer is not None and officer.status != StaffStatus.ACTIVE:
        return "ACCOUNT_LOCKED"
    return "CODE" if right else "WRONG"


async def _spend(session: AsyncSession, officer: Staff, step: int) -> bool:
    """Use up the one-time password of ``step``; false when it has been, or the account is not what it was."""
    done = await session.execute(
        update(Staff)
        .where(
            col(Staff.id) == officer.id,
            col(Staff.status) == StaffStatus.ACTIVE,
            col(Staff.version) == officer.version,
            col(Staff.totp_last_step) < step,
        )
        .values(totp_last_step=step)
        .returning(col(Staff.id))
    )
    return done.scalar_one_or_none() is not None


def _bound(officer: Staff) -> bool:
    """Tell whether this product gave the hash to this account, or somebody copied it into the table."""
    return officer.binding == crypto.bind_hash(officer.password_hash, person=officer.id, realm=REALM)


async def change_first_password(*, actor: Actor, old: str, password: str, confirmation: str) -> list[Refusal]:
    """Replace the first password; nothing else may be done before. Returns what is wrong, nothing when it is done.

    Other sessions of the account end; this one goes on with all its rights.
    """
    if not actor.staff_id or not actor.may(Permission.FIRST_PASSWORD):
        return [Refusal("密码已经修改过，无需再次修改。", code="forbidden")]
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.STAFF_PASSWORD, actor.staff_id, now=clock.now())
        if exceeded:
            return [exceeded.refusal]
    async with db.reading() as session:
        officer = await session.get_one(Staff, actor.staff_id)
    problems = [Refusal(explain(one), "password") for one in check_password(password, forbidden=(officer.login,))][:1]
    if not problems and password == old:
        problems.append(Refusal("新密码不能与初始密码相同，请更换。", "password"))
    if password != confirmation:
        problems.append(Refusal("两次输入的密码不一致，请重新输入。", "confirmation"))
    if problems:
        return problems
    stored = officer.password_hash if _bound(officer) else None
    if not await asyncio.to_thread(crypto.verify_password, old[:_LONGEST], stored):
        async with db.unit_of_work() as session:
            audit.record(session, actor=actor, action="staff.password", result="WRONG", subject=officer.id)
        return [Refusal("初始密码不正确，请核对后重新输入。", "old")]
    password_hash = await asyncio.to_thread(crypto.hash_password, password)
    async with db.unit_of_work() as session:
        kept = await session.get_one(Staff, actor.staff_id, with_for_update=True)
        if kept.version != officer.version or not kept.must_change:
            return [Refusal("该账号刚刚被变更，请重新登录。", code="stale")]
        set_password(kept, password_hash, must_change=False)
        kept.version += 1
        others = (col(StaffSession.staff_id) == kept.id, col(StaffSession.id) != actor.session_id)
        await end_staff_sessions(session, *others, because=SessionEnd.REPLACED)
        look_again(session, actor=actor)
        audit.record(session, actor=actor, action="staff.password", subject=kept.id)
    return []


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
