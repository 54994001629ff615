"""快递 as pages show it: the lists of a unit, a person, an institution, and what goes with one case (R-2.6.4.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import shipments as rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.matter_workflow import Courier, Direction
from jsrs_portal.domain.shipments import STATE_LABELS, TONES, ShipmentState
from jsrs_portal.models.cases import Case
from jsrs_portal.models.shipments import Parcel, Shipment, ShipmentMilestone
from jsrs_portal.services.case_access import listed, own_case, seen_case
from jsrs_portal.services.case_delivery import NO_DELIVERY, DeliveryView, delivery_of, delivery_view
from jsrs_portal.services.case_timeline import Dated, TimelineEntry
from jsrs_portal.services.definitions import definitions_of
from jsrs_portal.services.delivery_addresses import AddressRow, view_addresses
from jsrs_portal.services.keyset import Place, newest_first, older
from jsrs_portal.services.parcel_news import events_of

PAGE_ROWS = 20
_MOST_REPORTS = 50


@dataclass(frozen=True)
class ReportView:
    """One report of a courier's: when, and what."""

    when: str
    text: str


@dataclass(frozen=True)
class ShipmentView:
    """A parcel of a case; ``reports`` are the newest first, ``removable`` says that nothing has moved yet.

    ``again`` is the time from which on its courier may be asked about it, empty when that is now.
    """

    id: str
    way: str
    company: str
    number: str
    state: str
    tone: str
    registered: str
    matter: str
    case_number: str
    href: str
    news: str
    news_at: str
    reports: tuple[ReportView, ...] = ()
    removable: bool = False
    over: bool = False
    again: str = ""


@dataclass(frozen=True)
class ShipmentPage:
    """A page of a list, the newest first; ``after`` begins the next one, empty at the end."""

    items: tuple[ShipmentView, ...]
    after: str


@dataclass(frozen=True)
class CourierView:
    """What a case has to do with couriers, for those in whose name it was handed in.

    ``result`` and ``materials`` say that the matter sends, or takes, something; ``choosable`` that the address may be
    chosen now, among ``addresses`` (a unit's, which the actor may look after where ``manages`` says so) or by typing;
    ``sendable`` that materials may be registered now.
    ``where`` is the office they go to. ``version`` changes whenever something here has.
    """

    result: bool = False
    materials: bool = False
    note: str = ""
    choosable: bool = False
    typed: bool = False
    sendable: bool = False
    where: str = ""
    delivery: DeliveryView = NO_DELIVERY
    addresses: tuple[AddressRow, ...] = ()
    manages: bool = False
    shipments: tuple[ShipmentView, ...] = ()
    version: str = ""


async def list_shipments(session: AsyncSession, *, actor: Actor, text: str = "", after: str = "") -> ShipmentPage:
    """Return a page of the shipments of the cases in the actor's list, from ``after`` on.

    ``text`` is the beginning of a number; what could be none finds nothing. Two queries.
    """
    number = rules.searched_number(text)
    if not actor.may(Permission.APPLY) or (text.strip() and not number):
        return ShipmentPage((), "")
    query = (
        select(Shipment, Parcel, Case)
        .join(Parcel, col(Parcel.id) == col(Shipment.parcel_id))
        .join(Case, col(Case.id) == col(Shipment.case_id))
        .where(_in_house(actor), listed(actor), *older(Shipment, Place.parse(after)))
        .order_by(*newest_first(Shipment))
        .limit(PAGE_ROWS + 1)
    )
    if number:
        query = query.where(col(Shipment.number).startswith(number, autoescape=True))
    found = [(shipment, parcel, case) for shipment, parcel, case in await session.execute(query)]
    rows = found[:PAGE_ROWS]
    views = await _views(session, rows, most=1)
    return ShipmentPage(tuple(views), Place.of(rows[-1][0]).written() if len(found) > PAGE_ROWS else "")


async def view_courier(session: AsyncSession, *, actor: Actor, case_id: str) -> CourierView | None:
    """Return what the case has to do with couriers; ``None`` for none that the actor may look at.

    Seven queries at most. Also for a draft of the actor's own. Those who may only look at it see no way to act.
    """
    if not actor.may(Permission.APPLY):
        return None
    case = await seen_case(session, actor, case_id)
    if case is None:
        return None
    courier, where = await _courier_and_office(session, case)
    if courier is None:
        return CourierView()
    own = await own_case(session, actor, case_id) is not None
    rows = await _of_case(session, case)
    status = CaseStatus(case.status)
    sent = any(shipment.direction == Direction.RESULT.name for shipment, _, _ in rows)
    choosable = own and rules.why_not_choose(courier, status, sent=sent) is None
    sendable = own and case.number is not None and rules.why_not_send_materials(courier, status) is None
    kept = await delivery_of(session, case.id)
    addresses = await view_addresses(session, actor=actor) if choosable and actor.unit_id else None
    views = await _views(session, rows, most=_MOST_REPORTS, own=Direction.MATERIALS if own else None)
    return CourierView(
        result=rules.offers(courier, Direction.RESULT),
        materials=rules.offers(courier, Direction.MATERIALS),
        note=_note(courier),
        choosable=choosable,
        typed=not actor.unit_id,
        sendable=sendable,
        where=where,
        delivery=delivery_view(kept, whole=True),
        addresses=addresses.rows if addresses else (),
        manages=addresses is not None and addresses.may_manage,
        shipments=tuple(views),
        version=_version(rows, kept.version if kept else 0, case.status),
    )


async def milestones(session: AsyncSession, case: Case) -> list[Dated]:
    """Return what of the parcels belongs into a case's timeline: sent, and what became of it. Two queries."""
    rows = await _of_case(session, case)
    if not rows:
        return []
    found: list[Dated] = []
    parcels: dict[str, tuple[Shipment, Parcel]] = {}
    for shipment, parcel, _ in rows:
        parcels[shipment.id] = shipment, parcel
        result = shipment.direction == Direction.RESULT.name
        entry = TimelineEntry(
            key=shipment.id,
            state="done",
            title="办理结果已寄出" if result else "申请人已邮寄材料",
            when=to_the_minute(shipment.created_at),
            who="办理部门" if result else "申请人",
            text=_carried(parcel),
        )
        found.append((shipment.created_at, entry))
    query = select(ShipmentMilestone).where(col(ShipmentMilestone.shipment_id).in_(parcels))  # of those read above
    for one in (await session.execute(query)).scalars():
        shipment, parcel = parcels[one.shipment_id]
        entry = TimelineEntry(
            key=one.id,
            state="done",
            title=rules.milestone_words(Direction[shipment.direction], ShipmentState(one.state)),
            when=to_the_minute(one.happened_at),
            who=rules.company_name(parcel.company),
            text=_carried(parcel),
        )
        found.append((one.created_at, entry))
    return found


async def may_look_at(session: AsyncSession, *, actor: Actor, shipment_id: str) -> str:
    """Return the parcel of a shipment whose case the actor may look at; empty for any other. Two queries at most."""
    shipment = await session.get(Shipment, shipment_id)
    if shipment is None or not actor.may(Permission.APPLY):
        return ""
    case = await seen_case(session, actor, shipment.case_id)
    return shipment.parcel_id if case is not None else ""


async def case_shipments(session: AsyncSession, case: Case, *, own: Direction | None) -> tuple[ShipmentView, ...]:
    """Return a case's parcels with their reports; ``own`` is the way the reader sends. Two queries."""
    return tuple(await _views(session, await _of_case(session, case), most=_MOST_REPORTS, own=own))


async def _of_case(session: AsyncSession, case: Case) -> list[tuple[Shipment, Parcel, Case]]:
    query = (
        select(Shipment, Parcel)
        .join(Parcel, col(Parcel.id) == col(Shipment.parcel_id))
        .where(col(Shipment.case_id) == case.id)
        .order_by(*newest_first(Shipment))
    )
    return [(shipment, parcel, case) for shipment, parcel in await session.execute(query)]


async def _views(
    session: AsyncSession,
    rows: Sequence[tuple[Shipment, Parcel, Case]],
    *,
    most: int,
    own: Direction | None = None,
) -> list[ShipmentView]:
    events = await events_of(session, [parcel.id for _, parcel, _ in rows], most=most)
    found: list[ShipmentView] = []
    for shipment, parcel, case in rows:
        state, direction = ShipmentState(parcel.state), Direction[shipment.direction]
        reports = tuple(ReportView(to_the_minute(one.happened_at), one.text) for one in events.get(parcel.id, []))
        found.append(
            ShipmentView(
                id=shipment.id,
                way=rules.DIRECTION_LABELS[direction],
                company=rules.company_name(parcel.company),
                number=parcel.number,
                state=STATE_LABELS[state],
                tone=TONES[state],
                registered=to_the_minute(shipment.created_at),
                matter=case.matter_name,
                case_number=case.number or "",
                href=f"/cases/{case.id}",
                news=reports[0].text if reports else "暂无物流信息",
                news_at=reports[0].when if reports else "",
                reports=reports if most > 1 else (),
                removable=direction is own and state is ShipmentState.ORDERED and parcel.moved_at is None,
                over=state in rules.FINAL,
                again=_asked_again(parcel),
            )
        )
    return found


async def _courier_and_office(session: AsyncSession, case: Case) -> tuple[Courier | None, str]:
    """Return what may travel with a case, and where materials for it go."""
    found = (await definitions_of(session, [case.version_id])).get(case.version_id)
    if found is None or found.workflow is None:
        return None, ""
    offices = found.guide.offices
    office = next((one for one in offices if one.region == case.region), offices[0])
    return found.workflow.courier, f"{office.name}，{office.address}，电话 {office.phone}"


def _in_house(actor: Actor) -> ColumnElement[bool]:
    """Return whose list a shipment stands in: the beginning of an index."""
    if actor.unit_id:
        return col(Shipment.house_id) == actor.unit_id
    if actor.institution_id:
        return col(Shipment.institution_id) == actor.institution_id
    return col(Shipment.owner_id) == actor.person_id if actor.person_id else false()


def _note(courier: Courier) -> str:
    paid = "快递费用由申请人承担。" if courier.paid_by_applicant else ""
    return courier.note + paid


def _carried(parcel: Parcel) -> str:
    return f"{rules.company_name(parcel.company)} {parcel.number}"


def _version(rows: Sequence[tuple[Shipment, Parcel, Case]], delivery: int, status: str) -> str:
    """Return a text that is another one whenever something has changed."""
    return "~".join([status, str(delivery), *(f"{shipment.id}.{parcel.version}" for shipment, parcel, _ in rows)])


def _asked_again(parcel: Parcel) -> str:
    """Return the time from which on a parcel's number may be asked about; empty when that is now."""
    again = parcel.asked_at + rules.ASK_EVERY if parcel.asked_at else None
    if again is None or again <= clock.now():
        return ""
    return f"{(again + timedelta(seconds=59)).astimezone(clock.BEIJING):%H:%M}"
