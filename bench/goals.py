"""The keys of ``build/bench.json``: what each is, the part that measures it, and how good it has to be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Goal:
    """A figure. ``limit`` is its goal: the most it may be or, ``at_least``, the least; ``None`` for no goal."""

    key: str
    part: str
    says: str
    limit: float | None = None
    at_least: bool = False

    @property
    def wanted(self) -> str:
        """Return the goal as the table writes it."""
        return "" if self.limit is None else f"{'>=' if self.at_least else '<='} {self.limit:g}"

    def met(self, value: float) -> bool:
        """Tell whether ``value`` reaches the goal."""
        if self.limit is None:
            return True
        return value >= self.limit if self.at_least else value <= self.limit


GOALS = (
    Goal("event_p50_ratio", "events", "median round trip of an event over a bare app's, worst of 1, 50, 500", 1.5),
    Goal("event_rate_ratio", "events", "events a second over a bare app's, worst of 1, 50, 500", 0.7, at_least=True),
    Goal("login_ratio", "logins", "logins a second over bare bcrypt comparisons, worst of 1 and 3 at once", 0.9, True),
    Goal("list_growth_ratio", "lists", "a list with 1,000,000 cases over one with 10,000", 1.3),
    Goal("list_vs_sql_ratio", "lists", "a list over one statement written by hand", 2),
    Goal("list_vs_django_ratio", "lists", "a list over a Django admin's changelist, a whole page", 1),
    Goal("list_vs_django_rows_ratio", "lists", "a list over the rows of a Django admin's changelist alone"),
    Goal(
        "first_load_ratio",
        "pages",
        "first load over a bare page's, worst of bytes, FCP, LCP, interactive",
        1.35,
    ),
    Goal("idle_memory_ratio", "memory", "memory of a connected session that does nothing over a bare app's", 1.3),
    Goal("active_memory_ratio", "memory", "memory of a connected session that works over a bare app's"),
    Goal("cold_start_s", "starts", "seconds until `make run` is ready, nothing built"),
    Goal("warm_start_s", "starts", "seconds until `make run` is ready, everything built", 5),
    Goal("search_ratio", "search", "a search over one bare query, 95th percentiles, worst database"),
    Goal("sessions_held", "load", "units that are still connected after twenty minutes of mixed work", 2000, True),
    Goal("load_error_rate", "load", "works that failed, of all", 0),
    Goal("load_p95_ms", "load", "95th percentile of an event under load, in milliseconds, logins apart", 300),
    Goal("load_memory_growth", "load", "the server's memory in the last quarter over that in the second", 1.1),
)
PARTS = tuple(dict.fromkeys(goal.part for goal in GOALS))


def goals_of(parts: Iterable[str]) -> list[Goal]:
    """Return the goals that ``parts`` measure."""
    wanted = set(parts)
    return [goal for goal in GOALS if goal.part in wanted]


def missing(parts: Iterable[str], found: Mapping[str, Any]) -> list[str]:
    """Return the keys of ``parts`` for which ``found`` has no number."""
    return [goal.key for goal in goals_of(parts) if not _is_number(found.get(goal.key))]


def missed(parts: Iterable[str], found: Mapping[str, Any]) -> list[str]:
    """Return the keys of ``parts`` that were measured and do not reach their goal."""
    measured = [goal for goal in goals_of(parts) if _is_number(found.get(goal.key))]
    return [goal.key for goal in measured if not goal.met(found[goal.key])]


def table(parts: Iterable[str], found: Mapping[str, Any]) -> str:
    """Return the figures of ``parts`` as lines: key, figure, goal, verdict, and what it is."""
    rows = [("key", "figure", "goal", "", "what")]
    for goal in goals_of(parts):
        value = found.get(goal.key)
        known = _is_number(value)
        verdict = "MISSING" if not known else "" if goal.limit is None else "met" if goal.met(value) else "MISSED"
        rows.append((goal.key, f"{value:.3f}" if known else "-", goal.wanted, verdict, goal.says))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = (
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in rows
    )
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value
