"""The three lists of cases: how they grow, and what they cost beside one SQL statement and a Django admin's page.

Issue 10: `list_growth_ratio`, `list_vs_sql_ratio`, `list_vs_django_ratio`; each is that of the list that does worst.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from bench import changelists
from jsrs_portal import crypto, db
from jsrs_portal.domain import case_desk, case_reviews
from jsrs_portal.settings import ROOT, get_settings
from tests.support import servers
from tests.support.many_cases import COUNTY, Filled, fill

FEW, MANY = 10_000, 1_000_000
ROUNDS, WARMING = 60, 10
LISTS = ("list", "workbench", "queue")
Call = Callable[[], Awaitable[object]]

_SQL = {
    "list": """
SELECT c.id, c.number, c.matter_name, c.status, c.stage, c.returned, c.version_id, c.submitted_at, c.step_by,
       c.answer_by, c.finished_at, i.name,
       (SELECT count(*) FROM (SELECT 1 FROM cases WHERE house_id = %(unit)s AND submitted_at IS NOT NULL LIMIT 1000) s)
  FROM cases c LEFT JOIN institutions i ON i.id = c.institution_id
 WHERE c.house_id = %(unit)s AND c.submitted_at IS NOT NULL
 ORDER BY c.submitted_at DESC, c.id DESC LIMIT 21""",
    "workbench": """
SELECT c.id, c.version, c.number, c.matter_name, c.status, c.returned, c.answer_by, c.role, c.submitted_at, p.id,
       p.name_cipher
  FROM cases c JOIN persons p ON p.id = c.person_id
 WHERE c.unit_id = %(unit)s AND c.status = 'UNIT_REVIEW' AND c.reviewers LIKE '%%LEGAL_REP%%'
   AND c.person_id <> %(person)s AND (c.answer_by IS NULL OR c.answer_by >= %(today)s)
 ORDER BY c.submitted_at DESC, c.id DESC LIMIT 21""",
    "queue": """
SELECT c.id, c.version, c.number, c.matter_name, c.region, c.stage, c.status, c.step_by, c.answer_by, c.officer_id,
       c.returned, c.version_id, c.submitted_at, p.id, p.name_cipher, u.name, i.name,
       (SELECT max(position) FROM case_events e WHERE e.case_id = c.id)
  FROM (
    (SELECT * FROM cases WHERE region = %(region)s AND status = 'SUBMITTED' AND officer_id IS NULL
      ORDER BY step_by, id LIMIT 21)
    UNION ALL
    (SELECT * FROM cases WHERE region = %(region)s AND status = 'ACCEPTED' AND officer_id IS NULL
      ORDER BY step_by, id LIMIT 21)
  ) c
  JOIN persons p ON p.id = c.person_id
  LEFT JOIN units u ON u.id = c.unit_id LEFT JOIN institutions i ON i.id = c.institution_id
 ORDER BY c.step_by, c.id LIMIT 21""",
}


def _ours(filled: Filled) -> dict[str, Call]:
    from jsrs_portal.services import case_lists, review_lists, staff_cases

    async def listed() -> object:
        async with db.reading() as session:
            return await case_lists.list_cases(session, actor=filled.boss, wanted=case_lists.CaseFilter())

    async def workbench() -> object:
        async with db.reading() as session:
            return await review_lists.list_reviews(session, actor=filled.boss, tab=case_reviews.Tab.WAITING)

    async def queue() -> object:
        wanted = staff_cases.DeskFilter(case_desk.Tab.UNCLAIMED)
        async with db.reading() as session:
            return await staff_cases.list_cases(session, actor=filled.county, wanted=wanted)

    return {"list": listed, "workbench": workbench, "queue": queue}


def _bare(filled: Filled) -> dict[str, Call]:
    from jsrs_portal import clock

    values = {"unit": filled.boss.unit_id, "person": filled.boss.person_id, "region": COUNTY, "today": clock.today()}

    def asking(statement: str) -> Call:
        async def ask() -> object:
            async with db.engine().connect() as plain:
                connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
                return (await connection.exec_driver_sql(statement, values)).all()

        return ask

    return {name: asking(statement) for name, statement in _SQL.items()}


@dataclass(frozen=True)
class Medians:
    """What one database took, in milliseconds: by list, ours, the bare statement's and Django's."""

    ours: dict[str, float]
    sql: dict[str, float]
    django: dict[str, float]


async def _measure(count: int) -> Medians:
    """Fill this process's database and measure all in turn, so that a machine that slows down slows them all."""
    filled = await fill(count)
    django = changelists.calls(get_settings().sqlalchemy_url, filled)
    sides = (_ours(filled), _bare(filled), django)
    times: list[dict[str, list[float]]] = [{name: [] for name in LISTS} for _ in sides]
    for turn in range(WARMING + ROUNDS):
        for name in LISTS:
            for side, calls in enumerate(sides):
                started = time.perf_counter()
                await calls[name]()
                if turn >= WARMING:
                    times[side][name].append(time.perf_counter() - started)
    await db.close_engine()
    return Medians(*({name: statistics.median(found) * 1000 for name, found in one.items()} for one in times))


def _on(server: str, count: int) -> Medians:
    with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE lists{count}")
    os.environ["JSRS_DATABASE_URL"] = f"{server}/lists{count}"
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, check=True)
    return asyncio.run(_measure(count))


def measure() -> dict[str, Any]:
    """Return the three ratios, and the medians that they come from."""
    before = os.environ.get("JSRS_DATABASE_URL"), os.environ.get("JSRS_VAR_DIR")
    with tempfile.TemporaryDirectory(prefix="jsrs-bench-") as folder, servers.postgresql() as server:
        os.environ["JSRS_VAR_DIR"] = folder
        few, many = _on(server, FEW), _on(server, MANY)
    for name, value in zip(("JSRS_DATABASE_URL", "JSRS_VAR_DIR"), before, strict=True):
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    get_settings.cache_clear()
    return {
        "list_growth_ratio": _worst(many.ours, few.ours),
        "list_vs_sql_ratio": max(_worst(one.ours, one.sql) for one in (few, many)),
        "list_vs_django_ratio": max(_worst(one.ours, one.django) for one in (few, many)),
        "list_ms": {str(count): _rounded(one) for count, one in ((FEW, few), (MANY, many))},
    }


def _worst(ours: dict[str, float], theirs: dict[str, float]) -> float:
    return round(max(ours[name] / theirs[name] for name in LISTS), 3)


def _rounded(one: Medians) -> dict[str, dict[str, float]]:
    sides = {"ours": one.ours, "sql": one.sql, "django": one.django}
    return {side: {name: round(value, 2) for name, value in found.items()} for side, found in sides.items()}
