"""The slider puzzle: where its piece belongs, and whether somebody moved it there (R-2.5.2, R-2.4.7).

It keeps out what is cheap: scripts that post an answer without moving, replay one, or move evenly. Whoever imitates a
hand gets as far as a person with patience, and then meets the limits of :mod:`jsrs_portal.domain.limits`.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Annotated

from annotated_types import Len
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

WIDTH, HEIGHT, PIECE = 320, 160, 56
"""The picture and its piece, in the units of a slider that goes from 0 to :data:`FARTHEST`."""
FARTHEST = WIDTH - PIECE
NEAREST = 96
"""The piece never belongs further left than this: a shorter way shows too little of how it was moved."""
LEEWAY = 5
"""So far off is still right, in the same units."""

PUZZLE_LIFE = timedelta(minutes=2)
SOLVED_LIFE = timedelta(minutes=5)
"""How long a solved puzzle may wait for what it was asked for."""

SHORTEST_MS, LONGEST_MS = 250, 60_000
FEWEST, MOST = 6, 600
_STARTS_BY = 24
_WINDOWS = 8
_LEAST_VARIATION = 0.25
_LATE_MS = 500


@dataclass(frozen=True)
class Sample:
    """Where the slider was (0 to :data:`FARTHEST`), ``at`` milliseconds after it was touched."""

    at: int
    x: int


_PLACE = Annotated[list[Annotated[int, Field(ge=0, le=LONGEST_MS)]], Len(2, 2)]
_TRAIL = TypeAdapter(Annotated[list[_PLACE], Len(FEWEST, MOST)], config=ConfigDict(strict=True))


def read_trail(payload: object) -> tuple[Sample, ...] | None:
    """Return the movement in ``payload`` (pairs ``[milliseconds, x]``), ``None`` for what no page of ours sends."""
    try:
        trail = tuple(Sample(at, x) for at, x in _TRAIL.validate_python(payload))
    except ValidationError:
        return None
    return trail if all(sample.x <= FARTHEST for sample in trail) else None


def is_solved(trail: tuple[Sample, ...], *, target: int, elapsed: timedelta) -> bool:
    """Tell whether ``trail`` ends where the piece belongs and looks like a movement.

    ``elapsed`` is how long the puzzle has been known: nobody can have moved it for longer.
    """
    return abs(trail[-1].x - target) <= LEEWAY and looks_moved(trail, elapsed=elapsed)


def looks_moved(trail: tuple[Sample, ...], *, elapsed: timedelta) -> bool:
    """Tell whether somebody moved: from the left, through time, and not evenly.

    A hand sets out, hurries and slows down, keys are pressed in bursts; a script that adds the same again each time is
    as fast in every eighth of its way.
    """
    times = [sample.at for sample in trail]
    took = times[-1] - times[0]
    in_order = all(before <= after for before, after in pairwise(times))
    if not in_order or not SHORTEST_MS <= took <= elapsed / timedelta(milliseconds=1) + _LATE_MS:
        return False
    if trail[0].x > _STARTS_BY:
        return False
    speeds = _speeds(trail, took)
    mean = sum(speeds) / len(speeds)
    if mean <= 0:
        return False
    deviation = math.sqrt(sum((speed - mean) ** 2 for speed in speeds) / len(speeds))
    return deviation / mean >= _LEAST_VARIATION


def _speeds(trail: tuple[Sample, ...], took: int) -> list[float]:
    """Return how far the slider went in each eighth of the time; the place between two samples lies on a line."""
    edges = [trail[0].at + took * part / _WINDOWS for part in range(_WINDOWS + 1)]
    places = [_place(trail, edge) for edge in edges]
    return [abs(after - before) for before, after in pairwise(places)]


def _place(trail: tuple[Sample, ...], at: float) -> float:
    for before, after in pairwise(trail):
        if before.at <= at <= after.at:
            share = (at - before.at) / (after.at - before.at) if after.at > before.at else 1
            return before.x + (after.x - before.x) * share
    return trail[-1].x
