"""Asking whoever has the key for its PIN, in a window or a terminal of the driver's own: no page ever sees it."""

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from typing import Protocol

PATIENCE = 120.0
"""Seconds until a window that nobody answers counts as "no"."""


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
        """Return the PIN ("" for a key without one), or ``None`` for no."""
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
        return None
    return json.loads(said)["pin"] if process.returncode == 0 and said else None
