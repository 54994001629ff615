"""法定代表人变更, step by step: a new legal representative takes a unit's account over (R-2.6.2.4).

The business registry must name them, and their face must prove them. Then, in one transaction, the former one's grant,
unit password and sessions end and theirs begin. Everything else of the unit stays: its administrator, agents,
institutions, what it says of itself. That also rescues a unit whose only administrator has left. Who is still the legal
representative and only lost password or phone gets back in by 找回密码, with the face as proof.
"""

import asyncio
from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import takeover as rules
from jsrs_portal.domain import wizards
from jsrs_portal.domain.authority import Actor, GrantState, GrantStatus, Role
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.faces import FacePurpose
from jsrs_portal.domain.identifiers import check_mobile
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.registration import UNIT_AGREEMENT
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.domain.takeover import TAKEOVER
from jsrs_portal.gateways.business_registry.port import BusinessRegistry
from jsrs_portal.models.people import Person, PersonStatus, unit_realm
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.units import Consent, Grant, GrantEventKind, Unit
from jsrs_portal.services import audit, codes, face_checks, limits, notices, people
from jsrs_portal.services.attempts import joined
from jsrs_portal.services.drafts import SavedProgress, load_progress, save_progress, unless_finished
from jsrs_portal.services.face_step import FaceStep
from jsrs_portal.services.grants import Held, end_unit_password, held_in, note_event
from jsrs_portal.services.registration import STALE, AccountStep, check_account, save_step
from jsrs_portal.services.sessions import end_sessions
from jsrs_portal.services.unit_registration import UnitStep, check_unit, subject_of

PURPOSE = FacePurpose.TAKEOVER
_STAYS = "单位的法定代表人已变更"


def _unit_name(progress: wizards.Progress) -> str:
    return progress.answers["unit"]["unit_name"]


FACE = FaceStep(TAKEOVER, "face", PURPOSE, subject_of, _unit_name)
"""Step 2: the legal representative named in step 1, whom the registry knows as such."""


async def submit_unit_step(
    registry: BusinessRegistry, *, actor: Actor, saved: SavedProgress, typed: UnitStep
) -> SavedProgress | list[Refusal]:
    """Check step 1 against the business registry and save it: the unit, and who leads it by now.

    Who leads the account here plays no part yet: nobody has proven anything.
    """
    answers = await check_unit(registry, actor=actor, typed=typed)
    if isinstance(answers, list):
        return answers
    async with db.unit_of_work() as session:
        there = await session.execute(select(col(Unit.id)).where(col(Unit.uscc) == answers["uscc"]))
        if there.first() is None:
            return [rules.NOT_REGISTERED]
        return await save_step(session, actor, TAKEOVER, saved, "unit", answers)


async def leads_already(session: AsyncSession, *, actor: Actor, saved: SavedProgress) -> bool:
    """Tell whether somebody who has shown their face is the legal representative here as well. Four statements."""
    subject = subject_of(saved.progress)
    if subject is None or not await face_checks.has_passed(session, actor=actor, purpose=PURPOSE, subject=subject):
        return False
    unit = await _find_unit(session, saved, lock=False)
    person = await people.find_by_document(session, id_type=subject.id_type, id_number=subject.id_number)
    if unit is None or person is None:
        return False
    former = _former(await held_in(session, unit.id, today=clock.today()))
    return former is not None and former.person.id == person.id


async def take_over(
    registry: BusinessRegistry, *, actor: Actor, saved: SavedProgress, typed: AccountStep
) -> SavedProgress | list[Refusal]:
    """Make whoever showed their face the unit's legal representative; asked twice it answers twice and does it once.

    The registry is asked again: what it said in step 1 may be a day old, and somebody else's by now. Of several at once
    one is first. Errors: as of a registration's last step, and that nothing has to be changed.
    """
    async with db.reading() as session:
        known = await load_progress(session, spec=TAKEOVER, owner=actor.session_key)
    if known.progress.result:
        return known
    answers = saved.progress.answers.get("unit")
    if answers is None or not wizards.may_submit(TAKEOVER, saved.progress, "account"):
        return [STALE]
    refused = check_account(typed, [answers["uscc"], answers["id_number"], typed.mobile])
    if refused:
        return refused
    mobile = check_mobile(typed.mobile).value or ""
    wrong = await codes.refuse_without_code(actor=actor, purpose=CodePurpose.TAKEOVER, mobile=mobile)
    if wrong:
        return await unless_finished([wrong], spec=TAKEOVER, owner=actor.session_key)
    still = await check_unit(registry, actor=actor, typed=_as_typed(answers))
    if isinstance(still, list):
        return still
    password_hash = await asyncio.to_thread(crypto.hash_password, typed.password)
    for last in (False, True):
        try:
            async with db.unit_of_work() as session:
                return await _take_over(session, actor, saved, typed, mobile, password_hash)
        except IntegrityError:  # somebody else enrolled the same person, or took the same phone, at the same instant
            if last:
                break
    return [STALE]


def _as_typed(answers: wizards.Answers) -> UnitStep:
    kept = ("uscc", "unit_name", "id_type", "id_number", "legal_name")
    return UnitStep(**{name: str(answers[name]) for name in kept}, agreed=True)


async def _take_over(
    session: AsyncSession, actor: Actor, saved: SavedProgress, typed: AccountStep, mobile: str, password_hash: str
) -> SavedProgress | list[Refusal]:
    fresh = await load_progress(session, spec=TAKEOVER, owner=actor.session_key, lock=True)
    if fresh.progress.result:
        return fresh
    subject = subject_of(saved.progress)
    if fresh.version != saved.version or subject is None:
        return [STALE]
    if not await face_checks.has_passed(session, actor=actor, purpose=PURPOSE, subject=subject):
        without = wizards.undo(TAKEOVER, fresh.progress, "face")
        await save_progress(session, spec=TAKEOVER, owner=actor.session_key, saved=replace(fresh, progress=without))
        return [face_checks.FACE_MISSING]
    unit = await _find_unit(session, saved, lock=True)
    if unit is None:
        return [rules.NOT_REGISTERED]
    held = await held_in(session, unit.id, today=clock.today())
    former = _former(held)
    person = await people.find_by_document(session, id_type=subject.id_type, id_number=subject.id_number)
    if former is not None and person is not None and former.person.id == person.id:
        return [rules.SAME]
    if person is not None and person.status != PersonStatus.ACTIVE:
        return [rules.NOT_ACTIVE]
    owner = await people.find_by_mobile(session, mobile=mobile)
    refused = await codes.use_code(session, actor=actor, purpose=CodePurpose.TAKEOVER, mobile=mobile, code=typed.code)
    if refused is None and owner is not None and owner is not person:
        refused = Refusal("该手机号已被其他用户使用，请更换手机号。", "mobile", "mobile_taken")
    refused = refused or await face_checks.use_face_check(session, actor=actor, purpose=PURPOSE, subject=subject)
    if refused:
        return [refused]
    if person is None:
        identity = people.Identity(subject.name, subject.id_type, subject.id_number)
        person = people.enrol(session, actor=actor, identity=identity, mobile=mobile)
        await session.flush()
    await people.prove(session, actor=actor, person=person, mobile=mobile)
    by = replace(actor, person_id=person.id, unit_id=unit.id, grant_id="", role=Role.LEGAL_REP)
    await _tell(session, unit, person, former, held)  # before sessions end, as in grant_notices
    if former is not None:
        await _dismiss(session, by, former)
    await _install(session, by, unit, person, saved.progress.answers["unit"]["agreement"], password_hash)
    audit.record(
        session,
        actor=by,
        action="unit.takeover",
        subject=unit.id,
        details={"before": former.person.id if former else "", "after": person.id},
    )
    finished = replace(
        fresh, progress=wizards.finish(fresh.progress, {"unit_number": unit.unit_number, "unit_name": unit.name})
    )
    if not await save_progress(session, spec=TAKEOVER, owner=actor.session_key, saved=finished):
        raise RuntimeError("the draft changed inside its own transaction")
    return replace(finished, version=fresh.version + 1, saved_at=clock.now())


async def _dismiss(session: AsyncSession, by: Actor, former: Held) -> None:
    """End the former legal representative's grant, with its sessions and the password set for the unit."""
    grant = former.grant
    grant.status = GrantStatus.REVOKED
    grant.version += 1
    note_event(session, grant, GrantEventKind.REVOKED, actor=by)
    await session.flush()
    await end_unit_password(session, grant, today=clock.today())
    its = col(UserSession.unit_id) == grant.unit_id, col(UserSession.grant_id) == grant.id
    await end_sessions(session, *its, because=SessionEnd.GRANT)


async def _install(
    session: AsyncSession, by: Actor, unit: Unit, person: Person, agreement: str, password_hash: str
) -> None:
    """Give the new one their grant, proven by their face, and the password they chose for the unit."""
    grant = Grant(unit_id=unit.id, person_id=person.id, role=Role.LEGAL_REP, proven_at=clock.now())
    session.add(grant)
    await session.flush()
    note_event(session, grant, GrantEventKind.GRANTED, actor=by)
    realm = unit_realm(unit.id)
    await people.set_password(session, person_id=person.id, realm=realm, password_hash=password_hash)
    # An agent or administrator who becomes the legal representative may have had another password for the unit.
    opened = col(LoginTicket.person_id) == person.id, col(LoginTicket.proved) == realm
    await session.execute(delete(LoginTicket).where(*opened))
    former = col(UserSession.person_id) == person.id, col(UserSession.proved) == realm
    await end_sessions(session, *former, because=SessionEnd.REPLACED)
    await limits.forget(session, [(frequency.LOGIN_CREDENTIAL, joined(person.id, realm))])
    unit.legal_mobile_cipher = None  # the former one's
    session.add(Consent(person_id=person.id, unit_id=unit.id, agreement=UNIT_AGREEMENT[0], agreement_version=agreement))


async def _tell(session: AsyncSession, unit: Unit, person: Person, former: Held | None, held: list[Held]) -> None:
    """Tell the new one, the former one, and who administers the unit."""
    hall = "企业登记的法定代表人已变更"
    told = [(person, "您已成为法定代表人", f"您已成为{unit.name}在网上办事服务大厅的法定代表人，请用新设的密码登录。")]
    if former is not None:
        gone = f"{hall}，您不再是{unit.name}的法定代表人，不能再代表该单位办事。如有疑问，请拨打 12333。"
        told.append((former.person, "您不再是法定代表人", gone))
    stays = f"{hall}，{unit.name}的账户已由新法定代表人接管，您的授权不变。"
    told += [
        (one.person, _STAYS, stays)
        for one in held
        if one.role is Role.ADMIN and one.state is GrantState.ACTIVE and one.person.id != person.id
    ]
    for who, title, text in told:
        await notices.tell(
            session,
            person=who,
            kind=NoticeKind.UNIT if title == _STAYS else NoticeKind.SECURITY,
            title=title,
            text=text,
            href="" if former is not None and who is former.person else "/unit/info",
            unit_id=unit.id,
        )


def _former(held: list[Held]) -> Held | None:
    return next((one for one in held if one.role is Role.LEGAL_REP), None)


async def _find_unit(session: AsyncSession, saved: SavedProgress, *, lock: bool) -> Unit | None:
    query = select(Unit).where(col(Unit.uscc) == saved.progress.answers["unit"]["uscc"])
    return (await session.execute(query.with_for_update(key_share=True) if lock else query)).scalar_one_or_none()
