"""``jsrs outbox …``: the messages nobody could send."""

import typer

from jsrs_portal import clock, db
from jsrs_portal.cli.base import refuse, run
from jsrs_portal.services import outbox

commands = typer.Typer(no_args_is_help=True, help="待发短信")


@commands.command("list-dead")
def list_dead(most: int = typer.Option(100, help="最多列出的条数")) -> None:
    """列出多次发送失败、已放弃的短信；手机号已遮盖，不显示内容。"""

    async def read() -> list[outbox.DeadLetter]:
        async with db.reading() as session:
            return await outbox.list_dead(session, most=most)

    found = run(read())
    for letter in found:
        written = letter.written_at.astimezone(clock.BEIJING)
        said = f"{letter.id}  {letter.kind}  {letter.phone}  {letter.characters} 字"
        typer.echo(f"{said}  试发 {letter.tries} 次  写于 {written:%Y-%m-%d %H:%M}")
    typer.echo(f"共 {len(found)} 条" if found else "没有放弃的短信")


@commands.command("retry")
def retry(
    ids: list[str] = typer.Argument(None, help="list-dead 列出的编号"),  # noqa: B008
    everything: bool = typer.Option(False, "--all", help="全部重试"),
) -> None:
    """重新发送已放弃的短信；发送前先向服务商查询，已经送达的不会再发。"""
    if bool(ids) == everything:
        refuse("请给出编号，或者用 --all 重试全部。")

    async def revive() -> int:
        async with db.unit_of_work() as session:
            return await outbox.retry_dead(session, ids=None if everything else ids)

    count = run(revive())
    if not count:
        refuse("没有这样的短信：请用 jsrs outbox list-dead 查看编号。")
    typer.echo(f"{count} 条短信将由后台任务重新发送")
