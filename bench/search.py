"""(g) Search over 20,000 matters: its 95th percentile over that of the bare query, on both databases (R-2.1.8)."""

import asyncio
import os
import subprocess
import sys
import tempfile
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from bench.timing import alternate, p95_ms, worst
from jsrs_portal import clock, crypto, db
from jsrs_portal.settings import ROOT, get_settings
from tests.support import servers

MATTERS = 20_000
TEXTS = ("劳动合同", "企业职工社会保险登记", "ldht", "shebaoka", "培训补贴申报", "劳动和同", "省级博士后", "工伤查询")
"""What people type: names, parts, initials, pinyin, and one mistake."""
PATIENT = {"JSRS_DATABASE_IDLE_TIMEOUT": "600", "JSRS_DATABASE_STATEMENT_TIMEOUT": "600"}
"""Filling a database in one transaction takes a busy machine longer than a page may take."""
_BARE = "SELECT id, title FROM search_documents WHERE folded_title = :wanted"


async def _measure() -> dict[str, float]:
    """Fill this process's database and measure; milliseconds and the ratio of the 95th percentiles."""
    from jsrs_portal.services import catalog_load
    from jsrs_portal.services.search.queries import search
    from tests.support.matters import catalogue, thousands

    found = catalogue(*thousands(MATTERS))
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=found, files_digest="bench", now=clock.now())
    asked, wanted = cycle(TEXTS), cycle(matter.name for matter in list(found.matters.values())[:500])

    async def ours() -> None:
        async with db.reading() as session:
            await search(session, text=next(asked))

    async def bare() -> None:
        async with db.reading() as session:
            (await session.execute(text(_BARE), {"wanted": next(wanted)})).all()

    await alternate(ours, bare, rounds=1, each=len(TEXTS))
    own, floor = await alternate(ours, bare, rounds=10, each=2 * len(TEXTS))
    await db.close_engine()
    return {"p95_ms": p95_ms(own), "bare_p95_ms": p95_ms(floor), "ratio": p95_ms(own) / p95_ms(floor)}


def measure() -> dict[str, Any]:
    """Return the ratio of the database that does worse, and the figures of both, each on a fresh one of its own."""
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="jsrs-bench-") as folder, servers.postgresql() as server:
        with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        for name, url in (
            ("sqlite", f"sqlite+aiosqlite:///{Path(folder) / 'search.db'}"),
            ("postgresql", f"{server}/bench"),
        ):
            os.environ |= {"JSRS_DATABASE_URL": url, **PATIENT}
            get_settings.cache_clear()
            crypto.keyring.cache_clear()
            subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, check=True)
            figures[name] = {key: round(value, 2) for key, value in asyncio.run(_measure()).items()}
    return {"search_ratio": worst(one["ratio"] for one in figures.values()), "search": figures}
