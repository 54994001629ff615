"""推荐: which matters a unit is likely to need, by its kind and the time of the year (R-2.6.1.2)."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from jsrs_portal.catalog.shipped import recommendations
from jsrs_portal.domain.matters import Side
from jsrs_portal.domain.recommendations import (
    RECOMMENDATIONS,
    Recommendation,
    UnitFacts,
    UnitKind,
    recommend,
    unit_kind,
)
from tests.support.shipped import shipped_catalogue

pytestmark = pytest.mark.req("R-2.6.1.2")
TODAY = date(2026, 11, 28)
OLD = date(2020, 1, 1)


@pytest.mark.parametrize(
    ("uscc", "kind"),
    [
        ("91320100MA1XTEST01", UnitKind.COMPANY),
        ("92320100MA1XTEST01", UnitKind.SOLE_TRADER),
        ("12320000466007120A", UnitKind.PUBLIC_BODY),
        ("11320000014000120A", UnitKind.AUTHORITY),
        ("51320000014000120A", UnitKind.SOCIAL_BODY),
        ("52320000014000120A", UnitKind.SOCIAL_BODY),
        ("93320000014000120A", UnitKind.OTHER),
        ("", UnitKind.OTHER),
    ],
)
def test_the_code_says_what_a_unit_is(uscc: str, kind: UnitKind) -> None:
    assert unit_kind(uscc) is kind


def rule(**conditions: object) -> Recommendation:
    return Recommendation.model_validate({"matters": ["one"], "reason": "因为"} | conditions)


def holds(one: Recommendation, facts: UnitFacts, today: date = TODAY) -> bool:
    return bool(recommend([one], facts, today=today))


def test_every_condition_counts_and_none_is_needed() -> None:
    company = UnitFacts(UnitKind.COMPANY, OLD)
    assert holds(rule(), company)
    assert holds(rule(months=[11]), company)
    assert not holds(rule(months=[10, 12]), company)
    assert holds(rule(kinds=["company", "other"]), company)
    assert not holds(rule(kinds=["public_body"]), company)
    assert not holds(rule(institutions=["private_training"]), company)
    school = UnitFacts(UnitKind.COMPANY, OLD, frozenset({"private_training"}))
    assert holds(rule(institutions=["private_training", "technical_school"]), school)
    assert not holds(rule(institutions=["private_training"], months=[1]), school)


@pytest.mark.parametrize(("days", "new"), [(0, True), (90, True), (91, False), (-1, False)])
def test_a_new_unit_is_new_for_so_many_days(days: int, new: bool) -> None:
    facts = UnitFacts(UnitKind.COMPANY, TODAY - timedelta(days=days))
    assert holds(rule(new_days=90), facts) is new


def test_the_first_rule_gives_place_and_reason() -> None:
    rules = [rule(matters=["bb", "aa"], reason="先"), rule(matters=["aa", "cc"], reason="后")]
    found = recommend(rules, UnitFacts(UnitKind.OTHER, OLD), today=TODAY)
    assert list(found.items()) == [("bb", "先"), ("aa", "先"), ("cc", "后")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"months": [13]},
        {"months": [0]},
        {"kinds": ["martian"]},
        {"institutions": ["pub"]},
        {"matters": []},
        {"reason": ""},
        {"season": "spring"},
    ],
)
def test_a_file_that_is_wrong_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RECOMMENDATIONS.validate_python([{"matters": ["one"], "reason": "因为"} | wrong])


def test_what_is_shipped_names_matters_of_units_and_serves_every_kind_in_every_month() -> None:
    matters = shipped_catalogue().matters
    for one in recommendations():
        for key in one.matters:
            assert key in matters, key
            assert {Side.UNIT, Side.INSTITUTION} & set(matters[key].sides), key
    for kind in UnitKind:
        for month in range(1, 13):
            found = recommend(recommendations(), UnitFacts(kind, OLD), today=date(2026, month, 15))
            assert found or kind is UnitKind.OTHER, (kind, month)
