"""Steps 3 and 4 of 地市历史用户升级, and the one transaction in which it happens (R-2.3.4 to R-2.3.7)."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import legacy as rules
from jsrs_portal.domain import masking, wizards
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.identifiers import CONTACT_LABEL, check_mobile
from jsrs_portal.domain.legacy import LEGACY_UPGRADE
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.registration import unit_number
from jsrs_portal.domain.unit_info import category_in, org_code_in
from jsrs_portal.domain.wizards import Answers
from jsrs_portal.gateways.business_registry.port import BusinessRegistry
from jsrs_portal.gateways.identity.port import IdentityVerifier
from jsrs_portal.models.legacy import LegacyUpgrade
from jsrs_portal.models.people import Person, PersonStatus, unit_realm
from jsrs_portal.models.units import Grant, GrantEventKind, Unit
from jsrs_portal.services import audit, notices, people
from jsrs_portal.services.drafts import SavedProgress, load_progress, save_progress
from jsrs_portal.services.grant_terms import same_name
from jsrs_portal.services.grants import note_event
from jsrs_portal.services.legacy_accounts import forget_unit, taken
from jsrs_portal.services.legacy_registers import compare
from jsrs_portal.services.legacy_verification import TAKEN
from jsrs_portal.services.registration import (
    STALE,
    check_identity,
    check_new_password,
    count_lookup,
    document_value,
    save_step,
)
from jsrs_portal.services.sequences import next_number

AGED = Refusal(rules.AGED, code="aged")
NO_ADMIN = Refusal(rules.NO_ADMIN, code="no_admin", ways=(("个人用户注册", "/register/person"),))
OTHER_LEGAL = Refusal("历史系统登记的法定代表人信息与实名登记不一致，请到经办窗口核对后再升级。", code="other_legal")
SAME_PERSON = Refusal(rules.SAME_PERSON, "id_number", "same_person", (("单位注册", "/register/unit"),))


@dataclass(frozen=True, kw_only=True)
class AdminTyped:
    """Step 4 as typed."""

    id_type: str
    id_number: str
    name: str
    mobile: str
    password: str
    confirmation: str


@dataclass(frozen=True)
class LegalView:
    """What the old system knows, shown to who knew its password: the legal representative masked (R-2.3.4)."""

    unit_name: str
    uscc: str
    document_kind: str
    document: str
    name: str


def view_legal(saved: SavedProgress) -> LegalView | None:
    """Return what step 3 shows; ``None`` before an account was proved."""
    kept = saved.progress.answers.get("account")
    if kept is None:
        return None
    kind = DocumentType(kept["id_type"])
    document = masking.mask_document(kind, kept["id_number"])
    return LegalView(kept["unit_name"], kept["uscc"], kind.label, document, masking.mask_name(kept["legal_name"]))


async def submit_legal(
    registry: BusinessRegistry, identity: IdentityVerifier, *, actor: Actor, saved: SavedProgress, mobile: str
) -> SavedProgress | list[Refusal]:
    """Save step 3: the legal representative's phone; left blank it is the one that was given before (R-2.3.4).

    What the old system said is compared first as in a registration (R-2.2.2): the unit and who represents it with the
    business registry, name and number of that person with the population register. Errors: at ``mobile``; a password
    checked too long ago; asked too often; a register that knows otherwise or does not answer.
    """
    kept = saved.progress.answers.get("legal", {})
    checked = check_mobile(mobile.strip() or kept.get("mobile", ""), label="法人联系电话")
    if checked.problem:
        return [Refusal(checked.sentence, "mobile")]
    if not wizards.may_submit(LEGACY_UPGRADE, saved.progress, "legal"):
        return [STALE]
    if await _aged(actor, saved):
        return [AGED]
    facts = await compare(registry, identity, actor=actor, account=saved.progress.answers["account"])
    if isinstance(facts, Refusal):
        return [facts]
    answers = {"mobile": checked.value or "", "facts": facts}
    async with db.unit_of_work() as session:
        return await save_step(session, actor, LEGACY_UPGRADE, saved, "legal", answers)


async def upgrade(*, actor: Actor, saved: SavedProgress, typed: AdminTyped) -> SavedProgress | list[Refusal]:
    """Open the unit's account with its administrator (R-2.3.5 to R-2.3.7); asked twice it answers twice, done once.

    Errors: what is wrong at a field; a password checked too long ago; too many questions; an administrator who is not
    registered just so, or is the legal representative; a unit that was upgraded or registered meanwhile.
    """
    async with db.reading() as session:
        known = await load_progress(session, spec=LEGACY_UPGRADE, owner=actor.session_key)
    if known.progress.result:
        return known
    if not wizards.may_submit(LEGACY_UPGRADE, saved.progress, "admin"):
        return [STALE]
    unit = saved.progress.answers["account"]
    refused = _form_problems(typed, unit)
    if refused:
        return refused
    if await _aged(actor, saved):
        return [AGED]
    number = document_value(typed.id_type, typed.id_number)
    too_often = await count_lookup(actor, "upgrade", unit["uscc"], number)
    if too_often:
        return [too_often]
    if (typed.id_type, number) == (unit["id_type"], unit["id_number"]):
        return [SAME_PERSON]
    async with db.reading() as session:
        if await _administrator(session, typed) is None:
            return [NO_ADMIN]
    password_hash = await asyncio.to_thread(crypto.hash_password, typed.password)
    for _ in range(2):
        try:
            async with db.unit_of_work() as session:
                return await _write(session, actor, saved, typed, password_hash)
        except IntegrityError:  # another browser wrote the same unit, or the same person, at the same instant
            continue
    return [TAKEN["registered"]]


def _form_problems(typed: AdminTyped, unit: Answers) -> list[Refusal]:
    refused = check_identity(typed.id_type, typed.id_number, typed.name, "name")
    mobile = check_mobile(typed.mobile, label=CONTACT_LABEL)
    if mobile.problem:
        refused.append(Refusal(mobile.sentence, "mobile"))
    forbidden = [unit["uscc"], unit["number"], typed.id_number, typed.mobile]
    return refused + check_new_password(typed.password, typed.confirmation, forbidden, label="管理员密码")


async def _administrator(session: AsyncSession, typed: AdminTyped) -> Person | None:
    """Return the registered person who is just as typed: kind and number of document, name, phone. One statement."""
    number = document_value(typed.id_type, typed.id_number)
    found = await people.find_by_document(session, id_type=typed.id_type, id_number=number)
    if found is None or found.status != PersonStatus.ACTIVE:
        return None
    mobile = check_mobile(typed.mobile).value or ""
    return found if same_name(found.name, typed.name) and found.mobile_index == people.mobile_index(mobile) else None


async def _aged(actor: Actor, saved: SavedProgress) -> bool:
    """Tell whether the old password was checked too long ago, or the unit never; then step 2 is undone."""
    kept = saved.progress.answers.get("account")
    compared = "facts" in saved.progress.answers.get("legal", {"facts": ""})
    if kept is None or (rules.proof_holds(kept, clock.now()) and compared):
        return False
    async with db.unit_of_work() as session:
        without = replace(saved, progress=wizards.undo(LEGACY_UPGRADE, saved.progress, "account"))
        await save_progress(session, spec=LEGACY_UPGRADE, owner=actor.session_key, saved=without)
    return True


async def _write(
    session: AsyncSession, actor: Actor, saved: SavedProgress, typed: AdminTyped, password_hash: str
) -> SavedProgress | list[Refusal]:
    fresh = await load_progress(session, spec=LEGACY_UPGRADE, owner=actor.session_key, lock=True)
    if fresh.progress.result:
        return fresh
    if fresh.version != saved.version:
        return [STALE]
    answers = fresh.progress.answers
    account = answers["account"]
    stands = await taken(session, index=account["index"], number=account["number"], uscc=account["uscc"])
    if stands:
        return [TAKEN[stands]]
    admin = await _administrator(session, typed)
    if admin is None:
        return [NO_ADMIN]
    legal = await _legal_representative(session, actor, account)
    if isinstance(legal, Refusal):
        return [legal]
    made = await _add_unit(session, account, answers["legal"])
    await _grant(session, actor, made, legal, Role.LEGAL_REP)
    await _grant(session, actor, made, admin, Role.ADMIN)
    await people.set_password(session, person_id=admin.id, realm=unit_realm(made.id), password_hash=password_hash)
    session.add(
        LegacyUpgrade(
            system=answers["system"]["key"], account_index=account["index"], number=account["number"], unit_id=made.id
        )
    )
    await forget_unit(session, index=account["index"], number=account["number"])
    audit.record(
        session,
        actor=actor,
        action="upgrade.done",
        subject=made.id,
        person_id=admin.id,
        unit_id=made.id,
        details={"system": answers["system"]["key"], "number": account["number"], "legal_rep": legal.id},
    )
    await _tell(session, made, admin, legal)
    result = {"unit_number": made.unit_number, "unit_name": made.name, "uscc": made.uscc}
    finished = replace(fresh, progress=wizards.finish(fresh.progress, result))
    if not await save_progress(session, spec=LEGACY_UPGRADE, owner=actor.session_key, saved=finished):
        raise RuntimeError("the draft changed inside its own transaction")
    return replace(finished, version=fresh.version + 1, saved_at=clock.now())


async def _legal_representative(session: AsyncSession, actor: Actor, account: Answers) -> Person | Refusal:
    """Return the person with the legal representative's document, enrolled without a phone if there is none yet.

    Name and number were compared with the population register in step 3. Nobody has shown that the phone given there is
    theirs, so it opens nothing; their first face check will.
    Error: somebody else is registered with that document.
    """
    identity = people.Identity(account["legal_name"], account["id_type"], account["id_number"])
    known = await people.find_by_document(session, id_type=identity.id_type, id_number=identity.id_number)
    if known is not None:
        return known if same_name(known.name, identity.name) else OTHER_LEGAL
    person = people.enrol(session, actor=actor, identity=identity, mobile="")
    await session.flush()
    return person


async def _add_unit(session: AsyncSession, account: Answers, legal: Answers) -> Unit:
    """Add the unit with what the business registry holds about it."""
    number = unit_number(await next_number(session, "unit"))
    made = Unit(
        uscc=account["uscc"],
        unit_number=number,
        name=account["unit_name"],
        category=category_in(account["uscc"]),
        org_code=org_code_in(account["uscc"]),
        **legal["facts"],
    )
    made.legal_mobile = legal["mobile"]
    session.add(made)
    await session.flush()
    return made


async def _grant(session: AsyncSession, actor: Actor, unit: Unit, person: Person, role: Role) -> None:
    """Give a role; the legal representative's is worth nothing until a face check proves it."""
    given: Any = Grant(unit_id=unit.id, person_id=person.id, role=role, proven_at=None)
    session.add(given)
    await session.flush()
    note_event(session, given, GrantEventKind.GRANTED, actor=actor)


async def _tell(session: AsyncSession, unit: Unit, admin: Person, legal: Person) -> None:
    """Tell the administrator the number, and a legal representative who is registered who administers their unit."""
    await notices.tell(
        session,
        person=admin,
        kind=NoticeKind.UNIT,
        title="历史用户升级成功",
        href="/unit/info",
        unit_id=unit.id,
        text=f"{unit.name}历史用户升级成功，您为管理员，新单位编号 {unit.unit_number}，请牢记。",
    )
    await notices.tell(
        session,
        person=legal,
        kind=NoticeKind.UNIT,
        title="单位已完成历史用户升级",
        unit_id=unit.id,
        text=f"{unit.name}已完成历史用户升级，管理员为{masking.mask_name(admin.name)}。如有疑问，请联系 12333。",
    )
