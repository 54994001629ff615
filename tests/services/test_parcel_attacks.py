"""What goes wrong with parcels, by accident or on purpose: strange news, taken numbers, kept too long (R-2.6.4)."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import shipments as rules
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.shipments import Report, ShipmentState, Tracking
from jsrs_portal.gateways.courier.kuaidi100_words import push_sign
from jsrs_portal.gateways.courier.port import Waybill
from jsrs_portal.models.cases import Case
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.shipments import Parcel, ParcelEvent, Shipment, ShipmentMilestone
from jsrs_portal.services import shipment_views, shipping
from jsrs_portal.services.parcel_tracking import OVER, ask_about, salt_of, tend_parcels
from tests.services.applying import serve, shipped
from tests.services.granting import acting, audited
from tests.services.numbers import employer
from tests.services.officers import Officer, officer
from tests.services.parcelling import (
    INJURY,
    NUMBER,
    OTHER,
    WHO,
    FakeCourier,
    a_case,
    address,
    choose,
    parcel,
    push,
    pushed,
    send_in,
    send_out,
    shipment_of,
    shown,
    story,
    take_off,
    the_parcel,
)
from tests.services.world import at_once, change, how_many, rows

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.4.1")]
S = ShipmentState
SF = "shunfeng"


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with a matter that sends both ways."""
    await serve(shipped(INJURY))


@pytest.fixture
async def desk() -> Officer:
    """An officer for everywhere."""
    return await officer("desk")


async def decided(boss: Any) -> str:
    """Return a case that has ended, whose result is wanted by post."""
    made = await a_case(boss)
    where = await rows_of_addresses(boss)
    await choose(boss, made, where)
    async with db.unit_of_work() as session:
        case = await session.get_one(Case, made)
        case.status, case.finished_at = CaseStatus.COMPLETED, clock.now()
    return made


async def rows_of_addresses(boss: Any) -> str:
    """Return an address of the unit."""
    return (await address(boss)).id


# News


@pytest.mark.parametrize("status", ["polling", "shutdown"])
async def test_the_way_of_an_earlier_parcel_with_the_same_number_is_not_believed(boss, desk, status):
    case_id = await decided(boss)
    await shipment_of(await send_out(desk, case_id))
    one = await the_parcel()
    old = story(4, start=60 * 24 * 400)
    courier = FakeCourier({NUMBER: old})
    assert await ask_about(courier, parcel_id=one.id) is None
    assert await pushed(one.id, push(one.id, old, status=status))
    kept = await the_parcel()
    assert (kept.state, kept.moved_at, await how_many(ParcelEvent)) == (S.ORDERED, None, 0)
    assert await pushed(one.id, push(one.id, Tracking(S.MOVING, (*old.reports, *story(2).reports))))
    assert ((await the_parcel()).state, await how_many(ParcelEvent)) == (S.MOVING, 2)


async def test_texts_and_times_that_nothing_can_hold_are_no_failure(boss):
    await shipment_of(await send_in(boss, await a_case(boss)))
    one, now = await the_parcel(), clock.now().replace(microsecond=0)
    odd = (
        Report(datetime(1, 1, 1, tzinfo=clock.BEIJING), "最早", S.SIGNED),
        Report(datetime(9999, 12, 31, 23, tzinfo=UTC), "最晚", S.SIGNED),
        Report(now, "已到达\ud800\x00\u202e苏州", S.MOVING),
    )
    assert await ask_about(FakeCourier({NUMBER: Tracking(S.MOVING, odd)}), parcel_id=one.id) is None
    said = f"{now.astimezone(clock.BEIJING):%Y-%m-%d %H:%M:%S}"
    data = [{"ftime": "0001-01-01 00:00:00", "context": "最早"}, {"ftime": said, "context": "\ud800已"}]
    param = json.dumps({"status": "polling", "lastResult": {"nu": NUMBER, "state": "0", "data": data}})
    body = urlencode({"param": param, "sign": push_sign(param, salt=salt_of(one.id))}).encode()
    assert await pushed(one.id, body)
    assert {event.text for event in await rows(ParcelEvent)} == {"已到达 苏州", "已"}


async def test_a_case_that_is_put_to_a_parcel_while_news_come_hears_of_them_too(boss, desk):
    first, second = await decided(boss), await decided(boss)
    await shipment_of(await send_out(desk, first))
    one = await the_parcel()
    async with db.unit_of_work() as session:
        made = await shipping.send_result(session, actor=desk.acting, case_id=second, typed=parcel())
        assert isinstance(made, Shipment)
        news = asyncio.create_task(pushed(one.id, push(one.id, story(4))))
        await asyncio.sleep(1.0)
    assert await news
    assert {(row.case_id, row.state) for row in await rows(ShipmentMilestone)} == {
        (first, S.SIGNED),
        (second, S.SIGNED),
    }


async def test_a_case_that_is_put_to_a_parcel_that_has_arrived_says_so(boss, desk):
    first, second = await decided(boss), await decided(boss)
    await shipment_of(await send_out(desk, first))
    one = await the_parcel()
    await pushed(one.id, push(one.id, story(4)))
    await shipment_of(await send_out(desk, second))
    assert {row.case_id for row in await rows(ShipmentMilestone)} == {first, second}
    assert [row.title for row in await rows(Notice)].count("办理结果已签收") == 2


async def test_a_parcel_that_comes_while_a_timeline_is_read_is_no_failure(boss, monkeypatch):
    case_id = await a_case(boss)
    await shipment_of(await send_in(boss, case_id))
    read = shipment_views._of_case

    async def and_another(session: Any, case: Case) -> Any:
        found = await read(session, case)
        await shipment_of(await send_in(boss, case_id, parcel(OTHER)))
        await pushed((await the_parcel(OTHER)).id, push((await the_parcel(OTHER)).id, story(4), number=OTHER))
        return found

    monkeypatch.setattr(shipment_views, "_of_case", and_another)
    async with db.reading() as session:
        shown_now = await shipment_views.milestones(session, await session.get_one(Case, case_id))
    assert [entry.text for _, entry in shown_now] == [f"EMS {NUMBER}"]


# The worker


class Awkward(FakeCourier):
    """Somebody at whose asking something happens."""

    at: Any = None

    async def track(self, waybill: Waybill) -> Tracking:
        await self.at(waybill)
        return await super().track(waybill)


async def test_one_parcel_that_cannot_be_tended_keeps_no_other_waiting(boss, time):
    case_id = await a_case(boss)
    for number in (NUMBER, OTHER):
        await shipment_of(await send_in(boss, case_id, parcel(number)))

    async def fail(waybill: Waybill) -> None:
        if waybill.number == NUMBER:
            raise RuntimeError("nobody thought of that")

    courier = Awkward()
    courier.at = fail
    assert await tend_parcels(courier) == 2
    assert [one.number for one in courier.asked] == [OTHER]
    time.pass_by(minutes=11)
    assert await tend_parcels(courier) == 1


async def test_a_parcel_may_be_taken_off_while_it_is_asked_about(boss):
    made = await shipment_of(await send_in(boss, await a_case(boss)))

    async def gone(_waybill: Waybill) -> None:
        assert await take_off(boss, made.id) is None

    courier = Awkward({NUMBER: story(4)})
    courier.at = gone
    with pytest.MonkeyPatch.context() as patch:
        failures: list[str] = []
        patch.setattr("jsrs_portal.services.parcel_tracking.log.error", lambda event, **_: failures.append(event))
        assert await tend_parcels(courier) == 1
    assert failures == []
    assert (await how_many(Parcel), await how_many(ParcelEvent), await how_many(ShipmentMilestone)) == (0, 0, 0)


async def test_what_is_given_up_while_it_is_tended_is_ordered_anew_when_it_was_said(boss, time):
    await shipment_of(await send_in(boss, await a_case(boss)))
    one = await the_parcel()

    async def abort(_waybill: Waybill) -> None:
        assert await pushed(one.id, push(one.id, Tracking(None), status="abort"))

    courier = Awkward()
    await tend_parcels(FakeCourier())
    time.pass_by(hours=6)
    courier.at = abort
    assert await tend_parcels(courier) == 1
    time.pass_by(minutes=31)
    again = FakeCourier()
    assert (await tend_parcels(again), len(again.ordered)) == (1, 1)


# What is kept


async def test_the_digits_of_a_phone_are_kept_as_long_as_somebody_is_asked(boss, time):
    case_id = await a_case(boss)
    for number in (NUMBER, OTHER):
        await shipment_of(await send_in(boss, case_id, parcel(number, SF, "1995")))
    arrived, lost = await the_parcel(NUMBER), await the_parcel(OTHER)
    assert (arrived.phone, lost.phone) == ("1995", "1995")
    await pushed(arrived.id, push(arrived.id, story(4)))
    assert (await the_parcel(NUMBER)).phone == ""
    await tend_parcels(FakeCourier())
    assert (await the_parcel(OTHER)).phone == "1995"
    time.pass_by(days=61)
    courier = FakeCourier()
    await tend_parcels(courier)
    assert (await the_parcel(OTHER)).phone == ""
    time.pass_by(hours=1)
    asked = len(courier.asked)
    assert await ask_about(courier, parcel_id=lost.id) == OVER
    assert len(courier.asked) == asked


async def test_the_trail_keeps_no_address_longer_than_the_case(boss):
    await choose(boss, await a_case(boss), (await address(boss)).id)
    (entry,) = await audited("courier.address")
    assert not [secret for secret in (WHO.name, WHO.mobile, "前进东路") if secret in entry.details]
    assert "320583" in entry.details


# Taken numbers


async def test_a_number_that_an_applicant_has_taken_gives_way_to_the_bureaus(world, boss, desk):
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    theirs, case_id = await a_case(other), await decided(boss)
    await shipment_of(await send_in(other, theirs, parcel(NUMBER, SF, "0000")))
    await tend_parcels(FakeCourier())
    one = await the_parcel()
    trouble = Report(clock.now() - timedelta(minutes=5), "派送不成功", S.REFUSED)
    await pushed(one.id, push(one.id, Tracking(S.REFUSED, (trouble,)), code="14"))
    assert await how_many(ShipmentMilestone) == 1
    made = await shipment_of(await send_out(desk, case_id, parcel(NUMBER, SF)))
    assert [row.id for row in await rows(Shipment)] == [made.id]
    assert (await shown(other, theirs)).shipments == ()
    assert {row.case_id for row in await rows(ShipmentMilestone)} == {case_id}
    assert (await rows(Notice))[-1].title != ""
    assert [row.title for row in await rows(Notice)].count("快递登记已删除") == 1
    (entry,) = await audited("courier.drop")
    assert entry.subject == theirs
    courier = FakeCourier()
    assert await tend_parcels(courier) == 1
    assert [waybill.phone for waybill, _, _ in courier.ordered] == [WHO.mobile[-4:]]
    assert await send_in(other, theirs, parcel(NUMBER, SF, "0000")) == [rules.ELSEWHERE]


async def test_no_number_gives_way_to_applicants_nor_one_that_the_bureau_has_sent_or_that_has_arrived(
    world, boss, desk
):
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    theirs, case_id = await a_case(other), await decided(boss)
    await shipment_of(await send_in(other, theirs, parcel()))
    assert await send_in(boss, await a_case(boss), parcel()) == [rules.ELSEWHERE]
    one = await the_parcel()
    await pushed(one.id, push(one.id, story(4)))
    assert await send_out(desk, case_id) == [rules.ELSEWHERE]
    await shipment_of(await send_out(desk, case_id, parcel(OTHER)))
    await choose(other, theirs, (await address(other)).id)
    await change(Case, status=CaseStatus.COMPLETED)
    assert await send_out(desk, theirs, parcel(OTHER)) == [rules.ELSEWHERE]
    assert await how_many(Shipment) == 2


async def test_of_houses_that_name_a_number_at_once_one_has_it(world, boss):
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    mine, theirs = await a_case(boss), await a_case(other)
    outcomes = await at_once(*(send_in(who, one) for _ in range(10) for who, one in ((boss, mine), (other, theirs))))
    assert sum(isinstance(one, Shipment) for one in outcomes) == 1
    assert {str(one) for one in outcomes if not isinstance(one, Shipment)} == {
        str([rules.TWICE]),
        str([rules.ELSEWHERE]),
    }
    assert (await how_many(Shipment), await how_many(Parcel)) == (1, 1)


async def test_news_strangers_and_the_bureau_at_once_end_with_the_bureaus(world, boss, desk):
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    theirs, case_id = await a_case(other), await decided(boss)
    made = await shipment_of(await send_in(other, theirs))
    one = await the_parcel()
    trouble = Tracking(S.TROUBLE, (Report(clock.now() - timedelta(minutes=5), "派送不成功", S.TROUBLE),))
    await at_once(
        *(pushed(one.id, push(one.id, trouble)) for _ in range(5)),
        *(send_out(desk, case_id) for _ in range(5)),
        *(send_in(other, theirs) for _ in range(5)),
        *(take_off(other, made.id) for _ in range(2)),
        *(ask_about(FakeCourier({NUMBER: trouble}), parcel_id=one.id) for _ in range(2)),
    )
    assert [row.case_id for row in await rows(Shipment)] == [case_id]
    assert {row.case_id for row in await rows(ShipmentMilestone)} <= {case_id}


async def test_nobody_registers_numbers_without_end(boss, monkeypatch):
    monkeypatch.setattr(frequency, "COURIER_SEND", replace(frequency.COURIER_SEND, most=3))
    case_id = await a_case(boss)
    assert await send_in(boss, case_id, parcel("1")) != []
    for n in range(3):
        made = await shipment_of(await send_in(boss, case_id, parcel(f"99000000{n}")))
        assert await take_off(boss, made.id) is None
    refused = await send_in(boss, case_id)
    assert [(one.field, one.code) for one in refused] == [("number", "too_often")]
    assert await how_many(Parcel) == 0
