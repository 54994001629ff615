"""``jsrs demo``, ``jsrs backup``, ``jsrs restore``."""

from pathlib import Path

import typer

from jsrs_portal import backup as copies
from jsrs_portal import db
from jsrs_portal.cli.base import refuse, run
from jsrs_portal.services import recovery
from jsrs_portal.services.demo import load_demo
from jsrs_portal.settings import get_settings


def demo() -> None:
    """装入演示数据（重复执行不会重复装入）。"""

    async def load() -> bool:
        async with db.unit_of_work() as session:
            return await load_demo(session)

    typer.echo("  已装入演示数据" if run(load()) else "  演示数据已存在，跳过")


def backup(target: Path) -> None:
    """备份数据库到一个新文件；门户可以继续运行。密钥不在备份中，请另行保管。"""
    try:
        copies.back_up(get_settings().sqlalchemy_url, target)
    except copies.BackupFailed as error:
        refuse(str(error))
    typer.echo(f"已备份到 {target}（{target.stat().st_size:,} 字节）")


def restore(source: Path, yes: bool = typer.Option(False, "--yes", help="确认覆盖现有数据")) -> None:
    """用备份替换现有数据库；请先停止门户。"""
    if not yes:
        refuse("该操作会覆盖现有数据：确认后请加 --yes 重新执行。")
    try:
        copies.restore(get_settings().sqlalchemy_url, source)
    except copies.BackupFailed as error:
        refuse(str(error))
    run(recovery.void_what_was_open())
    typer.echo("已恢复；备份时的会话、验证码和认证均已失效")
