"""An operator at a shell, in this process: the real commands against the test's database."""

import asyncio
import os
from dataclasses import dataclass

from typer.testing import CliRunner

from jsrs_portal import db
from jsrs_portal.cli import app


@dataclass(frozen=True)
class Said:
    """What a command wrote, and its exit code."""

    code: int
    text: str


async def jsrs(*arguments: object) -> Said:
    """Run ``jsrs`` with these arguments; the test's own connections are closed before, as the portal's would be."""
    await db.close_engine()
    before = os.umask(0o022)
    try:
        result = await asyncio.to_thread(CliRunner().invoke, app, [str(argument) for argument in arguments])
    finally:
        os.umask(before)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, result.output)
