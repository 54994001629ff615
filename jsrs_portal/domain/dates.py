"""Dates as people read them, and as they type them."""

import re
from datetime import date, datetime

from jsrs_portal.zone import BEIJING

_TYPED = re.compile(
    r"(?P<year>[0-9]{4})(?P<sign>[-/.])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})"
    r"|(?P<y>[0-9]{4})年(?P<m>[0-9]{1,2})月(?P<d>[0-9]{1,2})日|(?P<yy>[0-9]{4})(?P<mm>[0-9]{2})(?P<dd>[0-9]{2})"
)


def in_words(day: date) -> str:
    """Return a day (or the day of an instant in its own zone) as 2026年9月9日."""
    return f"{day.year}年{day.month}月{day.day}日"


def read_day(text: str) -> date | None:
    """Return the day that is typed as 2026-12-03, 2026/12/3, 2026.12.3, 20261203 or 2026年12月3日.

    ``None`` for nothing. Raises ``ValueError`` for what is no day.
    """
    typed = "".join(text.split())
    if not typed:
        return None
    found = _TYPED.fullmatch(typed)
    if found is None:
        raise ValueError("no day")
    year, month, day = (int(part) for name, part in found.groupdict().items() if part and name != "sign")
    return date(year, month, day)


def to_the_minute(instant: datetime) -> str:
    """Return an aware instant as it is read in China: 2026年9月9日 08:05."""
    here = instant.astimezone(BEIJING)
    return f"{in_words(here.date())} {here:%H:%M}"
