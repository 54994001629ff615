"""The worker: delivers the outbox, clears away what has expired, shows that it is alive. A process of its own."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

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
from jsrs_portal.settings import get_settings, require_ready

log = structlog.get_logger("jsrs_portal.worker")  # run as a module, it is called __main__

NAME = "worker"
PAUSE = 0.25
DELIVER_EVERY = timedelta(seconds=0.5)
MOST_AT_ONCE = 20
BEAT_EVERY = timedelta(seconds=5)
CLEAR_EVERY = timedelta(minutes=1)
SEAL_EVERY = timedelta(seconds=1)
MOST_TRIES = 8
KEPT = timedelta(days=1)
"""How long expired proofs are kept after their end; sessions stay half a year as a security record."""
MESSAGES_KEPT = timedelta(days=30)
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
        if message.tries >= MOST_TRIES:
            message.state = MessageState.DEAD
            log.error("outbox.given_up", kind=message.kind, tries=message.tries)
            return True
        first_tried = message.first_tried_at or now
        message.first_tried_at = first_tried
        message.state = MessageState.SENDING
        message.tries += 1
        message.due_at = now + timedelta(seconds=min(15 * 2**message.tries, 3600))
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


async def _already_sent(
    gateways: Gateways, message: OutboxMessage, body: dict[str, str], first_tried: datetime
) -> bool:
    """Ask the provider for every day since the first try; raises when it cannot say, and then nothing is known."""
    day = first_tried.astimezone(clock.BEIJING).date()
    while day <= clock.now().astimezone(clock.BEIJING).date():
        found = await gateways.sms.lookup(phone=body["mobile"], sent_on=day, biz_id=None, out_id=message.id)
        if found in (SmsDelivery.DELIVERED, SmsDelivery.WAITING):
            return True
        day += timedelta(days=1)
    return False


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
            delete(OutboxMessage).where(
                col(OutboxMessage.state) == MessageState.SENT, col(OutboxMessage.created_at) < now - MESSAGES_KEPT
            ),
            delete(OutboxMessage).where(
                col(OutboxMessage.state) == MessageState.DEAD, col(OutboxMessage.created_at) < now - SESSIONS_KEPT
            ),
            delete(UserSession).where(col(UserSession.expires_at) < now - SESSIONS_KEPT),
        ):
            await session.execute(statement)


async def seal_audit() -> None:
    """Seal the audit entries committed since the last time."""
    async with db.reading() as session:
        if not await audit.count_unsealed(session):
            return
    async with db.unit_of_work() as session:
        position, seal = await audit.seal_entries(session)
    log.info("audit.sealed", position=position, seal=seal[:16])  # kept apart from the database, it anchors the chain


@dataclass
class Duty:
    """Something the worker does again and again; a fault in it neither ends the worker nor keeps the others waiting."""

    name: str
    every: timedelta
    work: Callable[[], Awaitable[object]]
    due_at: datetime

    async def do_if_due(self, now: datetime) -> None:
        """Do it when its time has come; the next time counts from now, whether or not it succeeds."""
        if now < self.due_at:
            return
        self.due_at = now + self.every
        try:
            await self.work()
        except Exception as error:
            log.error("worker.duty_failed", duty=self.name, error=type(error).__name__)


async def deliver_all(gateways: Gateways) -> None:
    """Deliver everything that is due, at most so much that the other duties get their turn."""
    for _ in range(MOST_AT_ONCE):
        if not await deliver_one(gateways):
            return


async def run(stop: asyncio.Event) -> None:
    """Work until told to stop."""
    gateways = build_gateways(get_settings())
    now = clock.now()
    duties = [
        Duty("beat", BEAT_EVERY, beat, now),
        Duty("deliver", DELIVER_EVERY, partial(deliver_all, gateways), now),
        Duty("seal", SEAL_EVERY, seal_audit, now),
        Duty("clear", CLEAR_EVERY, clear_away, now),
    ]
    while not stop.is_set():
        for duty in duties:
            await duty.do_if_due(clock.now())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PAUSE)
    await db.close_engine()


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    require_ready(get_settings())
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await run(stop)


if __name__ == "__main__":
    from jsrs_portal.logs import configure

    configure()
    asyncio.run(main())
