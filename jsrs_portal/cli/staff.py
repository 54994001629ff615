"""``jsrs staff …``: officers' accounts, made and put right by whoever has a shell on the server."""

from io import StringIO

import segno
import typer

from jsrs_portal import db
from jsrs_portal.cli.base import refuse, run
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import staff

commands = typer.Typer(no_args_is_help=True, help="工作人员账号")


@commands.command("add")
def add(
    login: str = typer.Option(..., "--login", help="账号：小写字母开头，3至32个字符"),
    name: str = typer.Option(..., "--name", help="姓名"),
    role: StaffRole = typer.Option(  # noqa: B008
        ..., "--role", help="SYSTEM 系统管理员 | SECURITY 安全管理员 | AUDIT 审计管理员 | OFFICER 业务经办人员"
    ),
    region: str = typer.Option("", "--region", help="业务经办人员或安全管理员的行政区划代码，如 320500；不填为全省"),
) -> None:
    """新增工作人员，显示初始密码和动态口令二维码；只显示这一次，首次登录须修改密码。"""

    async def make() -> staff.Enrolment | Refusal:
        async with db.unit_of_work() as session:
            return await staff.add_staff(session, login=login, name=name, role=role, region=region)

    _show(run(make()))


@commands.command("list")
def show() -> None:
    """列出工作人员账号；姓名已遮盖。"""

    async def read() -> list[staff.StaffRow]:
        async with db.reading() as session:
            return await staff.list_staff(session)

    found = run(read())
    for row in found:
        pending = ("" if row.authorised else "  待授权") + ("  待修改初始密码" if row.must_change else "")
        typer.echo(f"{row.login}  {row.name}  {row.role}  {row.region}  {row.status_label}{pending}")
    typer.echo(f"共 {len(found)} 个" if found else "还没有工作人员账号：用 jsrs staff add 新增")


@commands.command("reset")
def reset(login: str) -> None:
    """重置密码和动态口令：显示新的初始密码和二维码，正在使用的登录随即结束。"""

    async def renew() -> staff.Enrolment | Refusal:
        async with db.unit_of_work() as session:
            return await staff.reset_staff(session, login=login)

    _show(run(renew()))


@commands.command("lock")
def lock(login: str) -> None:
    """锁定账号：不能再登录，正在使用的登录随即结束。"""
    _set_locked(login, locked=True)


@commands.command("unlock")
def unlock(login: str) -> None:
    """解除锁定。"""
    _set_locked(login, locked=False)


def _set_locked(login: str, *, locked: bool) -> None:
    async def settle() -> Refusal | None:
        async with db.unit_of_work() as session:
            return await staff.set_locked_by_operator(session, login=login, locked=locked)

    refused = run(settle())
    if refused is not None:
        already = f"账号 {login} {'已是锁定状态' if locked else '没有锁定'}。"
        refuse(already if refused.code == "stale" else f"没有账号 {login}。")
    typer.echo(f"账号 {login} 已{'锁定' if locked else '解除锁定'}")


def _show(made: staff.Enrolment | Refusal) -> None:
    if isinstance(made, Refusal):
        refuse(made.sentence)
    picture = StringIO()
    segno.make(made.address, error="m").terminal(picture, compact=True)
    typer.echo(f"账号　　{made.login}")
    typer.echo(f"初始密码　{made.password}")
    typer.echo(f"动态口令　{made.address}")
    typer.echo(picture.getvalue())
    typer.echo("请当面交给本人：以上内容只显示这一次。用身份验证器扫描二维码，首次登录须修改密码。")
