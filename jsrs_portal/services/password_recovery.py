"""找回密码, step by step: the account, the proof that it is one's own, the new password (R-2.5).

Each step looks at the account as it is now: whoever is locked, or whose grant has ended meanwhile, gets no further.
"""

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal import clock, db
from jsrs_portal.domain import masking, wizards
from jsrs_portal.domain import recovery as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.faces import FacePurpose
from jsrs_portal.domain.identifiers import check_mobile
from jsrs_portal.domain.recovery import RECOVERY, AccountKind, ProofWay
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import Progress
from jsrs_portal.gateways.face.port import FaceVerifier
from jsrs_portal.gateways.sms.port import SmsSender
from jsrs_portal.services import audit, codes, face_checks, face_step, presence
from jsrs_portal.services.codes import CodeSent
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.face_checks import FaceView, Subject
from jsrs_portal.services.face_step import FaceStep
from jsrs_portal.services.recovery_accounts import Account, find_account
from jsrs_portal.services.registration import (
    NO_CODE,
    STALE,
    check_identity,
    count_lookup,
    document_value,
    is_code,
    save_step,
)

MISMATCH = Refusal(rules.MISMATCH, code="mismatch")
CHANGED = Refusal(rules.CHANGED, code="changed")
FACE_ONLY = Refusal(rules.FACE_ONLY, code="face_only")


@dataclass(frozen=True, kw_only=True)
class AccountTyped:
    """Step 1 as typed; a person's own account has no number."""

    kind: str
    account: str
    id_type: str
    id_number: str
    name: str


@dataclass(frozen=True)
class AccountView:
    """The account as its holder sees it before anything is proven; masked.

    ``face_only``: nothing but a face proves it. ``asks_phone``: the phone has to be proven together with the password.
    """

    mobile: str
    words: str
    face_only: bool
    asks_phone: bool


async def submit_account(*, actor: Actor, saved: SavedProgress, typed: AccountTyped) -> SavedProgress | list[Refusal]:
    """Find the account of step 1 and save the step (R-2.5.1, R-2.5.2); a solved puzzle is spent on it.

    Errors: what is wrong at a field; code ``puzzle`` when none has been solved; too many questions; one sentence for
    whatever does not match. Another account than before ends the proofs that were given for that one.
    """
    refused, answers = _read(typed)
    if refused:
        return refused
    async with db.unit_of_work() as session:
        needed = await presence.spend(session, actor=actor)
    if needed:
        return [needed]
    asked_about = [known for known in (answers["account"], answers["id_number"]) if known]
    too_often = await count_lookup(actor, "recovery", *asked_about)
    if too_often:
        return [too_often]
    async with db.unit_of_work() as session:
        account = await find_account(session, answers)
        if account is None:
            return [MISMATCH]
        answers["place"] = account.name
        if saved.progress.answers.get("account") != answers:
            await face_checks.drop_checks(session, actor=actor, purpose=FacePurpose.RECOVERY)
            await codes.void_codes(session, actor=actor, purpose=CodePurpose.RECOVERY)
        audit.record(
            session,
            actor=actor,
            action="recovery.begin",
            subject=account.realm,
            person_id=account.person.id,
            unit_id=account.unit.id if account.unit else "",
        )
        return await save_step(session, actor, RECOVERY, saved, "account", answers)


def _read(typed: AccountTyped) -> tuple[list[Refusal], wizards.Answers]:
    """Return what is wrong by form alone, or the values as they are compared and kept."""
    if typed.kind not in set(AccountKind):
        return [Refusal("请选择账号类型。", "account")], {}
    number, problem = rules.read_account(AccountKind(typed.kind), typed.account)
    refused = [Refusal(problem, "account")] if problem else []
    refused += check_identity(typed.id_type, typed.id_number, typed.name, "name")
    if refused:
        return refused, {}
    return [], {
        "kind": typed.kind,
        "account": number,
        "id_type": typed.id_type,
        "id_number": document_value(typed.id_type, typed.id_number),
        "name": typed.name.strip(),
    }


async def standing_account(session: AsyncSession, progress: Progress) -> Account | None:
    """Return the account of step 1 as it is now; ``None`` before that step, and when it cannot be used any more."""
    answers = progress.answers.get("account")
    return await find_account(session, answers) if answers else None


async def view_account(*, saved: SavedProgress) -> AccountView | None:
    """Return the account of step 1 as the page shows it."""
    async with db.reading() as session:
        account = await standing_account(session, saved.progress)
    if account is None:
        return None
    mobile = masking.mask_phone(account.person.mobile)
    return AccountView(mobile, account.words, account.face_only, asks_phone(account, saved.progress))


def asks_phone(account: Account, progress: Progress) -> bool:
    """Tell whether a new password needs a phone with it: a face has just proven somebody whom none had before.

    Until then a stranger may have registered the person with a phone of the stranger's.
    """
    by_face = progress.answers.get("proof", {}).get("way") == ProofWay.FACE
    return by_face and account.person.proven_at is None


async def send_phone_code(sms: SmsSender, *, actor: Actor, saved: SavedProgress, mobile: str) -> CodeSent | Refusal:
    """Send a code to the phone that is to be the account's from now on (step 3, after a first face check)."""
    checked = check_mobile(mobile)
    if not wizards.may_submit(RECOVERY, saved.progress, "password"):
        return STALE
    if not checked.ok:
        return Refusal(checked.sentence, "mobile")
    return await codes.send_code(sms, actor=actor, purpose=CodePurpose.RECOVERY_PHONE, mobile=checked.value or "")


def subject_of(progress: Progress) -> Subject | None:
    """Return whom the draft's face check is about: the holder of the account of step 1, and for that account only."""
    known = progress.answers.get("account")
    if known is None:
        return None
    account = f"{known['kind']}\x1f{known['account']}"
    return Subject(name=known["name"], id_type=known["id_type"], id_number=known["id_number"], account=account)


def _place(progress: Progress) -> str:
    return progress.answers["account"]["place"]


FACE = FaceStep(RECOVERY, "proof", FacePurpose.RECOVERY, subject_of, _place, ("way", ProofWay.FACE.value))
"""Step 2 by face: the holder of the account of step 1 (R-2.5.3)."""


async def start_face(face: FaceVerifier, *, actor: Actor, saved: SavedProgress) -> FaceView | Refusal:
    """Begin the face check of the account's holder, if the account can still be used."""
    async with db.reading() as session:
        account = await standing_account(session, saved.progress)
    if account is None:
        return CHANGED
    return await face_step.start(face, FACE, actor=actor, saved=saved)


async def send_code(sms: SmsSender, *, actor: Actor, saved: SavedProgress) -> CodeSent | Refusal:
    """Send a code to the phone registered with the account; nobody types it, nobody sees it whole (R-2.5.3)."""
    if not wizards.may_submit(RECOVERY, saved.progress, "proof"):
        return STALE
    async with db.reading() as session:
        account = await standing_account(session, saved.progress)
    if account is None:
        return CHANGED
    if account.face_only:
        return FACE_ONLY
    sent = await codes.send_code(sms, actor=actor, purpose=CodePurpose.RECOVERY, mobile=account.person.mobile)
    return replace(sent, field="code") if isinstance(sent, Refusal) and sent.field else sent


async def submit_code(*, actor: Actor, saved: SavedProgress, code: str) -> SavedProgress | list[Refusal]:
    """Compare the code and save step 2; the proof is this browser's, for this account, and grows old (R-2.5.3)."""
    if not wizards.may_submit(RECOVERY, saved.progress, "proof"):
        return [STALE]
    if rules.sms_proof_holds(saved.progress.answers.get("proof", {}), clock.now()):
        return saved
    if not is_code(code):
        return [NO_CODE]
    async with db.unit_of_work() as session:
        account = await standing_account(session, saved.progress)
        if account is None:
            return [CHANGED]
        if account.face_only:
            return [FACE_ONLY]
        refused = await codes.use_code(
            session, actor=actor, purpose=CodePurpose.RECOVERY, mobile=account.person.mobile, code=code
        )
        if refused:
            return [refused]
        return await save_step(session, actor, RECOVERY, saved, "proof", rules.sms_proof(clock.now()))
