"""``jsrs demo-ca …``: certificates of the demonstration's CA, for the driver to sign with."""

from enum import StrEnum
from pathlib import Path

import typer

from jsrs_portal.certificates.reading import Kind
from jsrs_portal.cli.base import refuse
from jsrs_portal.gateways.ca.demo_ca import DemoCa, Flavour, write_key
from jsrs_portal.settings import get_settings

commands = typer.Typer(no_args_is_help=True, help="演示CA")


class Algorithm(StrEnum):
    """The kinds of keys that can be had."""

    RSA = "rsa"
    SM2 = "sm2"


@commands.command("issue")
def issue(
    uscc: str = typer.Option(..., "--uscc", help="统一社会信用代码，照写入证书，不核对"),
    algorithm: Algorithm = typer.Option(Algorithm.SM2, "--alg", help="rsa | sm2"),  # noqa: B008
    flavour: Flavour = typer.Option(Flavour.GOOD, "--kind", help="good 为有效证书，其余各有一种问题"),  # noqa: B008
    name: str = typer.Option("", "--name", help="单位名称，不填为统一社会信用代码"),
    out: Path = typer.Option(..., "--out", help="存放私钥和证书的文件夹，须不存在或为空"),  # noqa: B008
) -> None:
    """签发一对证书，写成驱动能用的文件；仅用于演示。"""
    settings = get_settings()
    if not settings.demo:
        refuse("演示CA不能用于生产环境。")
    if out.exists() and any(out.iterdir()):
        refuse(f"{out} 不是空文件夹：为免覆盖已有的私钥，请换一个。")
    ca = DemoCa.open(settings.var_dir, settings.sandbox_origin)
    try:
        issued = ca.issue(uscc=uscc, kind=Kind(algorithm), flavour=flavour, name=name)
    except ValueError:
        refuse("SM2 没有这种证书：弱密钥和SHA-1只有RSA才有。")
    write_key(out, issued, name=name or uscc)
    typer.echo(f"已签发：{out}")
