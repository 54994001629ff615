"""Asking couriers where parcels are, ordering their pushes, and believing those that are signed (R-2.6.4).

A number is asked about once in 30 minutes at most, whoever wants to know: the count is one statement in the database.
Nobody is asked within a transaction.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.shipments import ASK_EVERY, FINAL, GIVEN_UP
from jsrs_portal.gateways.courier.port import Courier, Waybill
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.models.shipments import Parcel
from jsrs_portal.services import limits
from jsrs_portal.services.parcel_news import NOBODY, ask_no_more, hear
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)

CALLBACK = "/courier/kuaidi100"
OVER = Refusal("该快递长期没有新的物流信息，已停止查询，请到快递公司网站查询。", code="courier-over")
AWAY = Refusal("目前不能查询物流信息，请到快递公司网站查询。", code="courier-away")
_LISTENING = timedelta(hours=6)
"""A parcel of which news are pushed is asked about so often all the same."""
_WATCHING = timedelta(hours=1)
_AGAIN = timedelta(minutes=5)
"""When an order for pushes that failed is tried again."""
_LEASE = timedelta(minutes=10)
"""A worker that is killed leaves its parcel to the next one after so long."""
_AT_ONCE = 8


def salt_of(parcel_id: str) -> str:
    """Return what the pushes of a parcel are signed with: nothing to be kept, and no other parcel's."""
    return crypto.blind_index("courier-push", parcel_id)[:32]


def callback_of(parcel_id: str) -> str:
    """Return where news of a parcel are to be sent."""
    return f"{get_settings().origin}{CALLBACK}/{parcel_id}"


async def ask_about(gateway: Courier | None, *, parcel_id: str) -> Refusal | None:
    """Ask where a parcel is, if its number may be asked about now; ``None`` when the answer is here.

    Errors: nobody to ask, given up, asked within 30 minutes, no answer. Who may want to know is asked by whoever calls.
    """
    if gateway is None:
        return AWAY
    async with db.unit_of_work() as session:
        parcel = await session.get(Parcel, parcel_id)
        if parcel is None or parcel.state in FINAL:
            return None
        if parcel.due_at is None:
            return OVER
        now = clock.now()
        exceeded = await limits.take(session, frequency.COURIER_NUMBER, parcel.number, now=now)
        if exceeded:
            return exceeded.refusal
        parcel.asked_at = now
        waybill = _waybill(parcel)
    try:
        told = await gateway.track(waybill)
    except GatewayError as error:
        log.warning("courier.failed", failure=error.failure.value, code=error.code)
        return Refusal(error.sentence, code="courier-away")
    async with db.unit_of_work() as session:
        await hear(session, parcel_id, told)
    return None


async def note_push(gateway: Courier, *, address: str, parcel_id: str, body: bytes) -> bool:
    """Note what was sent to a parcel's address; return whether it was believed.

    Anybody may send something here: the signature is verified before the database is asked anything.
    """
    try:
        push = gateway.read_push(body, salt=salt_of(parcel_id))
    except GatewayError as error:
        log.warning("courier.push", failure=error.failure.value, code=error.code)
        return False
    async with db.unit_of_work() as session:
        parcel = await session.get(Parcel, parcel_id)
        if parcel is None or parcel.number != push.number:
            return False
        await hear(session, parcel_id, push.tracking, actor=Actor(session_key=NOBODY.session_key, address=address))
        if push.again and parcel.state not in FINAL:  # they gave up: to be ordered anew, not sooner than this
            parcel.subscribed_at, parcel.due_at = None, clock.now() + ASK_EVERY
    return True


async def tend_parcels(gateway: Courier | None) -> int:
    """Order pushes of parcels that are new, and ask about those of which nothing was heard; return how many.

    The worker's duty. Each is claimed by its own statement, so two workers do not both ask.
    """
    if gateway is None:
        return 0
    now, done = clock.now(), 0
    async with db.reading() as session:
        query = (
            select(col(Parcel.id), col(Parcel.due_at))
            .where(col(Parcel.due_at) <= now)
            .order_by(col(Parcel.due_at), col(Parcel.id))
            .limit(_AT_ONCE)
        )
        due = [(key, at) for key, at in await session.execute(query)]
    for parcel_id, at in due:
        if await _claim(parcel_id, at):
            try:
                await _tend(gateway, parcel_id)
            except Exception as error:  # it comes again after its lease; the others do not wait for that
                log.error("courier.not_tended", parcel=parcel_id, error=type(error).__name__)
            done += 1
    return done


async def _claim(parcel_id: str, due_at: datetime | None) -> bool:
    async with db.unit_of_work() as session:
        claimed = await session.execute(
            update(Parcel)
            .where(col(Parcel.id) == parcel_id, col(Parcel.due_at) == due_at)
            .values(due_at=clock.now() + _LEASE)
            .returning(col(Parcel.id))
        )
        return claimed.scalar_one_or_none() is not None


async def _tend(gateway: Courier, parcel_id: str) -> None:
    async with db.reading() as session:
        parcel = await session.get(Parcel, parcel_id)
    if parcel is None:  # taken off a moment ago
        return
    subscribed = parcel.subscribed_at is not None or await _subscribe(gateway, parcel)
    quiet = parcel.heard_at is None or parcel.heard_at <= clock.now() - (_LISTENING if subscribed else _WATCHING)
    if quiet:
        await ask_about(gateway, parcel_id=parcel_id)
    async with db.unit_of_work() as session:
        found = await session.get(Parcel, parcel_id, with_for_update=True)
        if found is None:
            return
        if found.state in FINAL or (found.moved_at or found.created_at) < clock.now() - GIVEN_UP:
            ask_no_more(found)
            return
        if parcel.subscribed_at is not None and found.subscribed_at is None:
            return  # they have given it up meanwhile, and when to order anew is said
        if subscribed and found.subscribed_at is None:
            found.subscribed_at = clock.now()
        found.due_at = clock.now() + (_LISTENING if subscribed else _AGAIN)


async def _subscribe(gateway: Courier, parcel: Parcel) -> bool:
    """Order pushes; one that is refused is tried again, as the parcel is asked about meanwhile."""
    try:
        return await gateway.subscribe(_waybill(parcel), callback_url=callback_of(parcel.id), salt=salt_of(parcel.id))
    except GatewayError as error:
        log.warning("courier.not_subscribed", failure=error.failure.value, code=error.code)
        return False


def _waybill(parcel: Parcel) -> Waybill:
    return Waybill(parcel.company, parcel.number, parcel.phone)
