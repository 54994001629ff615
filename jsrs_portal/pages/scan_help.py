"""「如何扫码?」 and 「下载江苏智慧人社APP」 (R-2.4.3)."""

import reflex as rx
import segno

from jsrs_portal.components.controls import LINK, anchor, button_link
from jsrs_portal.components.feedback import card, notice
from jsrs_portal.components.qr import address_qr
from jsrs_portal.pages.frame import frame
from jsrs_portal.settings import get_settings


def _steps(*lines: str | rx.Component) -> rx.Component:
    return rx.el.ol(
        *[rx.el.li(line) for line in lines], class_name="list-decimal pl-6 max-w-text flex flex-col gap-2 text-base"
    )


def scan_help() -> rx.Component:
    """Return the page that says how a scan login goes, and what to do when it does not."""
    own = _steps(
        rx.fragment("在手机浏览器中打开", anchor("扫码登录页", href="/m", class_name=LINK), "，用个人账号登录一次。"),
        "按「将本机设为可信手机」。手机会生成一把只保存在本机的密钥，90 天未使用自动失效，可随时移除。",
        "以后在电脑登录页选择「扫码登录」，用手机相机扫描二维码，核对信息后确认。",
    )
    app = _steps(
        "在江苏智慧人社 APP 中完成实名登录。",
        "打开「扫一扫」，扫描电脑登录页上的二维码。",
        "核对网站、设备、网络地址和操作，确认登录；回到电脑选择要进入的单位或机构。",
    )
    trouble = rx.el.dl(
        *[
            rx.el.div(
                rx.el.dt(question, class_name="font-semibold"),
                rx.el.dd(answer, class_name="text-ink-700"),
                class_name="py-2",
            )
            for question, answer in (
                ("提示二维码已过期", "二维码 120 秒内有效，电脑上会自动刷新，请扫描新的二维码。"),
                ("提示已被另一部手机扫描", "一个二维码只能由一部手机扫描。请在电脑上刷新后，用自己的手机扫描。"),
                ("提示不在同一网络", "电脑与手机使用不同网络时会提醒。只有您本人正在该电脑前，才可以确认。"),
                ("手机丢失或更换", "请在电脑上登录后，到「登录设备」中移除该手机；也可以拨打客服电话请求锁定账户。"),
            )
        ],
        class_name="max-w-text text-base",
    )
    return frame(
        card(app, title="用江苏智慧人社 APP 扫码"),
        card(own, title="用自己的手机扫码，无需安装 APP"),
        card(trouble, title="常见问题"),
        notice("warn", "别人通过短信、微信等发来的登录二维码，一律不要扫描，更不要确认。"),
        title="如何扫码?",
    )


def _code(address: str, caption: str, *, of: str) -> rx.Component:
    return address_qr(segno.make(address, error="m").svg_data_uri(scale=4, border=0), caption, of=of)


def scan_app() -> rx.Component:
    """Return the page that leads a phone to the app: by a code where its address is set, by its store's name else."""
    address, app = f"{get_settings().origin}/m", get_settings().app_download_address
    store = rx.el.p(
        "也可以" if app else "请",
        "在手机的应用商店中搜索「江苏智慧人社」，核对开发者为江苏省人力资源和社会保障厅后安装。请勿从其他网站下载安装包。",
        class_name="max-w-text text-base",
    )
    by_code = rx.el.div(
        rx.el.p("打开手机「扫一扫」，扫描下面的二维码下载。", class_name="max-w-text text-base"),
        rx.el.div(_code(app, "扫描下载江苏智慧人社 APP", of="APP 下载地址"), class_name="w-fit"),
        rx.el.p(anchor("在本机打开下载页", href=app, class_name=LINK), class_name="text-base"),
        class_name="flex flex-col gap-3",
    )
    return frame(
        card(
            rx.el.div(*([by_code] if app else []), store, class_name="flex flex-col gap-4"),
            title="安装江苏智慧人社 APP",
        ),
        card(
            rx.el.p(
                "不便安装 APP 的，可以用手机扫描下面的二维码，把本机设为可信手机，同样可以扫码登录。",
                class_name="max-w-text text-base",
            ),
            rx.el.div(_code(address, "扫描打开扫码登录页", of="扫码登录页地址"), class_name="w-fit py-3"),
            rx.el.p(button_link("如何扫码?", "/login/scan-help", kind="secondary")),
            title="不安装 APP",
        ),
        title="下载江苏智慧人社APP",
    )
