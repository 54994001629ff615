"""Days as people type them (R-2.6.5.4)."""

from datetime import date

import pytest

from jsrs_portal.domain.dates import in_words, read_day

DAY = date(2026, 12, 3)


@pytest.mark.parametrize(
    "typed",
    [
        *("2026-12-03", "2026-12-3", "2026/12/3", "2026/12/03", "2026.12.3", "20261203", "2026年12月3日"),
        *(" 2026 / 12 / 3 ", "2026年12月03日"),
    ],
)
def test_however_a_day_is_typed_it_is_the_same(typed):
    assert read_day(typed) == DAY


@pytest.mark.parametrize("typed", ["", "   ", "\n"])
def test_nothing_is_no_day(typed):
    assert read_day(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        *("2026-12/3", "2026-13-01", "2026-02-30", "26-12-3", "3/12/2026", "12/3", "2026-12", "2026年12月", "明天"),
        *(
            "2026-12-03 00:00",
            "-2026-12-03",
            "2026-12-3x",
            "0000-01-01",
            "202612",
            "2026年12.3日",
            "２０２６-１２-０３",
        ),
    ],
)
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(ValueError, match=r".*"):
        read_day(typed)


@pytest.mark.parametrize("day", [DAY, date(1, 1, 1), date(9999, 12, 31)])
def test_what_we_write_can_be_typed(day):
    if day.year >= 1000:
        assert read_day(in_words(day)) == day
    assert read_day(day.isoformat()) == day
