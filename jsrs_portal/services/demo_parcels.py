"""The demonstration's addresses, parcels and ratings, as they would be by now; nobody is told of them (R-2.6.4)."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.catalog.demo_parcels import DEMO_ADDRESSES, DemoInjury, DemoParcel, DemoRating
from jsrs_portal.domain import ratings as rules
from jsrs_portal.domain.courier_texts import without_people
from jsrs_portal.domain.ratings import Level, Standing
from jsrs_portal.domain.shipments import FINAL, TOLD, ShipmentState
from jsrs_portal.gateways.courier.sandbox_parcels import STEPS
from jsrs_portal.models.addresses import Address
from jsrs_portal.models.cases import Case
from jsrs_portal.models.ratings import Rating, Rectification
from jsrs_portal.models.shipments import CaseDelivery, Parcel, ParcelEvent, Shipment, ShipmentMilestone
from jsrs_portal.services.parcel_news import report_digest


async def add_addresses(session: AsyncSession, unit_id: str) -> list[Address]:
    """Return the unit's addresses; those it has not yet are added, the first as its default if it has none."""
    known = list((await session.execute(select(Address).where(col(Address.unit_id) == unit_id))).scalars())
    made: list[Address] = []
    for one in DEMO_ADDRESSES:
        row = next((kept for kept in known if kept.detail == one.detail), None)
        if row is None:
            row = Address(unit_id=unit_id, division=one.division, is_default=not any(kept.is_default for kept in known))
            row.name, row.mobile, row.detail = one.name, one.mobile, one.detail
            session.add(row)
            known.append(row)
        made.append(row)
    await session.flush()
    return made


async def add_travels(
    session: AsyncSession, case: Case, one: DemoInjury, addresses: list[Address], officer_id: str
) -> None:
    """Add where a case's result goes, its parcels, and how it was rated."""
    if one.address is not None:
        to = addresses[one.address]
        wish = CaseDelivery(case_id=case.id, person_id=case.person_id, division=to.division, address_id=to.id)
        wish.created_at = case.created_at
        wish.name, wish.mobile, wish.detail = to.name, to.mobile, to.detail
        session.add(wish)
    for parcel in one.parcels:
        await _add_parcel(session, case, parcel, officer_id)
    if one.rating is not None:
        await _add_rating(session, case, one.rating, officer_id)


async def _add_parcel(session: AsyncSession, case: Case, one: DemoParcel, officer_id: str) -> None:
    """Add a parcel with what was said of it; one still under way the worker looks after from now on."""
    state, sent = ShipmentState(one.state), _on(one.ago, time(16, 5))
    reports = [(news.happened(clock.today(), clock.BEIJING), STEPS[news.step].text) for news in one.news]
    over = state in FINAL
    parcel = Parcel(company=one.company, number=one.number, state=state, created_at=sent)
    parcel.moved_at = parcel.heard_at = reports[-1][0]
    parcel.due_at = None if over else clock.now()
    if one.phone:
        parcel.phone = one.phone
    session.add(parcel)
    await session.flush()
    for at, text in reports:
        event = ParcelEvent(parcel_id=parcel.id, happened_at=at, digest=report_digest(parcel.id, at, text))
        event.text = without_people(text)
        session.add(event)
    by_bureau = one.way == "RESULT"
    shipment = Shipment(
        created_at=sent,
        case_id=case.id,
        parcel_id=parcel.id,
        direction=one.way,
        number=one.number,
        house_id=case.house_id,
        person_id=None if by_bureau else case.person_id,
        staff_id=officer_id if by_bureau else None,
    )
    session.add(shipment)
    await session.flush()
    if state in FINAL | TOLD:
        happened = reports[-1][0]
        milestone = ShipmentMilestone(shipment_id=shipment.id, case_id=case.id, state=state, happened_at=happened)
        milestone.created_at = happened
        session.add(milestone)


async def _add_rating(session: AsyncSession, case: Case, one: DemoRating, officer_id: str) -> None:
    given = case.rated_at = _on(one.ago, time(10, 40))
    rating = Rating(
        created_at=given,
        case_id=case.id,
        matter_id=case.matter_id,
        person_id=case.person_id,
        level=one.level,
        reasons=" ".join(one.reasons),
    )
    rating.words = one.words
    session.add(rating)
    await session.flush()
    if not rules.is_bad(Level(one.level)):
        return
    due_by = rules.rectify_by(given.date(), work_days())
    mending = Rectification(created_at=given, rating_id=rating.id, region=case.region, due_by=due_by)
    if one.done:
        mending.state, mending.version = Standing.CLOSED, 2
        mending.staff_id, mending.closed_at, mending.done = officer_id, given + timedelta(days=6), one.done
    session.add(mending)


def _on(ago: int, at: time) -> datetime:
    return datetime.combine(clock.today() - timedelta(days=ago), at, clock.BEIJING)
