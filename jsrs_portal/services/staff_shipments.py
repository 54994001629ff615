"""快递 of a case at the bureau: where to send the result, what is under way, both ways (R-2.6.4)."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import shipments as rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.matter_workflow import Direction
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.shipments import Shipment
from jsrs_portal.services import audit, limits
from jsrs_portal.services.case_access import desk_case
from jsrs_portal.services.case_delivery import NO_DELIVERY, DeliveryView, courier_of, delivery_of, delivery_view
from jsrs_portal.services.results import is_withdrawn
from jsrs_portal.services.shipment_views import ShipmentView, case_shipments
from jsrs_portal.services.staff import may
from jsrs_portal.services.staff_case_acts import GONE


@dataclass(frozen=True)
class DeskCourier:
    """What a case has to do with couriers, for its officers: masked.

    ``offered`` says that the matter sends or takes anything; ``why_not`` why no result can be registered now.
    """

    offered: bool = False
    wished: bool = False
    delivery: DeliveryView = NO_DELIVERY
    why_not: str = ""
    sendable: bool = False
    shipments: tuple[ShipmentView, ...] = ()


@dataclass(frozen=True)
class FullDelivery:
    """What goes on the parcel; given only to an officer who has something to send there."""

    name: str = ""
    mobile: str = ""
    address: str = ""


async def view_desk_courier(session: AsyncSession, *, actor: Actor, case_id: str) -> DeskCourier | None:
    """Return it for a case of the officer's region; ``None`` for any other. Six queries at most."""
    case = await desk_case(session, actor, case_id)
    if case is None:
        return None
    courier = await courier_of(session, case)
    if courier is None:
        return DeskCourier()
    kept = await delivery_of(session, case.id)
    shipments = await case_shipments(session, case, own=Direction.RESULT)
    withdrawn = await is_withdrawn(session, case.id)
    refused = rules.why_not_send_result(courier, CaseStatus(case.status), wished=kept is not None, withdrawn=withdrawn)
    sends = rules.offers(courier, Direction.RESULT)
    return DeskCourier(
        offered=True,
        wished=kept is not None,
        delivery=delivery_view(kept, whole=False),
        why_not=refused.sentence if refused and sends else "",
        sendable=refused is None,
        shipments=shipments,
    )


async def open_delivery(session: AsyncSession, *, actor: Actor, case_id: str) -> FullDelivery | Refusal:
    """Return the recipient in full, to be written on the parcel: for that, and written down as that.

    Errors: no permission; no such case in the officer's region; nothing to be sent there now; the day's number used up.
    """
    if refused := may(actor, Permission.STAFF_CASES) or may(actor, Permission.STAFF_UNMASK):
        return refused
    case = await desk_case(session, actor, case_id)
    if case is None:
        return GONE
    kept = await delivery_of(session, case.id)
    courier, status = await courier_of(session, case), CaseStatus(case.status)
    withdrawn = await is_withdrawn(session, case.id)
    if refused := rules.why_not_send_result(courier, status, wished=kept is not None, withdrawn=withdrawn):
        return refused
    if kept is None:
        return rules.NO_ADDRESS
    note = partial(
        audit.record, session, actor=actor, action="courier.unmask", subject=case.id, unit_id=case.house_id or ""
    )
    exceeded = await limits.take(session, frequency.STAFF_UNMASK, actor.staff_id, now=clock.now())
    if exceeded:
        if exceeded.first:
            note(result="LIMIT")
        return exceeded.refusal
    note(details={"reason": "填写快递面单，寄送办理结果"})
    return FullDelivery(kept.name, kept.mobile, f"{divisions().full_name(kept.division)}{kept.detail}")


async def may_handle(session: AsyncSession, *, actor: Actor, shipment_id: str) -> str:
    """Return the parcel of a shipment whose case lies in the officer's region; empty for any other."""
    shipment = await session.get(Shipment, shipment_id)
    case = await desk_case(session, actor, shipment.case_id) if shipment else None
    return shipment.parcel_id if shipment and case else ""
