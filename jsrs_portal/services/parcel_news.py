"""What couriers say of a parcel: kept once, masked; where it has moved, whom it concerns are told (R-2.6.4).

It does not matter who says it how often and in which order: a question's answer, a push, the same push again.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.courier_texts import without_people
from jsrs_portal.domain.matter_workflow import Direction
from jsrs_portal.domain.shipments import (
    FINAL,
    MOST_EVENTS,
    Place,
    Report,
    ShipmentState,
    Tracking,
    after,
    milestone_words,
    news_words,
)
from jsrs_portal.models.cases import Case
from jsrs_portal.models.shipments import Parcel, ParcelEvent, Shipment, ShipmentMilestone
from jsrs_portal.services import audit, case_notices
from jsrs_portal.services.opened_cases import opened_from

NOBODY = Actor(session_key="courier")
"""Couriers are no party here; the audit trail says that it was them."""


async def held_parcel(session: AsyncSession, parcel_id: str) -> tuple[Parcel, list[tuple[Shipment, Case]]] | None:
    """Return a parcel with its row held, and the cases it goes with; ``None`` for an unknown one.

    Cases are held first, as by whoever adds a parcel to one: the two would wait for each other otherwise. Which they
    are is asked once more with the parcel held: it may have been put to another one meanwhile.
    """
    query = (
        select(Shipment, Case)
        .join(Case, col(Case.id) == col(Shipment.case_id))
        .where(col(Shipment.parcel_id) == parcel_id)
        .order_by(col(Case.id))
    )
    await session.execute(query.with_for_update(of=Case, key_share=True, read=True))
    held = select(Parcel).where(col(Parcel.id) == parcel_id).with_for_update().execution_options(populate_existing=True)
    parcel = (await session.execute(held)).scalar_one_or_none()
    if parcel is None:
        return None
    return parcel, [(shipment, case) for shipment, case in await session.execute(query)]


async def hear(session: AsyncSession, parcel_id: str, told: Tracking, *, actor: Actor = NOBODY) -> bool:
    """Keep what is ``told`` of a parcel; return whether it has moved. What is known already changes nothing."""
    held = await held_parcel(session, parcel_id)
    if held is None:
        return False
    parcel, shipments = held
    told = told.believable(clock.now(), parcel.created_at)
    fresh = await _keep(session, parcel, told.reports)
    before = Place(ShipmentState(parcel.state), parcel.moved_at)
    place = after(before, told)
    parcel.heard_at = clock.now()
    parcel.state, parcel.moved_at = place.state, place.at
    if fresh or place != before:
        parcel.version += 1
    if place.state in FINAL:
        ask_no_more(parcel)
    if place.state is before.state:
        return False
    audit.record(
        session,
        actor=actor,
        action="courier.news",
        subject=parcel.id,
        details={"number": parcel.number, "from": before.state, "to": place.state},
    )
    for shipment, case in shipments:
        await _tell(session, shipment, case, place)
    return True


def ask_no_more(parcel: Parcel) -> None:
    """Have nobody asked about a parcel any more; the digits of a phone were kept for that alone."""
    parcel.due_at = parcel.phone_cipher = None


async def catch_up(session: AsyncSession, shipment: Shipment, case: Case) -> None:
    """Tell a case what was known of its parcel before it was put to it, as one that held other cases' things."""
    parcel = await session.get_one(Parcel, shipment.parcel_id)
    await _tell(session, shipment, case, Place(ShipmentState(parcel.state), parcel.moved_at))


async def _keep(session: AsyncSession, parcel: Parcel, reports: tuple[Report, ...]) -> int:
    """Write down the reports that are not here yet; return how many."""
    if not reports:
        return 0
    digests = {report_digest(parcel.id, one.at, one.text): one for one in reports}
    known = select(col(ParcelEvent.digest)).where(col(ParcelEvent.parcel_id) == parcel.id)
    have = set((await session.execute(known)).scalars())
    room = max(0, MOST_EVENTS - len(have))
    fresh = sorted(((one.at, key) for key, one in digests.items() if key not in have), reverse=True)[:room]
    for _, key in fresh:
        one = digests[key]
        event = ParcelEvent(parcel_id=parcel.id, happened_at=one.at, state=one.state or "", digest=key)
        event.text = without_people(one.text)
        session.add(event)
    return len(fresh)


def report_digest(parcel_id: str, at: datetime, text: str) -> str:
    """Return what tells a report from all others of its parcel: its moment and its words."""
    words = text.strip().encode("utf-8", "replace").decode()
    return crypto.blind_index("parcel-event", f"{parcel_id}\x1f{at.timestamp():.0f}\x1f{words}")


async def _tell(session: AsyncSession, shipment: Shipment, case: Case, place: Place) -> None:
    """Add the milestone to a case's timeline, and tell whoever applied: once for each state."""
    direction = Direction[shipment.direction]
    if not milestone_words(direction, place.state):
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = ShipmentMilestone(
        shipment_id=shipment.id, case_id=case.id, state=place.state, happened_at=place.at or clock.now()
    )
    made = await session.execute(
        insert(ShipmentMilestone)
        .values(**row.model_dump())
        .on_conflict_do_nothing(index_elements=["shipment_id", "state"])
        .returning(col(ShipmentMilestone.id))
    )
    if made.scalar_one_or_none() is None:
        return
    if words := news_words(direction, place.state):
        title, text = words
        await case_notices.tell_applicants(session, await opened_from(session, case), title, text)


async def events_of(session: AsyncSession, parcels: list[str], *, most: int) -> dict[str, list[ParcelEvent]]:
    """Return the newest ``most`` reports of each of ``parcels``, the newest first. One query."""
    if not parcels:
        return {}
    place = (
        func.row_number()
        .over(
            partition_by=col(ParcelEvent.parcel_id),
            order_by=(col(ParcelEvent.happened_at).desc(), col(ParcelEvent.created_at).desc(), col(ParcelEvent.id)),
        )
        .label("place")
    )
    ranked = select(col(ParcelEvent.id), place).where(col(ParcelEvent.parcel_id).in_(parcels)).subquery()
    query = (
        select(ParcelEvent)
        .join(ranked, ranked.c.id == col(ParcelEvent.id))
        .where(ranked.c.place <= most)
        .order_by(col(ParcelEvent.parcel_id), ranked.c.place)
    )
    found: dict[str, list[ParcelEvent]] = {}
    for one in (await session.execute(query)).scalars():
        found.setdefault(one.parcel_id, []).append(one)
    return found
