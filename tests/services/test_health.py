"""``/_health`` tells what is wrong, what a restart would mend, and never waits for what hangs."""

import asyncio
import json
import time as clocks
from datetime import timedelta

import pytest

from jsrs_portal import clock, crypto, db, migrations, worker
from jsrs_portal.api import health
from jsrs_portal.models.work import Heartbeat
from jsrs_portal.settings import get_settings
from tests.services.world import change, statements, warm_up
from tests.support import hall, servers

SOON = health.SECONDS_PER_QUESTION + 8
"""What hangs here would hang for ever; a question's limit is the portal's, the rest is for a busy machine, in s."""
DUTIES = ("clear", "deliver", "endings", "seal")


@pytest.fixture(autouse=True)
def outside(monkeypatch):
    """Outside systems that a test can let fail."""
    made = hall.gateways()
    monkeypatch.setattr(health, "gateways_here", lambda: made)
    return made


@pytest.fixture(scope="module")
def redis_url():
    with servers.redis() as url:
        yield url


def configure(monkeypatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"JSRS_{name}", value)
    get_settings.cache_clear()
    crypto.keyring.cache_clear()


async def ask() -> tuple[int, dict]:
    async with hall.browser() as client:
        answer = await client.get("/_health")
    return answer.status_code, answer.json()


async def beat(**late: float) -> None:
    """Show a sign of life; ``late`` are duties last done so many minutes ago."""
    duties = dict.fromkeys(DUTIES, 0.0) | late
    await worker.beat({name: clock.now() - timedelta(minutes=ago) for name, ago in duties.items()})


async def test_everything_well_is_200_and_ok():
    await beat()
    status, said = await ask()
    assert status == 200
    assert said == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "worker": "ok",
        "redis": "unused",
        "duties": dict.fromkeys(DUTIES, "ok"),
        "outside": dict.fromkeys(sorted(hall.SYSTEMS), "ok"),
        "scanning": "off",
        "files": "ok",
    }


async def test_a_silent_worker_is_503():
    assert await ask() == (503, (await ask())[1] | {"status": "down", "worker": "silent"})
    await beat()
    assert (await ask())[0] == 200
    await change(Heartbeat, beat_at=clock.now() - timedelta(seconds=31))
    status, said = await ask()
    assert (status, said["status"], said["worker"]) == (503, "down", "silent")


async def test_missing_migrations_are_503(monkeypatch):
    await beat()
    monkeypatch.setattr(migrations, "newest", lambda: "9999")
    status, said = await ask()
    assert (status, said["status"], said["database"], said["migrations"]) == (503, "down", "ok", "behind")


@pytest.mark.parametrize("name", hall.SYSTEMS)
async def test_a_tripped_outside_system_is_degraded_and_still_200(outside, name):
    """A restart would not help, and everything else works."""
    await beat()
    await hall.fail(outside, name)
    status, said = await ask()
    assert (status, said["status"]) == (200, "degraded")
    assert said["outside"] == dict.fromkeys(hall.SYSTEMS, "ok") | {name: "failing"}
    assert "restart would not help" in said["note"]


async def test_a_few_failures_do_not_make_the_portal_degraded(outside):
    await beat()
    await hall.fail(outside, "face", times=2)
    assert (await ask())[1]["status"] == "ok"


@pytest.mark.parametrize("duty", DUTIES)
async def test_a_duty_that_is_late_is_degraded(duty):
    await beat(**{duty: 6})
    status, said = await ask()
    assert (status, said["status"], said["worker"]) == (200, "degraded", "ok")
    assert said["duties"][duty] == "late"


async def test_keys_of_an_outside_system_that_cannot_be_read_are_degraded(monkeypatch):
    def unreadable():
        raise ValueError("MIIEvQIBADANBgkqhkiG9w0")

    await beat()
    monkeypatch.setattr(health, "gateways_here", unreadable)
    status, said = await ask()
    assert (status, said["status"], said["outside"]) == (200, "degraded", {"all": "misconfigured"})


async def test_redis_is_asked_where_it_is_used(monkeypatch, redis_url):
    await beat()
    configure(monkeypatch, REDIS_URL=redis_url)
    assert (await ask())[1]["redis"] == "ok"


async def test_redis_that_is_gone_is_503(monkeypatch):
    await beat()
    configure(monkeypatch, REDIS_URL=f"redis://:geheim@127.0.0.1:{servers.free_port()}/0")
    status, said = await ask()
    assert (status, said["status"], said["redis"], said["database"]) == (503, "down", "down", "ok")
    assert "geheim" not in json.dumps(said)


async def test_redis_that_hangs_is_503_soon(monkeypatch):
    await beat()
    async with hall.black_hole() as port:
        configure(monkeypatch, REDIS_URL=f"redis://127.0.0.1:{port}/0")
        began = clocks.monotonic()
        status, said = await ask()
    assert clocks.monotonic() - began < SOON
    assert (status, said["redis"], said["database"]) == (503, "down", "ok")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_database_that_hangs_is_503_soon(monkeypatch):
    """One whose server takes the connection and says nothing; asking again and again does not pile up either."""
    await db.close_engine()
    async with hall.black_hole() as port:
        configure(monkeypatch, DATABASE_URL=f"postgresql+psycopg://hall:geheim@127.0.0.1:{port}/portal")
        began = clocks.monotonic()
        answers = await asyncio.gather(*[ask() for _ in range(20)])
        assert clocks.monotonic() - began < SOON
    for status, said in answers:
        assert (status, said["status"], said["database"], said["worker"]) == (503, "down", "down", "unknown")
        assert not any(word in json.dumps(said) for word in ("127.0.0.1", "hall", "geheim", "postgresql", "psycopg"))


async def test_a_database_that_does_not_let_itself_be_cancelled_is_503_soon(monkeypatch):
    released = asyncio.Event()

    async def stubborn():
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    monkeypatch.setattr(health._DATABASE, "_ask", stubborn)
    began = clocks.monotonic()
    status, said = await ask()
    released.set()
    assert clocks.monotonic() - began < SOON
    assert (status, said["database"]) == (503, "down")


async def test_many_who_ask_at_once_cost_one_look():
    await beat()
    await warm_up()
    with statements() as seen:
        answers = await asyncio.gather(*[ask() for _ in range(30)])
    assert {status for status, _ in answers} == {200}
    assert len(seen) <= 4


async def test_whatever_is_wrong_the_answer_is_of_a_few_known_words(outside, monkeypatch):
    """No address, no version, no message of an exception."""
    await beat(seal=60)
    await hall.fail(outside, "registry")
    configure(monkeypatch, REDIS_URL=f"redis://127.0.0.1:{servers.free_port()}/0")
    _, said = await ask()
    values = [v for value in said.values() for v in (value.values() if isinstance(value, dict) else [value])]
    assert set(values) <= {"ok", "down", "degraded", "late", "failing", "off", health.NO_RESTART}


# The same headers as every other answer of ours (ASVS 14.4)


@pytest.mark.parametrize(
    "path", ["/_health", "/metrics", "/session/open", "/session/ended", "/v/x", "/v/x/back", "/none"]
)
async def test_every_answer_has_the_shared_headers(monkeypatch, path):
    configure(monkeypatch, PUBLIC_URL="https://hall.example.gov.cn")
    async with hall.browser() as client:
        answer = await client.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "no-" in answer.headers["cache-control"]
    assert "server" not in answer.headers
