"""``jsrs …``: what an operator does at a shell."""

import asyncio

import typer

from jsrs_portal import db
from jsrs_portal.services.demo import load_demo

app = typer.Typer(no_args_is_help=True, add_completion=False, help="网上办事服务大厅的运维命令")


@app.callback()
def commands() -> None:
    """Keep every operation a named command, also while there is only one."""


@app.command()
def demo() -> None:
    """装入演示数据(重复执行不会重复装入)。"""

    async def run() -> bool:
        async with db.unit_of_work() as session:
            added = await load_demo(session)
        await db.close_engine()
        return added

    typer.echo("  已装入演示数据" if asyncio.run(run()) else "  演示数据已存在,跳过")


if __name__ == "__main__":
    app()
