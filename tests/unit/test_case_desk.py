"""Rules of the bureau's desk: who may give a case to whom, what a decision has to say, pages by place (R-2.6.3.2)."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from jsrs_portal.domain import case_desk as rules
from jsrs_portal.domain.case_desk import Desk
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.staff import covers
from jsrs_portal.services.case_streams import Order, Spot, count_of, page_of

pytestmark = pytest.mark.req("R-2.6.3.2")
REGIONS = ("", "320000", "320100", "320102", "320500")


def desk(id: str = "a", region: str = "", *, status: str = "ACTIVE", role: str = "OFFICER", in_: bool = True) -> Desk:
    return Desk(id, role, region, status, in_)


@pytest.mark.parametrize("region", ["320102", "320100", "320000"])
def test_officers_who_cover_a_region_are_those_of_the_regions_named(region):
    for own in REGIONS:
        assert covers(own, region) is (own in rules.regions_covering(region))


@pytest.mark.parametrize(("own", "other"), list(product(REGIONS, REGIONS)))
def test_a_wider_region_covers_what_the_other_does_and_is_not_as_wide(own, other):
    if rules.wider(own, other):
        assert covers(own, other or "320000")
        assert not rules.wider(other, own)


def test_a_case_is_given_by_who_has_it_or_from_above():
    equal, city, county = desk("b", "320102"), desk("c", "320100"), desk("d", "320102")
    assert rules.why_not_give(county, None, "320102") == ""
    assert rules.why_not_give(county, county, "320102") == ""
    assert rules.why_not_give(city, county, "320102") == ""
    assert "须由本人转交" in rules.why_not_give(equal, county, "320102")
    assert "须由本人转交" in rules.why_not_give(county, city, "320102")


@pytest.mark.parametrize(
    "holder",
    [
        desk("b", "320102", status="LOCKED"),
        desk("b", "320102", role=StaffRole.AUDIT),
        desk("b", "320102", in_=False),
        desk("b", "320104"),
    ],
)
def test_whoever_cannot_look_after_it_any_more_keeps_nothing(holder):
    assert not holder.works_in("320102")
    assert rules.why_not_give(desk("a", "320102"), holder, "320102") == ""


@pytest.mark.parametrize(
    ("act", "opinion", "field"),
    [
        (Act.PASS, "", ""),
        (Act.PASS, "  ", ""),
        (Act.PASS, "好", "opinion"),
        (Act.PASS, "同意", ""),
        (Act.REJECT, "", "opinion"),
        (Act.CORRECT, " 改 ", "opinion"),
        (Act.NOT_ACCEPT, "字" * 500, ""),
        (Act.NOT_ACCEPT, "字" * 501, "opinion"),
    ],
)
def test_what_an_opinion_has_to_be(act, opinion, field):
    problem = rules.opinion_problem(act, opinion)
    assert (problem.field if problem else "") == field


def test_remarks_and_places():
    assert rules.remark_problems({"a": "改正"}, {"a"}) == []
    assert [one.field for one in rules.remark_problems({"a": "改", "b": "字" * 201}, {"a", "b"})] == [
        "remark.a",
        "remark.b",
    ]
    assert rules.remark_problems({"x": "改正"}, {"a"})[0].code == "no_field"
    assert rules.place_problem(Act.PASS, "") is None
    assert rules.place_problem(Act.TRANSFER, "") is not None
    assert rules.place_problem(Act.TRANSFER, "监察支队") is None


@pytest.mark.parametrize(
    ("order", "at"),
    [
        (Order.STEP_BY, date(2026, 11, 30)),
        (Order.SUBMITTED, datetime(2026, 11, 30, 1, 2, tzinfo=UTC)),
        (Order.STEP_BY, None),
    ],
)
def test_a_place_is_read_back(order, at):
    spot = Spot(at, "a" * 32)
    assert Spot.parse(spot.written(), order) == spot


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13-01~" + "a" * 32, "2026-11-30~A", "0001-01-01T00:00:00+23:59~" + "a" * 32, "~" + "g" * 32]
)
def test_what_is_no_place_is_the_beginning(text):
    assert Spot.parse(text, Order.SUBMITTED) is None


def test_nothing_is_asked_for_without_streams():
    assert page_of([], Order.STEP_BY, after=None, most=5) is None
    assert list(count_of([], most=5).compile().params.values()) == [0]
