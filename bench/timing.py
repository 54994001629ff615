"""Taking both sides in turn, so that a machine that slows down slows both; and what is made of the times."""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

Call = Callable[[], Awaitable[object]]


async def alternate(*calls: Call, rounds: int, each: int) -> list[list[float]]:
    """Return the seconds of every one of ``calls``, measured in turns of ``each`` of one kind."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for side, call in enumerate(calls):
            for _ in range(each):
                started = time.perf_counter()
                await call()
                times[side].append(time.perf_counter() - started)
    return times


def median_ms(seconds: Sequence[float]) -> float:
    """Return the median in milliseconds."""
    return statistics.median(seconds) * 1000


def p95_ms(seconds: Sequence[float]) -> float:
    """Return the 95th percentile in milliseconds."""
    return statistics.quantiles(seconds, n=20)[-1] * 1000


def worst(ratios: Iterable[float], *, most: bool = True) -> float:
    """Return the largest of ``ratios``, or without ``most`` the smallest: nothing good hides what is bad."""
    return round(max(ratios) if most else min(ratios), 3)


def rounded(figures: dict[str, float], digits: int = 2) -> dict[str, float]:
    """Return ``figures`` as they are written down."""
    return {name: round(value, digits) for name, value in figures.items()}
