"""``jsrs audit …``: what an auditor asks of the trail, and moving its oldest part into a file."""

from datetime import datetime, timedelta
from pathlib import Path

import typer

from jsrs_portal import clock, db
from jsrs_portal.cli.base import refuse, run
from jsrs_portal.services import audit, audit_archive
from jsrs_portal.settings import get_settings

commands = typer.Typer(no_args_is_help=True, help="审计记录")


@commands.command("verify")
def verify(
    anchor: str = typer.Option("", "--anchor", help="POSITION:SEAL，取自日志的 audit.sealed，与审计记录对照"),
    archive: list[Path] = typer.Option([], "--archive", help="归档文件；可以给出多个，一并校验它们的衔接"),  # noqa: B008
) -> None:
    """校验审计记录的完整性：改动、删除、增加、移动都会被发现。"""
    try:
        known = audit.Anchor.parse(anchor) if anchor else None
    except ValueError:
        refuse("--anchor 的格式是 POSITION:SEAL，封印至少 16 位。")

    async def walk() -> tuple[audit.AuditReport, audit_archive.ArchiveReport | None]:
        async with db.walking() as session:
            trail = await audit.verify_trail(session, anchor=known)
        async with db.walking() as session:
            return trail, await audit_archive.verify_archives(session, archive) if archive else None

    report, files = run(walk())
    faults = report.faults + (files.faults if files else [])
    if files is not None:
        typer.echo(f"归档文件中有 {files.count} 条，第 {files.first} 至 {files.last} 条")
    typer.echo(f"已归档 {report.archived} 条，已封存 {report.sealed} 条，待封存 {report.unsealed} 条")
    for fault in faults:
        typer.echo(f"  ✗ {fault}")
    if faults:
        raise typer.Exit(1)
    typer.echo("  ✓ 完整")


@commands.command("archive")
def move(
    target: Path,
    before: datetime | None = typer.Option(  # noqa: B008
        None, "--before", formats=["%Y-%m-%d"], help="归档该日（北京时间）以前的记录；默认按 JSRS_AUDIT_KEPT_DAYS"
    ),
) -> None:
    """把较早的审计记录移到一个新文件；文件和余下的记录都仍可校验。请把文件与备份一样妥善保存。"""
    until = clock.now() - timedelta(days=get_settings().audit_kept_days)
    if before is not None:
        until = before.replace(tzinfo=clock.BEIJING)
    try:
        done = run(audit_archive.archive(target, before=until))
    except audit_archive.ArchiveRefused as error:
        refuse(str(error))
    if not done.count:
        typer.echo("没有需要归档的记录")
        return
    typer.echo(f"已归档第 {done.first} 至 {done.last} 条，共 {done.count} 条，到 {target}")
    typer.echo(f"请保存该文件，并用 jsrs audit verify --archive {target} 校验；其中的详情仍由数据密钥加密")
