"""The last step of 找回密码: the new password, once (R-2.5.4).

The one it replaces is remembered, the sessions that it opened end, failed logins are forgotten, its holder is told.
"""

import asyncio
from dataclasses import dataclass, replace

from sqlalchemy import Select, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import recovery as rules
from jsrs_portal.domain import wizards
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.faces import FacePurpose
from jsrs_portal.domain.identifiers import check_mobile
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.proofs import PERSONAL
from jsrs_portal.domain.recovery import RECOVERY, ProofWay
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.domain.wizards import Progress
from jsrs_portal.models.people import Person
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.units import GrantEventKind
from jsrs_portal.services import audit, codes, face_checks, limits, notices, people
from jsrs_portal.services.drafts import SavedProgress, load_progress, save_progress
from jsrs_portal.services.grants import note_event
from jsrs_portal.services.password_recovery import CHANGED, asks_phone, standing_account, subject_of
from jsrs_portal.services.phone_removal import remove_phones
from jsrs_portal.services.recovery_accounts import Account, lift_locks
from jsrs_portal.services.registration import NO_CODE, STALE, check_new_password, is_code
from jsrs_portal.services.sessions import end_sessions
from jsrs_portal.settings import get_settings

PROOF_MISSING = Refusal(rules.PROOF_MISSING, code="proof_missing")
LEADS_BACK = (PROOF_MISSING, CHANGED)
"""Refusals after which the draft stands at an earlier step."""
REUSED = Refusal(rules.REUSED, "password", "reused")


@dataclass(frozen=True)
class Phone:
    """The phone that is the account's from now on, and the code that was sent to it."""

    mobile: str
    code: str


async def set_new_password(
    *, actor: Actor, saved: SavedProgress, password: str, confirmation: str, mobile: str = "", code: str = ""
) -> SavedProgress | list[Refusal]:
    """Set the password of the account that was proven to be one's own (R-2.5.4); asked twice it is done once.

    Errors: R-2.2.5 at ``password``, one of the last five passwords, the second typing at ``confirmation``; a proof that
    grew old or an account that cannot be used any more lead back to their steps. With somebody's first face check their
    phone is proven too, by ``code``: at ``mobile`` and ``code``; taken by somebody else.
    """
    async with db.reading() as session:
        known = await load_progress(session, spec=RECOVERY, owner=actor.session_key)
        if known.progress.result:
            return known
        if not wizards.may_submit(RECOVERY, saved.progress, "password"):
            return [STALE]
        account = await standing_account(session, saved.progress)
        proven = account is not None and await _proven(session, actor, saved.progress, account)
        former = await _last_passwords(session, account) if account else []
    if account is None or not proven:
        return await _back(actor, saved, "account" if account is None else "proof")
    phone = Phone(check_mobile(mobile).value or "", code) if asks_phone(account, saved.progress) else None
    refused = _check_phone(mobile, code) if phone else []
    refused += check_new_password(password, confirmation, [*account.forbidden, *([mobile] if phone else [])])
    if refused:
        return refused
    if phone:
        purpose = CodePurpose.RECOVERY_PHONE
        wrong = await codes.refuse_without_code(actor=actor, purpose=purpose, mobile=phone.mobile)
        if wrong:
            return [wrong]
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.RECOVERY_PASSWORD, actor.session_key, now=clock.now())
    if exceeded:
        return [exceeded.refusal]
    if await asyncio.to_thread(crypto.is_one_of, password, former):
        return [REUSED]
    hashed = await asyncio.to_thread(crypto.hash_password, password)
    try:
        async with db.unit_of_work() as session:
            return await _write(session, actor, saved, former, hashed, phone)
    except IntegrityError:  # another browser set the first password of this realm at the same instant
        return [STALE]


def _check_phone(mobile: str, code: str) -> list[Refusal]:
    checked = check_mobile(mobile)
    refused = [Refusal(checked.sentence, "mobile")] if checked.problem else []
    return refused + ([] if is_code(code) else [NO_CODE])


async def _proven(session: AsyncSession, actor: Actor, progress: Progress, account: Account) -> bool:
    """Tell whether the proof of step 2 can still be used."""
    proof, subject = progress.answers.get("proof", {}), subject_of(progress)
    if proof.get("way") == ProofWay.FACE and subject is not None:
        return await face_checks.has_passed(session, actor=actor, purpose=FacePurpose.RECOVERY, subject=subject)
    return not account.face_only and rules.sms_proof_holds(proof, clock.now())


async def _use_proof(session: AsyncSession, actor: Actor, progress: Progress, account: Account) -> bool:
    """Use the proof of step 2 up: a code has been, when it was typed; the draft that says so ends with this."""
    subject = subject_of(progress)
    if progress.answers["proof"]["way"] != ProofWay.FACE or subject is None:
        return await _proven(session, actor, progress, account)
    purpose = FacePurpose.RECOVERY
    return await face_checks.use_face_check(session, actor=actor, purpose=purpose, subject=subject) is None


async def _last_passwords(session: AsyncSession, account: Account) -> list[str]:
    return await people.last_passwords(session, person_id=account.person.id, realm=account.realm)


async def _back(actor: Actor, saved: SavedProgress, step: str) -> list[Refusal]:
    """Undo ``step`` and say why."""
    async with db.unit_of_work() as session:
        without = replace(saved, progress=wizards.undo(RECOVERY, saved.progress, step))
        if not await save_progress(session, spec=RECOVERY, owner=actor.session_key, saved=without):
            return [STALE]
    return [PROOF_MISSING if step == "proof" else CHANGED]


async def _write(
    session: AsyncSession, actor: Actor, saved: SavedProgress, compared: list[str], hashed: str, phone: Phone | None
) -> SavedProgress | list[Refusal]:
    fresh = await load_progress(session, spec=RECOVERY, owner=actor.session_key, lock=True)
    if fresh.progress.result:
        return fresh
    account = await standing_account(session, fresh.progress)
    if fresh.version != saved.version or account is None:
        return [STALE]
    await session.execute(_holder(account).with_for_update(key_share=True))
    if await _last_passwords(session, account) != compared:
        return [STALE]  # another browser changed it a moment ago: what was compared are not the last ones any more
    if asks_phone(account, fresh.progress) != (phone is not None):
        return [STALE]
    if phone and (refused := await _use_phone(session, actor, account, phone)):
        return [refused]
    first = account.unproven
    if not await _use_proof(session, actor, fresh.progress, account):
        return [STALE]
    if fresh.progress.answers["proof"]["way"] == ProofWay.FACE:
        await _note_face(session, actor, account, phone)
    await people.set_password(session, person_id=account.person.id, realm=account.realm, password_hash=hashed)
    ended = await _end_sessions(session, actor, account)
    await lift_locks(session, account)
    audit.record(
        session,
        actor=actor,
        action="recovery.done",
        subject=account.realm,
        person_id=account.person.id,
        unit_id=account.unit.id if account.unit else "",
        details={
            "way": fresh.progress.answers["proof"]["way"],
            "sessions_ended": ended,
            "first": first,
        },
    )
    await notices.tell(
        session,
        person=account.person,
        kind=NoticeKind.SECURITY,
        title="密码已重新设置",
        href="/sessions",
        text=_notice(account),
    )
    result = {"words": account.words, "kind": account.kind.value, "number": account.number}
    finished = replace(fresh, progress=wizards.finish(fresh.progress, result))
    if not await save_progress(session, spec=RECOVERY, owner=actor.session_key, saved=finished):
        raise RuntimeError("the draft changed inside its own transaction")
    return replace(finished, version=fresh.version + 1, saved_at=clock.now())


async def _use_phone(session: AsyncSession, actor: Actor, account: Account, phone: Phone) -> Refusal | None:
    """Use the code on the phone up; ``None`` when it was right and the phone is nobody else's."""
    owner = await people.find_by_mobile(session, mobile=phone.mobile)
    refused = await codes.use_code(
        session, actor=actor, purpose=CodePurpose.RECOVERY_PHONE, mobile=phone.mobile, code=phone.code
    )
    if refused is None and owner is not None and owner.id != account.person.id:
        return Refusal("该手机号已被其他用户使用，请更换手机号。", "mobile", "mobile_taken")
    return refused


async def _note_face(session: AsyncSession, actor: Actor, account: Account, phone: Phone | None) -> None:
    """Note what the face has proven: the person, and a legal representative's grant that waited for it."""
    mobile = phone.mobile if phone else account.person.mobile
    await people.prove(session, actor=actor, person=account.person, mobile=mobile)
    if account.unproven and account.grant is not None:
        account.grant.proven_at = clock.now()
        account.grant.version += 1
        note_event(session, account.grant, GrantEventKind.PROVEN, actor=actor)


def _holder(account: Account) -> Select[str]:
    """Return what to hold while a password is changed: the person, who is there also before the first password."""
    return select(col(Person.id)).where(col(Person.id) == account.person.id)


async def _end_sessions(session: AsyncSession, actor: Actor, account: Account) -> int:
    """End what the former password opened, here and on other servers, and what was about to be opened with it.

    The personal password takes phones into trust, so they go with it.
    """
    if account.realm == PERSONAL:
        await remove_phones(session, actor=actor, person_id=account.person.id)
    opened = col(LoginTicket.person_id) == account.person.id, col(LoginTicket.proved) == account.realm
    await session.execute(delete(LoginTicket).where(*opened, col(LoginTicket.used_at).is_(None)))
    theirs = col(UserSession.person_id) == account.person.id, col(UserSession.proved) == account.realm
    return await end_sessions(session, *theirs, because=SessionEnd.REPLACED)


def _notice(account: Account) -> str:
    settings = get_settings()
    where = f"（{account.name}）" if account.name else ""
    return f"您在{settings.hall_name}{where}的登录密码已重新设置。如非本人操作，请立即拨打 {settings.contact_phone}。"
