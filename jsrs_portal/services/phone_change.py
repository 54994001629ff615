"""「修改手机」: the person's face, then a code on the new phone (R-2.6.8.2).

The face proves the person, so a session that a unit's password opened may change the personal phone: the password
alone could not. Whoever is registered and never was proven by a face is proven now.
"""

from dataclasses import replace

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import own_account as rules
from jsrs_portal.domain import wizards
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.faces import FacePurpose
from jsrs_portal.domain.identifiers import check_mobile
from jsrs_portal.domain.own_account import PHONE_CHANGE
from jsrs_portal.domain.proofs import by_phone, password_behind
from jsrs_portal.domain.recovery import PROOF_MISSING as PROOF_MISSING_SENTENCE
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.domain.wizards import Progress
from jsrs_portal.gateways.sms.port import SmsSender
from jsrs_portal.models.people import Person
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.services import audit, codes, face_checks, people
from jsrs_portal.services.codes import CodeSent
from jsrs_portal.services.drafts import SavedProgress, load_progress, save_progress
from jsrs_portal.services.face_checks import Subject
from jsrs_portal.services.face_step import FaceStep
from jsrs_portal.services.registration import NO_CODE, STALE, is_code
from jsrs_portal.services.sessions import end_sessions, proof_of

PROOF_MISSING = Refusal(PROOF_MISSING_SENTENCE, code="proof_missing")
TAKEN = Refusal(rules.MOBILE_TAKEN, "mobile", "mobile_taken")
SAME = Refusal(rules.SAME_PHONE, "mobile", "same")


def subject_of(progress: Progress) -> Subject | None:
    """Return whose face it is to be: the person who is signed in, as :func:`begin` put them into the draft."""
    known = progress.given
    if not known:
        return None
    return Subject(name=known["name"], id_type=known["id_type"], id_number=known["id_number"])


def _no_unit(_progress: Progress) -> str:
    """Return whose business it is: nobody's but the person's own."""
    return ""


FACE = FaceStep(PHONE_CHANGE, "face", FacePurpose.PHONE_CHANGE, subject_of, _no_unit)
"""Step 1."""


async def begin(*, actor: Actor, saved: SavedProgress) -> SavedProgress:
    """Return the draft with the signed-in person in it, or ``saved`` as it is without the right.

    Nobody types who they are: the face is compared with the person whose session it is. A draft about somebody
    else, or about who they were before, is begun anew.
    """
    if not actor.may(Permission.OWN_CREDENTIALS):
        return saved
    async with db.unit_of_work() as session:
        person = await session.get_one(Person, actor.person_id)
        known = {"name": person.name, "id_type": person.id_type, "id_number": person.id_number}
        if saved.progress.result or saved.progress.given == known:
            return saved
        begun = replace(saved, progress=Progress(given=known))
        if not await save_progress(session, spec=PHONE_CHANGE, owner=actor.session_key, saved=begun):
            return await load_progress(session, spec=PHONE_CHANGE, owner=actor.session_key)
    return replace(begun, version=saved.version + 1, saved_at=clock.now())


async def send_code(sms: SmsSender, *, actor: Actor, saved: SavedProgress, mobile: str) -> CodeSent | Refusal:
    """Send a code to the new phone, once the face has passed; nothing is said about whose it is (step 2).

    Errors: an earlier step, no mobile number, the present phone at ``mobile``; what :func:`codes.send_code` says.
    """
    if not actor.may(Permission.OWN_CREDENTIALS) or not wizards.may_submit(PHONE_CHANGE, saved.progress, "phone"):
        return STALE
    checked = check_mobile(mobile)
    if not checked.ok:
        return Refusal(checked.sentence, "mobile")
    async with db.reading() as session:
        person = await session.get_one(Person, actor.person_id)
    if person.mobile == checked.value:
        return SAME
    return await codes.send_code(sms, actor=actor, purpose=CodePurpose.PHONE_CHANGE, mobile=checked.value or "")


async def change_phone(*, actor: Actor, saved: SavedProgress, mobile: str, code: str) -> SavedProgress | list[Refusal]:
    """Make ``mobile`` the person's phone; asked twice it is done once. The old phone is told.

    All other sessions of the person end, whatever opened them: somebody who has lost a phone has often lost more, and
    the new one is where logins are told from now on. Trusted phones stay; they are taken off on 登录设备.

    Errors: at ``mobile`` and ``code``; a phone that is somebody else's, said only to whoever holds it; a face check
    that grew old leads back to its step.
    """
    async with db.reading() as session:
        known = await load_progress(session, spec=PHONE_CHANGE, owner=actor.session_key)
    if known.progress.result:
        return known
    if not actor.may(Permission.OWN_CREDENTIALS) or not wizards.may_submit(PHONE_CHANGE, saved.progress, "phone"):
        return [STALE]
    checked = check_mobile(mobile)
    refused = [Refusal(checked.sentence, "mobile")] if checked.problem else []
    refused += [] if is_code(code) else [NO_CODE]
    if refused:
        return refused
    try:
        async with db.unit_of_work() as session:
            return await _write(session, actor, saved, checked.value or "", code)
    except IntegrityError:  # somebody else was given this phone at the same instant
        return [TAKEN]


async def _write(
    session: AsyncSession, actor: Actor, saved: SavedProgress, mobile: str, code: str
) -> SavedProgress | list[Refusal]:
    fresh = await load_progress(session, spec=PHONE_CHANGE, owner=actor.session_key, lock=True)
    if fresh.progress.result:
        return fresh
    person = await session.get_one(Person, actor.person_id, with_for_update=True)
    if fresh.version != saved.version or await proof_of(session, actor=actor) is None:
        return [STALE]
    subject = Subject(name=person.name, id_type=person.id_type, id_number=person.id_number)
    if not await face_checks.has_passed(session, actor=actor, purpose=FacePurpose.PHONE_CHANGE, subject=subject):
        return await _back_to_the_face(session, actor, fresh)
    if person.mobile == mobile:
        return [SAME]
    owner = await people.find_by_mobile(session, mobile=mobile)
    wrong = await codes.use_code(session, actor=actor, purpose=CodePurpose.PHONE_CHANGE, mobile=mobile, code=code)
    if wrong:
        return [wrong]
    if owner is not None:
        return [TAKEN]
    if await face_checks.use_face_check(session, actor=actor, purpose=FacePurpose.PHONE_CHANGE, subject=subject):
        return [STALE]
    await people.prove(session, actor=actor, person=person, mobile=mobile, kept=await _what_opened(session, actor))
    await session.flush()
    others = col(UserSession.person_id) == person.id, col(UserSession.id) != actor.session_id
    ended = await end_sessions(session, *others, because=SessionEnd.REPLACED)
    audit.record(session, actor=actor, action="account.phone", subject=person.id, details={"sessions_ended": ended})
    finished = replace(fresh, progress=wizards.finish(fresh.progress, {"done": "yes"}))
    if not await save_progress(session, spec=PHONE_CHANGE, owner=actor.session_key, saved=finished):
        raise RuntimeError("the draft changed inside its own transaction")
    return replace(finished, version=fresh.version + 1, saved_at=clock.now())


async def _what_opened(session: AsyncSession, actor: Actor) -> people.Kept:
    """Return the password and the phone behind this session: its person knows the one, or holds the other."""
    proved = await proof_of(session, actor=actor) or ""
    by_app = proved.startswith(by_phone("", app="any"))
    realm = "" if by_app else password_behind(proved) or ""
    return people.Kept(realm=realm, phone_id=proved.rpartition(":")[2], session_id=actor.session_id)


async def _back_to_the_face(session: AsyncSession, actor: Actor, fresh: SavedProgress) -> list[Refusal]:
    without = replace(fresh, progress=wizards.undo(PHONE_CHANGE, fresh.progress, "face"))
    saved = await save_progress(session, spec=PHONE_CHANGE, owner=actor.session_key, saved=without)
    return [PROOF_MISSING if saved else STALE]
