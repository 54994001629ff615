"""(h) Two thousand connected units, PostgreSQL and Redis, two workers: mixed work that comes whether we keep up or not.

Browse 70, lists 20, submit 5, login 5 %. What is due is due at its own instant (open loop), and its time counts from
then, so that a server that stands still does not hide it. ``JSRS_BENCH_UNITS``, ``JSRS_BENCH_MINUTES`` and
``JSRS_BENCH_RATE`` (works a second) make it shorter for a look; figures are those of the whole.
"""

import asyncio
import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from redis import Redis

from bench.clients import Browsers
from bench.crowd import Member, gather_crowd
from bench.processes import cpu_seconds, private_kb
from bench.timing import median_ms, p95_ms, rounded
from bench.work import BELL, Employer, Refused, Seen, work_of
from jsrs_portal import crypto
from jsrs_portal.settings import get_settings
from tests.support import servers
from tests.support.portal import Portal

UNITS = int(os.environ.get("JSRS_BENCH_UNITS", "2000"))
MINUTES = float(os.environ.get("JSRS_BENCH_MINUTES", "20"))
RATE = float(os.environ.get("JSRS_BENCH_RATE", "16.7"))
"""Works a second: each of two thousand units does something every two minutes, and looks for notices meanwhile."""
WARMING, SAMPLED_EVERY = 30.0, 15.0
_APART = ("login", "look")
"""Not in the percentile of all: comparing a password is slow by intention, and nobody waits for a look."""
_SETTINGS = {
    "JSRS_WORKERS": "2",
    "JSRS_BCRYPT_COST": "12",
    "JSRS_TRUSTED_PROXY_HOPS": "1",
    "JSRS_CONNECTIONS_PER_ADDRESS": "5000",
}


class Machines:
    """What the parts use that a province would have machines for: processor time, statements, memory."""

    def __init__(self, portal: Portal, database: servers.PostgreSQL, cache: servers.RedisServer) -> None:
        """Look at these, which run."""
        self._database, self._cache = database, cache
        self._pids = {
            "portal": portal.processes["server"].pid,
            "worker": portal.processes["worker"].pid,
            "postgresql": database.pid,
            "redis": cache.pid,
        }

    def used(self) -> dict[str, float]:
        """Return seconds of processor time by part, and transactions of the database, so far."""
        with psycopg.connect(f"{self._database.url}/load".replace("+psycopg", "")) as connection:
            query = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'load'"
            (transactions,) = connection.execute(query).fetchone() or (0,)
        parts = {name: cpu_seconds(pid) for name, pid in self._pids.items()}
        return {**parts, "clients": time.process_time(), "transactions": float(transactions)}

    def stored(self) -> dict[str, float]:
        """Return how large database and cache are, in MB, and how many states the cache has."""
        with psycopg.connect(f"{self._database.url}/load".replace("+psycopg", "")) as connection:
            (size,) = connection.execute("SELECT pg_database_size('load')").fetchone() or (0,)
        with Redis.from_url(self._cache.url) as redis:
            memory, keys = redis.info("memory")["used_memory"], redis.dbsize()  # pyright: ignore
        return {"database_mb": size / 1e6, "redis_mb": memory / 1e6, "redis_keys": keys}  # pyright: ignore


async def held(portal: Portal, members: list[Member], machines: Machines) -> tuple[Seen, dict[str, Any]]:
    """Connect every member, have them work for the time, and return what was seen, and the figures made of it."""
    async with Browsers(portal.origin) as browsers:
        employers: list[Employer] = []
        for first in range(0, len(members), 20):
            some = members[first : first + 20]
            tabs = await asyncio.gather(*(browsers.tab("/unit", one.cookie, one.address) for one in some))
            employers += [Employer(one, tab) for one, tab in zip(some, tabs, strict=True)]
        await asyncio.gather(_work(browsers, employers, Seen(), WARMING), _bells(employers, Seen(), WARMING))
        seen, memory = Seen(), asyncio.create_task(_memory(portal.processes["server"].pid))
        before = machines.used()
        began = time.perf_counter()
        done, looked = await asyncio.gather(
            _work(browsers, employers, seen, MINUTES * 60), _bells(employers, seen, MINUTES * 60)
        )
        took = time.perf_counter() - began
        after, stored = machines.used(), machines.stored()
        memory.cancel()
        samples = (await asyncio.gather(memory, return_exceptions=True))[0]
        sessions = sum(one.tab.open for one in employers)
    found = _figures(seen, done, took, sessions, samples if isinstance(samples, list) else [])
    found["load"]["used_a_second"] = rounded({name: (after[name] - before[name]) / took for name in after}, 3)
    found["load"]["stored"] = rounded(stored, 1)
    found["load"]["looks"] = looked
    return seen, found


async def _work(browsers: Browsers, employers: list[Employer], seen: Seen, seconds: float) -> int:
    """Begin a work at every instant of a Poisson process, and return how many there were, once all have ended."""
    chance = random.Random(20_26)  # noqa: S311 — the same works in every run
    began, due, going = time.perf_counter(), 0.0, set[asyncio.Task[None]]()
    number = 0
    while (due := due + chance.expovariate(RATE)) < seconds:
        await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
        idle = [one for one in employers if not one.busy]
        if not idle:
            seen.errors.append("nobody was idle")
            continue
        number += 1
        one, work = chance.choice(idle), work_of(chance.random(), browsers)
        one.busy = True
        task = asyncio.create_task(_done(one, work(one, seen, began + due), seen))
        going.add(task)
        task.add_done_callback(going.discard)
    await _ended(going, seen)
    return number


async def _ended(going: set[asyncio.Task[None]], seen: Seen) -> None:
    """Wait for what still goes on; what has not ended after a minute and a half is an error."""
    if going:
        _, late = await asyncio.wait(going, timeout=90)
        seen.errors += ["not done after 90 s"] * len(late)
        for one in late:
            one.cancel()


async def _done(one: Employer, work: Any, seen: Seen) -> None:
    try:
        await work
    except (Refused, ConnectionError, TimeoutError, RuntimeError, OSError) as error:
        seen.errors.append(f"{type(error).__name__}: {error}"[:600])
    finally:
        one.busy = False


async def _bells(employers: list[Employer], seen: Seen, seconds: float) -> int:
    """Have every page look for new notices as often as pages do, one after the other, and return how many looked."""
    every = get_settings().notices_every_seconds / len(employers)
    began, number, going = time.perf_counter(), 0, set[asyncio.Task[None]]()
    while (due := (number + 1) * every) < seconds:
        one = employers[number % len(employers)]
        number += 1
        await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
        task = asyncio.create_task(_look(one, seen, began + due))
        going.add(task)
        task.add_done_callback(going.discard)
    await _ended(going, seen)
    return number


async def _look(one: Employer, seen: Seen, due: float) -> None:
    """Have a page look for notices. One that is at work looks as well, and its answer comes among the work's."""
    frame = one.tab.frame(BELL)
    if one.busy:
        try:
            await one.tab.tell(frame)
        except OSError as error:
            seen.errors.append(f"look: {type(error).__name__}: {error}")
        return
    one.busy = True
    await _done(one, seen.timed("look", one.tab.round_trip(frame), due), seen)


async def _memory(pid: int) -> list[int]:
    """Return what the server's processes had for themselves, in KiB, from time to time, until cancelled."""
    samples: list[int] = []
    try:
        while True:
            samples.append(await asyncio.to_thread(private_kb, pid))
            await asyncio.sleep(SAMPLED_EVERY)
    except asyncio.CancelledError:
        return samples


def _figures(seen: Seen, done: int, took: float, sessions: int, samples: list[int]) -> dict[str, Any]:
    every = [one for kind, some in seen.seconds.items() if kind not in _APART for one in some]
    quarter = max(len(samples) // 4, 1)
    early, late = samples[quarter : 2 * quarter] or samples, samples[-quarter:]
    growth = (sum(late) / len(late)) / (sum(early) / len(early)) if samples else 0.0
    return {
        "sessions_held": sessions,
        "load_p95_ms": round(p95_ms(every), 1),
        "load_memory_growth": round(growth, 3),
        "load": {
            "units": UNITS,
            "seconds": round(took, 1),
            "works": done,
            "works_per_second": round(done / took, 2),
            "events": len(every),
            "p50_ms": rounded({kind: median_ms(some) for kind, some in seen.seconds.items()}, 1),
            "p95_ms": rounded({kind: p95_ms(some) for kind, some in seen.seconds.items() if len(some) > 1}, 1),
            "memory_kb": samples,
            "errors": seen.errors[:20],
        },
    }


def measure() -> dict[str, Any]:
    """Return how many sessions were held, how many works failed, how long events took, and how memory grew."""
    with (
        tempfile.TemporaryDirectory(prefix="jsrs-bench-") as folder,
        servers.mortal_postgresql(durable=True) as database,
        servers.mortal_redis() as cache,
    ):
        server, redis = database.url, cache.url
        with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE load")
        portal = Portal(
            Path(folder), extra={"JSRS_DATABASE_URL": f"{server}/load", "JSRS_REDIS_URL": redis, **_SETTINGS}
        )
        os.environ.update(portal.environment)
        get_settings.cache_clear()
        crypto.keyring.cache_clear()
        portal.prepare()
        members = asyncio.run(gather_crowd(UNITS))
        portal.start()
        try:
            seen, found = asyncio.run(held(portal, members, Machines(portal, database, cache)))
            failed = [line for line in portal.log.splitlines() if '"event.failed"' in line]
            found["load"]["failures"] = [len(failed), *failed[:5]]
            found["load_error_rate"] = round((len(seen.errors) + len(failed)) / max(found["load"]["works"], 1), 5)
            return found
        finally:
            portal.stop()
