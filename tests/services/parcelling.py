"""Parcels in the words of the tests: chosen, sent, told of in whatever order (R-2.6.4)."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.delivery_addresses import AddressTyped
from jsrs_portal.domain.shipments import ParcelTyped, Report, ShipmentState, Tracking
from jsrs_portal.gateways.courier import kuaidi100
from jsrs_portal.gateways.courier.kuaidi100_words import push_sign
from jsrs_portal.gateways.courier.port import Push, Waybill
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.models.addresses import Address
from jsrs_portal.models.shipments import Parcel, Shipment
from jsrs_portal.services import case_delivery, delivery_addresses, parcel_tracking, shipment_views, shipping
from jsrs_portal.services.parcel_tracking import salt_of
from tests.services.casework import lay
from tests.services.numbers import human
from tests.services.officers import Officer
from tests.services.world import rows

INJURY = "work-injury-recognition"
"""It sends results and takes materials, of units and of persons."""
WHO = human(71)
NUMBER, OTHER = "1136281381675", "1136281381676"
WORDS = {
    "103": "【南京市】快递员陈大力（13800138000）已揽收",
    "1002": "【南京市】快件已发往苏州",
    "5": "【苏州市】派件员：王小明（电话13900139000）正在派送",
    "301": "已签收，签收人：李思源，感谢使用",
    "204": "【苏州市】派送不成功，收件人电话0512-66668888无人接听",
}
SECRETS = ("陈大力", "13800138000", "王小明", "13900139000", "李思源", "66668888")
STORY = ("103", "1002", "5", "301")


@dataclass
class FakeCourier:
    """Somebody who knows what a test says; who asked about what, and what was ordered."""

    known: dict[str, Tracking] = field(default_factory=dict)
    failure: GatewayFailure | None = None
    asked: list[Waybill] = field(default_factory=list)
    ordered: list[tuple[Waybill, str, str]] = field(default_factory=list)

    async def track(self, waybill: Waybill) -> Tracking:
        self.asked.append(waybill)
        await asyncio.sleep(0.01)
        if self.failure:
            raise GatewayError(System.COURIER, self.failure)
        return self.known.get(waybill.number, Tracking(None))

    async def subscribe(self, waybill: Waybill, *, callback_url: str, salt: str) -> bool:
        await asyncio.sleep(0)
        if self.failure:
            raise GatewayError(System.COURIER, self.failure)
        self.ordered.append((waybill, callback_url, salt))
        return True

    def read_push(self, body: bytes, *, salt: str) -> Push:
        return kuaidi100.read_push(body, salt=salt)


def parcel(number: str = NUMBER, company: str = "ems", phone: str = "") -> ParcelTyped:
    """Return a company and a number as typed."""
    return ParcelTyped(company=company, number=number, phone=phone)


def where(number: int = 1, **other: Any) -> AddressTyped:
    """Return an address as typed."""
    values = {
        "name": WHO.name,
        "mobile": WHO.mobile,
        "province": "320000",
        "city": "320500",
        "county": "320583",
        "detail": f"前进东路{number}号政务服务中心",
    }
    return AddressTyped(**(values | other))


async def address(actor: Actor, number: int = 1) -> Address:
    """Add an address to the actor's unit."""
    async with db.unit_of_work() as session:
        made = await delivery_addresses.add_address(session, actor=actor, typed=where(number))
    assert isinstance(made, Address), made
    return made


async def a_case(actor: Actor, status: str = CaseStatus.ACCEPTED, **values: Any) -> str:
    """Lay a case of the matter that sends both ways."""
    made = await lay(actor, key=INJURY, status=status, stage="accept", **values)
    return made[0]


async def choose(actor: Actor, case_id: str, address_id: str = "", typed: AddressTyped | None = None) -> Any:
    """Say where the result is to be sent."""
    async with db.unit_of_work() as session:
        return await case_delivery.choose_delivery(
            session, actor=actor, case_id=case_id, address_id=address_id, typed=typed
        )


async def drop(actor: Actor, case_id: str) -> Any:
    """Want nothing sent after all."""
    async with db.unit_of_work() as session:
        return await case_delivery.drop_delivery(session, actor=actor, case_id=case_id)


async def send_in(actor: Actor, case_id: str, typed: ParcelTyped | None = None) -> Any:
    """Register materials sent in."""
    async with db.unit_of_work() as session:
        return await shipping.send_materials(session, actor=actor, case_id=case_id, typed=typed or parcel())


async def send_out(officer: Officer, case_id: str, typed: ParcelTyped | None = None) -> Any:
    """Register the result sent out."""
    async with db.unit_of_work() as session:
        return await shipping.send_result(session, actor=officer.acting, case_id=case_id, typed=typed or parcel())


async def take_off(actor: Actor, shipment_id: str) -> Any:
    """Take a parcel off."""
    async with db.unit_of_work() as session:
        return await shipping.remove_shipment(session, actor=actor, shipment_id=shipment_id)


async def shown(actor: Actor, case_id: str) -> shipment_views.CourierView | None:
    """Return what the case's page shows of couriers."""
    async with db.reading() as session:
        return await shipment_views.view_courier(session, actor=actor, case_id=case_id)


async def listed(actor: Actor, text: str = "", after: str = "") -> shipment_views.ShipmentPage:
    """Return a page of the list."""
    async with db.reading() as session:
        return await shipment_views.list_shipments(session, actor=actor, text=text, after=after)


async def the_parcel(number: str = NUMBER) -> Parcel:
    """Return a parcel as it is kept."""
    return next(one for one in await rows(Parcel) if one.number == number)


async def shipment_of(made: Any) -> Shipment:
    """Return what was registered, which must have been possible."""
    assert isinstance(made, Shipment), made
    return made


def story(steps: int, start: int = 60) -> Tracking:
    """Return what a courier knows after so many steps, the first one ``start`` minutes ago, ten minutes apart."""
    begun = clock.now().replace(microsecond=0) - timedelta(minutes=start)
    states = (ShipmentState.COLLECTED, ShipmentState.MOVING, ShipmentState.DELIVERING, ShipmentState.SIGNED)
    reports = [
        Report(begun + timedelta(minutes=10 * n), WORDS[code], states[n]) for n, code in enumerate(STORY[:steps])
    ]
    return Tracking(states[steps - 1] if steps else None, tuple(reports))


def push(
    parcel_id: str, told: Tracking, *, number: str = NUMBER, salt: str = "", status: str = "polling", code: str = ""
) -> bytes:
    """Return what kuaidi100 would send of a parcel; ``salt`` is somebody else's."""
    codes = {"COLLECTED": "1", "MOVING": "0", "DELIVERING": "5", "SIGNED": "3", "TROUBLE": "2", "RETURNED": "4"}
    data = [
        {"ftime": f"{one.at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M:%S}", "context": one.text}
        for one in sorted(told.reports, key=lambda one: one.at, reverse=True)
    ]
    state = code or codes.get(told.state or "", "")
    result = {"nu": number, "com": "ems", "state": state, "ischeck": "0", "data": data}
    param = json.dumps({"status": status, "lastResult": result}, ensure_ascii=False)
    return urlencode({"param": param, "sign": push_sign(param, salt=salt or salt_of(parcel_id))}).encode()


async def pushed(parcel_id: str, body: bytes) -> bool:
    """Let something come to a parcel's address."""
    return await parcel_tracking.note_push(FakeCourier(), address="203.0.113.9", parcel_id=parcel_id, body=body)
