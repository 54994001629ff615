"""Limits in matters' files that move with the calendar: `today+30d` for days, `this_year-1` for years and days."""

import re
from datetime import date, timedelta
from typing import Annotated

from pydantic import StringConstraints

THIS_YEAR = "this_year"
_OFFSET = r"([+-][0-9]{1,3})?"
Year = Annotated[str, StringConstraints(pattern=rf"^{THIS_YEAR}{_OFFSET}$")]
"""A year counted from the one that is: ``this_year``, ``this_year-1``, ``this_year+2``."""
NumberBound = int | float | Year
"""The limit of a number: a number, or a year."""
DAY_BOUND = rf"^(today([+-][0-9]{{1,4}}d)?|{THIS_YEAR}{_OFFSET}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})$"
"""The limit of a day: as it is written, so many days from today, or the first or last day of a year."""


def moves(bound: object) -> bool:
    """Tell whether a limit is a year that moves with the calendar."""
    return isinstance(bound, str) and bound.startswith(THIS_YEAR)


def year_at(said: str, today: date) -> int:
    """Return the year that ``this_year``, ``this_year-1``… means on the day ``today``."""
    return today.year + int(said.removeprefix(THIS_YEAR) or 0)


def number_at(bound: float | str | None, today: date) -> float | None:
    """Return a number's limit as it is on the day ``today``; ``None`` for none."""
    return year_at(bound, today) if isinstance(bound, str) else bound


def day_at(bound: str | None, today: date, *, end: bool) -> date | None:
    """Return a day's limit as it is on the day ``today``: of a year its first day, or its last (``end``)."""
    if bound is None:
        return None
    if moves(bound):
        year = year_at(bound, today)
        return date(year, 12, 31) if end else date(year, 1, 1)
    if not bound.startswith("today"):
        return date.fromisoformat(bound)
    return today + timedelta(days=int(re.sub(r"today|d", "", bound) or 0))


def crossed(low: float | str | None, high: float | str | None) -> bool:
    """Tell whether a lower limit is above the upper one; of a year and a number nobody can tell."""
    if low is None or high is None or isinstance(low, str) is not isinstance(high, str):
        return False
    some = date(2000, 1, 1)
    first, last = number_at(low, some), number_at(high, some)
    return first is not None and last is not None and first > last
