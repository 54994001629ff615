"""Rules of 好差评: levels, reasons, what a bad one needs, what a summary says and when it says nothing (R-2.6.3.4)."""

from datetime import date

import pytest

from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain import ratings as rules
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.ratings import Level

pytestmark = pytest.mark.req("R-2.6.3.4")


def codes(problems) -> list[str]:
    return [one.code for one in problems]


def test_the_five_levels_are_the_manuals_in_its_order():
    assert list(rules.LEVEL_LABELS.values()) == ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    assert [one.value for one in rules.LEVEL_LABELS] == [5, 4, 3, 2, 1]
    assert [one for one in Level if rules.is_bad(one)] == [Level.VERY_BAD, Level.BAD]


def test_every_level_has_reasons_and_no_code_stands_twice():
    every = [code for level in Level for code in rules.REASONS[level]]
    assert len(set(every)) == len(every)
    assert all(code.startswith(str(level.value)) for level in Level for code in rules.REASONS[level])
    assert all(len(" ".join(rules.REASONS[level])) <= 80 for level in Level)


@pytest.mark.parametrize("text", ["", "0", "6", "05", "５", "5.0", "非常满意", "-1", "None"])
def test_what_is_no_level_is_none(text):
    assert rules.level_of(text) is None
    assert codes(rules.rating_problems(rules.level_of(text), [], "")) == ["no_level"]


@pytest.mark.parametrize("level", [Level.FAIR, Level.GOOD, Level.VERY_GOOD])
def test_a_good_rating_needs_no_reason(level):
    assert rules.rating_problems(level, [], "") == []


@pytest.mark.parametrize("level", [Level.BAD, Level.VERY_BAD])
def test_a_bad_rating_says_why_by_a_tick_or_in_words(level):
    assert codes(rules.rating_problems(level, [], "  ")) == ["no_reason"]
    assert rules.rating_problems(level, [next(iter(rules.REASONS[level]))], "") == []
    assert rules.rating_problems(level, [], "样表打不开") == []


def test_reasons_of_another_level_and_too_long_words_are_refused():
    assert codes(rules.rating_problems(Level.GOOD, ["201"], "")) == ["not_offered"]
    assert codes(rules.rating_problems(Level.GOOD, ["401", "x"], "")) == ["not_offered"]
    assert codes(rules.rating_problems(Level.GOOD, [], "长" * (rules.LONGEST_WORDS + 1))) == ["too_long"]
    assert rules.rating_problems(Level.GOOD, [], "长" * rules.LONGEST_WORDS) == []


def test_a_bad_rating_is_put_right_within_fifteen_working_days():
    assert rules.rectify_by(date(2026, 11, 30), work_days()) == date(2026, 12, 21)
    assert rules.rectify_by(date(2026, 11, 29), work_days()) == date(2026, 12, 18)  # a Sunday


def test_too_few_ratings_have_no_summary():
    for number in range(rules.FEWEST_SHOWN):
        found = rules.summarise({5: number})
        assert (found.number, found.average, found.good, found.by_level) == (number, "", "", ())


def test_a_summary_says_average_share_of_good_and_each_level():
    found = rules.summarise({5: 3, 4: 1, 2: 1, 1: 1})
    assert (found.number, found.average, found.good) == (6, "3.7", "67%")
    assert found.by_level == (
        ("非常满意", 3, 50),
        ("满意", 1, 17),
        ("基本满意", 0, 0),
        ("不满意", 1, 17),
        ("非常不满意", 1, 17),
    )
    assert rules.summarise({5: 19, 4: 1}).average == "5.0"  # 4.95, halves go up
    assert rules.summarise({1: 5}).good == "0%"


def test_what_was_done_is_said_in_words():
    assert rules.done_problem("  已联系。 ")
    assert rules.done_problem("长" * (rules.LONGEST_DONE + 1))
    assert rules.done_problem("已修改办事指南中的样表。") is None


def test_only_what_the_bureau_has_decided_may_be_rated():
    assert set(rules.RATABLE) == {
        CaseStatus.COMPLETED,
        CaseStatus.REJECTED,
        CaseStatus.NOT_ACCEPTED,
        CaseStatus.TRANSFERRED,
    }


@pytest.mark.parametrize(
    ("soon", "overdue", "said"),
    [
        (0, 0, ""),
        (2, 0, "2 条差评整改将在 3 个工作日内到期。"),
        (0, 1, "1 条差评整改已经逾期，请立即办结。"),
        (2, 1, "1 条差评整改已经逾期，请立即办结；2 条差评整改将在 3 个工作日内到期。"),
    ],
)
def test_officers_are_reminded_of_what_presses(soon, overdue, said):
    assert rules.reminder_words(soon, overdue) == said
