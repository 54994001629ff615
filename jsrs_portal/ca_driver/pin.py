"""Asking whoever has the key for its PIN, in a window or a terminal of the driver's own: no page ever sees it."""

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from typing import Protocol

PATIENCE = 120.0
"""Seconds until a window that nobody answers is closed."""
NOT_ASKED = 3
"""What the window's process ends with when it can show itself nowhere."""


class Unasked(Exception):
    """Nobody could be asked: there is neither a display nor a terminal."""


class Unanswered(Exception):
    """Somebody was asked, and did not answer in time."""


@dataclass(frozen=True)
class Question:
    """What has to be known before somebody types a PIN: who asks, for whose key, how many tries are left."""

    site: str
    name: str
    issuer: str
    left: int
    has_pin: bool


class Asking(Protocol):
    """A way to ask."""

    async def __call__(self, question: Question) -> str | None:
        """Return the PIN ("" for a key without one), or ``None`` for no; :class:`Unasked`, :class:`Unanswered`."""
        ...


def from_environment(variable: str) -> Asking:
    """Take the PIN from an environment variable, for tests and demonstrations: nobody is asked."""

    async def ask(question: Question) -> str | None:
        return os.environ.get(variable)

    return ask


async def ask_person(question: Question) -> str | None:
    """Ask in a process of its own: it has a main thread for the window, and it can be ended."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"{__package__}.window"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(json.dumps(asdict(question)).encode()), PATIENCE)
    except (TimeoutError, asyncio.CancelledError) as error:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if isinstance(error, asyncio.CancelledError):
            raise
        raise Unanswered from None
    if process.returncode == NOT_ASKED:
        raise Unasked
    return json.loads(said)["pin"] if process.returncode == 0 and said else None
