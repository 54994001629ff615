"""Ended sessions are told to all servers; a Redis that says nonsense, hangs or goes does not end that."""

import asyncio
import contextlib

import pytest
from redis.asyncio import Redis

from jsrs_portal import announcements
from jsrs_portal.settings import get_settings
from tests.support import servers

KEY = "ab" * 32


@pytest.fixture
def heard(monkeypatch):
    """What a listener hears, with a Redis of this test's own."""
    said: list[str] = []
    monkeypatch.setattr(announcements, "_listeners", [said.append])
    with servers.redis() as url:
        monkeypatch.setenv("JSRS_REDIS_URL", url)
        get_settings.cache_clear()
        yield said


async def until(holds, seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 — a test looks from outside
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def relaying():
    task = asyncio.create_task(announcements.relay())
    yield task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_what_one_server_says_another_hears(heard):
    async with relaying():
        await until(lambda: "*" in heard)
        heard.clear()
        await announcements.announce_ended([KEY])
        await until(lambda: heard.count(KEY) == 2)  # at home at once, and over Redis


@pytest.mark.parametrize("nonsense", [b"\xff\xfe", b"", b"*", b"x" * 100_000, b"AB" * 32])
async def test_nonsense_is_not_passed_on_and_ends_nothing(heard, nonsense):
    async with relaying() as task:
        await until(lambda: "*" in heard)
        heard.clear()
        async with Redis.from_url(get_settings().redis_url) as redis:
            await redis.publish(announcements.CHANNEL, nonsense)
            await redis.publish(announcements.CHANNEL, KEY)
        await until(lambda: KEY in heard)
        assert heard == [KEY]
        assert not task.done()


async def test_a_redis_that_is_gone_costs_no_failure(heard, monkeypatch):
    monkeypatch.setenv("JSRS_REDIS_URL", f"redis://127.0.0.1:{servers.free_port()}/0")
    get_settings.cache_clear()
    await announcements.announce_ended([KEY])
    assert heard == [KEY]
