"""The limits of a case: what is left before a pause is left after it, and no promise shrinks (R-2.6.3.2)."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.case_limits import Clock, Terms, by_words, months_after
from jsrs_portal.domain.matter_guides import LimitUnit, TimeLimit
from jsrs_portal.domain.matter_workflow import Corrections, StaffStep, StepKind

pytestmark = pytest.mark.req("R-2.6.3.2")
DAYS = work_days()
MONDAY = date(2026, 3, 2)
any_day = st.dates(date(2025, 1, 1), date(2027, 6, 30))
later = st.integers(0, 60).map(lambda number: timedelta(days=number))
soon = st.integers(0, 12).map(lambda number: timedelta(days=number))
units = st.sampled_from(LimitUnit)


def terms(days: int = 10, unit: LimitUnit = LimitUnit.WORKING_DAYS, corrections: int = 5) -> Terms:
    return Terms(DAYS, TimeLimit(days=days, unit=unit), Corrections(most=3, days=corrections))


def step(days: int = 3, *, pauses: bool = False) -> StaffStep:
    return StaffStep(key="check", name="审核", kind=StepKind.CHECK, office="窗口", days=days, pauses=pauses)


@pytest.mark.parametrize(
    ("unit", "number", "start", "last"),
    [
        (LimitUnit.AT_ONCE, 0, MONDAY, MONDAY),
        (LimitUnit.AT_ONCE, 0, date(2026, 10, 2), date(2026, 10, 8)),
        (LimitUnit.WORKING_DAYS, 5, date(2026, 2, 12), date(2026, 2, 26)),
        (LimitUnit.DAYS, 40, MONDAY, date(2026, 4, 13)),  # the fortieth is a Saturday
        (LimitUnit.DAYS, 30, date(2026, 9, 3), date(2026, 10, 8)),
        (LimitUnit.MONTHS, 1, date(2026, 1, 31), date(2026, 2, 28)),
        (LimitUnit.MONTHS, 6, date(2026, 8, 31), date(2027, 3, 1)),
    ],
)
def test_a_promise_ends_on_a_working_day(unit, number, start, last):
    assert terms(number, unit).promise(start) == last


@pytest.mark.parametrize(
    ("day", "number", "last"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 3, 15), 12, date(2027, 3, 15)),
        (date(2026, 2, 28), 1, date(2026, 3, 28)),
    ],
)
def test_months_end_with_the_month(day, number, last):
    assert months_after(day, number) == last


@settings(deadline=None)
@given(any_day, later, later, st.integers(0, 30))
def test_what_was_left_before_a_pause_is_left_after_it(start, before, pause, number):
    last, since = DAYS.after(start, number), start + before
    until = since + pause
    kept = terms().kept(last, since, until)
    if last < since:
        assert kept == last
        return
    assert DAYS.counts(kept)
    assert kept >= last
    left = DAYS.between(since, last)
    ended = left == 0 and not DAYS.counts(until)  # nothing was left, and it goes on upon a free day
    assert DAYS.between(until, kept) == (1 if ended else left)


@settings(deadline=None)
@given(any_day, later, later, st.integers(1, 60), units)
def test_a_promise_never_shrinks_and_stays_a_working_day(start, before, pause, number, unit):
    limits = terms(0 if unit is LimitUnit.AT_ONCE else number, unit)
    last = limits.promise(start)
    since = start + before
    longer = limits.prolonged(last, since, since + pause)
    assert longer >= last
    assert DAYS.counts(longer)
    assert longer == last or since <= last


@settings(deadline=None)
@given(any_day, st.lists(soon, min_size=2, max_size=7), st.integers(0, 15), st.booleans())
def test_corrections_take_nothing_from_the_step(start, gaps, number, pauses):
    """However often it is sent back, the step ends with the working days that it has."""
    limits, one = terms(20), step(number, pauses=pauses)
    clock, day = Clock().at_step(limits, one, start, promised=True), start
    assert clock.paused_on == (start if pauses else None)
    for gap, answer in zip(gaps[::2], gaps[1::2], strict=False):
        sent = day + gap
        assert clock.step_by is not None
        assume(sent <= clock.step_by)
        left, promised = DAYS.between(sent, clock.step_by), clock.promised_by
        clock = clock.stopped(sent).answer_until(limits.correct_by(sent))
        assert (clock.stopped_on, clock.answer_by) == (sent, DAYS.after(sent, 5))
        day = sent + answer
        clock = clock.gone_on(limits, one, day)
        assert (clock.stopped_on, clock.answer_by) == (None, None)
        assert clock.step_by is not None
        assert DAYS.between(day, clock.step_by) == (left or int(not DAYS.counts(day)))
        assert clock.promised_by is not None
        assert promised is not None
        assert clock.promised_by >= promised


@settings(deadline=None)
@given(any_day, later, st.integers(0, 20))
def test_a_paused_step_takes_nothing_from_the_promise(start, pause, number):
    limits = terms(15)
    before = Clock(promised_by=limits.promise(start))
    paused = before.at_step(limits, step(number, pauses=True), start, promised=True)
    after = paused.at_step(limits, step(3), start + pause, promised=True)
    assert after.promised_by is not None
    assert after.paused_on is None
    assert DAYS.between(start + pause, after.promised_by) == 15


def test_a_correction_within_a_paused_step_leaves_the_promise_paused_since_the_step_began():
    limits, special = terms(10), step(7, pauses=True)
    clock = Clock().at_step(limits, special, MONDAY, promised=True)
    clock = clock.stopped(date(2026, 3, 4)).gone_on(limits, special, date(2026, 3, 10))
    assert clock.paused_on == MONDAY
    assert clock.step_by == date(2026, 3, 17)  # five of seven were left
    clock = clock.at_step(limits, step(3), date(2026, 3, 16), promised=True)
    assert clock.promised_by == date(2026, 3, 30)


def test_what_had_been_missed_is_not_given_back_by_a_pause():
    """Sent back on a Sunday, the last day was the Friday: no working day between, and it is over all the same."""
    clock = Clock(step_by=date(2026, 3, 6), promised_by=date(2026, 3, 6)).stopped(date(2026, 3, 8))
    after = clock.gone_on(terms(), step(), date(2026, 3, 20))
    assert (after.step_by, after.promised_by) == (date(2026, 3, 6), date(2026, 3, 6))
    days = terms(4, LimitUnit.DAYS)
    assert days.prolonged(date(2026, 3, 6), date(2026, 3, 8), date(2026, 3, 20)) == date(2026, 3, 6)


def test_a_step_older_than_limits_gets_one_when_its_correction_is_there():
    after = Clock().stopped(MONDAY).gone_on(terms(), step(3), date(2026, 3, 9))
    assert after == Clock(step_by=date(2026, 3, 12))


def test_a_case_that_ends_while_the_promise_stands_still_keeps_what_was_left_of_it():
    paused = Clock(step_by=date(2026, 3, 20), promised_by=date(2026, 3, 6), paused_on=MONDAY)
    assert paused.over(terms(), date(2026, 3, 16)) == Clock(promised_by=date(2026, 3, 20))


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (date(2026, 3, 5), "2026年3月5日前（含当日），还剩 3 个工作日"),
        (MONDAY, "2026年3月2日前（含当日），今天到期"),
        (date(2026, 2, 28), "2026年2月28日前（含当日），已超过 1 个工作日"),
        (date(2026, 2, 12), "2026年2月12日前（含当日），已超过 8 个工作日"),
    ],
)
def test_a_last_day_is_said_in_words(last, said):
    assert by_words(last, MONDAY, DAYS) == said


def test_days_of_the_calendar_are_said_as_such():
    assert by_words(date(2026, 5, 31), MONDAY, DAYS, working=False) == "2026年5月31日前（含当日），还剩 90 个自然日"
    assert by_words(date(2026, 3, 1), MONDAY, DAYS, working=False).endswith("已超过 1 个自然日")
