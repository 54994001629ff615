"""``jsrs ca-driver``: the driver of a CA's key, for whoever has the portal's code on their computer."""

from jsrs_portal.ca_driver import command
from jsrs_portal.settings import get_settings


def ca_driver(
    module: command.Modules = None,
    keys: command.Folders = None,
    allow: command.Sites = None,
    port: command.Port = 0,
    pin_from: command.PinFrom = "",
) -> None:
    """在本机运行 CA 驱动，让允许的网站请求用 USB Key 签名登录；不填时只允许本门户。"""
    settings = get_settings()
    command.run(
        modules=module or [],
        folders=keys or [],
        sites=allow or [settings.origin],
        port=port or settings.ca_driver_port,
        pin_from=pin_from,
    )
