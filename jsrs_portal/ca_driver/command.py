"""Starting the driver from a command line."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from . import VERSION, pin, protocol, server
from .desk import Desk
from .files import Folder
from .keys import Holder, KeyFault
from .tokens import Token

Modules = Annotated[
    list[str] | None, typer.Option("--module", help="USB Key 厂商的 PKCS#11 模块（.dll、.so 或 .dylib 文件），可重复")
]
Folders = Annotated[
    list[Path] | None, typer.Option("--keys", help="软证书文件夹，仅用于演示和测试；其中每个子文件夹是一个密钥，可重复")
]
Sites = Annotated[list[str] | None, typer.Option("--allow", help="允许使用本驱动的网站，如 https://rs.example.gov.cn")]
Port = Annotated[
    int, typer.Option("--port", max=65535, help="本机端口；须与网站的设置一致，不填为网站的设置", show_default=False)
]
PinFrom = Annotated[
    str, typer.Option("--pin-from", help="从这个环境变量取 PIN 码，不再询问；仅用于演示和测试", show_default=False)
]

_NOTHING = "请用 --module 指定 USB Key 厂商的 PKCS#11 模块，或用 --keys 指定软证书文件夹。"
_NO_SITE = "{site} 不能使用本驱动：只接受 https 网站或本机的完整地址，不带路径，不含通配符。"
_WHICH_SITE = "请用 --allow 填写可以使用本驱动的网站，如 https://rs.example.gov.cn。"
_NO_FOLDER = "没有文件夹 {folder}。"
_NO_VARIABLE = "没有环境变量 {name}。"
_TAKEN = "端口 {port} 已被占用：驱动可能已经在运行，或被其他程序占用。"


def run(*, modules: Sequence[str], folders: Sequence[Path], sites: Sequence[str], port: int, pin_from: str) -> None:
    """Check what was asked for, say what is served, and serve; ends with a sentence when it cannot."""
    allowed = [site.rstrip("/").lower() for site in sites]
    wrong = next((site for site in allowed if not protocol.is_origin(site)), None)
    if wrong is not None:
        _refuse(_NO_SITE.format(site=wrong) if wrong else _WHICH_SITE)
    if not modules and not folders:
        _refuse(_NOTHING)
    missing = next((folder for folder in folders if not folder.is_dir()), None)
    if missing is not None:
        _refuse(_NO_FOLDER.format(folder=missing))
    if pin_from and pin_from not in os.environ:
        _refuse(_NO_VARIABLE.format(name=pin_from))
    if not server.is_free(port):
        _refuse(_TAKEN.format(port=port))
    try:
        holders: list[Holder] = [*map(Token, modules), *map(Folder, folders)]
    except KeyFault as fault:
        _refuse(str(fault))
    ask = pin.from_environment(pin_from) if pin_from else pin.ask_person
    typer.echo(f"CA 驱动 {VERSION} 正在运行，服务于 {'、'.join(allowed)}。按 Ctrl+C 结束。")
    server.serve(Desk(holders, ask, typer.echo), allowed=allowed, port=port)


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
