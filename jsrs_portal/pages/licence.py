"""电子营业执照登录: the page with the licence system's code (R-2.4.6)."""

import reflex as rx

from jsrs_portal.components.behaviour import ticker
from jsrs_portal.components.controls import LINK, anchor, button_link
from jsrs_portal.components.feedback import card
from jsrs_portal.components.qr import qr_panel
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.settings import get_settings
from jsrs_portal.state.licence import LicenceState as State


def licence() -> rx.Component:
    """Return the page that a unit without an account here can use as well: it leads on to the registration."""
    panel = qr_panel(
        State.qr,
        State.shown,
        until=State.until,
        now=State.now_ms,
        on_refresh=State.begin,
        on_expire=State.expire,
        instructions=[
            "在微信或支付宝中打开「电子营业执照」小程序，使用「扫一扫」。",
            "选择要登录的单位执照，核对用途后出示。",
            "回到本页，系统自动进入下一步。",
        ],
        description="电子营业执照登录二维码，请用「电子营业执照」小程序扫描",
        reason="本次扫码没有通过，请刷新二维码重试。",
        passed="正在登录……",
        narrow=True,
        retry_label="刷新二维码",
    )
    demo = rx.cond(
        State.demo_address != "",
        rx.el.p(
            "演示环境可用",
            anchor("模拟电子营业执照", href=State.demo_address, class_name=LINK, target="_blank", reload=True),
            "代替手机。",
            class_name="text-sm text-ink-700",
        ),
    )
    return frame(
        card(
            rx.el.div(
                rx.el.p(
                    "二维码须用另一台设备扫描：正在用手机打开本页的，请改在电脑上打开，或换一种方式登录。",
                    class_name="text-base text-ink-700 sm:hidden",
                ),
                trouble(State.trouble),
                ticker(State.poll, 2000, active=(State.shown == "waiting") | (State.shown == "scanned")),
                panel,
                *([demo] if get_settings().demo else []),
                rx.el.p(button_link("换一种方式登录", "/login", kind="secondary")),
                class_name="mx-auto flex max-w-field flex-col gap-4",
            )
        ),
        title="电子营业执照登录",
    )
