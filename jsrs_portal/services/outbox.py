"""Delivering messages to people exactly as often as it takes, and what staff can do about those nobody could send."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.masking import mask_phone
from jsrs_portal.gateways import Gateways
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.gateways.sms.port import SmsDelivery
from jsrs_portal.models.work import MessageState, OutboxMessage
from jsrs_portal.services import limits, operators
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)
MOST_TRIES = 8
LONGEST_WAIT = timedelta(hours=1)
"""Between two tries. What is due later than that was written while the machine's clock was ahead: it is due now."""


async def deliver_one(gateways: Gateways) -> bool:
    """Deliver the next message that is due; return whether there was one.

    It is claimed in one transaction and settled in another. A message found claimed but not settled (the worker died
    or the call timed out) is looked up at the provider before it is sent again: at least once, effect once.
    """
    now = clock.now()
    async with db.unit_of_work() as session:
        query = (
            select(OutboxMessage)
            .where(
                col(OutboxMessage.state).in_([MessageState.PENDING, MessageState.SENDING]),
                or_(col(OutboxMessage.due_at) <= now, col(OutboxMessage.due_at) > now + LONGEST_WAIT),
            )
            .order_by(col(OutboxMessage.due_at), col(OutboxMessage.id))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        message = (await session.execute(query)).scalar_one_or_none()
        if message is None:
            return False
        again = message.state == MessageState.SENDING
        if message.tries >= MOST_TRIES:
            message.state = MessageState.DEAD
            log.error("outbox.given_up", kind=message.kind, tries=message.tries)
            return True
        if not again and await _too_many(session, message, now):
            message.state = MessageState.WITHHELD
            return True
        if not again:  # counted with the codes, but never kept waiting: a warning matters most during an attack
            capped = await limits.take_all(session, limits.sms_caps(), now=now)
            if capped and capped.first:
                log.error("sms.cap_reached", limit=capped.limit.name)
        first_tried = message.first_tried_at or now
        message.first_tried_at = first_tried
        message.state = MessageState.SENDING
        message.tries += 1
        message.due_at = now + min(timedelta(seconds=15 * 2**message.tries), LONGEST_WAIT)
    body = json.loads(message.body)
    state = MessageState.SENDING
    try:
        if not (again and await _already_sent(gateways, message, body, first_tried)):
            state = MessageState.PENDING
            await gateways.sms.send(
                phone=body["mobile"],
                template_code=get_settings().sms_template_notice,
                params={"text": body["text"]},
                out_id=message.id,
            )
        state = MessageState.SENT
    except GatewayError as error:
        log.warning("outbox.not_sent", kind=message.kind, failure=error.failure, tries=message.tries)
        if error.may_have_happened:
            state = MessageState.SENDING
        if message.tries >= MOST_TRIES:
            state = MessageState.DEAD
    async with db.unit_of_work() as session:
        await session.execute(update(OutboxMessage).where(col(OutboxMessage.id) == message.id).values(state=state))
    return True


async def _too_many(session: AsyncSession, message: OutboxMessage, now: datetime) -> bool:
    """Tell whether the phone has had its notices of this kind for today; it is noted once."""
    body = json.loads(message.body)
    exceeded = await limits.take(session, frequency.NOTICE_SMS, f"{body.get('about', '')}:{body['mobile']}", now=now)
    if exceeded and exceeded.first:
        log.warning("outbox.withheld", about=body.get("about", ""))
    return exceeded is not None


async def _already_sent(
    gateways: Gateways, message: OutboxMessage, body: dict[str, str], first_tried: datetime
) -> bool:
    """Ask the provider for every day since the first try; raises when it cannot say, and then nothing is known."""
    day = first_tried.astimezone(clock.BEIJING).date()
    while day <= clock.today():
        found = await gateways.sms.lookup(phone=body["mobile"], sent_on=day, biz_id=None, out_id=message.id)
        if found in (SmsDelivery.DELIVERED, SmsDelivery.WAITING):
            return True
        day += timedelta(days=1)
    return False


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A message that was given up, as staff may see it: whom it was for, masked, and nothing of what it said."""

    id: str
    kind: str
    phone: str
    characters: int
    tries: int
    written_at: datetime
    first_tried_at: datetime | None


async def list_dead(session: AsyncSession, *, most: int = 100) -> list[DeadLetter]:
    """Return the messages that were given up, oldest first."""
    query = (
        select(OutboxMessage)
        .where(col(OutboxMessage.state) == MessageState.DEAD)
        .order_by(col(OutboxMessage.created_at), col(OutboxMessage.id))
        .limit(most)
    )
    return [_letter(message) for message in (await session.execute(query)).scalars()]


def _letter(message: OutboxMessage) -> DeadLetter:
    body = json.loads(message.body)
    return DeadLetter(
        id=message.id,
        kind=message.kind,
        phone=mask_phone(body["mobile"]),
        characters=len(body["text"]),
        tries=message.tries,
        written_at=message.created_at,
        first_tried_at=message.first_tried_at,
    )


async def retry_dead(session: AsyncSession, *, ids: Sequence[str] | None = None) -> int:
    """Have messages that were given up (these, or all) tried again from the beginning; return how many.

    The last try may have reached the phone, so the worker looks each one up before it sends it.
    """
    dead = col(OutboxMessage.state) == MessageState.DEAD
    if ids is not None:
        dead &= col(OutboxMessage.id).in_(list(ids))
    revived = await session.execute(
        update(OutboxMessage)
        .where(dead)
        .values(state=MessageState.SENDING, tries=0, due_at=clock.now())
        .returning(col(OutboxMessage.id))
    )
    found = sorted(revived.scalars())
    for message in found:
        operators.record_operation(session, action="outbox.retry", subject=message)
    return len(found)
