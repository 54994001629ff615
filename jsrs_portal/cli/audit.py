"""``jsrs audit …``: what an auditor asks of the trail."""

import typer

from jsrs_portal import db
from jsrs_portal.cli.base import run
from jsrs_portal.services import audit

commands = typer.Typer(no_args_is_help=True, help="审计记录")


@commands.command("verify")
def verify() -> None:
    """校验审计记录的完整性：改动、删除、增加、移动都会被发现。"""

    async def walk() -> audit.AuditReport:
        async with db.reading() as session:
            return await audit.verify_trail(session)

    report = run(walk())
    typer.echo(f"已封存 {report.sealed} 条，待封存 {report.unsealed} 条")
    for fault in report.faults:
        typer.echo(f"  ✗ {fault}")
    if report.faults:
        raise typer.Exit(1)
    typer.echo("  ✓ 完整")
