"""Officers' accounts: made at a shell, listed, locked and unlocked by the system administrator, reset at a shell."""

import asyncio
import string
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto
from jsrs_portal.catalog.demo import DEMO_STAFF, DEMO_STAFF_PASSWORD
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain import masking, staff, totp
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.passwords import check_password
from jsrs_portal.domain.permissions import STAFF_LABELS, Permission, StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.domain.staff import StaffStatus
from jsrs_portal.models.staff import Staff, StaffSession
from jsrs_portal.services import audit, operators
from jsrs_portal.services.staff_sessions import end_staff_sessions
from jsrs_portal.settings import get_settings

REALM = "staff"
"""The realm officers' passwords are bound to."""
_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1Il"))) + "-_#%+"
_FIRST_PASSWORD = 16
_SECRET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SECRET_LENGTH = 32
"""Base 32: 160 bits, as RFC 4226 recommends."""

STALE = Refusal("该账号刚刚被他人变更，请核对最新状态后再操作。", code="stale")
FORBIDDEN = Refusal("您的岗位没有该操作的权限。", code="forbidden")
GONE = Refusal("没有这个账号，请刷新后再看。", code="gone")
NOT_YOURSELF = Refusal("不能锁定自己的账号，请由另一名系统管理员操作。", code="self")


@dataclass(frozen=True)
class Enrolment:
    """What an operator hands over to an officer, once: the first password, and the address for the authenticator."""

    login: str
    password: str
    address: str


@dataclass(frozen=True)
class StaffRow:
    """An account in the list, the name masked. ``own``: whoever looks at it."""

    id: str
    version: int
    login: str
    name: str
    role: str
    region: str
    status: str
    status_label: str
    must_change: bool
    own: bool


def may(actor: Actor, permission: Permission) -> Refusal | None:
    """Return the refusal for an officer without ``permission``, ``None`` for one who has it."""
    return None if actor.staff_id and actor.may(permission) else FORBIDDEN


def region_name(code: str) -> str:
    """Return how a region is called where officers' regions are shown."""
    return regions().full_name(code) if staff.region_prefix(code) else "全省"


def first_password() -> str:
    """Return a random password that the rules accept (R-2.2.5)."""
    while check_password(made := clock.new_text(_ALPHABET, _FIRST_PASSWORD), forbidden=()):
        pass
    return made


def set_password(officer: Staff, password_hash: str, *, must_change: bool) -> None:
    """Give an account the password with this hash."""
    officer.password_hash, officer.must_change, officer.changed_at = password_hash, must_change, clock.now()
    officer.binding = crypto.bind_hash(password_hash, person=officer.id, realm=REALM)


async def add_staff(
    session: AsyncSession, *, login: str, name: str, role: StaffRole, region: str = ""
) -> Enrolment | Refusal:
    """Add an account at a shell; the first password must be changed when it is used.

    Errors: a login that is no login or taken, no name, a region that does not exist or that the role has no use for.
    """
    if not staff.LOGIN.fullmatch(login):
        return Refusal(staff.LOGIN_RULE, "login")
    if not 2 <= len(name.strip()) <= 50:
        return Refusal("请填写姓名，2至50个字。", "name")
    if region and (role not in staff.REGIONAL or region not in regions().by_code):
        return Refusal("区域只用于业务经办人员和安全管理员，且须是本省的行政区划代码；不填为全省。", "region")
    taken = await session.execute(select(col(Staff.id)).where(col(Staff.login) == login))
    if taken.first() is not None:
        return Refusal(f"账号 {login} 已存在。", "login", "taken")
    password, secret = first_password(), clock.new_text(_SECRET, _SECRET_LENGTH)
    password_hash = await asyncio.to_thread(crypto.hash_password, password)
    made = _new(login, name.strip(), role, region, secret, password_hash, must_change=True)
    session.add(made)
    await session.flush()
    operators.record_operation(session, action="staff.add", subject=made.id, login=login, role=role, region=region)
    return _enrolment(made, password)


def _new(
    login: str, name: str, role: StaffRole, region: str, secret: str, password_hash: str, *, must_change: bool
) -> Staff:
    made = Staff(login=login, role=role, region=region, password_hash="", binding="")
    made.name, made.totp = name, secret
    set_password(made, password_hash, must_change=must_change)
    return made


def _enrolment(officer: Staff, password: str) -> Enrolment:
    issuer = urlsplit(get_settings().origin).hostname or "portal"  # short, or the code is too dense for a terminal
    return Enrolment(officer.login, password, totp.enrolment_address(officer.totp, login=officer.login, issuer=issuer))


async def reset_staff(session: AsyncSession, *, login: str) -> Enrolment | Refusal:
    """Give an account a new first password and a new secret at a shell; its sessions end."""
    officer = await _by_login(session, login)
    if officer is None:
        return GONE
    password = first_password()
    set_password(officer, await asyncio.to_thread(crypto.hash_password, password), must_change=True)
    officer.totp, officer.totp_last_step = clock.new_text(_SECRET, _SECRET_LENGTH), 0
    officer.version += 1
    await end_staff_sessions(session, col(StaffSession.staff_id) == officer.id, because=SessionEnd.REPLACED)
    operators.record_operation(session, action="staff.reset", subject=officer.id, login=login)
    return _enrolment(officer, password)


async def set_locked_by_operator(session: AsyncSession, *, login: str, locked: bool) -> Refusal | None:
    """Lock or unlock an account at a shell."""
    officer = await _by_login(session, login)
    if officer is None:
        return GONE
    refused = await _set_locked(session, officer, officer.version, locked)
    if refused is None:
        operators.record_operation(session, action=_action(locked), subject=officer.id, login=login)
    return refused


async def _by_login(session: AsyncSession, login: str) -> Staff | None:
    query = select(Staff).where(col(Staff.login) == login).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


def _action(locked: bool) -> str:
    return "staff.lock" if locked else "staff.unlock"


async def set_locked(
    session: AsyncSession, *, actor: Actor, staff_id: str, version: int, locked: bool
) -> Refusal | None:
    """Lock or unlock somebody else's account; a locked one's sessions end at once. Needs ``STAFF_ACCOUNTS``.

    Errors: no permission, one's own account, none of this id, changed meanwhile.
    """
    if refused := may(actor, Permission.STAFF_ACCOUNTS):
        return refused
    if staff_id == actor.staff_id:
        audit.record(session, actor=actor, action=_action(locked), subject=staff_id, result="SELF")
        return NOT_YOURSELF
    officer = await session.get(Staff, staff_id)
    if officer is None:
        return GONE
    refused = await _set_locked(session, officer, version, locked)
    if refused is None:
        audit.record(session, actor=actor, action=_action(locked), subject=staff_id)
    return refused


async def _set_locked(session: AsyncSession, officer: Staff, version: int, locked: bool) -> Refusal | None:
    before, after = (StaffStatus.ACTIVE, StaffStatus.LOCKED) if locked else (StaffStatus.LOCKED, StaffStatus.ACTIVE)
    changed = await session.execute(
        update(Staff)
        .where(col(Staff.id) == officer.id, col(Staff.version) == version, col(Staff.status) == before)
        .values(status=after, version=version + 1)
        .returning(col(Staff.id))
    )
    if changed.scalar_one_or_none() is None:
        return STALE
    await end_staff_sessions(session, col(StaffSession.staff_id) == officer.id, because=SessionEnd.REPLACED)
    return None


async def list_staff(session: AsyncSession, *, actor: Actor | None = None) -> list[StaffRow] | Refusal:
    """Return every account by its login; needs ``STAFF_ACCOUNTS``, or a shell (``actor`` is ``None``). One query."""
    if actor is not None and (refused := may(actor, Permission.STAFF_ACCOUNTS)):
        return refused
    found = (await session.execute(select(Staff).order_by(col(Staff.login)).limit(500))).scalars()
    return [_row(officer, actor) for officer in found]


def _row(officer: Staff, actor: Actor | None) -> StaffRow:
    return StaffRow(
        id=officer.id,
        version=officer.version,
        login=officer.login,
        name=masking.mask_name(officer.name),
        role=STAFF_LABELS[StaffRole(officer.role)],
        region=region_name(officer.region),
        status=officer.status,
        status_label=staff.STATUS_LABELS[StaffStatus(officer.status)],
        must_change=officer.must_change,
        own=actor is not None and officer.id == actor.staff_id,
    )


async def view_self(session: AsyncSession, *, actor: Actor) -> StaffRow | None:
    """Return the officer's own account for the frame; ``None`` for everybody else. One query."""
    officer = await session.get(Staff, actor.staff_id) if actor.staff_id else None
    return _row(officer, actor) if officer else None


async def load_demo_staff(session: AsyncSession) -> bool:
    """Add the demonstration's officers; return whether there was anybody to add.

    Raises ``RuntimeError`` in production: known passwords and secrets have no place there.
    """
    if not get_settings().demo:
        raise RuntimeError("demonstration data is refused in production")
    known = set((await session.execute(select(col(Staff.login)))).scalars())
    wanted = [one for one in DEMO_STAFF if one.login not in known]
    if not wanted:
        return False
    password_hash = await asyncio.to_thread(crypto.hash_password, DEMO_STAFF_PASSWORD)
    for one in wanted:
        made = _new(one.login, one.name, StaffRole(one.role), one.region, one.totp, password_hash, must_change=False)
        session.add(made)
        await session.flush()
        audit.record(session, actor=Actor(session_key="demo"), action="staff.add", subject=made.id)
    return True
