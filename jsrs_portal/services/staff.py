"""Officers' accounts as such, and at a shell: made, reset, locked; on the screen it is :mod:`.staff_accounts`."""

import asyncio
import string
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
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
from jsrs_portal.domain.staff_accounts import FIRST_PASSWORD_LIFE, AccountAction, why_not
from jsrs_portal.models.staff import Staff, StaffSession
from jsrs_portal.services import audit, operators
from jsrs_portal.services.staff_sessions import end_staff_sessions
from jsrs_portal.settings import get_settings

REALM = "staff"
"""The realm officers' passwords are bound to."""
_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1Il"))) + "-_#%+"
_FIRST_PASSWORD = 16

STALE = Refusal("该账号刚刚被他人变更，请核对最新状态后再操作。", code="stale")
FORBIDDEN = Refusal("您的岗位没有该操作的权限。", code="forbidden")
GONE = Refusal("没有这个账号，请刷新后再看。", code="gone")


@dataclass(frozen=True)
class Enrolment:
    """What an operator hands over to an officer, once: the first password, and the address for the authenticator."""

    login: str
    password: str
    address: str


@dataclass(frozen=True, kw_only=True)
class AccountData:
    """A new account as it is asked for."""

    login: str
    name: str
    role: StaffRole | None
    region: str = ""


@dataclass(frozen=True)
class StaffRow:
    """An account in the list, the name masked. ``own``: whoever looks at it; ``acts``: what they may do to it."""

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
    authorised: bool
    acts: tuple[str, ...]


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
    """Give an account the password with this hash; a first one (``must_change``) has an end."""
    now = clock.now()
    officer.password_hash, officer.must_change, officer.changed_at = password_hash, must_change, now
    officer.void_after = now + FIRST_PASSWORD_LIFE if must_change else None
    officer.binding = crypto.bind_hash(password_hash, person=officer.id, realm=REALM)


def bound(officer: Staff) -> bool:
    """Tell whether this product gave the hash to this account, or somebody copied it into the table."""
    return officer.binding == crypto.bind_hash(officer.password_hash, person=officer.id, realm=REALM)


def set_secret(officer: Staff, secret: str, *, enrolled: bool, step: int = 0) -> None:
    """Give an account the secret of its one-time passwords; ``step`` is the last one that has been used."""
    officer.totp, officer.enrolled, officer.totp_last_step, officer.activation = secret, enrolled, step, ""


def activation_of(officer: Staff, code: str) -> str:
    """Return what is kept of the code with which an account's first login is let in."""
    return crypto.fingerprint(f"activation\x1f{officer.id}\x1f{code}")


def new_secret() -> str:
    """Return a random secret."""
    return clock.new_text(totp.ALPHABET, totp.SECRET_LENGTH)


def enrolment_address(secret: str, login: str) -> str:
    """Return the address for an authenticator; its issuer is short, or the code is too dense for a terminal."""
    issuer = urlsplit(get_settings().origin).hostname or "portal"
    return totp.enrolment_address(secret, login=login, issuer=issuer)


def account_problems(typed: AccountData) -> list[Refusal]:
    """Return what is wrong with a new account, at its fields."""
    found: list[Refusal] = []
    if not staff.LOGIN.fullmatch(typed.login):
        found.append(Refusal(staff.LOGIN_RULE, "login"))
    if not 2 <= len(typed.name.strip()) <= 50:
        found.append(Refusal("请填写姓名，2至50个字。", "name"))
    if typed.role is None:
        found.append(Refusal("请选择岗位。", "role"))
    elif typed.region and (typed.role not in staff.REGIONAL or typed.region not in regions().by_code):
        words = "区域只用于业务经办人员和安全管理员，且须是本省的行政区划代码；不填为全省。"
        found.append(Refusal(words, "region"))
    return found


async def make_account(
    session: AsyncSession,
    *,
    typed: AccountData,
    password_hash: str,
    secret: str,
    ready: bool = True,
    must_change: bool = True,
) -> Staff | Refusal:
    """Write a new account that :func:`account_problems` found nothing wrong with; refused is a login that is taken.

    ``ready``: it is authorised and its holder has been handed the secret.
    """
    made = Staff(login=typed.login, role=typed.role or "", region=typed.region, password_hash="", binding="")
    made.authorised = ready
    made.name = typed.name.strip()
    set_secret(made, secret, enrolled=ready)
    set_password(made, password_hash, must_change=must_change)
    try:
        async with session.begin_nested():
            session.add(made)
    except IntegrityError:
        return Refusal(f"账号 {typed.login} 已存在。", "login", "taken")
    return made


async def add_staff(
    session: AsyncSession, *, login: str, name: str, role: StaffRole, region: str = ""
) -> Enrolment | Refusal:
    """Add an account at a shell, authorised and enrolled; the first password must be changed when it is used.

    Errors: a login that is no login or taken, no name, a region that does not exist or that the role has no use for.
    """
    typed = AccountData(login=login, name=name, role=role, region=region)
    if problems := account_problems(typed):
        return problems[0]
    password, secret = first_password(), new_secret()
    password_hash = await asyncio.to_thread(crypto.hash_password, password)
    made = await make_account(session, typed=typed, password_hash=password_hash, secret=secret)
    if isinstance(made, Refusal):
        return made
    operators.record_operation(session, action="staff.add", subject=made.id, login=login, role=role, region=region)
    return Enrolment(login, password, enrolment_address(secret, login))


async def reset_staff(session: AsyncSession, *, login: str) -> Enrolment | Refusal:
    """Give an account a new first password and a new secret at a shell; its sessions end."""
    officer = await _by_login(session, login)
    if officer is None:
        return GONE
    password, secret = first_password(), new_secret()
    set_password(officer, await asyncio.to_thread(crypto.hash_password, password), must_change=True)
    set_secret(officer, secret, enrolled=True)
    officer.authorised = True
    officer.version += 1
    await end_sessions_of(session, officer.id)
    operators.record_operation(session, action="staff.reset", subject=officer.id, login=login)
    return Enrolment(login, password, enrolment_address(secret, login))


async def set_locked_by_operator(session: AsyncSession, *, login: str, locked: bool) -> Refusal | None:
    """Lock or unlock an account at a shell."""
    officer = await _by_login(session, login)
    if officer is None:
        return GONE
    if (officer.status == StaffStatus.LOCKED) == locked:
        return STALE
    officer.status = StaffStatus.LOCKED if locked else StaffStatus.ACTIVE
    officer.version += 1
    await end_sessions_of(session, officer.id)
    action = "staff.lock" if locked else "staff.unlock"
    operators.record_operation(session, action=action, subject=officer.id, login=login)
    return None


async def _by_login(session: AsyncSession, login: str) -> Staff | None:
    query = select(Staff).where(col(Staff.login) == login).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def end_sessions_of(session: AsyncSession, staff_id: str, *, but: str = "") -> None:
    """End the sessions of an account, ``but`` one; its tickets are void by its version."""
    which = (col(StaffSession.staff_id) == staff_id, col(StaffSession.id) != but)
    await end_staff_sessions(session, *which, because=SessionEnd.REPLACED)


async def list_staff(session: AsyncSession) -> list[StaffRow]:
    """Return every account by its login, for a shell. One query."""
    found = (await session.execute(select(Staff).order_by(col(Staff.login)))).scalars()
    return [row_of(officer) for officer in found]


def row_of(officer: Staff, actor: Actor | None = None) -> StaffRow:
    """Return an account as ``actor`` sees it in the list, or an operator at a shell."""
    status, own = StaffStatus(officer.status), actor is not None and officer.id == actor.staff_id
    acts = (
        action
        for action in AccountAction
        if actor is not None
        and action is not AccountAction.ADD
        and not why_not(
            actor.staff_role,
            action,
            own=own,
            region=actor.staff_region,
            target_region=officer.region,
            status=status,
            authorised=officer.authorised,
        )
    )
    return StaffRow(
        id=officer.id,
        version=officer.version,
        login=officer.login,
        name=masking.mask_name(officer.name),
        role=STAFF_LABELS[StaffRole(officer.role)],
        region=region_name(officer.region),
        status=status,
        status_label=staff.STATUS_LABELS[status],
        must_change=officer.must_change,
        own=own,
        authorised=officer.authorised,
        acts=tuple(acts),
    )


async def view_self(session: AsyncSession, *, actor: Actor) -> StaffRow | None:
    """Return the officer's own account for the frame; ``None`` for everybody else. One query."""
    officer = await session.get(Staff, actor.staff_id) if actor.staff_id else None
    return row_of(officer, actor) if officer else None


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
        typed = AccountData(login=one.login, name=one.name, role=StaffRole(one.role), region=one.region)
        made = await make_account(session, typed=typed, password_hash=password_hash, secret=one.totp, must_change=False)
        if not isinstance(made, Refusal):
            audit.record(session, actor=Actor(session_key="demo"), action="staff.add", subject=made.id)
    return True
