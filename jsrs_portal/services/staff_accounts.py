"""工作人员账号 on the screen: added and reset by one administrator, let in by another (domain.staff_accounts)."""

import asyncio
import string
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.staff import StaffStatus
from jsrs_portal.domain.staff_accounts import ACTIVATION_DIGITS, REASON_SENTENCES, AccountAction, AccountReason, why_not
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import audit
from jsrs_portal.services.staff import (
    GONE,
    STALE,
    AccountData,
    StaffRow,
    account_problems,
    activation_of,
    end_sessions_of,
    first_password,
    make_account,
    may,
    new_secret,
    row_of,
    set_password,
    set_secret,
)

PAGE = 20
_ASKS = {AccountAction.AUTHORISE: Permission.STAFF_AUTHORISE, AccountAction.WITHDRAW: Permission.STAFF_AUTHORISE}
_RECORDED = {AccountReason.OWN: "SELF", AccountReason.ELSEWHERE: "REGION"}
"""Refusals that are attempts at something; the others say that the list has grown old."""


@dataclass(frozen=True)
class FirstPassword:
    """What the system administrator hands over to an officer, once."""

    login: str
    password: str


@dataclass(frozen=True)
class Activation:
    """What the security administrator hands over, once; ``code`` is empty for an account that has an authenticator."""

    login: str
    code: str


@dataclass(frozen=True)
class AccountPage:
    """One page of accounts by their login; ``next`` is the login behind which the next begins, empty at the end."""

    rows: tuple[StaffRow, ...]
    next: str


async def list_accounts(
    session: AsyncSession, *, actor: Actor, text: str = "", waiting: bool = False, after: str = ""
) -> AccountPage | Refusal:
    """Return accounts whose login contains ``text``, with ``waiting`` only those nobody has let in. One query."""
    if refused := may(actor, Permission.STAFF_ACCOUNTS):
        return refused
    query = select(Staff).where(col(Staff.login) > after).order_by(col(Staff.login)).limit(PAGE + 1)
    if wanted := text.strip().lower()[:32]:
        query = query.where(col(Staff.login).contains(wanted, autoescape=True))
    if waiting:
        query = query.where(col(Staff.authorised).is_(False))
    found = (await session.execute(query)).scalars().all()
    shown = found[:PAGE]
    return AccountPage(tuple(row_of(one, actor) for one in shown), shown[-1].login if len(found) > PAGE else "")


async def add_account(*, actor: Actor, typed: AccountData) -> FirstPassword | list[Refusal]:
    """Add an account that waits to be authorised; its first login changes the password and enrols an authenticator.

    Errors: no permission, what is wrong at a field, a login that is taken.
    """
    if refused := may(actor, Permission.STAFF_IDENTITIES) or _refusal(actor, AccountAction.ADD):
        return [refused]
    if problems := account_problems(typed):
        return problems
    password = first_password()
    password_hash = await asyncio.to_thread(crypto.hash_password, password)
    async with db.unit_of_work() as session:
        made = await make_account(session, typed=typed, password_hash=password_hash, secret=new_secret(), ready=False)
        if isinstance(made, Refusal):
            return [made]
        details = {"login": typed.login, "role": typed.role, "region": typed.region}
        audit.record(session, actor=actor, action="staff.add", subject=made.id, details=details)
    return FirstPassword(typed.login, password)


async def reset_account(*, actor: Actor, staff_id: str, version: int) -> FirstPassword | Refusal:
    """Give somebody else's account a new first password and no authenticator; it waits to be authorised anew.

    Errors: no permission, one's own account, none of this id, changed meanwhile.
    """
    if refused := may(actor, Permission.STAFF_IDENTITIES):
        return refused
    password = first_password()
    password_hash = await asyncio.to_thread(crypto.hash_password, password)
    async with db.unit_of_work() as session:
        officer = await _held(session, actor, staff_id, version, AccountAction.RESET)
        if isinstance(officer, Refusal):
            return officer
        set_password(officer, password_hash, must_change=True)
        set_secret(officer, new_secret(), enrolled=False)
        officer.authorised = False
        officer.version += 1
        await end_sessions_of(session, officer.id)
        audit.record(session, actor=actor, action="staff.reset", subject=officer.id)
        return FirstPassword(officer.login, password)


async def set_account(
    session: AsyncSession, *, actor: Actor, staff_id: str, version: int, action: AccountAction
) -> Activation | Refusal | None:
    """Lock, unlock, authorise or stop authorising somebody else's account; its sessions end at once.

    Errors: no permission, one's own account, another region's, none of this id, changed meanwhile.
    """
    if refused := may(actor, _ASKS.get(action, Permission.STAFF_IDENTITIES)):
        return refused
    officer = await _held(session, actor, staff_id, version, action)
    if isinstance(officer, Refusal):
        return officer
    code = ""
    if action in (AccountAction.LOCK, AccountAction.UNLOCK):
        officer.status = StaffStatus.LOCKED if action is AccountAction.LOCK else StaffStatus.ACTIVE
    else:
        officer.authorised = action is AccountAction.AUTHORISE
        code = clock.new_text(string.digits, ACTIVATION_DIGITS) if officer.authorised and not officer.enrolled else ""
        officer.activation = activation_of(officer, code) if code else ""
    officer.version += 1
    await end_sessions_of(session, officer.id)
    audit.record(session, actor=actor, action=f"staff.{action.lower()}", subject=officer.id)
    return Activation(officer.login, code) if action is AccountAction.AUTHORISE else None


async def _held(
    session: AsyncSession, actor: Actor, staff_id: str, version: int, action: AccountAction
) -> Staff | Refusal:
    """Return the account with its row held, if the actor may do ``action`` to it as it is now."""
    officer = await session.get(Staff, staff_id, with_for_update=True) if staff_id else None
    if officer is None:
        return GONE
    reason = why_not(
        actor.staff_role,
        action,
        own=officer.id == actor.staff_id,
        region=actor.staff_region,
        target_region=officer.region,
        status=StaffStatus(officer.status),
        authorised=officer.authorised,
    )
    if reason is not None and reason in _RECORDED:
        audit.record(
            session, actor=actor, action=f"staff.{action.lower()}", subject=officer.id, result=_RECORDED[reason]
        )
    elif officer.version != version:
        return STALE
    return Refusal(REASON_SENTENCES[reason], code=reason.lower()) if reason else officer


def _refusal(actor: Actor, action: AccountAction) -> Refusal | None:
    reason = why_not(actor.staff_role, action, own=False, region=actor.staff_region)
    return Refusal(REASON_SENTENCES[reason], code=reason.lower()) if reason else None
