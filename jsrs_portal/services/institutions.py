"""机构管理: what a unit does with its institutions and their administrators (R-2.6.6)."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor, GrantStatus, Role
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import CONTACT_LABEL, check_mobile
from jsrs_portal.domain.institutions import (
    FIRST_PASSWORD_LIFE,
    REASON_SENTENCES,
    InstitutionAction,
    InstitutionReason,
    InstitutionStatus,
    first_password,
    why_not,
)
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.people import Credential, Person, PersonStatus, institution_realm
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.units import Grant, GrantEventKind, Institution
from jsrs_portal.services import audit, limits, notices, people
from jsrs_portal.services.grant_terms import same_name
from jsrs_portal.services.grants import acting, held_in, lock_unit, note_event
from jsrs_portal.services.sessions import end_sessions

NO_MATCH = Refusal(
    "没有找到姓名、证件类型、证件号码、移动电话都一致的个人用户，请核对后重新填写；对方尚未注册的，请先注册为个人用户。",
    code="no_match",
)
"""One and the same answer, whichever of the four is wrong."""
STALE = Refusal("该机构刚刚被他人操作过。请关闭本窗口，刷新页面核对最新内容后再操作。", code="stale")
SAME_PERSON = Refusal("新管理员与原管理员相同。如需重新设置密码，请使用「管理员密码重置」。", code="same")


@dataclass(frozen=True, kw_only=True)
class Administrator:
    """Who is to administer an institution, as typed: all four are required (R-2.6.6.2)."""

    name: str
    id_type: str
    id_number: str
    mobile: str


async def open_institution(
    *, actor: Actor, institution_id: str, version: int, typed: Administrator
) -> Institution | list[Refusal]:
    """Open an institution with its administrator, whose first password is told by rule, never by message.

    Errors: why the actor may not, what is wrong at a field, that no registered person matches in all values, or that
    somebody else was faster.
    """
    return await _appoint(actor, institution_id, version, InstitutionAction.OPEN, typed)


async def replace_administrator(
    *, actor: Actor, institution_id: str, version: int, typed: Administrator
) -> Institution | list[Refusal]:
    """Put another administrator in place of the former, whose password and sessions end (R-2.6.6.4)."""
    return await _appoint(actor, institution_id, version, InstitutionAction.REPLACE, typed)


async def reset_password(*, actor: Actor, institution_id: str, version: int) -> Institution | Refusal:
    """Set the administrator's password back to the first one; the institution's sessions end (R-2.6.6.4)."""
    async with db.reading() as session:
        grant = await _administrator_grant(session, institution_id)
        person = await session.get(Person, grant.person_id) if grant else None
        number = person.id_number if person else ""
    hashed = await asyncio.to_thread(crypto.hash_password, first_password(number)) if number else ""
    async with db.unit_of_work() as session:
        found = await _find(session, actor, institution_id, version, InstitutionAction.RESET)
        if isinstance(found, Refusal):
            return found
        now_held = await _administrator_grant(session, institution_id)
        if grant is None or person is None or now_held is None or now_held.person_id != grant.person_id:
            return STALE
        await _set_first_password(session, found, person.id, hashed)
        found.version += 1
        audit.record(session, actor=actor, action="institution.reset", subject=found.id, details={"person": person.id})
        await _end_sessions(session, found)
        await notices.tell(
            session,
            person=person,
            kind=NoticeKind.INSTITUTION,
            title="机构管理员密码已重置",
            text=f"{found.name}（机构编号 {found.number}）的管理员密码已重置为初始密码，请在 7 天内登录并修改。",
        )
        return found


async def set_disabled(*, actor: Actor, institution_id: str, version: int, disabled: bool) -> Institution | Refusal:
    """Take an institution out of use, which ends its sessions, or bring it back."""
    action = InstitutionAction.DISABLE if disabled else InstitutionAction.ENABLE
    async with db.unit_of_work() as session:
        found = await _find(session, actor, institution_id, version, action)
        if isinstance(found, Refusal):
            return found
        found.status = InstitutionStatus.DISABLED if disabled else InstitutionStatus.OPEN
        found.version += 1
        audit.record(session, actor=actor, action=f"institution.{action.lower()}", subject=found.id)
        if disabled:
            await _end_sessions(session, found)
        grant = await _administrator_grant(session, found.id)
        person = await session.get(Person, grant.person_id) if grant else None
        if person is not None:
            what = "已被单位停用，暂不能登录办事" if disabled else "已恢复使用，可以登录办事"
            await notices.tell(
                session,
                person=person,
                kind=NoticeKind.INSTITUTION,
                title="机构已停用" if disabled else "机构已恢复使用",
                text=f"{found.name}（机构编号 {found.number}）{what}。",
            )
        return found


async def _appoint(
    actor: Actor, institution_id: str, version: int, action: InstitutionAction, typed: Administrator
) -> Institution | list[Refusal]:
    refused = _form_problems(typed)
    if refused:
        return refused
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.GRANT_LOOKUP, actor.person_id, now=clock.now())
        if exceeded:
            return [exceeded.refusal]
        before = await _find(session, actor, institution_id, version, action)
        if isinstance(before, Refusal):
            return [before]
    async with db.reading() as session:
        person = await _find_person(session, typed)
        if person is None:
            return [NO_MATCH]
        person_id, number = person.id, person.id_number
    hashed = await asyncio.to_thread(crypto.hash_password, first_password(number))
    async with db.unit_of_work() as session:
        found = await _find(session, actor, institution_id, version, action)
        if isinstance(found, Refusal):
            return [found]
        person = await session.get(Person, person_id)
        if person is None or person.status != PersonStatus.ACTIVE:
            return [NO_MATCH]
        former = await _administrator_grant(session, found.id)
        if former is not None and former.person_id == person_id:
            return [SAME_PERSON]
        if former is not None:
            await _dismiss(session, actor, found, former)
        await _install(session, actor, found, person, hashed, action)
        return found


async def _install(
    session: AsyncSession, actor: Actor, found: Institution, person: Person, hashed: str, action: InstitutionAction
) -> None:
    grant = Grant(unit_id=found.unit_id, person_id=person.id, role=Role.INSTITUTION_ADMIN, institution_id=found.id)
    session.add(grant)
    await session.flush()
    note_event(session, grant, GrantEventKind.GRANTED, actor=actor)
    await _set_first_password(session, found, person.id, hashed)
    found.status = InstitutionStatus.OPEN
    found.version += 1
    audit.record(
        session, actor=actor, action=f"institution.{action.lower()}", subject=found.id, details={"person": person.id}
    )
    await _end_sessions(session, found)
    await notices.tell(
        session,
        person=person,
        kind=NoticeKind.INSTITUTION,
        title="您已成为机构管理员",
        text=f"您已成为{found.name}的管理员，请用机构编号 {found.number} 登录网上办事服务大厅。"
        "初始密码为 Js 加本人证件号码后六位，7 天内有效，首次登录须修改。",
    )


async def _dismiss(session: AsyncSession, actor: Actor, found: Institution, former: Grant) -> None:
    former.status = GrantStatus.REVOKED
    former.version += 1
    note_event(session, former, GrantEventKind.REVOKED, actor=actor)
    await session.execute(
        delete(Credential).where(
            col(Credential.person_id) == former.person_id, col(Credential.realm) == institution_realm(found.id)
        )
    )
    await session.flush()
    person = await session.get(Person, former.person_id)
    if person is not None:
        await notices.tell(
            session,
            person=person,
            kind=NoticeKind.INSTITUTION,
            title="您不再是机构管理员",
            text=f"您不再是{found.name}的管理员，不能再代表该机构办事。",
        )


async def _find(
    session: AsyncSession, actor: Actor, institution_id: str, version: int, action: InstitutionAction
) -> Institution | Refusal:
    """Return an institution of the actor's unit to which ``action`` may be done; its unit's row is held first."""
    nothing = Refusal(REASON_SENTENCES[InstitutionReason.NOT_YOURS], code=InstitutionReason.NOT_YOURS)
    if not actor.unit_id:
        return nothing
    await lock_unit(session, actor.unit_id)
    held = await held_in(session, actor.unit_id, today=clock.today())
    query = select(Institution).where(col(Institution.id) == institution_id, col(Institution.unit_id) == actor.unit_id)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None:
        return nothing
    reason = why_not(acting(actor, held), action, unit_id=found.unit_id, status=InstitutionStatus(found.status))
    if reason:
        audit.record(session, actor=actor, action=f"institution.{action.lower()}", subject=found.id, result=reason)
        return Refusal(REASON_SENTENCES[reason], code=reason)
    return found if found.version == version else STALE


async def _administrator_grant(session: AsyncSession, institution_id: str) -> Grant | None:
    query = select(Grant).where(
        col(Grant.institution_id) == institution_id,
        col(Grant.role) == Role.INSTITUTION_ADMIN,
        col(Grant.status) == GrantStatus.GRANTED,
    )
    return (await session.execute(query)).scalar_one_or_none()


async def _set_first_password(session: AsyncSession, found: Institution, person_id: str, hashed: str) -> None:
    await people.set_password(
        session,
        person_id=person_id,
        realm=institution_realm(found.id),
        password_hash=hashed,
        void_after=clock.now() + FIRST_PASSWORD_LIFE,
    )


async def _end_sessions(session: AsyncSession, found: Institution) -> None:
    await end_institution_sessions(session, found.id, because=SessionEnd.GRANT)


async def end_institution_sessions(
    session: AsyncSession, institution_id: str, *which: ColumnElement[bool], because: SessionEnd
) -> None:
    """End the institution's sessions that meet all of ``which``; a login whose ticket is on its way becomes none."""
    waiting = col(LoginTicket.institution_id) == institution_id, col(LoginTicket.used_at).is_(None)
    await session.execute(delete(LoginTicket).where(*waiting))
    await end_sessions(session, col(UserSession.institution_id) == institution_id, *which, because=because)


async def _find_person(session: AsyncSession, typed: Administrator) -> Person | None:
    """Return the registered person who matches in all four values. One statement, right or wrong."""
    kind = DocumentType(typed.id_type)
    number = check_document(kind, typed.id_number, clock.today()).value or ""
    query = select(Person).where(
        col(Person.id_number_index) == people.id_number_index(kind, number),
        col(Person.mobile_index) == people.mobile_index(check_mobile(typed.mobile).value or ""),
        col(Person.status) == PersonStatus.ACTIVE,
    )
    found = (await session.execute(query)).scalar_one_or_none()
    return found if found is not None and same_name(found.name, typed.name) else None


def _form_problems(typed: Administrator) -> list[Refusal]:
    found: list[Refusal] = []
    if not 2 <= len(typed.name.strip()) <= 50:
        found.append(Refusal("请填写管理员姓名，与证件一致。", "name"))
    if typed.id_type not in set(DocumentType):
        found.append(Refusal("请选择管理员证件类型。", "id_type"))
    else:
        document = check_document(DocumentType(typed.id_type), typed.id_number, clock.today())
        if document.problem:
            found.append(Refusal(document.sentence, "id_number"))
    mobile = check_mobile(typed.mobile, label=CONTACT_LABEL)
    if mobile.problem:
        found.append(Refusal(mobile.sentence, "mobile"))
    return found
