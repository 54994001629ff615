"""账号设置 as its person sees it: unit, legal representative, own phone and password, masked (R-2.6.8.1)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import Actor, GrantStatus, Permission, Role
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.own_account import NO_PASSWORD, UNSET
from jsrs_portal.domain.proofs import PERSONAL, password_behind
from jsrs_portal.models.people import Credential, Person
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant, Institution, Unit


@dataclass(frozen=True)
class AccountView:
    """What the page shows. The legal representative's data are empty for whoever may not see their grant.

    ``legal_own`` says that they are those of whoever looks.

    ``password_why`` is empty when there is a password that can be changed here; ``password_for`` says which login it
    is for, ``changed_on`` since when it is the one.
    """

    uscc: str = ""
    unit_name: str = ""
    institution_number: str = ""
    institution_name: str = ""
    legal_name: str = ""
    legal_document_kind: str = ""
    legal_document: str = ""
    legal_mobile: str = ""
    legal_own: bool = False
    mobile: str = ""
    password_why: str = ""
    password_for: str = ""
    changed_on: str = ""


async def view_account(session: AsyncSession, *, actor: Actor) -> AccountView | None:
    """Return the account of ``actor``; ``None`` without the right, and when the session has ended. Three queries."""
    if not actor.may(Permission.OWN_CREDENTIALS):
        return None
    query = (
        select(Person, col(UserSession.proved), Unit, Institution)
        .join(UserSession, col(UserSession.person_id) == col(Person.id))
        .outerjoin(Unit, col(Unit.id) == col(UserSession.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(UserSession.institution_id))
        .where(col(UserSession.id) == actor.session_id, col(UserSession.ended_at).is_(None))
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    person, proved, unit, institution = found
    realm = password_behind(proved)
    credential = await _credential(session, person.id, realm) if realm else None
    legal = await _legal_rep(session, actor)
    place = institution or unit
    return AccountView(
        uscc=unit.uscc if unit else "",
        unit_name=unit.name if unit else "",
        institution_number=institution.number if institution else "",
        institution_name=institution.name if institution else "",
        legal_name=masking.mask_name(legal.name) if legal else "",
        legal_document_kind=DocumentType(legal.id_type).label if legal else "",
        legal_document=masking.mask_document(DocumentType(legal.id_type), legal.id_number) if legal else "",
        legal_mobile=masking.mask_phone(legal.mobile) if legal else "",
        legal_own=legal is not None and legal.id == person.id,
        mobile=masking.mask_phone(person.mobile),
        password_why="" if credential else UNSET if realm else NO_PASSWORD,
        password_for=_words(realm, place.name if place else "") if credential else "",
        changed_on=in_words(credential.changed_at.astimezone(clock.BEIJING)) if credential else "",
    )


async def _credential(session: AsyncSession, person_id: str, realm: str) -> Credential | None:
    query = select(Credential).where(col(Credential.person_id) == person_id, col(Credential.realm) == realm)
    return (await session.execute(query)).scalar_one_or_none()


async def _legal_rep(session: AsyncSession, actor: Actor) -> Person | None:
    """Return the unit's legal representative; agents see nobody's grant but their own (R-2.6.5.6)."""
    if actor.role not in (Role.LEGAL_REP, Role.ADMIN):
        return None
    query = (
        select(Person)
        .join(Grant, col(Grant.person_id) == col(Person.id))
        .where(
            col(Grant.unit_id) == actor.unit_id,
            col(Grant.role) == Role.LEGAL_REP,
            col(Grant.status) == GrantStatus.GRANTED,
        )
    )
    return (await session.execute(query)).scalar_one_or_none()


def _words(realm: str | None, name: str) -> str:
    if realm == PERSONAL:
        return "个人密码：用于个人登录，以及您没有单独设置密码的单位。"
    return f"用于以您的身份登录「{name}」；您的其他登录密码不变。"
