"""What is told of parcels: asked seldom, pushed by whoever can sign, kept once, in whatever order (R-2.6.4)."""

import itertools
from datetime import timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.shipments import Report, ShipmentState, Tracking
from jsrs_portal.gateways.errors import GatewayFailure
from jsrs_portal.models.cases import Case
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.shipments import Parcel, ParcelEvent, ShipmentMilestone
from jsrs_portal.services import parcel_tracking
from jsrs_portal.services.case_details import view_case
from jsrs_portal.services.parcel_tracking import ask_about, callback_of, salt_of, tend_parcels
from jsrs_portal.services.retention import clear_away
from tests.services.applying import serve, shipped
from tests.services.granting import audited
from tests.services.officers import officer
from tests.services.parcelling import (
    INJURY,
    NUMBER,
    OTHER,
    SECRETS,
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
    the_parcel,
)
from tests.services.world import at_once, change, everything_stored, how_many, rows, statements

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.4.1")]
S = ShipmentState


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with a matter that sends both ways."""
    await serve(shipped(INJURY))


@pytest.fixture
async def case_id(boss) -> str:
    """A case whose result is under way."""
    made = await a_case(boss)
    await choose(boss, made, (await address(boss)).id)
    await change(Case, status=CaseStatus.COMPLETED, finished_at=clock.now())
    await shipment_of(await send_out(await officer("desk"), made))
    return made


@pytest.fixture
async def parcel_id(case_id) -> str:
    """Its parcel."""
    return (await the_parcel()).id


async def state() -> ShipmentState:
    return ShipmentState((await the_parcel()).state)


# Asking


async def test_a_number_is_asked_about_once_in_thirty_minutes_also_by_fifty_at_once(parcel_id, time):
    courier = FakeCourier({NUMBER: story(2)})
    outcomes = await at_once(*(ask_about(courier, parcel_id=parcel_id) for _ in range(50)))
    assert (len(courier.asked), outcomes.count(None)) == (1, 1)
    assert {one.code for one in outcomes if one} == {"too_often"}
    assert await state() is S.MOVING
    time.pass_by(minutes=29)
    assert "1 分钟" in (await ask_about(courier, parcel_id=parcel_id)).sentence
    time.pass_by(minutes=1)
    assert await ask_about(courier, parcel_id=parcel_id) is None
    assert len(courier.asked) == 2


async def test_another_parcel_with_the_same_number_is_not_asked_about_either(boss, case_id, parcel_id):
    second = await a_case(boss)
    await shipment_of(await send_in(boss, second, parcel(NUMBER, "yunda")))
    other = next(one for one in await rows(Parcel) if one.company == "yunda")
    courier = FakeCourier()
    assert await ask_about(courier, parcel_id=parcel_id) is None
    assert (await ask_about(courier, parcel_id=other.id)).code == "too_often"


async def test_what_has_arrived_is_asked_about_no_more(parcel_id, time):
    courier = FakeCourier({NUMBER: story(4)})
    assert await ask_about(courier, parcel_id=parcel_id) is None
    assert await state() is S.SIGNED
    time.pass_by(hours=10)
    assert await ask_about(courier, parcel_id=parcel_id) is None
    assert await tend_parcels(courier) == 0
    assert len(courier.asked) == 1


async def test_an_answer_that_does_not_come_changes_nothing(parcel_id):
    courier = FakeCourier(failure=GatewayFailure.TIMEOUT)
    refused = await ask_about(courier, parcel_id=parcel_id)
    assert refused is not None
    assert "快递查询服务" in refused.sentence
    assert await state() is S.ORDERED
    assert await ask_about(None, parcel_id=parcel_id) == parcel_tracking.AWAY
    assert await ask_about(courier, parcel_id="0" * 32) is None


# The worker


async def test_the_worker_orders_pushes_once_and_asks_now_and_then(parcel_id, time):
    courier = FakeCourier({NUMBER: story(1)})
    assert sum(await at_once(*(tend_parcels(courier) for _ in range(5)))) == 1
    assert len(courier.ordered) == 1
    waybill, url, salt = courier.ordered[0]
    assert (waybill.number, url, salt) == (NUMBER, callback_of(parcel_id), salt_of(parcel_id))
    assert url.endswith(f"/courier/kuaidi100/{parcel_id}")
    assert (len(courier.asked), await state()) == (1, S.COLLECTED)
    assert await tend_parcels(courier) == 0
    time.pass_by(hours=6)
    assert await tend_parcels(courier) == 1
    assert (len(courier.ordered), len(courier.asked)) == (1, 2)


async def test_an_order_that_fails_is_tried_again_and_nobody_is_asked_too_often(parcel_id, time):
    courier = FakeCourier(failure=GatewayFailure.UNREACHABLE)
    for _ in range(6):
        assert await tend_parcels(courier) == 1
        time.pass_by(minutes=5)
    assert len(courier.asked) == 1
    courier.failure = None
    assert await tend_parcels(courier) == 1
    assert (len(courier.ordered), len(courier.asked)) == (1, 2)


async def test_a_parcel_that_does_not_move_is_given_up(parcel_id, time):
    courier = FakeCourier()
    await tend_parcels(courier)
    time.pass_by(days=61)
    await tend_parcels(courier)
    assert (await the_parcel()).due_at is None


async def test_without_couriers_the_worker_has_nothing_to_do(parcel_id):
    assert await tend_parcels(None) == 0


# Pushes


@pytest.mark.parametrize("order", [*itertools.permutations((1, 2, 4)), (4, 3, 2, 1, 4, 4), (1, 1, 1, 4, 2)])
async def test_pushes_in_any_order_repeated_end_the_same(boss, case_id, parcel_id, order):
    told = {steps: story(steps) for steps in (1, 2, 3, 4)}
    before = await how_many(Notice)
    for steps in order:
        assert await pushed(parcel_id, push(parcel_id, told[steps]))
    assert await state() is S.SIGNED
    assert await how_many(ParcelEvent) == 4
    assert await how_many(Notice) == before + 1
    assert [one.state for one in await rows(ShipmentMilestone)] == [S.SIGNED]
    view = await shown(boss, case_id)
    (one,) = view.shipments
    assert (one.state, one.over, len(one.reports)) == ("已签收", True, 4)
    assert one.news == "已签收，签收人：李**，感谢使用"
    assert one.reports[-1].text == "【南京市】快递员陈**（1*******00）已揽收"
    async with db.reading() as session:
        case = await view_case(session, actor=boss, case_id=case_id)
    assert [entry.title for entry in case.timeline[-2:]] == ["办理结果已寄出", "办理结果已签收"]
    stored = await everything_stored()
    assert not [secret for secret in SECRETS if secret in stored or secret in str(view)]


async def test_twenty_of_the_same_at_once_tell_once(case_id, parcel_id):
    before, body = await how_many(Notice), push(parcel_id, story(4))
    assert all(await at_once(*(pushed(parcel_id, body) for _ in range(20))))
    assert (await how_many(ParcelEvent), await how_many(Notice)) == (4, before + 1)
    assert len(await audited("courier.news")) == 1


async def test_what_is_forged_changes_nothing_and_costs_no_statement(boss, parcel_id):
    second = await a_case(boss)
    await shipment_of(await send_in(boss, second, parcel(OTHER)))
    other = await the_parcel(OTHER)
    right = push(parcel_id, story(4))
    with statements() as asked:
        for body in (
            push(parcel_id, story(4), salt="another salt"),
            push(other.id, story(4)),
            right.replace(b"sign=", b"sign=0"),
            right.replace(b"1136281381675", b"1136281381679"),
            b"",
            b"{}",
            b"param=&sign=" * 3,
        ):
            assert not await pushed(parcel_id, body)
    assert asked == []
    assert not await pushed(parcel_id, push(parcel_id, story(4), number=OTHER))
    assert not await pushed("f" * 32, push("f" * 32, story(4)))
    assert await state() is S.ORDERED
    assert await how_many(ParcelEvent) == 0


async def test_what_lies_in_the_future_is_not_believed(parcel_id):
    later = clock.now() + timedelta(days=2)
    told = Tracking(S.SIGNED, (*story(1).reports, Report(later, "已签收", S.SIGNED)))
    assert await pushed(parcel_id, push(parcel_id, told))
    assert (await state(), await how_many(ParcelEvent)) == (S.ORDERED, 1)
    assert await pushed(parcel_id, push(parcel_id, story(2)))
    assert await state() is S.MOVING


async def test_when_they_give_up_it_is_ordered_anew_half_an_hour_later(parcel_id, time):
    courier = FakeCourier()
    await tend_parcels(courier)
    assert await pushed(parcel_id, push(parcel_id, Tracking(None), status="abort"))
    assert await tend_parcels(courier) == 0
    time.pass_by(minutes=31)
    assert await tend_parcels(courier) == 1
    assert len(courier.ordered) == 2


async def test_trouble_is_told_and_so_is_its_end(boss, case_id, parcel_id):
    trouble = Report(clock.now() - timedelta(minutes=20), "派送不成功", S.TROUBLE)
    before = await how_many(Notice)
    told = Tracking(S.TROUBLE, (*story(2).reports, trouble))
    for _ in range(2):
        assert await pushed(parcel_id, push(parcel_id, told))
    assert await how_many(Notice) == before + 1
    assert (await rows(Notice))[-1].title == "办理结果派送异常"
    signed = Report(clock.now() - timedelta(minutes=5), "已签收", S.SIGNED)
    await pushed(parcel_id, push(parcel_id, Tracking(S.SIGNED, (*told.reports, signed))))
    titles = [one.title for one in await rows(Notice)]
    assert titles.count("办理结果已签收") == 1


async def test_materials_that_arrive_are_told_to_who_sent_them(boss):
    made = await a_case(boss)
    await shipment_of(await send_in(boss, made))
    parcel_id, before = (await the_parcel()).id, await how_many(Notice)
    for steps in (2, 3, 4):
        await pushed(parcel_id, push(parcel_id, story(steps)))
    assert await how_many(Notice) == before + 1
    assert (await rows(Notice))[-1].title == "邮寄的材料已签收"


async def test_what_couriers_said_does_not_stay_for_ever(case_id, parcel_id, time):
    await pushed(parcel_id, push(parcel_id, story(4)))
    time.pass_by(days=184)
    await clear_away()
    assert (await how_many(ParcelEvent), await how_many(Parcel)) == (0, 1)
