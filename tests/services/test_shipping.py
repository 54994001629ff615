"""快递 of cases: the address chosen, parcels registered by who may, seen by whom they concern (R-2.6.4)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain import shipments as rules
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.results import ResultState
from jsrs_portal.models.addresses import Address
from jsrs_portal.models.cases import Case
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.results import CaseResult
from jsrs_portal.models.shipments import CaseDelivery, Parcel, Shipment
from jsrs_portal.models.staff import Staff
from jsrs_portal.models.units import Grant
from jsrs_portal.services import applications, case_delivery, shipment_views, shipping, staff_shipments
from jsrs_portal.services.case_details import view_case
from jsrs_portal.services.grant_terms import Terms
from jsrs_portal.services.retention import clear_away
from jsrs_portal.services.shipping import NOT_THERE
from jsrs_portal.services.staff import FORBIDDEN
from jsrs_portal.services.staff_case_acts import GONE
from tests.services.applying import RENEWAL, begin, serve, shipped
from tests.services.casework import lay
from tests.services.granting import acting, audited, given
from tests.services.numbers import employer, human
from tests.services.officers import Officer, officer
from tests.services.opening import HER
from tests.services.parcelling import (
    INJURY,
    NUMBER,
    OTHER,
    WHO,
    a_case,
    address,
    choose,
    drop,
    listed,
    parcel,
    send_in,
    send_out,
    shipment_of,
    shown,
    take_off,
    where,
)
from tests.services.world import (
    at_once,
    change,
    everything_stored,
    fields,
    how_many,
    rows,
    sentences,
    statements,
    warm_up,
)

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.4.1")]


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with a matter that sends both ways, and one that sends nothing."""
    await serve(shipped(INJURY), shipped(RENEWAL))


@pytest.fixture
async def desk() -> Officer:
    """An officer for everywhere."""
    return await officer("desk")


@pytest.fixture
async def decided(boss) -> str:
    """A case that has ended well, whose result is wanted by post."""
    made = await a_case(boss)
    await choose(boss, made, (await address(boss)).id)
    await change(Case, status=CaseStatus.COMPLETED, finished_at=clock.now())
    return made


async def full(who: Officer, case_id: str) -> Any:
    async with db.unit_of_work() as session:
        return await staff_shipments.open_delivery(session, actor=who.acting, case_id=case_id)


async def at_desk(who: Officer, case_id: str) -> Any:
    async with db.reading() as session:
        return await staff_shipments.view_desk_courier(session, actor=who.acting, case_id=case_id)


# The address


async def test_an_address_of_the_unit_is_chosen_and_kept_as_it_was(boss):
    case_id, first = await a_case(boss), await address(boss)
    second = await address(boss, 2)
    assert isinstance(await choose(boss, case_id, first.id), CaseDelivery)
    view = await shown(boss, case_id)
    assert (view.choosable, view.result, view.materials, view.typed) == (True, True, True, False)
    assert (view.delivery.name, view.delivery.mobile) == (mask_name(WHO.name), "1*******" + WHO.mobile[-2:])
    assert view.delivery.detail == "前进东路1号政务服务中心"
    assert len(view.addresses) == 2
    assert view.manages
    await choose(boss, case_id, second.id)
    async with db.unit_of_work() as session:
        await session.delete(await session.get_one(Address, second.id))
    kept = await shown(boss, case_id)
    assert kept.delivery.detail == "前进东路2号政务服务中心"
    assert await how_many(CaseDelivery) == 1
    assert kept.version != view.version
    assert await drop(boss, case_id) is None
    assert await drop(boss, case_id) is None
    assert (await shown(boss, case_id)).delivery.id == ""
    assert len(await audited("courier.address")) == 2
    assert len(await audited("courier.no-address")) == 1
    stored = await everything_stored()
    assert WHO.mobile not in stored
    assert "前进东路" not in stored


async def test_a_draft_has_its_address_too_and_it_goes_with_it(boss):
    case_id = await begin(boss, INJURY)
    await choose(boss, case_id, (await address(boss)).id)
    assert (await shown(boss, case_id)).delivery.id
    async with db.unit_of_work() as session:
        assert await applications.drop_draft(session, actor=boss, case_id=case_id)
    assert await how_many(CaseDelivery) == 0
    again = await begin(boss, INJURY)
    await choose(boss, again, (await rows(Address))[0].id)
    await change(Case, expires_at=clock.now() - timedelta(days=1))
    assert await choose(boss, again, (await rows(Address))[0].id) == [case_delivery.GONE]
    await clear_away()
    assert (await how_many(CaseDelivery), await how_many(Case)) == (0, 0)


async def test_a_person_and_an_institution_say_where_to(world, boss, school):
    alone = Actor(session_key="p", person_id=boss.person_id, personal=True)
    case_id = await a_case(alone, house_id=None, review_unit_id=None)
    assert await choose(alone, case_id) == [case_delivery.NO_SUCH]
    assert fields(await choose(alone, case_id, typed=where(name="一", city="", detail="x"))) == [
        "name",
        "detail",
        "city",
    ]
    assert isinstance(await choose(alone, case_id, typed=where()), CaseDelivery)
    view = await shown(alone, case_id)
    assert (view.typed, view.addresses) == (True, ())
    assert view.delivery.place.startswith("江苏省苏州市")
    assert (view.delivery.province, view.delivery.city, view.delivery.county) == ("320000", "320500", "320583")
    await choose(alone, case_id, typed=where(3, name=" ", mobile=""))  # who it is for stays
    (kept,) = await rows(CaseDelivery)
    assert (kept.name, kept.mobile, kept.detail) == (WHO.name, WHO.mobile, "前进东路3号政务服务中心")
    assert await shown(boss, case_id) is None
    her = await acting_for(school, world)
    own = await a_case(her, institution_id=school.id, unit_id=None, house_id=boss.unit_id, review_unit_id=None)
    assert isinstance(await choose(her, own, typed=where(2)), CaseDelivery)
    assert (await shown(boss, own)).choosable is False


async def acting_for(school: Any, world: Any) -> Actor:
    """Return the institution's administrator."""
    grant = next(one for one in await rows(Grant) if one.institution_id == school.id)
    made = await acting(grant.id)
    return replace(made, unit_id="", institution_id=school.id, role=Role.INSTITUTION_ADMIN)


async def test_nobody_else_chooses_and_nothing_of_others_is_chosen(world, boss):
    case_id, own = await a_case(boss), await address(boss)
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    foreign = await address(other)
    assert await choose(boss, case_id, foreign.id) == [case_delivery.NO_SUCH]
    assert await choose(boss, case_id, "", where()) == [case_delivery.NO_SUCH]
    cards = await given(boss, await world.registered_person(human(62)), terms=Terms(scope=Scope.of(["card"])))
    outside = await acting(cards.id)
    ended = replace(boss, grant_id="0" * 32)
    for stranger in (other, outside, ended, Actor(session_key="v"), replace(boss, role=None)):
        assert await choose(stranger, case_id, own.id) == [case_delivery.GONE]
        assert await drop(stranger, case_id) == case_delivery.GONE
        assert await send_in(stranger, case_id) == [case_delivery.GONE]
    for stranger in (other, outside, Actor(session_key="v")):
        assert await shown(stranger, case_id) is None
    assert await how_many(CaseDelivery) == await how_many(Shipment) == 0


async def test_a_matter_without_couriers_offers_nothing(boss):
    (case_id,) = await lay(boss, status=CaseStatus.ACCEPTED, stage="accept")
    assert await shown(boss, case_id) == shipment_views.CourierView()
    assert await choose(boss, case_id, (await address(boss)).id) == [rules.NOT_OFFERED]
    assert await send_in(boss, case_id) == [rules.NOT_OFFERED]


# Results


async def test_an_officer_sends_the_result_and_whoever_applied_is_told(boss, decided, desk):
    view = await at_desk(desk, decided)
    assert (view.offered, view.wished, view.sendable, view.why_not) == (True, True, True, "")
    assert (view.delivery.detail, view.delivery.name) == ("", mask_name(WHO.name))
    told = await full(desk, decided)
    assert (told.name, told.mobile) == (WHO.name, WHO.mobile)
    assert told.address == "江苏省苏州市昆山市前进东路1号政务服务中心"
    (entry,) = await audited("courier.unmask")
    assert "寄送办理结果" in entry.details
    before = await how_many(Notice)
    made = await shipment_of(await send_out(desk, decided, parcel("sf-1234567890123", "shunfeng")))
    assert (made.direction, made.number, made.staff_id) == ("RESULT", "SF1234567890123", desk.id)
    (kept,) = await rows(Parcel)
    assert (kept.phone, kept.state) == (WHO.mobile[-4:], "ORDERED")
    assert await how_many(Notice) == before + 1
    notice = (await rows(Notice))[-1]
    assert "顺丰速运寄出" in notice.text
    shown_now = await shown(boss, decided)
    assert (shown_now.choosable, shown_now.sendable) == (False, False)
    assert [(one.way, one.company, one.state, one.removable) for one in shown_now.shipments] == [
        ("寄送结果", "顺丰速运", "待揽收", False)
    ]
    assert await choose(boss, decided, (await rows(Address))[0].id) == [rules.TOO_LATE]
    assert await drop(boss, decided) == rules.TOO_LATE
    async with db.reading() as session:
        case = await view_case(session, actor=boss, case_id=decided)
    assert case.timeline[-1].title == "办理结果已寄出"
    assert case.timeline[-1].text == "顺丰速运 SF1234567890123"


async def test_nothing_is_sent_before_the_end_or_unasked(boss, desk):
    case_id = await a_case(boss)
    assert await send_out(desk, case_id) == [rules.NOT_DECIDED]
    assert await full(desk, case_id) == rules.NOT_DECIDED
    await change(Case, status=CaseStatus.COMPLETED)
    assert await send_out(desk, case_id) == [rules.NO_ADDRESS]
    assert (await at_desk(desk, case_id)).why_not == rules.NO_ADDRESS.sentence
    await choose(boss, case_id, (await address(boss)).id)
    assert fields(await send_out(desk, case_id, parcel("1", "nobody"))) == ["company", "number"]
    assert isinstance(await send_out(desk, case_id), Shipment)
    assert await send_out(desk, case_id) == [rules.TWICE]


async def test_a_result_that_was_withdrawn_is_not_sent(decided, desk):
    now = clock.now()
    kept = CaseResult(id=decided, decision=CaseStatus.COMPLETED, due_at=now, state=ResultState.WITHDRAWN)
    kept.number, kept.withdrawn_at, kept.reason = "JG20261129000001", now, "适用依据有误"
    async with db.unit_of_work() as session:
        session.add(kept)
    assert await send_out(desk, decided) == [rules.RESULT_WITHDRAWN]
    assert await full(desk, decided) == rules.RESULT_WITHDRAWN
    seen = await at_desk(desk, decided)
    assert (seen.sendable, seen.why_not) == (False, rules.RESULT_WITHDRAWN.sentence)
    assert await how_many(Parcel) == 0


async def test_other_officers_and_other_people_send_nothing(boss, decided):
    elsewhere = await officer("suzhou", region="320500")
    await change(Case, region="320100")
    auditor = await officer("audit", StaffRole.AUDIT)
    assert await send_out(elsewhere, decided) == [case_delivery.GONE]
    assert await full(elsewhere, decided) == GONE
    assert await at_desk(elsewhere, decided) is None
    assert await send_out(auditor, decided) == [FORBIDDEN]
    assert await full(auditor, decided) == FORBIDDEN
    locked = await officer("gone")
    async with db.unit_of_work() as session:
        (await session.get_one(Staff, locked.id)).status = "LOCKED"
    assert await send_out(locked, decided) == [FORBIDDEN]
    async with db.unit_of_work() as session:
        outcome = await shipping.send_result(session, actor=boss, case_id=decided, typed=parcel())
    assert outcome == [FORBIDDEN]
    assert await how_many(Parcel) == 0


async def test_of_fifty_at_once_one_is_registered(decided, desk):
    outcomes = await at_once(*(send_out(desk, decided) for _ in range(50)))
    assert sum(isinstance(one, Shipment) for one in outcomes) == 1
    assert [one for one in outcomes if not isinstance(one, Shipment)] == [[rules.TWICE]] * 49
    assert (await how_many(Parcel), await how_many(Shipment)) == (1, 1)


async def test_several_cases_of_one_house_may_lie_in_one_parcel_but_no_strangers(world, boss, decided, desk):
    second = await a_case(boss, status=CaseStatus.COMPLETED)
    await choose(boss, second, (await rows(Address))[0].id)
    for case_id in (decided, second):
        await shipment_of(await send_out(desk, case_id))
    assert (await how_many(Parcel), await how_many(Shipment)) == (1, 2)
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    theirs = await a_case(other)
    assert await send_in(other, theirs, parcel()) == [rules.ELSEWHERE]
    assert await send_in(other, theirs, parcel(NUMBER, "yunda")) != [rules.ELSEWHERE]


# Materials


async def test_materials_are_sent_in_while_the_bureau_has_the_case(boss, desk):
    case_id = await a_case(boss)
    view = await shown(boss, case_id)
    assert view.sendable
    assert "电话" in view.where
    assert fields(await send_in(boss, case_id, parcel(NUMBER, "zhongtong"))) == ["phone"]
    made = await shipment_of(await send_in(boss, case_id, parcel(NUMBER, "zhongtong", "1995")))
    assert (made.direction, made.person_id, made.house_id) == ("MATERIALS", boss.person_id, boss.unit_id)
    at = await at_desk(desk, case_id)
    assert [(one.way, one.number, one.removable) for one in at.shipments] == [("邮寄材料", NUMBER, False)]
    (mine,) = (await shown(boss, case_id)).shipments
    assert mine.removable
    for n in range(9):
        await shipment_of(await send_in(boss, case_id, parcel(f"99000000{n}")))
    assert await send_in(boss, case_id, parcel("990000009")) == [rules.TOO_MANY]
    await change(Case, status=CaseStatus.COMPLETED)
    assert await send_in(boss, case_id, parcel(OTHER)) == [rules.NOT_IN_PROCESS]


async def test_what_was_registered_by_mistake_is_taken_off_while_nothing_has_moved(world, boss, decided, desk):
    sent = await shipment_of(await send_out(desk, decided))
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    for stranger in (boss, other, Actor(session_key="v"), (await officer("xiao", StaffRole.AUDIT)).acting):
        assert await take_off(stranger, sent.id) == NOT_THERE
    outcomes = await at_once(*(take_off(desk.acting, sent.id) for _ in range(5)))
    assert outcomes.count(None) == 1
    assert (await how_many(Parcel), await how_many(Shipment)) == (0, 0)
    assert len(await audited("courier.drop")) == 1
    again = await shipment_of(await send_out(desk, decided))
    await change(Parcel, state="MOVING")
    assert await take_off(desk.acting, again.id) == rules.UNDER_WAY


# The lists


async def test_the_list_shows_the_units_shipments_by_pages_and_by_number(boss, desk):
    assert await listed(boss) == shipment_views.ShipmentPage((), "")
    case_id = await a_case(boss)
    for n in range(10):
        await shipment_of(await send_in(boss, case_id, parcel(f"77000000{n:02d}")))
    second, third = await a_case(boss), await a_case(boss)
    for n in range(10, 20):
        await shipment_of(await send_in(boss, second, parcel(f"77000000{n:02d}")))
    await shipment_of(await send_in(boss, third))
    await warm_up()
    with statements() as asked:
        first = await listed(boss)
    assert len(asked) == 2
    assert len(first.items) == 20
    assert first.items[0].number == NUMBER
    rest = await listed(boss, after=first.after)
    assert ([one.number for one in rest.items], rest.after) == (["7700000000"], "")
    assert [one.number for one in (await listed(boss, "7700 0000-13")).items] == ["7700000013"]
    assert len((await listed(boss, "77000000")).items) == 20
    assert (await listed(boss, "%")).items == ()
    assert (await listed(boss, "快递")).items == ()
    assert (await listed(boss, after="nonsense")).items == first.items
    one = first.items[0]
    assert (one.href, one.news, one.state, one.reports) == (f"/cases/{third}", "暂无物流信息", "待揽收", ())


async def test_everybody_has_their_own_list(world, boss, school):
    other = await acting((await world.registered_unit(employer(3))).grant_id)
    alone = Actor(session_key="p", person_id=boss.person_id, personal=True)
    her = await acting_for(school, world)
    agent = await acting((await given(boss, await world.registered_person(human(62)))).id)
    numbers: dict[str, Actor] = {"11111111": boss, "22222222": alone, "33333333": her}
    for number, who in numbers.items():
        house = {"house_id": None if who is alone else boss.unit_id, "review_unit_id": None}
        unit = {"institution_id": school.id, "unit_id": None} if who is her else {}
        await shipment_of(await send_in(who, await a_case(who, **house, **unit), parcel(number)))

    async def seen(who: Actor) -> set[str]:
        return {one.number for one in (await listed(who)).items}

    assert await seen(boss) == {"11111111", "33333333"}
    assert await seen(alone) == {"22222222"}
    assert await seen(her) == {"33333333"}
    assert await seen(other) == await seen(agent) == await seen(Actor(session_key="v")) == set()
    assert HER.name


async def test_addresses_of_results_do_not_stay_for_ever(decided, time):
    time.pass_by(days=180)
    await clear_away()
    assert await how_many(CaseDelivery) == 1
    time.pass_by(days=10)
    await clear_away()
    assert await how_many(CaseDelivery) == 0


async def test_sentences_name_what_to_do(boss, desk):
    case_id = await a_case(boss)
    assert "快递公司" in sentences(await send_in(boss, case_id, parcel("", "")))
