"""Which days count, and limits counted in them, around 春节 and 国庆 (R-2.6.3.2)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.workdays import FIXED, Holiday, HolidayYear, WorkDays

pytestmark = pytest.mark.req("R-2.6.3.2")
DAYS = work_days()
any_day = st.dates(date(2024, 12, 1), date(2028, 12, 31))
near = st.dates(date(2026, 1, 1), date(2026, 12, 31))
numbers = st.integers(0, 40)


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2026, 2, 13), True),  # the Friday before 春节
        (date(2026, 2, 14), True),  # a Saturday that is worked instead
        (date(2026, 2, 16), False),  # a Monday within 春节
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # a Saturday that is worked instead
        (date(2026, 3, 1), False),
        (date(2026, 9, 20), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 8), True),
        (date(2025, 10, 8), False),
        (date(2026, 1, 4), True),
        (date(2031, 10, 1), False),  # not announced: what falls on the same date every year
        (date(2031, 2, 3), True),
    ],
)
def test_a_day_counts_as_it_was_announced(day, counts):
    assert DAYS.counts(day) is counts


@pytest.mark.parametrize(
    ("start", "number", "last"),
    [
        (date(2026, 2, 12), 3, date(2026, 2, 24)),  # Friday, the worked Saturday, and the first day after 春节
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),  # its third is a worked Saturday
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        (date(2026, 3, 2), 5, date(2026, 3, 9)),
        (date(2026, 10, 3), 0, date(2026, 10, 8)),  # no limit ends on a free day
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
    ],
)
def test_a_limit_ends_on_its_last_working_day(start, number, last):
    assert DAYS.after(start, number) == last


@given(any_day, numbers)
def test_a_limit_has_as_many_working_days_as_it_says(start, number):
    last = DAYS.after(start, number)
    assert DAYS.counts(last)
    assert last >= start
    if number or DAYS.counts(start):
        assert DAYS.between(start, last) == number
        assert last == start or DAYS.between(start, last - timedelta(days=1)) == number - 1


@settings(deadline=None)
@given(near, near, near)
def test_working_days_between_add_up_in_both_directions(first, middle, last):
    assert DAYS.between(first, middle) + DAYS.between(middle, last) == DAYS.between(first, last)
    assert DAYS.between(first, last) == -DAYS.between(last, first)


@given(any_day, any_day, numbers)
def test_who_begins_later_has_no_less_time(first, second, number):
    assert (DAYS.after(first, number) <= DAYS.after(second, number)) or first > second


def test_the_fixed_holidays_are_free_in_every_year_that_was_not_announced():
    nothing = WorkDays()
    for month, day in FIXED:
        assert not nothing.counts(date(2030, month, day))
    assert nothing.counts(date(2030, 1, 2))


def test_every_announced_year_has_its_seven_holidays_within_itself():
    for year in DAYS.years:
        named = "".join(one.name for one in year.holidays)
        assert all(name in named for name in ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"))
        assert {day.year for one in year.holidays for day in (one.first, one.last)} == {year.year}
        assert sum((one.last - one.first).days + 1 for one in year.holidays) > 20


def test_an_announcement_that_cannot_be_is_refused():
    free = Holiday(name="春节", first=date(2026, 2, 15), last=date(2026, 2, 23))
    for wrong in (date(2026, 2, 11), date(2026, 2, 21)):  # a Wednesday; a Saturday within the holiday
        with pytest.raises(ValidationError, match="调休上班日"):
            HolidayYear(year=2026, source="通知", holidays=(free,), working=(wrong,))
    for first, last in ((date(2026, 2, 2), date(2026, 2, 1)), (date(2026, 2, 1), date(2026, 3, 1))):
        with pytest.raises(ValidationError, match="起止日期有误"):
            Holiday(name="春节", first=first, last=last)
