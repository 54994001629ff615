"""``jsrs legacy …``: the accounts that old systems hand over."""

from pathlib import Path

import typer

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import legacy_systems
from jsrs_portal.cli.base import refuse, run
from jsrs_portal.domain.legacy import LegacySystem
from jsrs_portal.services.legacy_files import UnreadableFile, read_rows, write_report
from jsrs_portal.services.legacy_import import ImportReport, import_rows

commands = typer.Typer(no_args_is_help=True, help="历史系统账户")
_SHOWN = 50


@commands.command("systems")
def systems() -> None:
    """列出可以升级的历史系统及其校验方式。"""
    for one in legacy_systems().systems:
        how = f"导入的账户（{one.hashes.algorithm}，{one.hashes.material}）" if one.hashes else "接口校验"
        typer.echo(f"{one.key}  {one.name}  {how}")


@commands.command("import")
def take(
    file: Path = typer.Argument(..., help="CSV 或 .xlsx 文件", exists=True, dir_okay=False),  # noqa: B008
    system: str = typer.Option(..., "--system", help="历史系统的 key，见 jsrs legacy systems"),
    check: bool = typer.Option(False, "--check", help="只检查，不写入数据库"),
    report: Path = typer.Option(None, "--report", help="把未导入的行写入该 CSV 文件", dir_okay=False),  # noqa: B008
) -> None:
    """导入历史系统移交的账户；可以重复执行，已升级的账户不会重新开放。有未导入的行时以非零状态退出。"""
    found = legacy_systems().find(system)
    if found is None:
        refuse(f"没有历史系统 {system}：请用 jsrs legacy systems 查看。")
    if found.hashes is None:
        refuse(f"{found.name}通过接口校验，不需要导入账户。")
    try:
        done = run(_import(file, found, write=not check))
    except UnreadableFile as error:
        refuse(str(error))
    for row in done.refused[:_SHOWN]:
        typer.echo(f"  ✗ 第 {row.number} 行：{row.reason}", err=True)
    if done.not_taken > _SHOWN:
        typer.echo(f"  …… 另有 {done.not_taken - _SHOWN} 行，用 --report 写入文件查看", err=True)
    if report is not None:
        write_report(report, done.refused, done.refused_besides)
    verb = "检查完毕" if check else "已导入"
    typer.echo(f"{verb}：新增 {done.added}，更新 {done.changed}，未变 {done.unchanged}，未导入 {done.not_taken}")
    if done.refused:
        raise typer.Exit(1)


async def _import(file: Path, system: LegacySystem, *, write: bool) -> ImportReport:
    report = ImportReport()
    hashes = system.hashes
    if hashes is None:
        return report
    rows = read_rows(file, hashes, today=clock.today())
    async for report in import_rows(system=system, rows=rows, write=write):
        typer.echo(f"  已读取 {report.read} 行")
    return report
