"""Locking persons out and letting them in again: the security administrator's, with a reason that is written down."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.domain.staff import reason_problem
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.services import audit, notices
from jsrs_portal.services.sessions import end_sessions
from jsrs_portal.services.staff import may
from jsrs_portal.services.staff_search import GONE, reached_person
from jsrs_portal.settings import get_settings

STALE = Refusal("该用户的状态刚刚发生变化，请核对最新状态后再操作。", code="stale")


async def set_person_locked(
    session: AsyncSession, *, actor: Actor, person_id: str, version: int, locked: bool, reason: str
) -> Refusal | None:
    """Lock or unlock a person: a locked one's sessions end at once, and they are told by SMS. ``None`` when done.

    Errors: no permission, no reason, nobody of this id in the officer's region, a state that is another by now.
    """
    if refused := may(actor, Permission.STAFF_LOCK):
        return refused
    if problem := reason_problem(reason):
        return Refusal(problem, "reason")
    action = "person.lock" if locked else "person.unlock"
    reached = await reached_person(session, actor=actor, person_id=person_id, action=action)
    if reached is None:
        return GONE
    person = reached.person
    before, after = (PersonStatus.ACTIVE, PersonStatus.LOCKED) if locked else (PersonStatus.LOCKED, PersonStatus.ACTIVE)
    changed = await session.execute(  # compare-and-set
        update(Person)
        .where(col(Person.id) == person.id, col(Person.version) == version, col(Person.status) == before)
        .values(status=after, version=version + 1)
        .returning(col(Person.id))
    )
    if changed.scalar_one_or_none() is None:
        return STALE
    if locked:
        await end_sessions(session, col(UserSession.person_id) == person.id, because=SessionEnd.REPLACED)
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=person.id,
        details={"reason": reason.strip()},
    )
    hall = get_settings().hall_name
    text = (
        f"您在{hall}的账号已被锁定，暂时不能登录。如有疑问，请拨打 {get_settings().contact_phone}。"
        if locked
        else f"您在{hall}的账号已恢复使用。"
    )
    title = "账号已停用" if locked else "账号已恢复使用"
    await notices.tell(session, person=person, kind=NoticeKind.SECURITY, title=title, text=text)
    return None
