"""工作日: which days count towards a limit, and limits counted in them (R-2.6.3.2; 行政许可法 第八十二条).

The day on which something happens does not count; the last day does, whole.
"""

from datetime import date, timedelta
from itertools import accumulate
from typing import Self

from pydantic import Field, PrivateAttr, model_validator

from jsrs_portal.domain.matter_parts import Line, Part

_ONE = timedelta(days=1)
_SATURDAY = 5
FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""Month and day of the public holidays that fall on the same date every year (全国年节及纪念日放假办法)."""


class Holiday(Part):
    """A public holiday as it was announced, from its first day to its last."""

    name: Line
    first: date
    last: date

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if not 0 <= (self.last - self.first).days <= 15:
            raise ValueError(f"{self.name} 的起止日期有误")
        return self


class HolidayYear(Part):
    """One year's announcement: the holidays, and the weekend days that are worked instead."""

    year: int = Field(ge=2000, le=2100)
    source: Line
    holidays: tuple[Holiday, ...] = Field(min_length=1)
    working: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _working_days_are_weekends(self) -> Self:
        free = {day for one in self.holidays for day in _days(one.first, one.last)}
        for day in self.working:
            if day.weekday() < _SATURDAY or day in free:
                raise ValueError(f"{day} 不是调休上班日：它不在周末，或在放假期间")
        return self


class WorkDays(Part):
    """The announced years; in any other year Monday to Friday count, but for :data:`FIXED`."""

    years: tuple[HolidayYear, ...] = ()
    _known: frozenset[int] = frozenset()
    _free: frozenset[date] = frozenset()
    _worked: frozenset[date] = frozenset()
    _so_far: dict[int, tuple[int, ...]] = PrivateAttr(default_factory=dict)

    def model_post_init(self, _context: object, /) -> None:
        """Spread the announcements out, once."""
        known = frozenset(one.year for one in self.years)
        free = {day for one in self.years for holiday in one.holidays for day in _days(holiday.first, holiday.last)}
        self._known, self._free = known, frozenset(free)
        self._worked = frozenset(day for one in self.years for day in one.working)

    def counts(self, day: date) -> bool:
        """Tell whether ``day`` is a working day."""
        if day in self._worked:
            return True
        if day.weekday() >= _SATURDAY or day in self._free:
            return False
        return day.year in self._known or (day.month, day.day) not in FIXED

    def from_on(self, day: date) -> date:
        """Return ``day`` if it is a working day, else the next: no limit ends on a free day (民法典 第二百零三条)."""
        while not self.counts(day):
            day += _ONE
        return day

    def after(self, day: date, number: int) -> date:
        """Return the last day of a limit of ``number`` working days that begins after ``day``.

        0 is ``day`` itself, or the next working day.
        """
        while number > 0:
            day += _ONE
            number -= self.counts(day)
        return self.from_on(day)

    def between(self, start: date, end: date) -> int:
        """Return how many working days lie after ``start`` up to ``end``, itself included; negative backwards."""
        if end < start:
            return -self.between(end, start)
        years = range(start.year, end.year)
        return self._until(end) - self._until(start) + sum(self._until(date(year, 12, 31)) for year in years)

    def _until(self, day: date) -> int:
        """Return how many working days its year has up to ``day``, itself included; a year is counted once."""
        known = self._so_far.get(day.year)
        if known is None:
            days = _days(date(day.year, 1, 1), date(day.year, 12, 31))
            known = self._so_far[day.year] = tuple(accumulate(self.counts(one) for one in days))
        return known[day.timetuple().tm_yday - 1]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
