"""Dates as people read them."""

from datetime import date


def in_words(day: date) -> str:
    """Return a day (or the day of an instant in its own zone) as 2026年9月9日."""
    return f"{day.year}年{day.month}月{day.day}日"
