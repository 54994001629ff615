"""Face recognition of one known person: started, followed, passed, used once (R-2.2.3, protocol reference §1)."""

import json
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import faces as rules
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import masking
from jsrs_portal.domain.addresses import source_of
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.faces import FacePurpose
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.gateways.face.port import FaceAnswer, FaceVerifier
from jsrs_portal.models.proofs import FaceCheck, FaceState
from jsrs_portal.services import audit, limits
from jsrs_portal.services.face_links import link_token
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)
_CANCELLED = "USER_CANCEL"
FACE_MISSING = Refusal("法定代表人认证尚未通过或已失效，请重新完成认证。", code="face_missing")


@dataclass(frozen=True)
class Subject:
    """Who is to show their face: fixed before the check begins, compared when it is used."""

    name: str
    id_type: str
    id_number: str
    account: str = ""
    """The account for which they show it, where one person may have several."""

    @property
    def index(self) -> str:
        """The keyed hash that binds a check to this person, and to the account."""
        parts = [self.id_type, self.id_number, self.name, *([self.account] if self.account else [])]
        return crypto.blind_index("face-subject", "\x1f".join(parts))


@dataclass(frozen=True)
class FaceView:
    """A check as the page shows it: its state, the address its QR code carries, and until when."""

    state: FaceState
    address: str
    expires_at: datetime


def view_check(check: FaceCheck) -> FaceView:
    """Return a check as the page shows it; one that nobody passed, or used, in time has expired."""
    state = FaceState(check.state)
    waited = state is FaceState.WAITING and check.expires_at <= clock.now()
    if waited or (state is FaceState.PASSED and not _fresh(check)):
        state = FaceState.EXPIRED
    return FaceView(state, f"{get_settings().origin}/v/{link_token(check.id)}", check.expires_at)


async def start_face_check(
    face: FaceVerifier, *, actor: Actor, purpose: FacePurpose, subject: Subject, unit_name: str
) -> FaceView | Refusal:
    """Begin a new check of ``subject`` for this browser; an earlier waiting one of the same purpose expires.

    ``unit_name`` is told to the phone, so that whoever is asked for their face knows for what.
    """
    now = clock.now()
    check = FaceCheck(
        purpose=purpose,
        owner=actor.session_key,
        subject_index=subject.index,
        order_number=clock.new_id(),
        created_at=now,
        expires_at=now + rules.QR_LIFE,
    )
    async with db.unit_of_work() as session:
        wanted = (
            (frequency.FACE_BROWSER, actor.session_key),
            *frequency.by_source(frequency.FACE_SOURCE, actor.address),
            (frequency.FACE_SUBJECT, f"{subject.index}\x1f{source_of(actor.address)}"),
        )
        exceeded = await limits.take_all(session, wanted, now=now)
        if exceeded:
            return exceeded.refusal
    back = f"{get_settings().origin}/v/{link_token(check.id)}/back"
    try:
        order = await face.initialize(
            order_no=check.order_number,
            name=subject.name,
            id_type=subject.id_type,
            id_number=subject.id_number,
            return_url=back,
        )
    except GatewayError as error:
        log.warning("face.not_started", failure=error.failure, code=error.code)
        return Refusal(error.sentence, code="face")
    check.certify_id, check.certify_url = order.certify_id, order.url
    check.about = json.dumps({"unit": unit_name, "person": masking.mask_name(subject.name)}, ensure_ascii=False)
    async with db.unit_of_work() as session:
        await session.execute(
            update(FaceCheck)
            .where(
                col(FaceCheck.owner) == actor.session_key,
                col(FaceCheck.purpose) == purpose,
                col(FaceCheck.state) == FaceState.WAITING,
            )
            .values(state=FaceState.EXPIRED)
        )
        session.add(check)
        audit.record(session, actor=actor, action="face.start", subject=check.id)
    return view_check(check)


async def latest_check(
    session: AsyncSession, *, actor: Actor, purpose: FacePurpose, subject: Subject
) -> FaceCheck | None:
    """Return this browser's newest check of exactly this person, or ``None``."""
    query = (
        select(FaceCheck)
        .where(
            col(FaceCheck.owner) == actor.session_key,
            col(FaceCheck.purpose) == purpose,
            col(FaceCheck.subject_index) == subject.index,
        )
        .order_by(col(FaceCheck.created_at).desc(), col(FaceCheck.id))
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def follow_face_check(
    face: FaceVerifier, *, actor: Actor, purpose: FacePurpose, subject: Subject
) -> FaceView | None:
    """Return where this browser's check is, asking the outside system if that is due; ``None`` without a check.

    However many pages poll, the outside system is asked at most every three seconds; an answer that is no answer
    (a fault there) changes nothing, so the next poll tries again.
    """
    now = clock.now()
    async with db.unit_of_work() as session:
        check = await latest_check(session, actor=actor, purpose=purpose, subject=subject)
        if check is None:
            return None
        if not await _claim_question(session, check, now):
            return view_check(check)
    try:
        answer = await face.query(check.certify_id)
    except GatewayError as error:
        log.warning("face.not_answered", failure=error.failure, code=error.code)
        return view_check(check)
    state = _judge(answer, returned=check.returned_at is not None)
    if state is FaceState.WAITING:
        return view_check(check)
    async with db.unit_of_work() as session:
        ended = await session.execute(
            update(FaceCheck)
            .where(col(FaceCheck.id) == check.id, col(FaceCheck.state) == FaceState.WAITING)
            .values(state=state, version=col(FaceCheck.version) + 1)
            .returning(col(FaceCheck.id))
        )
        if ended.first() is not None:
            audit.record(session, actor=actor, action="face.end", subject=check.id, result=state)
    async with db.reading() as session:  # what is true now, whoever was first
        settled = await session.get(FaceCheck, check.id)
    return view_check(settled or check)


async def _claim_question(session: AsyncSession, check: FaceCheck, now: datetime) -> bool:
    """Take the right to ask the outside system now; one of many simultaneous polls gets it."""
    claimed = await session.execute(
        update(FaceCheck)
        .where(
            col(FaceCheck.id) == check.id,
            col(FaceCheck.state) == FaceState.WAITING,
            col(FaceCheck.expires_at) > now,
            or_(col(FaceCheck.queried_at).is_(None), col(FaceCheck.queried_at) <= now - rules.ASK_EVERY),
        )
        .values(queried_at=now)
        .returning(col(FaceCheck.id))
    )
    return claimed.first() is not None


def _judge(answer: FaceAnswer, *, returned: bool) -> FaceState:
    """Alipay says "not passed" both before and after a failure; the phone's return tells them apart."""
    if answer.passed:
        return FaceState.PASSED
    if answer.expired:
        return FaceState.EXPIRED
    if answer.fail_reason == _CANCELLED:
        return FaceState.CANCELLED
    return FaceState.FAILED if answer.fail_reason or returned else FaceState.WAITING


async def has_passed(session: AsyncSession, *, actor: Actor, purpose: FacePurpose, subject: Subject) -> bool:
    """Tell whether this browser has a passed, unused check of exactly this person."""
    check = await latest_check(session, actor=actor, purpose=purpose, subject=subject)
    return check is not None and check.state == FaceState.PASSED and _fresh(check)


def _fresh(check: FaceCheck) -> bool:
    return clock.now() - check.created_at <= rules.PASS_LIFE[FacePurpose(check.purpose)]


async def drop_checks(session: AsyncSession, *, actor: Actor, purpose: FacePurpose) -> None:
    """End this browser's checks for ``purpose``: whom they were about is another by now."""
    mine = col(FaceCheck.owner) == actor.session_key, col(FaceCheck.purpose) == purpose
    alive = col(FaceCheck.state).in_([FaceState.WAITING, FaceState.PASSED])
    await session.execute(update(FaceCheck).where(*mine, alive).values(state=FaceState.EXPIRED))


async def use_face_check(
    session: AsyncSession, *, actor: Actor, purpose: FacePurpose, subject: Subject
) -> Refusal | None:
    """Use up this browser's passed check of exactly this person; ``None`` when there was one."""
    used = await session.execute(
        update(FaceCheck)
        .where(
            col(FaceCheck.owner) == actor.session_key,
            col(FaceCheck.purpose) == purpose,
            col(FaceCheck.subject_index) == subject.index,
            col(FaceCheck.state) == FaceState.PASSED,
            col(FaceCheck.created_at) >= clock.now() - rules.PASS_LIFE[purpose],
        )
        .values(state=FaceState.USED)
        .returning(col(FaceCheck.id))
    )
    if used.first() is None:
        return FACE_MISSING
    return None
