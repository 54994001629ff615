"""The zone in which days begin and instants are read; it asks the machine for nothing, so rules may use it."""

from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
"""Dates on the screen and in rules are dates in China."""
