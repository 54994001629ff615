"""注销账户: asked for with the personal password, taken back within seven days, done by the worker (R-2.6.8.5)."""

from dataclasses import dataclass

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.account_closing import COOLING_OFF, NOT_HERE, HeldRole, why_not_close
from jsrs_portal.domain.authority import Actor, GrantState, GrantStatus, Permission, Role
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.catalog import Favourite
from jsrs_portal.models.notices import NoticeChoice
from jsrs_portal.models.own_data import DataExport
from jsrs_portal.models.people import PERSONAL, Credential, FormerPassword, Person, PersonStatus
from jsrs_portal.models.sessions import LoginAlert, LoginTicket, UserSession
from jsrs_portal.models.units import Grant, GrantEventKind, Institution, Unit
from jsrs_portal.services import audit, limits, notices
from jsrs_portal.services.attempts import joined
from jsrs_portal.services.grants import note_event, standing
from jsrs_portal.services.known_password import ask_again
from jsrs_portal.services.phone_removal import remove_phones
from jsrs_portal.services.sessions import end_sessions
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)
_PAGE = "/my/settings/data"
_AT_ONCE = 20
REFUSED = Refusal(NOT_HERE, code="not_here")
UNSET = Refusal("您还没有设置个人密码，请先通过登录页的「忘记密码?」设置，再申请注销。", code="unset")
WRONG = "密码不正确，请重新输入。"
EMPTY = Refusal("请输入个人登录密码。", "closing_password")
_WORKER = Actor(session_key="worker")
"""Nobody asks: the time that its person set is up."""


@dataclass(frozen=True)
class ClosingView:
    """Whether an account is to be closed (``at``, in words), and if not why it cannot be, a sentence for each role."""

    at: str = ""
    why_not: tuple[str, ...] = ()


async def view_closing(session: AsyncSession, *, actor: Actor) -> ClosingView | None:
    """Return where the closing of the actor's account stands; ``None`` without the right. Three queries."""
    if not actor.may(Permission.OWN_ACCOUNT):
        return None
    person = await session.get(Person, actor.person_id)
    if person is None:
        return None
    if person.closing_at is not None:
        return ClosingView(at=to_the_minute(person.closing_at))
    return ClosingView(why_not=tuple(why_not_close(await _held(session, person.id))))


async def request_closing(*, actor: Actor, password: str) -> Refusal | None:
    """Have the actor's account closed in seven days; asked twice it stays with the first day. ``None`` when it will be.

    Errors: a session that the personal password did not open; a role that has to be handed over first; a wrong
    password at ``closing_password``, counted before it is compared.
    """
    if not actor.may(Permission.OWN_ACCOUNT):
        return REFUSED
    if not password:
        return EMPTY
    async with db.reading() as session:
        query = select(col(Credential.password_hash)).where(
            col(Credential.person_id) == actor.person_id, col(Credential.realm) == PERSONAL
        )
        kept = (await session.execute(query)).scalar_one_or_none()
        hindered = why_not_close(await _held(session, actor.person_id))
    if kept is None:
        return UNSET
    if hindered:
        return Refusal(hindered[0], code="held")
    not_it = await ask_again(
        actor=actor,
        realm=PERSONAL,
        password_hash=kept,
        typed=password,
        action="account.close_request",
        field="closing_password",
        wrong=WRONG,
    )
    if not_it:
        return not_it
    async with db.unit_of_work() as session:
        await limits.forget(session, [(frequency.OLD_PASSWORD, joined(actor.person_id, PERSONAL))])
        person = await session.get_one(Person, actor.person_id, with_for_update={"key_share": True})
        hindered = why_not_close(await _held(session, person.id))
        if hindered:
            return Refusal(hindered[0], code="held")
        if person.closing_at is not None:
            return None
        person.closing_at = clock.now() + COOLING_OFF
        audit.record(session, actor=actor, action="account.close_request", subject=person.id)
        when, hall = to_the_minute(person.closing_at), get_settings().hall_name
        text = f"您申请注销在{hall}的账户，将于{when}注销。在此之前登录即可撤销；如非本人操作，请立即撤销并修改密码。"
        await _tell(session, person, "账户将被注销", text)
    return None


async def cancel_closing(session: AsyncSession, *, actor: Actor) -> Refusal | None:
    """「撤销注销」: the account stays as it is; ``None`` when it does, also if nothing was asked for."""
    if not actor.may(Permission.OWN_ACCOUNT):
        return REFUSED
    person = await session.get_one(Person, actor.person_id, with_for_update={"key_share": True})
    if person.closing_at is None:
        return None
    person.closing_at = None
    audit.record(session, actor=actor, action="account.close_cancel", subject=person.id)
    await _tell(session, person, "账户注销已撤销", "您已撤销账户注销，账户和授权保持不变。")
    return None


async def close_accounts() -> int:
    """Close the accounts whose time is up, a transaction for each, at most so many; return how many. A duty."""
    now, closed = clock.now(), 0
    async with db.reading() as session:
        due = select(col(Person.id)).where(col(Person.closing_at) <= now).order_by(col(Person.closing_at))
        found = list((await session.execute(due.limit(_AT_ONCE))).scalars())
    for person_id in found:
        async with db.unit_of_work() as session:
            closed += await _close(session, person_id)
    return closed


async def _close(session: AsyncSession, person_id: str) -> int:
    person = await session.get_one(Person, person_id, with_for_update=True)
    if person.closing_at is None or person.closing_at > clock.now():
        return 0  # taken back, or done by another worker, a moment ago
    hindered = why_not_close(await _held(session, person.id))
    if hindered or person.status != PersonStatus.ACTIVE:
        person.closing_at = None
        audit.record(session, actor=_WORKER, action="account.closed", subject=person.id, result="HELD")
        await _tell(session, person, "账户没有注销", "您的账户暂不能注销：" + (hindered or ["账户已被锁定。"])[0])
        return 0
    await _revoke_all(session, person.id)
    await remove_phones(session, actor=_WORKER, person_id=person.id)
    await end_sessions(session, col(UserSession.person_id) == person.id, because=SessionEnd.REPLACED)
    for table in (Credential, FormerPassword, LoginTicket, LoginAlert, Favourite, NoticeChoice, DataExport):
        await session.execute(delete(table).where(col(table.person_id) == person.id))
    text = f"您在{get_settings().hall_name}的账户已注销。如需再次办事，请重新注册。"
    notices.enqueue_sms(session, mobile=person.mobile, text=text)
    person.status, person.closing_at, person.version = PersonStatus.CLOSED, None, person.version + 1
    person.mobile = ""
    person.mobile_index = crypto.blind_index("no-mobile", person.id)
    person.id_number_index = crypto.blind_index("closed", person.id)
    audit.record(session, actor=_WORKER, action="account.closed", subject=person.id, person_id=person.id)
    log.info("account.closed")
    return 1


async def _revoke_all(session: AsyncSession, person_id: str) -> None:
    revoked = await session.execute(
        update(Grant)
        .where(col(Grant.person_id) == person_id, col(Grant.status) == GrantStatus.GRANTED)
        .values(status=GrantStatus.REVOKED, version=col(Grant.version) + 1)
        .returning(Grant)
        .execution_options(synchronize_session=False)
    )
    for grant in revoked.scalars():
        note_event(session, grant, GrantEventKind.REVOKED, actor=Actor(session_key="worker", person_id=person_id))


async def _held(session: AsyncSession, person_id: str) -> list[HeldRole]:
    """Return the roles of a person, each with whether somebody else can appoint another. Two queries."""
    query = (
        select(Grant, col(Unit.name), col(Institution.name))
        .join(Unit, col(Unit.id) == col(Grant.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(Grant.institution_id))
        .where(col(Grant.person_id) == person_id, col(Grant.status) == GrantStatus.GRANTED)
        .limit(200)
    )
    found = (await session.execute(query)).all()
    led = select(Grant).where(
        col(Grant.unit_id).in_({grant.unit_id for grant, _, _ in found if grant.role == Role.ADMIN}),
        col(Grant.role) == Role.LEGAL_REP,
        col(Grant.status) == GrantStatus.GRANTED,
        col(Grant.person_id) != person_id,
    )
    now = clock.now()
    able = {one.unit_id for one in (await session.execute(led)).scalars() if standing(one, now) is GrantState.ACTIVE}
    return [
        HeldRole(Role(grant.role), institution or unit, standing(grant, now), grant.unit_id in able)
        for grant, unit, institution in found
    ]


async def _tell(session: AsyncSession, person: Person, title: str, text: str) -> None:
    await notices.tell(session, person=person, kind=NoticeKind.SECURITY, title=title, text=text, href=_PAGE)
