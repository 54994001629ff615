"""How much is fuzzed: a short, repeatable run in ``make test``, a long one in ``make fuzz``; and what was counted."""

import os
from collections import Counter

from hypothesis import HealthCheck, settings

VARIABLE = "JSRS_FUZZ"
LONG = os.environ.get(VARIABLE) == "long"
"""The long run draws anew each time; the short one always draws the same, so that it cannot fail by chance."""

_tally: Counter[str] = Counter()


def effort(short: int, long: int) -> settings:
    """Return hypothesis's settings for a test that gets so many examples in the short and in the long run."""
    return settings(
        max_examples=long if LONG else short,
        derandomize=not LONG,
        deadline=None,
        database=None,
        print_blob=LONG,
        suppress_health_check=list(HealthCheck),
    )


def count(part: str, inputs: int = 1) -> None:
    """Add inputs that a part of the fuzzing was given; every call counts, those while a failure is made smaller too."""
    _tally[part] += inputs


def tally() -> dict[str, int]:
    """Return the inputs counted so far, by part."""
    return dict(sorted(_tally.items()))
