"""Grants that are about to end: announced 30 and 7 days before to the holder and whoever can prolong (R-2.6.5.7)."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import ROLE_LABELS, GrantState, GrantStatus, Role
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.services import notices
from jsrs_portal.services.grants import held_in

DAYS_BEFORE = (30, 7)
_AT_ONCE = 50


def told_already(valid_until: date | None, today: date) -> int:
    """Return for which of :data:`DAYS_BEFORE` no notice is needed any more when a grant is given this end today."""
    if valid_until is None:
        return 0
    left = (valid_until - today).days
    return min((days for days in DAYS_BEFORE if left <= days), default=0)


@dataclass(frozen=True)
class _Due:
    grant_id: str
    until: date
    days: int


async def announce_endings() -> int:
    """Tell about every grant whose end is 30 or 7 days away; return how many were announced.

    Each in a transaction of its own that notes it and writes the messages together: once, also when two workers look
    at the same time. What was missed while no worker ran is made up for with the days that are left.
    """
    today = clock.today()
    announced = 0
    while True:
        async with db.reading() as session:
            due = await _due(session, today)
        for one in due:
            async with db.unit_of_work() as session:
                announced += await _announce(session, one, today)
        if len(due) < _AT_ONCE:
            return announced


async def _due(session: AsyncSession, today: date) -> list[_Due]:
    query = (
        select(col(Grant.id), col(Grant.valid_until))
        .where(
            col(Grant.status) == GrantStatus.GRANTED,
            col(Grant.valid_until) >= today,
            col(Grant.valid_until) <= today + timedelta(days=max(DAYS_BEFORE)),
            _not_yet(today),
        )
        .limit(_AT_ONCE)
    )
    return [_Due(found, until, told_already(until, today)) for found, until in await session.execute(query) if until]


def _not_yet(today: date) -> ColumnElement[bool]:
    """Within thirty days nothing was said yet, or within seven nothing but the first notice."""
    first, last = DAYS_BEFORE
    soon = col(Grant.valid_until) <= today + timedelta(days=last)
    return (col(Grant.expiry_told) == 0) | (soon & (col(Grant.expiry_told) == first))


async def _announce(session: AsyncSession, due: _Due, today: date) -> int:
    claimed = await session.execute(
        update(Grant)
        .where(
            col(Grant.id) == due.grant_id,
            col(Grant.status) == GrantStatus.GRANTED,
            col(Grant.valid_until) == due.until,
            (col(Grant.expiry_told) == 0) | (col(Grant.expiry_told) > due.days),
        )
        .values(expiry_told=due.days)
        .returning(col(Grant.id))
    )
    if claimed.one_or_none() is None:
        return 0
    grant = await session.get_one(Grant, due.grant_id)
    unit = await session.get_one(Unit, grant.unit_id)
    holder = await session.get_one(Person, grant.person_id)
    role = Role(grant.role)
    left = (due.until - today).days
    when = f"将于{in_words(due.until)}到期（还剩 {left} 天）" if left else "今天到期"
    await notices.tell(
        session,
        person=holder,
        kind=NoticeKind.GRANT,
        title="您的授权即将到期" if left else "您的授权今天到期",
        href="/unit/agents",
        unit_id=unit.id,
        text=f"您在{unit.name}的{ROLE_LABELS[role]}授权{when}，到期后不能再代表该单位办事。如需继续，请联系单位续期。",
    )
    able = (Role.LEGAL_REP,) if role is Role.ADMIN else (Role.ADMIN, Role.LEGAL_REP)
    held = await held_in(session, unit.id, today=today)
    for wanted in able:
        others = [one for one in held if one.role is wanted and one.state is GrantState.ACTIVE]
        if others and others[0].person.id != holder.id:
            await notices.tell(
                session,
                person=others[0].person,
                kind=NoticeKind.GRANT,
                title=f"{ROLE_LABELS[role]}的授权即将到期" if left else f"{ROLE_LABELS[role]}的授权今天到期",
                href="/unit/agents",
                unit_id=unit.id,
                text=f"{unit.name}{ROLE_LABELS[role]} {masking.mask_name(holder.name)} 的授权{when}。"
                "如需继续，请登录单位中心，在「经办人管理」中变更授权时间。",
            )
            break
    return 1
