"""Persons: found by what they know of themselves, enrolled once (R-2.2.7)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.recovery import REMEMBERED
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.people import Credential, FormerPassword, Person
from jsrs_portal.models.scans import TrustedPhone
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.services import audit, notices, phone_removal
from jsrs_portal.services.sessions import end_sessions


@dataclass(frozen=True)
class Identity:
    """What a real-name check or a face check has proven about a person; all values normalised."""

    name: str
    id_type: str
    id_number: str


def id_number_index(id_type: str, id_number: str) -> str:
    """Return the blind index of a document: the kind belongs to it, a passport may look like another permit."""
    return crypto.blind_index("document", f"{id_type}\x1f{id_number}")


def document_indexes(typed: str) -> list[str]:
    """Return the blind indexes of ``typed`` as each kind of document it could be: a login does not say which."""
    today = clock.today()
    checked = {kind: check_document(kind, typed, today).value for kind in DocumentType}
    return [id_number_index(kind, value) for kind, value in checked.items() if value]


def mobile_index(mobile: str) -> str:
    """Return the blind index of a mobile number (11 digits)."""
    return crypto.blind_index("mobile", mobile)


async def find_by_document(session: AsyncSession, *, id_type: str, id_number: str) -> Person | None:
    """Return the registered person with this document."""
    query = select(Person).where(col(Person.id_number_index) == id_number_index(id_type, id_number))
    return (await session.execute(query)).scalar_one_or_none()


async def find_by_mobile(session: AsyncSession, *, mobile: str) -> Person | None:
    """Return the registered person with this phone."""
    query = select(Person).where(col(Person.mobile_index) == mobile_index(mobile))
    return (await session.execute(query)).scalar_one_or_none()


def enrol(session: AsyncSession, *, actor: Actor, identity: Identity, mobile: str) -> Person:
    """Add a registered person; ``mobile`` is the phone that was proven theirs, empty for none yet."""
    person = Person(
        id_type=identity.id_type,
        id_number_index=id_number_index(identity.id_type, identity.id_number),
        mobile_index="",
    )
    person.mobile_index = mobile_index(mobile) if mobile else crypto.blind_index("no-mobile", person.id)
    person.name, person.id_number, person.mobile = identity.name, identity.id_number, mobile
    session.add(person)
    audit.record(session, actor=actor, action="person.enrol", subject=person.id, person_id=person.id)
    return person


async def change_mobile(session: AsyncSession, *, actor: Actor, person: Person, mobile: str) -> None:
    """Give a person a new phone, proven by face and by a code on it (R-2.6.8.2); the old phone is told.

    The row is held first: a notice refers to it, and two who add theirs before either changes it would wait for each
    other for ever.
    """
    await session.execute(select(col(Person.id)).where(col(Person.id) == person.id).with_for_update())
    old = person.mobile
    person.mobile, person.mobile_index = mobile, mobile_index(mobile)
    person.version += 1
    audit.record(
        session,
        actor=actor,
        action="person.mobile",
        subject=person.id,
        person_id=person.id,
        details={"before": {"mobile": old}, "after": {"mobile": mobile}},
    )
    await session.flush()
    text = f"您在网上办事服务大厅的手机号已更改为 {masking.mask_phone(mobile)}。如非本人操作，请立即联系 12333。"
    title = "手机号已更改"
    await notices.tell(session, person=person, kind=NoticeKind.SECURITY, title=title, text=text, mobile=old)


@dataclass(frozen=True)
class Kept:
    """What does not end when a person reclaims their account: what opened the session in which they do."""

    realm: str = ""
    phone_id: str = ""
    session_id: str = ""


async def prove(session: AsyncSession, *, actor: Actor, person: Person, mobile: str, kept: Kept = Kept()) -> None:
    """Note that a face check proved ``person``, who holds ``mobile`` now.

    If the account had been opened with another phone and never proven, a stranger may have opened it with a known name
    and number: then all its passwords, trusted phones and sessions end but those ``kept``, and the phone becomes the
    proven one.
    """
    if person.mobile_index != mobile_index(mobile):
        if person.proven_at is None:
            theirs = col(Credential.person_id) == person.id, col(Credential.realm) != kept.realm
            await session.execute(delete(Credential).where(*theirs))
            others = col(TrustedPhone.id) != kept.phone_id
            await phone_removal.remove_phones(session, others, actor=actor, person_id=person.id)
            await session.execute(delete(LoginTicket).where(col(LoginTicket.person_id) == person.id))
            opened = col(UserSession.person_id) == person.id, col(UserSession.id) != kept.session_id
            await end_sessions(session, *opened, because=SessionEnd.REPLACED)
            audit.record(session, actor=actor, action="person.reclaim", subject=person.id, person_id=person.id)
        await change_mobile(session, actor=actor, person=person, mobile=mobile)
    person.proven_at = clock.now()


async def set_password(
    session: AsyncSession, *, person_id: str, realm: str, password_hash: str, void_after: datetime | None = None
) -> None:
    """Set the person's password in ``realm``; it never changes another realm's. The one it replaces is remembered.

    With ``void_after`` it is a first password: it must be changed at the first login, and is void from then on.
    """
    query = select(Credential).where(col(Credential.person_id) == person_id, col(Credential.realm) == realm)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None:
        found = Credential(person_id=person_id, realm=realm, password_hash="", binding="")
        session.add(found)
    else:
        await _remember(session, found)
    found.reset_required = False
    found.password_hash, found.changed_at = password_hash, clock.now()
    found.must_change, found.void_after = void_after is not None, void_after
    found.binding = crypto.bind_hash(password_hash, person=person_id, realm=realm)


async def last_passwords(session: AsyncSession, *, person_id: str, realm: str) -> list[str]:
    """Return the hashes of the last passwords in ``realm`` that may not come back, the present one first (R-2.5.4)."""
    present = select(col(Credential.password_hash)).where(
        col(Credential.person_id) == person_id, col(Credential.realm) == realm
    )
    former = select(col(FormerPassword.password_hash)).where(*_former(person_id, realm)).order_by(*_NEWEST)
    found = [*(await session.execute(present)).scalars(), *(await session.execute(former)).scalars()]
    return found[:REMEMBERED]


_NEWEST = (col(FormerPassword.created_at).desc(), col(FormerPassword.id))


def _former(person_id: str, realm: str) -> list[ColumnElement[bool]]:
    return [col(FormerPassword.person_id) == person_id, col(FormerPassword.realm) == realm]


async def _remember(session: AsyncSession, replaced: Credential) -> None:
    """Keep the hash that is being replaced, and of the earlier ones only as many as are still asked about."""
    session.add(
        FormerPassword(person_id=replaced.person_id, realm=replaced.realm, password_hash=replaced.password_hash)
    )
    await session.flush()
    which = _former(replaced.person_id, replaced.realm)
    kept = select(col(FormerPassword.id)).where(*which).order_by(*_NEWEST).limit(REMEMBERED - 1)
    await session.execute(delete(FormerPassword).where(*which, col(FormerPassword.id).not_in(kept)))
