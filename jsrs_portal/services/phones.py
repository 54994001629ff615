"""Trusted phones: taken into trust once, believed by their key, taken off again (R-2.4.3)."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

import structlog
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import masking, scans
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.proofs import PERSONAL
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.scans import TrustedPhone
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.services import audit, limits, notices
from jsrs_portal.services.people import id_number_index
from jsrs_portal.services.phone_removal import remove_phones

log = structlog.get_logger(__name__)
UNKNOWN = Refusal("本机不是可信手机，或已被移除。请先登录，再将本机设为可信手机。", code="unknown_phone")
TOO_MANY = Refusal(f"可信手机最多 {scans.MOST_PHONES} 部，请先移除不用的手机。", code="too_many")
NOT_HERE = Refusal("请先用个人密码登录，再将本机设为可信手机。", code="not_here")
NO_SIGNATURE = Refusal("本机的密钥未能验证，请刷新页面后重试。", code="signature")
NO_SUCH = Refusal("该手机已经移除，或不属于您。", code="no_such_phone")
NOT_REGISTERED = Refusal("该人员尚未在网上办事服务大厅注册，请先注册个人用户。", code="not_registered")
_HALF = 32
"""Bytes of each number of a P-256 signature as browsers write it (IEEE P1363)."""


@dataclass(frozen=True)
class PhoneView:
    """A trusted phone as its holder sees it; the person is masked."""

    id: str
    name: str
    person: str
    trusted: str
    last_used: str


def signature_holds(public_key: str, message: str, signature: str) -> bool:
    """Tell whether ``signature`` (base64, P-256 with SHA-256, IEEE P1363) over ``message`` is by ``public_key``."""
    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
        raw = base64.b64decode(signature, validate=True)
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1" or len(raw) != 2 * _HALF:
            return False
        der = encode_dss_signature(int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))
        key.verify(der, message.encode(), ec.ECDSA(SHA256()))
    except (ValueError, TypeError, binascii.Error, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


async def trust_phone(session: AsyncSession, *, actor: Actor, public_key: str, name: str) -> TrustedPhone | Refusal:
    """Trust the phone whose key has just signed, for the person of ``actor``; told to the person by SMS.

    Only a session that lives and that the personal password opened may do so: a phone takes no other phone into trust.
    A key is taken once: whoever took the phone off before, or has it from somebody else, makes another.
    """
    person = await _locked(session, col(Person.id) == actor.person_id)
    alive = select(col(UserSession.id)).where(
        col(UserSession.id) == actor.session_id,
        col(UserSession.proved) == PERSONAL,
        col(UserSession.ended_at).is_(None),
    )
    if person is None or (await session.execute(alive.with_for_update())).first() is None:
        return NOT_HERE
    known = select(col(TrustedPhone.id)).where(col(TrustedPhone.public_key) == public_key)
    if (await session.execute(known)).first() is not None:
        return NO_SIGNATURE
    phone = TrustedPhone(person_id=person.id, name=name[:120], public_key=public_key)
    return await _trust(session, actor=actor, person=person, phone=phone)


async def trust_app_phone(
    session: AsyncSession, *, actor: Actor, app: str, id_type: str, id_number: str, name: str, device: str, label: str
) -> TrustedPhone | Refusal:
    """Trust a phone for whose holder an outside app vouches by name and document; the same one again is the same row.

    ``device`` is the app's own name for the phone, ``label`` what its holder calls it. Errors: too many of this app in
    an hour, which staff are told of by the log; nobody registered by that name; too many phones.
    """
    exceeded = await limits.take(session, frequency.APP_PHONES, app, now=clock.now())
    if exceeded:
        if exceeded.first:
            log.error("app.phones_flood", app=app)
        return exceeded.refusal
    index = id_number_index(id_type, id_number)
    person = await _locked(session, col(Person.id_number_index) == index)
    if person is None or person.name != name or person.status != PersonStatus.ACTIVE:
        return NOT_REGISTERED
    query = select(TrustedPhone).where(
        col(TrustedPhone.person_id) == person.id,
        col(TrustedPhone.app) == app,
        col(TrustedPhone.app_device) == device,
        *_trusted(clock.now()),
    )
    known = (await session.execute(query)).scalar_one_or_none()
    phone = TrustedPhone(person_id=person.id, name=label[:120], app=app, app_device=device)
    return known or await _trust(session, actor=actor, person=person, phone=phone)


async def _locked(session: AsyncSession, which: ColumnElement[bool]) -> Person | None:
    """Return a person, held so that simultaneous additions count one after the other."""
    return (await session.execute(select(Person).where(which).with_for_update())).scalar_one_or_none()


async def _trust(session: AsyncSession, *, actor: Actor, person: Person, phone: TrustedPhone) -> TrustedPhone | Refusal:
    mine = select(col(TrustedPhone.id)).where(col(TrustedPhone.person_id) == person.id, *_trusted(clock.now()))
    if len((await session.execute(mine)).all()) >= scans.MOST_PHONES:
        return TOO_MANY
    exceeded = await limits.take(session, frequency.PHONE_TRUST, person.id, now=clock.now())
    if exceeded:
        return exceeded.refusal
    session.add(phone)
    audit.record(session, actor=actor, action="phone.trust", subject=phone.id, person_id=person.id)
    text = (
        f"您的账户已将手机“{_plain(phone.name)}”设为扫码登录的可信手机。"
        "如非本人操作，请立即登录网上办事服务大厅移除并修改密码，或拨打 12333。"
    )
    await notices.tell(
        session, person=person, kind=NoticeKind.SECURITY, title="新增可信手机", href="/sessions", text=text
    )
    return phone


def _plain(name: str) -> str:
    """Return a phone's name as it may stand in a message: what somebody else chose is no place for an address."""
    return "".join(sign for sign in name if sign.isalnum() or sign in " ·-")[:30]


async def by_id(session: AsyncSession, *, phone_id: str, app: str = "") -> TrustedPhone | None:
    """Return the trusted phone of that name: one that ``app`` vouches for, or one with a key of its own."""
    return await _find(session, col(TrustedPhone.id) == phone_id, col(TrustedPhone.app) == app)


async def _find(session: AsyncSession, *which: ColumnElement[bool]) -> TrustedPhone | None:
    """Return the one trusted phone that meets ``which`` and whose holder may log in."""
    query = (
        select(TrustedPhone)
        .join(Person, col(Person.id) == col(TrustedPhone.person_id))
        .where(*which, *_trusted(clock.now()), col(Person.status) == PersonStatus.ACTIVE)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def by_key(session: AsyncSession, *, public_key: str, message: str, signature: str) -> TrustedPhone | None:
    """Return the trusted phone that signed ``message`` with its key."""
    if not signature_holds(public_key, message, signature):
        return None
    return await _find(session, col(TrustedPhone.public_key) == public_key, col(TrustedPhone.app) == "")


async def view_phone(session: AsyncSession, phone: TrustedPhone) -> PhoneView:
    """Return a phone as its holder sees it."""
    person = await session.get_one(Person, phone.person_id)
    return _view(phone, person)


async def list_phones(session: AsyncSession, *, actor: Actor) -> tuple[PhoneView, ...]:
    """Return the trusted phones of ``actor``, the one used last first."""
    query = (
        select(TrustedPhone, Person)
        .join(Person, col(Person.id) == col(TrustedPhone.person_id))
        .where(col(TrustedPhone.person_id) == actor.person_id, *_trusted(clock.now()))
        .order_by(col(TrustedPhone.last_used_at).desc(), col(TrustedPhone.id))
        .limit(scans.MOST_PHONES)
    )
    return tuple(_view(phone, person) for phone, person in await session.execute(query))


async def remove_phone(session: AsyncSession, *, actor: Actor, person_id: str, phone_id: str) -> bool:
    """Trust a phone of ``person_id`` no longer; what it confirmed ends."""
    return bool(await remove_phones(session, col(TrustedPhone.id) == phone_id, actor=actor, person_id=person_id))


def _trusted(now: datetime) -> list[ColumnElement[bool]]:
    return [col(TrustedPhone.revoked_at).is_(None), col(TrustedPhone.last_used_at) > now - scans.PHONE_UNUSED]


def _view(phone: TrustedPhone, person: Person) -> PhoneView:
    return PhoneView(
        phone.id,
        phone.name,
        masking.mask_name(person.name),
        to_the_minute(phone.created_at),
        to_the_minute(phone.last_used_at),
    )
