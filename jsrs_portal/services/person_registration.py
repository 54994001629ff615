"""个人用户注册, step by step (R-2.2.7, R-2.2.8).

Each step validates by the domain's rules, asks the outside system, and saves the draft; the last one writes
everything in one transaction and leaves the result in the draft, so a repeated request finds it done.
"""

import asyncio
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.exc import IntegrityError

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import wizards
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.identifiers import check_mobile
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.registration import PERSON_AGREEMENT, PERSON_KNOWN, PERSON_REGISTRATION, proven_fields
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.gateways.identity.port import IdentityAnswer, IdentityVerifier
from jsrs_portal.models.people import PERSONAL
from jsrs_portal.models.units import Consent
from jsrs_portal.services import codes, people
from jsrs_portal.services.drafts import SavedProgress, load_progress, save_progress, unless_finished
from jsrs_portal.services.registration import (
    STALE,
    AccountStep,
    check_account,
    check_identity,
    count_lookup,
    document_value,
    save_step,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class IdentityStep:
    """Step 1 of 个人用户注册 as typed."""

    id_type: str
    id_number: str
    name: str
    agreed: bool


async def submit_identity_step(
    identity: IdentityVerifier, *, actor: Actor, saved: SavedProgress, typed: IdentityStep
) -> SavedProgress | list[Refusal]:
    """Check a person's name and document against the real-name service and save the step (R-2.2.7).

    What was proven from outside before stands, whatever was typed.
    """
    typed = replace(typed, **proven_fields(saved.progress.given))
    refused = check_identity(typed.id_type, typed.id_number, typed.name, "name")
    if not typed.agreed:
        refused.append(Refusal("请阅读并同意《个人用户注册协议》。", "agreed"))
    if refused:
        return refused
    answers = {
        "id_type": typed.id_type,
        "id_number": document_value(typed.id_type, typed.id_number),
        "name": typed.name.strip(),
        "agreement": PERSON_AGREEMENT[1],
    }
    too_often = await count_lookup(actor, "identity", answers["id_number"])
    if too_often:
        return [too_often]
    try:
        answer = await identity.verify(name=answers["name"], id_type=answers["id_type"], id_number=answers["id_number"])
    except GatewayError as error:
        log.warning("identity.not_answered", failure=error.failure, code=error.code)
        return [Refusal(error.sentence, code="identity")]
    if answer is not IdentityAnswer.MATCH:
        return [Refusal("姓名与证件号码不一致，请核对后重新填写。", "id_number", "mismatch")]
    async with db.unit_of_work() as session:
        known = await people.find_by_document(session, id_type=answers["id_type"], id_number=answers["id_number"])
        if known is not None:
            return [Refusal(PERSON_KNOWN, "id_number", "registered")]
        return await save_step(session, actor, PERSON_REGISTRATION, saved, "identity", answers)


async def register_person(*, actor: Actor, saved: SavedProgress, typed: AccountStep) -> SavedProgress | list[Refusal]:
    """Open a person's account: person, password, consent in one transaction (R-2.2.7)."""
    async with db.reading() as session:
        known = await load_progress(session, spec=PERSON_REGISTRATION, owner=actor.session_key)
    if known.progress.result:
        return known
    step = saved.progress.answers.get("identity")
    if step is None or not wizards.may_submit(PERSON_REGISTRATION, saved.progress, "account"):
        return [STALE]
    refused = check_account(typed, [step["id_number"], typed.mobile])
    if refused:
        return refused
    mobile = check_mobile(typed.mobile).value or ""
    wrong = await codes.refuse_without_code(actor=actor, purpose=CodePurpose.PERSON_REGISTRATION, mobile=mobile)
    if wrong:
        return await unless_finished([wrong], spec=PERSON_REGISTRATION, owner=actor.session_key)
    password_hash = await asyncio.to_thread(crypto.hash_password, typed.password)
    try:
        async with db.unit_of_work() as session:
            fresh = await load_progress(session, spec=PERSON_REGISTRATION, owner=actor.session_key, lock=True)
            if fresh.progress.result:
                return fresh
            if fresh.version != saved.version:
                return [STALE]
            wrong = await codes.use_code(
                session, actor=actor, purpose=CodePurpose.PERSON_REGISTRATION, mobile=mobile, code=typed.code
            )
            if wrong:
                return [wrong]
            if await people.find_by_mobile(session, mobile=mobile) is not None:
                return [Refusal("该手机号已被其他用户使用，请更换手机号。", "mobile", "mobile_taken")]
            identity = people.Identity(step["name"], step["id_type"], step["id_number"])
            person = people.enrol(session, actor=actor, identity=identity, mobile=mobile)
            await session.flush()
            await people.set_password(session, person_id=person.id, realm=PERSONAL, password_hash=password_hash)
            session.add(
                Consent(person_id=person.id, agreement=PERSON_AGREEMENT[0], agreement_version=step["agreement"])
            )
            finished = replace(fresh, progress=wizards.finish(fresh.progress, {"registered": True}))
            if not await save_progress(session, spec=PERSON_REGISTRATION, owner=actor.session_key, saved=finished):
                raise RuntimeError("the draft changed inside its own transaction")
            return replace(finished, version=fresh.version + 1, saved_at=clock.now())
    except IntegrityError:
        return [Refusal(PERSON_KNOWN, code="registered")]
