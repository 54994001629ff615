"""快递: numbers, where a parcel is after whatever is told in whatever order, and who may send what when (R-2.6.4)."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from jsrs_portal.domain import shipments as rules
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.courier_texts import LONGEST, without_people
from jsrs_portal.domain.matter_workflow import Courier, Direction
from jsrs_portal.domain.shipments import ParcelTyped, Place, Report, ShipmentState, Tracking, after
from jsrs_portal.gateways.courier.sf_words import read_routes
from jsrs_portal.zone import BEIJING

pytestmark = pytest.mark.req("R-2.6.4.1")
S = ShipmentState
NOW = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
BOTH = Courier(directions=(Direction.RESULT, Direction.MATERIALS))


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def told(state: ShipmentState | None, *minutes: int) -> Tracking:
    return Tracking(state, tuple(Report(at(one), f"第 {one} 分钟") for one in minutes))


STORY = (
    told(S.COLLECTED, 0),
    told(S.MOVING, 0, 10),
    told(S.DELIVERING, 0, 10, 20),
    told(S.SIGNED, 0, 10, 20, 30),
)


@pytest.mark.parametrize("order", list(itertools.permutations(STORY)))
def test_in_whatever_order_it_is_told_it_ends_the_same(order: tuple[Tracking, ...]) -> None:
    place = Place()
    for one in (*order, *reversed(order), *order):
        place = after(place, one)
    assert place == Place(S.SIGNED, at(30))


@pytest.mark.parametrize(
    ("known", "news", "expected"),
    [
        (Place(S.DELIVERING, at(20)), told(S.MOVING, 10), S.DELIVERING),
        (Place(S.DELIVERING, at(20)), told(S.TROUBLE, 25), S.TROUBLE),
        (Place(S.TROUBLE, at(20)), told(S.DELIVERING, 25), S.DELIVERING),
        (Place(S.DELIVERING, at(20)), told(S.SIGNED, 20), S.SIGNED),
        (Place(S.DELIVERING, at(20)), told(S.MOVING, 20), S.DELIVERING),
        (Place(S.DELIVERING, at(20)), told(S.SIGNED, 10), S.DELIVERING),
        (Place(S.DELIVERING, at(20)), told(None, 25), S.DELIVERING),
        (Place(S.SIGNED, at(20)), told(S.RETURNED, 40), S.SIGNED),
        (Place(S.MOVING, at(20)), told(S.SIGNED), S.SIGNED),
        (Place(S.MOVING, at(20)), told(S.COLLECTED), S.MOVING),
        (Place(), told(S.SIGNED), S.SIGNED),
    ],
)
def test_only_newer_news_lead_on(known: Place, news: Tracking, expected: ShipmentState) -> None:
    assert after(known, news).state is expected


def test_what_has_not_happened_is_not_believed() -> None:
    news = told(S.SIGNED, 0, 10, 24 * 60).believable(NOW, NOW)
    assert (news.state, news.at) == (None, at(10))
    assert told(S.SIGNED, 0, 30).believable(NOW, NOW).state is S.SIGNED
    many = Tracking(S.MOVING, tuple(Report(at(-n), str(n)) for n in range(500))).believable(NOW, NOW)
    assert len(many.reports) == rules.MOST_EVENTS
    assert many.at == at(0)


def test_what_happened_long_before_a_number_was_registered_is_of_another_parcel() -> None:
    old = Report(NOW - rules.BEFORE - timedelta(minutes=1), "已签收", S.SIGNED)
    ancient = Report(datetime(1, 1, 1, tzinfo=BEIJING), "已签收", S.SIGNED)
    assert Tracking(S.SIGNED, (ancient, old)).believable(NOW, NOW) == Tracking(None)
    again = Tracking(S.COLLECTED, (ancient, old, Report(at(-5), "已揽收", S.COLLECTED)))
    assert again.believable(NOW, NOW) == Tracking(S.COLLECTED, again.reports[2:])
    assert Tracking(S.SIGNED).believable(NOW, NOW).state is S.SIGNED


def test_an_operation_without_a_meaning_leads_nowhere_and_not_back() -> None:
    entries = [
        {"acceptTime": "2026-11-29 11:00:00", "remark": "已揽收", "opCode": "50"},
        {"acceptTime": "2026-11-29 11:30:00", "remark": "已交接", "opCode": "9999"},
    ]
    news = read_routes(entries).believable(NOW, NOW)
    assert after(Place(), news) == Place(S.COLLECTED, at(-30))
    assert after(Place(S.DELIVERING, at(-40)), news) == Place(S.DELIVERING, at(-30))
    later = [*entries, {"acceptTime": "2026-12-01 11:30:00", "remark": "已交接", "opCode": "9999"}]
    assert after(Place(), read_routes(later).believable(NOW, NOW)) == Place(S.COLLECTED, at(-30))


@pytest.mark.parametrize(
    ("company", "number", "phone", "fields"),
    [
        ("ems", "1136281381675", "", []),
        ("ems", "11-3628 1381675", "", []),
        ("shunfeng", "sf1234567890123", "1995", []),
        ("shunfeng", "SF1234567890123", "", ["phone"]),
        ("zhongtong", "757892838221", "13800001995", ["phone"]),
        ("", "1136281381675", "", ["company"]),
        ("nobody", "113", "x", ["company", "number", "phone"]),
        ("ems", "11362813816七五", "", ["number"]),
        ("ems", "1" * 33, "", ["number"]),
    ],
)
def test_a_parcel_is_read(company: str, number: str, phone: str, fields: list[str]) -> None:
    found = rules.check_parcel(ParcelTyped(company=company, number=number, phone=phone))
    assert [one.field for one in found] == fields


def test_numbers_are_looked_for_by_their_beginning() -> None:
    assert rules.plain_number(" sf 1234-5678 ") == "SF12345678"
    assert rules.searched_number("sf 123") == "SF123"
    assert rules.searched_number("%") == rules.searched_number("") == rules.searched_number("快递") == ""


@pytest.mark.parametrize("status", list(CaseStatus))
def test_who_may_send_what_when(status: CaseStatus) -> None:
    decided = status in (CaseStatus.COMPLETED, CaseStatus.REJECTED, CaseStatus.NOT_ACCEPTED)
    at_bureau = status in (CaseStatus.SUBMITTED, CaseStatus.ACCEPTED, CaseStatus.CORRECTION)
    assert (rules.why_not_send_result(BOTH, status, wished=True) is None) is decided
    assert (rules.why_not_send_materials(BOTH, status) is None) is at_bureau
    over = status in (CaseStatus.TRANSFERRED, CaseStatus.UNIT_REJECTED, CaseStatus.WITHDRAWN, CaseStatus.LAPSED)
    assert (rules.why_not_choose(BOTH, status, sent=False) is None) is not over
    assert rules.why_not_choose(BOTH, status, sent=True) == rules.TOO_LATE
    for nothing in (None, Courier(directions=(Direction.MATERIALS,))):
        assert rules.why_not_choose(nothing, status, sent=False) == rules.NOT_OFFERED
        assert rules.why_not_send_result(nothing, status, wished=True) == rules.NOT_OFFERED
    assert rules.why_not_send_materials(Courier(directions=(Direction.RESULT,)), status) == rules.NOT_OFFERED


def test_nothing_is_sent_to_who_did_not_ask_or_without_end() -> None:
    assert rules.why_not_send_result(BOTH, CaseStatus.COMPLETED, wished=False) == rules.NO_ADDRESS
    assert rules.why_not_send_result(BOTH, CaseStatus.COMPLETED, wished=True, already=10) == rules.TOO_MANY
    taken_back = rules.why_not_send_result(BOTH, CaseStatus.COMPLETED, wished=True, withdrawn=True)
    assert taken_back == rules.RESULT_WITHDRAWN
    assert rules.why_not_send_materials(BOTH, CaseStatus.ACCEPTED, already=10) == rules.TOO_MANY


def test_every_state_has_its_words() -> None:
    assert set(rules.STATE_LABELS) == set(rules.TONES) == set(S)
    assert rules.news_words(Direction.RESULT, S.SIGNED) == ("办理结果已签收", "办理结果已签收。")
    assert rules.news_words(Direction.MATERIALS, S.WAITING) is None
    assert rules.news_words(Direction.RESULT, S.MOVING) is None
    assert rules.milestone_words(Direction.MATERIALS, S.SIGNED) == "邮寄的材料已签收"
    assert rules.milestone_words(Direction.RESULT, S.MOVING) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("【南京市】快递员张三（13800138000）正在派送", "【南京市】快递员张**（1*******00）正在派送"),
        ("派件员：王小明（电话13900139000）正在派送", "派件员：王**（电话1*******00）正在派送"),
        ("快件已签收，签收人：李思源，感谢使用", "快件已签收，签收人：李**，感谢使用"),
        ("已签收，签收人是【门卫】", "已签收，签收人是【门卫】"),
        ("[苏州]派件 陈大力，18000001111", "[苏州]派件 陈**，1*******11"),
        ("收件人电话0512-66668888无人接听", "收件人电话0512****88无人接听"),
        ("客服热线95311，网点4008111111", "客服热线95311，网点4*******11"),
        ("快件到达【苏州转运中心】", "快件到达【苏州转运中心】"),
        ("签收人：本人签收", "签收人：本人签收"),
        ("寄件人张明远已签收", "寄件人张**已签收"),
        ("已由李四签收", "已由李**签收"),
        ("您的快递由王小明15950933123派送", "您的快递由王**1*******23派送"),
        ("快件已被 [张三] 签收", "快件已被 [张**] 签收"),
        ("客户 张三 已签收，感谢使用", "客户 张** 已签收，感谢使用"),
        ("已派送至本人，欧阳震华先生代签收", "已派送至本人，欧**先生代签收"),
        ("由张三丰女士代为签收", "由张**女士代为签收"),
        ("已签收，签收人凭取货码签收。", "已签收，签收人凭取货码签收。"),
        ("客户已签收，感谢使用", "客户已签收，感谢使用"),
        ("已由菜鸟驿站代签收", "已由菜鸟驿站代签收"),
        ("快件由苏州分拨中心派送", "快件由苏州分拨中心派送"),
        ("由前台代签收", "由前台代签收"),
        ("收件人无人接听", "收件人无人接听"),
        ("a\x00b\u202ec\n", "a b c"),
    ],
)
def test_people_are_masked_in_what_couriers_write(text: str, shown: str) -> None:
    assert without_people(text) == shown
    assert without_people(without_people(text)) == without_people(text)


def test_a_text_without_end_is_cut() -> None:
    assert len(without_people("快件" * 10_000)) <= LONGEST
