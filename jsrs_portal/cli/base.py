"""What the groups of commands share: running a coroutine with the database, leaving an audit entry, saying no."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import typer

from jsrs_portal import db
from jsrs_portal.services import operators

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run ``work`` and close the database behind it."""

    async def whole() -> Result:
        try:
            return await work
        finally:
            await db.close_engine()

    return asyncio.run(whole())


def record(action: str, *, subject: str = "", result: str = "OK", **details: object) -> None:
    """Leave the audit entry of a command that writes nothing else."""

    async def write() -> None:
        async with db.unit_of_work() as session:
            operators.record_operation(session, action=action, subject=subject, result=result, **details)

    run(write())


def refuse(sentence: str) -> NoReturn:
    """End the command with ``sentence`` on standard error and a code that scripts notice."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
