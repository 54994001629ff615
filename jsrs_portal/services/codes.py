"""SMS codes: sent at most so often, one live per purpose and phone, right at most once (protocol reference, SMS)."""

import hmac
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import codes as rules
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.limits import Limit
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.gateways.sms.port import SmsSender
from jsrs_portal.models.proofs import CodeState, SmsCode
from jsrs_portal.services import audit, limits, presence
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)
_WRONG = Refusal("验证码不正确或已失效，请核对后重新输入，或重新获取。", "code", "code_wrong")


@dataclass(frozen=True)
class CodeSent:
    """A code is on its way; another may be asked for from ``resend_at``."""

    resend_at: datetime


async def send_code(sms: SmsSender, *, actor: Actor, purpose: CodePurpose, mobile: str) -> CodeSent | Refusal:
    """Send a fresh code to ``mobile`` (11 digits, checked) for ``purpose``; earlier ones for it become void.

    Before the first code of a visit somebody shows that they are there (:mod:`jsrs_portal.services.presence`).
    The limits are counted before the call, so fifty simultaneous requests send one message. A call that timed out
    may have sent it, so the code stays valid. The answer never depends on whether the phone is registered.
    """
    mobile_index = crypto.blind_index("mobile", mobile)
    now = clock.now()
    async with db.unit_of_work() as session:
        if purpose is not CodePurpose.PUZZLE and (refused := await presence.ask(session, actor=actor)):
            return refused
        refused = await _too_often(session, actor, purpose, mobile_index, now)
        if refused:
            return refused
        await void_codes(session, actor=actor, purpose=purpose, mobile_index=mobile_index)
        code = clock.new_code()
        row = SmsCode(
            purpose=purpose,
            mobile_index=mobile_index,
            owner=actor.session_key,
            code_mac="",
            tries_left=rules.CODE_TRIES,
            expires_at=now + rules.CODE_LIFE,
        )
        row.code_mac = _mac(row.id, code)
        row.state = CodeState.LIVE
        session.add(row)
        audit.record(session, actor=actor, action="code.send", subject=purpose)
    try:
        await sms.send(
            phone=mobile, template_code=get_settings().sms_template_code, params={"code": code}, out_id=row.id
        )
    except GatewayError as error:
        log.warning("code.not_sent", system=error.system, failure=error.failure, code=error.code)
        if not error.may_have_happened:
            async with db.unit_of_work() as session:
                await void_codes(session, actor=actor, purpose=purpose, mobile_index=mobile_index)
                for limit, whose in [*((one, mobile_index) for one in frequency.CODES), *limits.sms_caps()]:
                    await limits.give_back(session, limit, whose)
            return Refusal(error.sentence, "mobile", "sms")
    return CodeSent(now + rules.RESEND_AFTER)


def _limits(actor: Actor, purpose: CodePurpose, mobile_index: str) -> list[tuple[Limit, str]]:
    """Every limit one message counts under, with whose count it is; those of all messages come last."""
    own = [(limit, mobile_index) for limit in frequency.CODES]
    asking = [(frequency.CODE_BROWSER, actor.session_key), *frequency.by_source(frequency.CODE_SOURCE, actor.address)]
    if purpose is CodePurpose.PUZZLE:
        asking += frequency.by_source(frequency.PUZZLE_SMS, actor.address)
    return [*own[:1], *asking, *own[1:], *limits.sms_caps()]


async def _too_often(
    session: AsyncSession, actor: Actor, purpose: CodePurpose, mobile_index: str, now: datetime
) -> Refusal | None:
    """Count this request under every limit; the first that is exceeded answers."""
    wanted = _limits(actor, purpose, mobile_index)
    exceeded = await limits.take_all(session, wanted, now=now)
    if exceeded is None:
        return None
    for limit, whose in wanted:  # nothing was sent: what was counted before stays free, above all the phone's own
        if limit.name == exceeded.limit.name:
            break
        await limits.give_back(session, limit, whose)
    if exceeded.first:
        audit.record(session, actor=actor, action="code.send", result=exceeded.limit.name.upper())
    if exceeded.refusal.code == "sms_cap" and exceeded.first:
        log.error("sms.cap_reached", limit=exceeded.limit.name)
    return exceeded.refusal


async def void_codes(session: AsyncSession, *, actor: Actor, purpose: CodePurpose, mobile_index: str = "") -> None:
    """Void this browser's earlier codes, for one phone or for all; another's stay, or anybody could void them."""
    which = [
        col(SmsCode.purpose) == purpose,
        col(SmsCode.owner) == actor.session_key,
        col(SmsCode.state) == CodeState.LIVE,
        *([col(SmsCode.mobile_index) == mobile_index] if mobile_index else []),
    ]
    await session.execute(update(SmsCode).where(*which).values(state=CodeState.VOID))


async def refuse_without_code(*, actor: Actor, purpose: CodePurpose, mobile: str) -> Refusal | None:
    """Refuse at once when no code is live for this phone in this browser: hashing a password is not for nothing."""
    async with db.reading() as session:
        query = select(col(SmsCode.id)).where(*_live_for(actor, purpose, mobile), col(SmsCode.expires_at) > clock.now())
        return None if (await session.execute(query)).first() else _WRONG


def _live_for(actor: Actor, purpose: CodePurpose, mobile: str) -> list[ColumnElement[bool]]:
    return [
        col(SmsCode.purpose) == purpose,
        col(SmsCode.mobile_index) == crypto.blind_index("mobile", mobile),
        col(SmsCode.owner) == actor.session_key,
        col(SmsCode.state) == CodeState.LIVE,
    ]


async def use_code(
    session: AsyncSession, *, actor: Actor, purpose: CodePurpose, mobile: str, code: str
) -> Refusal | None:
    """Use up the live code for ``purpose`` and ``mobile`` in this browser; ``None`` when it was right.

    Every wrong try counts; after five the code is void. Whatever is wrong, the sentence is the same.
    """
    query = select(SmsCode).where(*_live_for(actor, purpose, mobile))
    row = (await session.execute(query.with_for_update())).scalars().first()
    if row is None or row.expires_at <= clock.now():
        return _WRONG
    if hmac.compare_digest(row.code_mac, _mac(row.id, code)):
        row.state = CodeState.USED
        return None
    row.tries_left -= 1
    if row.tries_left <= 0:
        row.state = CodeState.VOID
    audit.record(session, actor=actor, action="code.use", subject=row.id, result="WRONG")
    return _WRONG


def _mac(code_id: str, code: str) -> str:
    return crypto.sign("sms-code", f"{code_id}:{code}")
