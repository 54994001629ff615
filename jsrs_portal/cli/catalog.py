"""``jsrs catalog …``: the catalogue's files and the database."""

from pathlib import Path

import typer

from jsrs_portal import clock, db
from jsrs_portal.catalog.loader import (
    FOLDER,
    Catalogue,
    catalogue_digest,
    catalogue_files,
    check_files,
    kind_of,
    read_catalogue,
)
from jsrs_portal.cli.base import run
from jsrs_portal.services import catalog_load

commands = typer.Typer(no_args_is_help=True, help="事项目录")

_FILES = typer.Argument(None, help="要检查的文件；不写则检查整个目录", exists=True, dir_okay=False)
_FOLDER = typer.Option(FOLDER, "--from", help="目录所在的文件夹", exists=True, file_okay=False)


@commands.command("check")
def check(files: list[Path] | None = _FILES, folder: Path = _FOLDER) -> None:
    """检查目录文件，不写入数据库；有错误时逐条列出文件、行、字段和原因，并以非零状态退出。"""
    checked = check_files(files, folder) if files else read_catalogue(folder)
    for fault in checked.faults:
        typer.echo(f"✗ {fault}", err=True)
    matters = sum(kind_of(file) == "matters" for file in files or catalogue_files(folder))
    typer.echo(f"matters: {matters}, guides complete: {len(checked.matters)}, errors: {len(checked.faults)}")
    if checked.faults:
        raise typer.Exit(1)


@commands.command("load")
def load(folder: Path = _FOLDER) -> None:
    """装入事项、公告和地市频道；重复执行不会重复装入，并说明有什么变化。"""
    digest = catalogue_digest(folder)
    if run(_is_loaded(digest)):
        typer.echo("  事项目录没有变化，跳过")
        return
    catalogue = read_catalogue(folder)
    for fault in catalogue.faults:
        typer.echo(f"  ✗ {fault}", err=True)
    if not catalogue.usable:
        typer.echo("  分类或行政区划有误，未装入任何内容；正在使用的内容不受影响", err=True)
    else:
        _say(run(_load(catalogue, digest)), catalogue)
    if catalogue.faults:
        raise typer.Exit(1)


async def _is_loaded(digest: str) -> bool:
    async with db.reading() as session:
        return await catalog_load.last_load(session) == catalog_load.load_mark(digest)


async def _load(catalogue: Catalogue, digest: str) -> catalog_load.LoadReport:
    async with db.unit_of_work() as session:
        return await catalog_load.load_catalogue(session, catalogue=catalogue, files_digest=digest, now=clock.now())


def _say(report: catalog_load.LoadReport, catalogue: Catalogue) -> None:
    """Say what is different; a first load says only how much there is."""
    if report.unchanged or len(report.added) < 20:
        for key in report.added:
            typer.echo(f"  + {key}")
        for key, names in report.changed.items():
            typer.echo(f"  ~ {key}" + (f"（{'、'.join(names)}）" if names else ""))
        for key in report.retired:
            typer.echo(f"  - {key}（已停用）")
        for key in report.drafts:
            typer.echo(f"  · {key}（草稿）")
    typer.echo(
        f"  已装入 {_counted(catalogue)}：新增 {len(report.added)}，更新 {len(report.changed)}，"
        f"停用 {len(report.retired)}，草稿 {len(report.drafts)}，未变 {report.unchanged}"
    )


def _counted(catalogue: Catalogue) -> str:
    counts = (len(catalogue.matters), len(catalogue.announcements), len(catalogue.cities))
    return "事项 {} 个、公告 {} 条、地市 {} 个".format(*counts)
