"""``jsrs …``: what an operator does at a shell."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import typer

from jsrs_portal import backup as database
from jsrs_portal import crypto, db
from jsrs_portal.services import audit, key_rotation, recovery
from jsrs_portal.services.demo import load_demo
from jsrs_portal.settings import get_settings, require_ready

app = typer.Typer(no_args_is_help=True, add_completion=False, help="网上办事服务大厅的运维命令")
audit_app = typer.Typer(no_args_is_help=True, help="审计记录")
keys_app = typer.Typer(no_args_is_help=True, help="数据密钥")
app.add_typer(audit_app, name="audit")
app.add_typer(keys_app, name="keys")

Result = TypeVar("Result")


@app.callback()
def start() -> None:
    """Refuse what production may not do, and keep what is written to ourselves."""
    os.umask(0o077)
    require_ready(get_settings())


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run ``work`` and close the database behind it."""

    async def whole() -> Result:
        try:
            return await work
        finally:
            await db.close_engine()

    return asyncio.run(whole())


@app.command()
def demo() -> None:
    """装入演示数据(重复执行不会重复装入)。"""

    async def load() -> bool:
        async with db.unit_of_work() as session:
            return await load_demo(session)

    typer.echo("  已装入演示数据" if _run(load()) else "  演示数据已存在，跳过")


@app.command()
def backup(target: Path) -> None:
    """备份数据库到一个新文件;门户可以继续运行。密钥不在备份中,请另行保管。"""
    try:
        database.back_up(get_settings().sqlalchemy_url, target)
    except database.BackupFailed as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"已备份到 {target}({target.stat().st_size:,} 字节）")


@app.command()
def restore(source: Path, yes: bool = typer.Option(False, "--yes", help="确认覆盖现有数据")) -> None:
    """用备份替换现有数据库;请先停止门户。"""
    if not yes:
        typer.echo("该操作会覆盖现有数据：确认后请加 --yes 重新执行。", err=True)
        raise typer.Exit(1)
    try:
        database.restore(get_settings().sqlalchemy_url, source)
    except database.BackupFailed as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    _run(recovery.void_what_was_open())
    typer.echo("已恢复；备份时的会话、验证码和认证均已失效")


@audit_app.command("verify")
def audit_verify() -> None:
    """校验审计记录的完整性:改动、删除、增加、移动都会被发现。"""

    async def verify() -> audit.AuditReport:
        async with db.reading() as session:
            return await audit.verify_trail(session)

    report = _run(verify())
    typer.echo(f"已封存 {report.sealed} 条，待封存 {report.unsealed} 条")
    for fault in report.faults:
        typer.echo(f"  ✗ {fault}")
    if report.faults:
        raise typer.Exit(1)
    typer.echo("  ✓ 完整")


@keys_app.command("rotate")
def keys_rotate(batch: int = typer.Option(key_rotation.BATCH, help="每批处理的条数")) -> None:
    """用当前密钥和算法重新加密个人数据;可以随时中断,再次执行时接着做。"""

    async def rotate() -> int:
        total = 0
        async for done in key_rotation.rotate_keys(batch=batch):
            total += done.count
            typer.echo(f"  {done.table}.{done.column}: {done.count}")
        return total

    try:
        total = _run(rotate())
    except crypto.CannotDecrypt as error:
        typer.echo(f"有数据无法解密，请先配置其密钥：{error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"已重新加密 {total} 个值")


if __name__ == "__main__":
    app()
