"""``jsrs-ca-driver``, or ``python -m …``: the driver by itself, as a hall hands it out, with its address inside."""

import json
from importlib.resources import files

import typer

from . import command

HALL = "hall.json"
"""Written by whoever hands the driver out: the hall's ``origin`` and the ``port`` its pages ask."""


def main(
    module: command.Modules = None,
    keys: command.Folders = None,
    allow: command.Sites = None,
    port: command.Port = 0,
    pin_from: command.PinFrom = "",
) -> None:
    """让办事服务大厅的登录页请求用本机的 USB Key 签名登录；不填时只允许下载本驱动的网站。"""
    file = files(__package__ or "").joinpath(HALL)
    hall = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"origin": "", "port": 51111}
    command.run(
        modules=module or [],
        folders=keys or [],
        sites=allow or [hall["origin"]],
        port=port or hall["port"],
        pin_from=pin_from,
    )


def start() -> None:
    """Run the command line."""
    typer.run(main)


if __name__ == "__main__":
    start()
