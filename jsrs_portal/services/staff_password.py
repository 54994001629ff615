"""An officer changes their own password: a first one before anything else, any other at any time with a code."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import totp
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.staff_accounts import password_problem
from jsrs_portal.models.staff import Staff, StaffSession
from jsrs_portal.services import audit, limits
from jsrs_portal.services.staff import bound, end_sessions_of, enrolment_address, may, set_password, set_secret
from jsrs_portal.services.staff_login import spend_code
from jsrs_portal.services.staff_sessions import look_again

_LONGEST = 64
DONE = Refusal("密码已经修改过，无需再次修改。", code="forbidden")
STALE = Refusal("该账号刚刚被变更，请重新登录。", code="stale")
WRONG = Refusal("原密码或动态口令不正确，请核对后重新输入；动态口令每个只能使用一次。", "old")
"""One and the same answer: whoever sits down at a desk that is not theirs learns nothing."""
WRONG_OLD = Refusal("初始密码不正确，请核对后重新输入。", "old")
WRONG_CODE = Refusal("动态口令不正确：请用身份验证器扫描本页的二维码，再输入它当前显示的6位数字。", "code")


@dataclass(frozen=True, kw_only=True)
class NewPassword:
    """The form as typed. ``code``: of the officer's authenticator, or of the one that is being enrolled."""

    old: str
    code: str
    password: str
    confirmation: str


@dataclass(frozen=True)
class FirstLogin:
    """What the page of the first password has to know. ``secret`` and ``address`` only if an authenticator is missing.

    ``aged``: it is no first password but one that has grown old.
    """

    login: str
    secret: str
    address: str
    aged: bool


async def view_first_login(*, actor: Actor) -> FirstLogin | Refusal:
    """Return what this officer has to do before anything else."""
    if not actor.staff_id or not actor.may(Permission.FIRST_PASSWORD):
        return DONE
    async with db.reading() as session:
        officer = await session.get_one(Staff, actor.staff_id)
        opened = await session.get_one(StaffSession, actor.session_id)
    secret = "" if officer.enrolled else opened.totp
    return FirstLogin(
        login=officer.login,
        secret=secret,
        address=enrolment_address(secret, officer.login) if secret else "",
        aged=not officer.must_change,
    )


async def change_first_password(*, actor: Actor, typed: NewPassword) -> list[Refusal]:
    """Replace a first or an aged password, and enrol the authenticator if there is none; nothing else goes before.

    Returns what is wrong, nothing when it is done. Other sessions end; this one goes on with all its rights.
    """
    if not actor.staff_id or not actor.may(Permission.FIRST_PASSWORD):
        return [DONE]
    async with db.reading() as session:
        officer = await session.get_one(Staff, actor.staff_id)
        opened = await session.get_one(StaffSession, actor.session_id)
    problems = await _checked(actor, officer, typed)
    step: int | None = None
    if not officer.enrolled:
        step = totp.matching_step(opened.totp, typed.code[:_LONGEST], now=clock.now(), after=0)
        problems += [WRONG_CODE] if step is None else []
    if problems:
        return problems
    if not await _is_right(officer, typed.old):
        return [await _noted_wrong(actor, WRONG_OLD)]
    return await _replace(actor, officer, typed.password, secret=opened.totp if step else "", step=step or 0)


async def change_password(*, actor: Actor, typed: NewPassword) -> list[Refusal]:
    """Replace one's own password, for the old one and a one-time password; returns what is wrong.

    Other sessions of the account end at once; this one goes on.
    """
    if refused := may(actor, Permission.STAFF_HOME):
        return [refused]
    async with db.reading() as session:
        officer = await session.get_one(Staff, actor.staff_id)
    if problems := await _checked(actor, officer, typed):
        return problems
    right = await _is_right(officer, typed.old)
    step = totp.matching_step(officer.totp, typed.code[:_LONGEST], now=clock.now(), after=officer.totp_last_step)
    if not right or step is None:
        return [await _noted_wrong(actor, WRONG)]
    return await _replace(actor, officer, typed.password, step=step)


async def _checked(actor: Actor, officer: Staff, typed: NewPassword) -> list[Refusal]:
    """Count the try and return what is wrong with the new password itself."""
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.STAFF_PASSWORD, actor.staff_id, now=clock.now())
        if exceeded:
            return [exceeded.refusal]
    problems: list[Refusal] = []
    if problem := password_problem(typed.password, login=officer.login):
        problems.append(Refusal(problem, "password"))
    elif typed.password == typed.old:
        problems.append(Refusal("新密码不能与原密码相同，请更换。", "password"))
    if typed.password != typed.confirmation:
        problems.append(Refusal("两次输入的密码不一致，请重新输入。", "confirmation"))
    return problems


async def _is_right(officer: Staff, old: str) -> bool:
    stored = officer.password_hash if bound(officer) else None
    return await asyncio.to_thread(crypto.verify_password, old[:_LONGEST], stored)


async def _noted_wrong(actor: Actor, answer: Refusal) -> Refusal:
    async with db.unit_of_work() as session:
        audit.record(session, actor=actor, action="staff.password", result="WRONG", subject=actor.staff_id)
    return answer


async def _replace(actor: Actor, officer: Staff, password: str, *, secret: str = "", step: int = 0) -> list[Refusal]:
    """Write the new password, with ``secret`` the authenticator too; a code of an enrolled one is spent by it."""
    password_hash = await asyncio.to_thread(crypto.hash_password, password)
    async with db.unit_of_work() as session:
        kept = await session.get_one(Staff, officer.id, with_for_update=True)
        if kept.version != officer.version:
            return [STALE]
        if step and not secret and not await spend_code(session, officer, step):
            return [WRONG]
        set_password(kept, password_hash, must_change=False)
        if secret:
            set_secret(kept, secret, enrolled=True, step=step)
            offered = update(StaffSession).where(col(StaffSession.staff_id) == kept.id)
            await session.execute(offered.values(totp_cipher=None))  # a secret is kept in one place
        kept.version += 1
        await end_sessions_of(session, kept.id, but=actor.session_id)
        look_again(session, actor=actor)
        details = {"enrolled": True} if secret else None
        audit.record(session, actor=actor, action="staff.password", subject=kept.id, details=details)
    return []
