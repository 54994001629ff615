"""The worker: delivers the outbox, clears away what has expired, shows that it is alive. A process of its own."""

import asyncio
import json
import signal
from datetime import timedelta

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.gateways import Gateways, build_gateways
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.gateways.sms.port import SmsDelivery
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.proofs import FaceCheck, SmsCode
from jsrs_portal.models.sessions import Counter, LoginTicket, UserSession
from jsrs_portal.models.work import Heartbeat, MessageState, OutboxMessage
from jsrs_portal.services import audit
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)

NAME = "worker"
PAUSE = 0.5
BEAT_EVERY = timedelta(seconds=5)
CLEAR_EVERY = timedelta(minutes=1)
SEAL_EVERY = timedelta(seconds=1)
MOST_TRIES = 8
KEPT = timedelta(days=1)
"""How long expired proofs are kept after their end; sessions stay half a year as a security record."""
SESSIONS_KEPT = timedelta(days=183)


async def beat() -> None:
    """Write the sign of life that ``/_health`` looks for."""
    async with db.unit_of_work() as session:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        now = clock.now()
        await session.execute(
            insert(Heartbeat)
            .values(name=NAME, beat_at=now)
            .on_conflict_do_update(index_elements=["name"], set_={"beat_at": now})
        )


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
                col(OutboxMessage.due_at) <= now,
            )
            .order_by(col(OutboxMessage.due_at), col(OutboxMessage.id))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        message = (await session.execute(query)).scalar_one_or_none()
        if message is None:
            return False
        again = message.state == MessageState.SENDING
        message.state = MessageState.SENDING
        message.tries += 1
        message.due_at = now + timedelta(seconds=min(15 * 2**message.tries, 3600))
    body = json.loads(message.body)
    try:
        done = again and await _already_sent(gateways, message, body)
        if not done:
            await gateways.sms.send(
                phone=body["mobile"],
                template_code=get_settings().sms_template_notice,
                params={"text": body["text"]},
                out_id=message.id,
            )
        state = MessageState.SENT
    except GatewayError as error:
        log.warning("outbox.not_sent", kind=message.kind, failure=error.failure, tries=message.tries)
        surely_not = not error.may_have_happened
        state = MessageState.PENDING if surely_not else MessageState.SENDING
        if message.tries >= MOST_TRIES:
            state = MessageState.DEAD
    async with db.unit_of_work() as session:
        await session.execute(update(OutboxMessage).where(col(OutboxMessage.id) == message.id).values(state=state))
    return True


async def _already_sent(gateways: Gateways, message: OutboxMessage, body: dict[str, str]) -> bool:
    day = message.created_at.astimezone(clock.BEIJING).date()
    found = await gateways.sms.lookup(phone=body["mobile"], sent_on=day, biz_id=None, out_id=message.id)
    return found in (SmsDelivery.DELIVERED, SmsDelivery.WAITING)


async def clear_away() -> None:
    """Remove what has expired: drafts, tickets, codes, face checks, counters, very old sessions."""
    now = clock.now()
    async with db.unit_of_work() as session:
        for statement in (
            delete(Draft).where(col(Draft.expires_at) < now),
            delete(LoginTicket).where(col(LoginTicket.expires_at) < now - KEPT),
            delete(SmsCode).where(col(SmsCode.expires_at) < now - KEPT),
            delete(FaceCheck).where(col(FaceCheck.expires_at) < now - KEPT),
            delete(Counter).where(col(Counter.window_ends_at) < now),
            delete(UserSession).where(col(UserSession.expires_at) < now - SESSIONS_KEPT),
        ):
            await session.execute(statement)


async def seal_audit() -> None:
    """Seal the audit entries committed since the last time."""
    async with db.reading() as session:
        if not await audit.count_unsealed(session):
            return
    async with db.unit_of_work() as session:
        await audit.seal_entries(session)


async def run(stop: asyncio.Event) -> None:
    """Work until told to stop; a fault in one round is logged and does not end the next."""
    gateways = build_gateways(get_settings())
    next_beat = next_clearing = next_sealing = clock.now()
    while not stop.is_set():
        try:
            now = clock.now()
            if now >= next_beat:
                await beat()
                next_beat = now + BEAT_EVERY
            if now >= next_clearing:
                await clear_away()
                next_clearing = now + CLEAR_EVERY
            if now >= next_sealing:
                await seal_audit()
                next_sealing = now + SEAL_EVERY
            if await deliver_one(gateways):
                continue
        except Exception as error:
            log.error("worker.round_failed", error=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), PAUSE)
        except TimeoutError:
            continue
    await db.close_engine()


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await run(stop)


if __name__ == "__main__":
    from jsrs_portal.logs import configure

    configure()
    asyncio.run(main())
