"""``jsrs catalog …``: the catalogue's files and the database."""

from pathlib import Path

import typer

from jsrs_portal import clock, db
from jsrs_portal.catalog.loader import FOLDER, Catalogue, catalogue_digest, read_catalogue
from jsrs_portal.cli.base import run
from jsrs_portal.services import catalog_load

commands = typer.Typer(no_args_is_help=True, help="事项目录")

_CHECK = typer.Option(False, "--check", help="只检查文件，不写入数据库")
_FOLDER = typer.Option(FOLDER, "--from", help="目录所在的文件夹", exists=True, file_okay=False)


@commands.callback()
def group() -> None:
    """Keep ``load`` a command of its own although it is the only one."""


@commands.command("load")
def load(check: bool = _CHECK, folder: Path = _FOLDER) -> None:
    """装入事项、公告和地市频道；重复执行不会重复装入，并说明有什么变化。"""
    digest = catalogue_digest(folder)
    if not check and run(_is_loaded(digest)):
        typer.echo("  事项目录没有变化，跳过")
        return
    catalogue = read_catalogue(folder)
    for fault in catalogue.faults:
        typer.echo(f"  ✗ {fault}", err=True)
    if check:
        typer.echo(f"  {_counted(catalogue)}，{len(catalogue.faults)} 处错误")
    elif not catalogue.usable:
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
