"""``jsrs keys …``: the keys of personal data at rest."""

import typer

from jsrs_portal import crypto
from jsrs_portal.cli.base import record, refuse, run
from jsrs_portal.services import key_rotation

commands = typer.Typer(no_args_is_help=True, help="数据密钥")


@commands.command("rotate")
def rotate(batch: int = typer.Option(key_rotation.BATCH, help="每批处理的条数")) -> None:
    """用当前密钥和算法重新加密个人数据和申报材料；可以随时中断，再次执行时接着做。"""

    async def go() -> int:
        total = 0
        async for done in key_rotation.rotate_keys(batch=batch):
            total += done.count
            typer.echo(f"  {done.table}.{done.column}: {done.count}")
        return total

    try:
        total = run(go())
    except crypto.CannotDecrypt as error:
        record("keys.rotate", result="FAILED")
        refuse(f"有数据无法解密，请先配置其密钥：{error}")
    record("keys.rotate", count=total)
    typer.echo(f"已重新加密 {total} 个值")
