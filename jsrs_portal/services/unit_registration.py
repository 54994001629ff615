"""单位注册, step by step (R-2.2.1 to R-2.2.6, R-2.2.8).

Each step validates by the domain's rules, asks the outside system, and saves the draft; the last one writes
everything in one transaction and leaves the result in the draft, so a repeated request finds it done.
"""

import asyncio
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import wizards
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.faces import FacePurpose
from jsrs_portal.domain.identifiers import check_mobile, check_uscc
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.registration import UNIT_AGREEMENT, UNIT_REGISTRATION, proven_fields, unit_number
from jsrs_portal.domain.unit_info import category_in, org_code_in
from jsrs_portal.gateways.business_registry.port import BusinessRegistry, RegistryAnswer
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.models.people import Person, unit_realm
from jsrs_portal.models.units import Consent, Grant, GrantEventKind, Unit
from jsrs_portal.services import audit, codes, face_checks, notices, people
from jsrs_portal.services.drafts import SavedProgress, load_progress, save_progress, unless_finished
from jsrs_portal.services.face_step import FaceStep
from jsrs_portal.services.grants import note_event
from jsrs_portal.services.registration import (
    STALE,
    AccountStep,
    check_account,
    check_identity,
    count_lookup,
    document_value,
    save_step,
)
from jsrs_portal.services.sequences import next_number

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class UnitStep:
    """Step 1 of 单位注册 as typed."""

    uscc: str
    unit_name: str
    id_type: str
    id_number: str
    legal_name: str
    agreed: bool


async def submit_unit_step(
    registry: BusinessRegistry, *, actor: Actor, saved: SavedProgress, typed: UnitStep
) -> SavedProgress | list[Refusal]:
    """Check step 1 against the business registry and save it (R-2.2.1, R-2.2.2).

    What was proven from outside before stands, whatever was typed.
    """
    answers = await check_unit(registry, actor=actor, typed=replace(typed, **proven_fields(saved.progress.given)))
    if isinstance(answers, list):
        return answers
    async with db.unit_of_work() as session:
        taken = await session.execute(select(col(Unit.id)).where(col(Unit.uscc) == answers["uscc"]))
        if taken.first() is not None:
            return [_already_registered()]
        return await save_step(session, actor, UNIT_REGISTRATION, saved, "unit", answers)


async def check_unit(registry: BusinessRegistry, *, actor: Actor, typed: UnitStep) -> wizards.Answers | list[Refusal]:
    """Check by form and against the business registry that a unit exists and who leads it (R-2.2.1, R-2.2.2).

    The answers are normalised, with what the registry holds besides.
    """
    uscc = check_uscc(typed.uscc)
    refused = [Refusal(uscc.sentence, "uscc")] if uscc.problem else []
    unit_name = typed.unit_name.strip()
    if not 2 <= len(unit_name) <= 100:
        refused.append(Refusal("请填写单位全称，与营业执照一致。", "unit_name"))
    refused += check_identity(typed.id_type, typed.id_number, typed.legal_name, "legal_name")
    if not typed.agreed:
        refused.append(Refusal("请阅读并同意《法人用户注册协议》。", "agreed"))
    if refused:
        return refused
    answers = {
        "uscc": uscc.value or "",
        "unit_name": unit_name,
        "id_type": typed.id_type,
        "id_number": document_value(typed.id_type, typed.id_number),
        "legal_name": typed.legal_name.strip(),
        "agreement": UNIT_AGREEMENT[1],
    }
    too_often = await count_lookup(actor, "registry", answers["uscc"], answers["id_number"])
    if too_often:
        return [too_often]
    try:
        answer = await registry.check(
            uscc=answers["uscc"],
            name=answers["unit_name"],
            legal_rep_id_type=answers["id_type"],
            legal_rep_id_number=answers["id_number"],
            legal_rep_name=answers["legal_name"],
        )
    except GatewayError as error:
        log.warning("registry.not_answered", failure=error.failure, code=error.code)
        return [Refusal(error.sentence, code="registry")]
    refused = _registry_refusals(answer)
    if refused:
        return refused
    if answer.facts is not None:
        answers |= {
            "registered_address": answer.facts.registered_address,
            "authority_name": answer.facts.authority_name,
            "authority_region": answer.facts.authority_region,
            "economic_type": answer.facts.economic_type,
            "industry_code": answer.facts.industry_code,
        }
    return answers


def _already_registered() -> Refusal:
    """Say so to everybody alike: who leads the account is nobody's business before they have shown their face."""
    return Refusal(
        "该单位已在本大厅注册，请直接登录；忘记密码的，请在登录页找回；法定代表人已变更的，请办理法定代表人变更。",
        "uscc",
        "registered",
    )


def _registry_refusals(answer: RegistryAnswer) -> list[Refusal]:
    """Say which field does not match, never what would (R-2.2.2)."""
    if not answer.found:
        return [Refusal("企业登记库中没有查到该统一社会信用代码，请核对。", "uscc", "not_found")]
    if not answer.active:
        return [Refusal("该单位在企业登记库中已注销或被吊销，不能注册。", "uscc", "inactive")]
    table = [
        (answer.name_matches, "unit_name", "单位全称与企业登记信息不一致，请核对。"),
        (answer.legal_rep_id_matches, "id_number", "证件类型或证件号码与登记的法定代表人不一致，请核对。"),
        (answer.legal_rep_name_matches, "legal_name", "姓名与登记的法定代表人不一致，请核对。"),
    ]
    return [Refusal(sentence, field, "mismatch") for matches, field, sentence in table if not matches]


def subject_of(progress: wizards.Progress) -> face_checks.Subject | None:
    """Return whom the draft's face check is about: the legal representative of step 1."""
    unit = progress.answers.get("unit")
    if unit is None:
        return None
    return face_checks.Subject(name=unit["legal_name"], id_type=unit["id_type"], id_number=unit["id_number"])


def _unit_name(progress: wizards.Progress) -> str:
    return progress.answers["unit"]["unit_name"]


FACE = FaceStep(UNIT_REGISTRATION, "face", FacePurpose.UNIT_REGISTRATION, subject_of, _unit_name)
"""Step 2: the legal representative named in step 1 (R-2.2.3)."""


async def register_unit(*, actor: Actor, saved: SavedProgress, typed: AccountStep) -> SavedProgress | list[Refusal]:
    """Open the unit's account: unit, legal representative, grant, password, consent in one transaction (R-2.2.6)."""
    async with db.reading() as session:
        known = await load_progress(session, spec=UNIT_REGISTRATION, owner=actor.session_key)
    if known.progress.result:
        return known
    unit = saved.progress.answers.get("unit")
    if unit is None or not wizards.may_submit(UNIT_REGISTRATION, saved.progress, "account"):
        return [STALE]
    refused = check_account(typed, [unit["uscc"], unit["id_number"], typed.mobile])
    if refused:
        return refused
    mobile = check_mobile(typed.mobile).value or ""
    wrong = await codes.refuse_without_code(actor=actor, purpose=CodePurpose.UNIT_REGISTRATION, mobile=mobile)
    if wrong:
        return await unless_finished([wrong], spec=UNIT_REGISTRATION, owner=actor.session_key)
    password_hash = await asyncio.to_thread(crypto.hash_password, typed.password)
    for last in (False, True):
        try:
            async with db.unit_of_work() as session:
                return await _write_unit(session, actor, saved, unit, typed, mobile, password_hash)
        except IntegrityError:  # somebody else wrote the same unit, or the same person, at the same instant
            async with db.reading() as session:
                taken = (await session.execute(select(col(Unit.id)).where(col(Unit.uscc) == unit["uscc"]))).first()
            if taken is not None or last:
                break
    return [_already_registered()]


async def _write_unit(
    session: AsyncSession,
    actor: Actor,
    saved: SavedProgress,
    unit: wizards.Answers,
    typed: AccountStep,
    mobile: str,
    password_hash: str,
) -> SavedProgress | list[Refusal]:
    fresh = await load_progress(session, spec=UNIT_REGISTRATION, owner=actor.session_key, lock=True)
    if fresh.progress.result:
        return fresh
    subject = subject_of(saved.progress)
    if fresh.version != saved.version or subject is None:
        return [STALE]
    purpose = FacePurpose.UNIT_REGISTRATION
    if not await face_checks.has_passed(session, actor=actor, purpose=purpose, subject=subject):
        without = wizards.undo(UNIT_REGISTRATION, fresh.progress, "face")
        await save_progress(
            session, spec=UNIT_REGISTRATION, owner=actor.session_key, saved=replace(fresh, progress=without)
        )
        return [face_checks.FACE_MISSING]
    owner = await people.find_by_mobile(session, mobile=mobile)
    refused = await codes.use_code(
        session, actor=actor, purpose=CodePurpose.UNIT_REGISTRATION, mobile=mobile, code=typed.code
    )
    person = await people.find_by_document(session, id_type=subject.id_type, id_number=subject.id_number)
    if refused is None and owner is not None and owner is not person:
        refused = Refusal("该手机号已被其他用户使用，请更换手机号。", "mobile", "mobile_taken")
    refused = refused or await face_checks.use_face_check(session, actor=actor, purpose=purpose, subject=subject)
    if refused:
        return [refused]
    if person is None:
        identity = people.Identity(subject.name, subject.id_type, subject.id_number)
        person = people.enrol(session, actor=actor, identity=identity, mobile=mobile)
        await session.flush()
    await people.prove(session, actor=actor, person=person, mobile=mobile)
    made = await add_unit(session, actor=actor, unit=unit, person=person, password_hash=password_hash)
    result = {"unit_number": made.unit_number, "unit_name": made.name}
    finished = replace(fresh, progress=wizards.finish(fresh.progress, result))
    if not await save_progress(session, spec=UNIT_REGISTRATION, owner=actor.session_key, saved=finished):
        raise RuntimeError("the draft changed inside its own transaction")
    await notices.tell(
        session,
        person=person,
        kind=NoticeKind.UNIT,
        title="单位注册成功",
        href="/unit/info",
        unit_id=made.id,
        text=f"{made.name}已注册成功，单位编号 {made.unit_number}，请妥善保管。",
    )
    return replace(finished, version=fresh.version + 1, saved_at=clock.now())


async def add_unit(
    session: AsyncSession, *, actor: Actor, unit: wizards.Answers, person: Person, password_hash: str
) -> Unit:
    """Add the unit of step 1 with ``person`` as its proven legal representative, password and consent."""
    made = Unit(
        uscc=unit["uscc"],
        unit_number=unit_number(await next_number(session, "unit")),
        name=unit["unit_name"],
        registered_address=unit.get("registered_address", ""),
        authority_name=unit.get("authority_name", ""),
        authority_region=unit.get("authority_region", ""),
        economic_type=unit.get("economic_type", ""),
        industry_code=unit.get("industry_code", ""),
        category=category_in(unit["uscc"]),
        org_code=org_code_in(unit["uscc"]),
    )
    session.add(made)
    await session.flush()
    person.proven_at = person.proven_at or clock.now()
    grant = Grant(unit_id=made.id, person_id=person.id, role=Role.LEGAL_REP, proven_at=clock.now())
    session.add(grant)
    await session.flush()
    note_event(session, grant, GrantEventKind.GRANTED, actor=actor)
    await people.set_password(session, person_id=person.id, realm=unit_realm(made.id), password_hash=password_hash)
    session.add(
        Consent(
            person_id=person.id,
            unit_id=made.id,
            agreement=UNIT_AGREEMENT[0],
            agreement_version=unit["agreement"],
        )
    )
    audit.record(session, actor=actor, action="unit.register", subject=made.id, person_id=person.id, unit_id=made.id)
    return made
