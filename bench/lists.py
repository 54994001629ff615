"""(c) The three lists of cases, first page and 100th: how they grow, and beside one SQL statement and a Django admin.

Each ratio is that of the list and page that does worst. What is timed is the list itself and no event around it: what
any event costs (its floor) is in none of the sides. Ours ends with what the page gets, in words and as JSON; the
statement with its rows; Django with its page's last tag or, a side of its own, with the rows as objects.
"""

import asyncio
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from reflex.utils.format import json_dumps

from bench import changelists
from bench.search import PATIENT
from bench.timing import rounded, worst
from jsrs_portal import clock, db
from jsrs_portal.domain import case_desk, case_reviews
from jsrs_portal.settings import ROOT, get_settings
from tests.support import servers
from tests.support.many_cases import COUNTY, Filled, fill

FEW, MANY = 10_000, 1_000_000
ROUNDS, WARMING = 40, 8
LISTS = ("list", "workbench", "queue")
SIDES = ("ours", "sql", "django", "django_rows")
DEEP = 100
"""The page that is opened besides the first; the last full one, where there are fewer."""
Call = Callable[[], Awaitable[object]]
Times = dict[str, dict[str, dict[str, list[float]]]]
"""Seconds by page, side and list."""

_SQL = {
    "list": """
SELECT c.id, c.number, c.matter_name, c.status, c.stage, c.returned, c.version_id, c.submitted_at, c.step_by,
       c.answer_by, c.finished_at, i.name,
       (SELECT count(*) FROM (SELECT 1 FROM cases WHERE house_id = %(unit)s AND submitted_at IS NOT NULL LIMIT 1000) s)
  FROM cases c LEFT JOIN institutions i ON i.id = c.institution_id
 WHERE c.house_id = %(unit)s AND c.submitted_at IS NOT NULL {after}
 ORDER BY c.submitted_at DESC, c.id DESC LIMIT 21""",
    "workbench": """
SELECT c.id, c.version, c.number, c.matter_name, c.status, c.returned, c.answer_by, c.role, c.submitted_at, p.id,
       p.name_cipher
  FROM cases c JOIN persons p ON p.id = c.person_id
 WHERE c.review_unit_id = %(unit)s AND c.status = 'UNIT_REVIEW' AND c.reviewers LIKE '%%LEGAL_REP%%'
   AND c.person_id <> %(person)s AND (c.answer_by IS NULL OR c.answer_by >= %(today)s) {after}
 ORDER BY c.submitted_at DESC, c.id DESC LIMIT 21""",
    "queue": """
SELECT c.id, c.version, c.number, c.matter_name, c.region, c.stage, c.status, c.step_by, c.answer_by, c.officer_id,
       c.returned, c.version_id, c.submitted_at, p.id, p.name_cipher, u.name, i.name,
       (SELECT max(position) FROM case_events e WHERE e.case_id = c.id)
  FROM (
    (SELECT * FROM cases WHERE region = %(region)s AND status = 'SUBMITTED' AND officer_id IS NULL {after}
      ORDER BY step_by, id LIMIT 21)
    UNION ALL
    (SELECT * FROM cases WHERE region = %(region)s AND status = 'ACCEPTED' AND officer_id IS NULL {after}
      ORDER BY step_by, id LIMIT 21)
  ) c
  JOIN persons p ON p.id = c.person_id
  LEFT JOIN units u ON u.id = c.unit_id LEFT JOIN institutions i ON i.id = c.institution_id
 ORDER BY c.step_by, c.id LIMIT 21""",
}


_AFTER = {
    "list": "AND (c.submitted_at, c.id) < (%(at)s, %(id)s)",
    "workbench": "AND (c.submitted_at, c.id) < (%(at)s, %(id)s)",
    "queue": "AND (step_by, id) > (%(at)s, %(id)s)",
}


@dataclass(frozen=True)
class Spot:
    """A page: its number, behind which place it begins, and how many rows it has."""

    number: int
    after: str
    rows: int


Opens = Callable[[str], Awaitable[tuple[int, str]]]
"""Opens the page behind a place; tells how many rows it has, and behind which place the next one begins."""


def _ours(filled: Filled) -> dict[str, Opens]:
    from jsrs_portal.services import case_lists, review_lists, staff_cases

    async def listed(after: str) -> tuple[int, str]:
        async with db.reading() as session:
            wanted = case_lists.CaseFilter()
            page = await case_lists.list_cases(session, actor=filled.boss, wanted=wanted, after=after)
        return _sent(page.items), page.after

    async def workbench(after: str) -> tuple[int, str]:
        async with db.reading() as session:
            tab = case_reviews.Tab.WAITING
            page = await review_lists.list_reviews(session, actor=filled.boss, tab=tab, after=after)
        return _sent(page.rows), page.after

    async def queue(after: str) -> tuple[int, str]:
        wanted = staff_cases.DeskFilter(case_desk.Tab.UNCLAIMED)
        async with db.reading() as session:
            page = await staff_cases.list_cases(session, actor=filled.county, wanted=wanted, after=after)
        if not isinstance(page, staff_cases.DeskPage):
            raise RuntimeError("the officer's queue is refused")
        return _sent(page.rows), page.next

    return {"list": listed, "workbench": workbench, "queue": queue}


def _sent(rows: Sequence[object]) -> int:
    """Write rows as a page gets them; how many they are."""
    json_dumps(rows)
    return len(rows)


async def _pages(opens: Opens) -> tuple[Spot, Spot]:
    """Return the first page, and the 100th or the last one that is full."""
    rows, after = await opens("")
    first = deep = Spot(1, "", rows)
    for number in range(2, DEEP + 1):
        if not after:
            break
        here = after
        rows, after = await opens(here)
        if rows == changelists.PER_PAGE:
            deep = Spot(number, here, rows)
    return first, deep


def _bare(filled: Filled, spots: Mapping[str, Spot]) -> dict[str, Call]:
    place = {"unit": filled.boss.unit_id, "person": filled.boss.person_id, "region": COUNTY, "today": clock.today()}

    def asking(name: str) -> Call:
        at, _, key = spots[name].after.partition("~")
        statement = _SQL[name].format(after=_AFTER[name] if key else "")
        values = {**place, "at": at, "id": key}

        async def ask() -> object:
            async with db.engine().connect() as plain:
                connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
                rows = (await connection.exec_driver_sql(statement, values)).all()
            if not spots[name].rows <= len(rows) <= spots[name].rows + 1:
                raise RuntimeError(f"the bare {name} has {len(rows)} rows, ours {spots[name].rows}")
            return rows

        return ask

    return {name: asking(name) for name in LISTS}


def _at(opens: Opens, spot: Spot) -> Call:
    return lambda: opens(spot.after)


class Database:
    """One of the two databases, with an event loop, and so an engine of ours, of its own."""

    def __init__(self, server: str, name: str, count: int) -> None:
        """Create it; :meth:`fill` it before anything else is asked."""
        self.name, self.count, self.url = name, count, f"{server}/{name}"
        self.runner = asyncio.Runner()
        self.spots: dict[str, dict[str, Spot]] = {}
        self.calls: dict[str, dict[str, dict[str, Call]]] = {}
        self.times: Times = {}
        with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")

    def fill(self) -> None:
        """Migrate and fill it, and find the pages that are opened."""
        os.environ |= {"JSRS_DATABASE_URL": self.url, **PATIENT}
        get_settings.cache_clear()
        subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, check=True)
        filled = self.runner.run(fill(self.count))
        ours = _ours(filled)
        found = {name: self.runner.run(_pages(ours[name])) for name in LISTS}
        self.spots = {
            page: {name: spots[place] for name, spots in found.items()} for place, page in enumerate(("first", "deep"))
        }
        for page, spots in self.spots.items():
            self.calls[page] = {
                "ours": {name: _at(ours[name], spots[name]) for name in LISTS},
                "sql": _bare(filled, spots),
                **changelists.calls(
                    self.name, filled, {name: (spot.number, spot.rows) for name, spot in spots.items()}
                ),
            }
            self.times[page] = {side: {name: [] for name in LISTS} for side in SIDES}

    def open(self, page: str, side: str, name: str, *, counts: bool) -> None:
        """Open a list once."""
        taken = self.runner.run(_timed(self.calls[page][side][name]))
        if counts:
            self.times[page][side][name].append(taken)

    def close(self) -> None:
        """Close its connections."""
        self.runner.run(db.close_engine())
        self.runner.close()

    def medians(self) -> dict[str, dict[str, dict[str, float]]]:
        """Return milliseconds by page, side and list."""
        return {
            page: {
                side: {name: statistics.median(found) * 1000 for name, found in lists.items()}
                for side, lists in sides.items()
            }
            for page, sides in self.times.items()
        }


async def _timed(call: Call) -> float:
    started = time.perf_counter()
    await call()
    return time.perf_counter() - started


def _measured(server: str) -> tuple[Database, Database]:
    """Fill both databases and open all lists in turn, so that a machine that slows down slows all of them."""
    few, many = Database(server, "few", FEW), Database(server, "many", MANY)
    changelists.set_up({one.name: one.url for one in (few, many)})
    for one in (few, many):
        one.fill()
    everything = list(itertools.product(("first", "deep"), LISTS, SIDES, (few, many)))
    chance = random.Random(20_26)  # noqa: S311 — the same order in every run
    for turn in range(WARMING + ROUNDS):
        chance.shuffle(everything)  # what follows something slow finds colder caches: each has its share of that
        for page, name, side, one in everything:
            one.open(page, side, name, counts=turn >= WARMING)
    for one in (few, many):
        one.close()
    return few, many


def measure() -> dict[str, Any]:
    """Return the three ratios, and the medians that they come from."""
    with tempfile.TemporaryDirectory(prefix="jsrs-bench-") as folder, servers.postgresql() as server:
        os.environ["JSRS_VAR_DIR"] = folder
        few, many = _measured(server)
    found = {one.count: one.medians() for one in (few, many)}
    return {
        "list_growth_ratio": worst(
            found[MANY][page]["ours"][name] / found[FEW][page]["ours"][name] for page, name in _opened()
        ),
        "list_vs_sql_ratio": _worst_over(found, "sql"),
        "list_vs_django_ratio": _worst_over(found, "django"),
        "list_vs_django_rows_ratio": _worst_over(found, "django_rows"),
        "list_ms": {
            str(count): {page: {side: rounded(lists) for side, lists in sides.items()} for page, sides in one.items()}
            for count, one in found.items()
        },
        "list_deep_pages": {
            str(one.count): {name: spot.number for name, spot in one.spots["deep"].items()} for one in (few, many)
        },
    }


def _opened() -> list[tuple[str, str]]:
    return [(page, name) for page in ("first", "deep") for name in LISTS]


def _worst_over(found: Mapping[int, Any], side: str) -> float:
    return worst(one[page]["ours"][name] / one[page][side][name] for one in found.values() for page, name in _opened())
