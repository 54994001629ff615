"""What one server process tells all others at once: sessions that have ended or may do other things now (rule 2).

Within a process it is a function call; between processes it goes over Redis when that is configured. A message that is
lost costs nothing but time: nobody believes a session for longer than five seconds without asking the database.
"""

import asyncio
import re
from collections.abc import Callable, Iterable

import structlog
from redis import RedisError
from redis.asyncio import Redis

from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)

CHANNEL = "jsrs:sessions-ended"
_EVERYTHING = "*"
"""Said to listeners when messages may have been missed: forget every session."""
_KEY = re.compile(r"[0-9a-f]{64}")
_DEADLINE = 2.0
_PAUSE = 1.0

Listener = Callable[[str], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have ``listener`` called with the key of every session that ends, or with ``"*"`` for any of them."""
    if listener not in _listeners:
        _listeners.append(listener)


def _tell(key: str) -> None:
    for listener in _listeners:
        listener(key)


async def announce_ended(keys: Iterable[str]) -> None:
    """Tell everybody to look again at the sessions with these keys, which ended or changed; call it once committed.

    A Redis that does not answer within two seconds is left alone: the database has the truth.
    """
    known = list(keys)
    for key in known:
        _tell(key)
    url = get_settings().redis_url
    if not url or not known:
        return
    try:
        async with asyncio.timeout(_DEADLINE), Redis.from_url(url) as redis:
            for key in known:
                await redis.publish(CHANNEL, key)
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("announcement.not_sent", error=type(error).__name__)


async def relay() -> None:
    """Pass on what other processes announce, for as long as this one serves; without Redis there are no others."""
    url = get_settings().redis_url
    while url:
        try:
            async with Redis.from_url(get_settings().redis_address) as redis, redis.pubsub() as heard:
                await heard.subscribe(CHANNEL)
                _tell(_EVERYTHING)
                while True:
                    message = await heard.get_message(ignore_subscribe_messages=True, timeout=_PAUSE)
                    key = message["data"].decode("ascii", "replace") if message is not None else ""
                    if _KEY.fullmatch(key):
                        _tell(key)
        except Exception as error:
            log.warning("announcements.interrupted", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)
