"""``jsrs demo``, ``jsrs backup``, ``jsrs restore``; and what the launcher has done before it serves."""

import traceback
from pathlib import Path

import typer

from jsrs_portal import backup as copies
from jsrs_portal import clock, db, migrations
from jsrs_portal.cli import catalog
from jsrs_portal.cli.base import record, refuse, run
from jsrs_portal.services import recovery
from jsrs_portal.services.demo import load_demo
from jsrs_portal.services.demo_cases import load_demo_cases
from jsrs_portal.settings import get_settings

_TO_CHECK = (
    "授权：此后撤销或变更的授权又恢复了原样，请核对每个单位的管理员和经办人，再次撤销不应存在的授权",
    "密码和手机号：此后修改的变回了旧的，请通知本人重新修改",
    "注册：此后注册的单位和个人已不存在，需要重新注册",
    "短信：当时待发的短信会先向服务商查询，确未发出的才会发送",
    "审计：此后的审计记录不在库中，日志里此后的封印不再与审计记录相符，请连同日志一并保存",
)


def demo() -> None:
    """装入演示数据（重复执行不会重复装入）。"""

    async def load() -> bool:
        async with db.unit_of_work() as session:
            loaded = await load_demo(session)
            return await load_demo_cases(session) or loaded

    typer.echo("  已装入演示数据" if run(load()) else "  演示数据已存在，跳过")


def prepare() -> None:
    """门户启动时：装入事项目录，演示环境再装入演示数据。目录有误时指出错误并继续。"""
    typer.echo("· 事项目录 …")
    try:
        catalog.load(catalog.FOLDER)
    except typer.Exit:
        pass  # what is wrong has been named; what is being served stays, so the portal starts all the same
    except Exception:
        traceback.print_exc()
    if get_settings().demo:
        typer.echo("· 演示数据 …")  # its applications need the catalogue
        demo()


def backup(target: Path) -> None:
    """备份数据库到一个新文件；门户可以继续运行。密钥不在备份中，请另行保管。"""
    try:
        copies.back_up(get_settings().sqlalchemy_url, target)
    except copies.BackupFailed as error:
        refuse(str(error))
    record("database.backup", file=str(target))
    typer.echo(f"已备份到 {target}（{target.stat().st_size:,} 字节）")


def restore(source: Path, yes: bool = typer.Option(False, "--yes", help="确认覆盖现有数据")) -> None:
    """用备份替换现有数据库；请先停止门户。"""
    if not yes:
        refuse("该操作会覆盖现有数据：确认后请加 --yes 重新执行。")
    if run(recovery.seems_running()):
        refuse("门户的后台任务仍在运行：请先停止门户，半分钟后再执行。")
    try:
        copies.restore(get_settings().sqlalchemy_url, source)
        migrations.upgrade()
    except copies.BackupFailed as error:
        refuse(str(error))
    except migrations.MigrationFailed:
        refuse("备份已放回，但数据库迁移失败：请执行 alembic upgrade head 查看原因，排除后再启动门户。")
    stood_at = run(recovery.void_what_was_open())
    typer.echo("已恢复；备份时的会话、验证码和认证均已失效")
    if stood_at is not None:
        when = stood_at.astimezone(clock.BEIJING)
        typer.echo(f"⚠ 数据回到了 {when:%Y-%m-%d %H:%M:%S}（北京时间）。此后发生的一切都不在库中，请逐项核对：")
        for item in _TO_CHECK:
            typer.echo(f"  · {item}")
