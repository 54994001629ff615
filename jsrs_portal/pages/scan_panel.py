"""The code to be scanned, wherever one is shown: on the login page, and to confirm a proven unit (R-2.4.3, R-2.4.5)."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import copy_button, ticker
from jsrs_portal.components.controls import LINK, anchor, text_link
from jsrs_portal.components.qr import qr_panel
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.settings import get_settings


def scan_panel(scan: Any, instructions: Sequence[str]) -> rx.Component:
    """Return the code of ``scan`` (a :class:`~jsrs_portal.state.scan.ScanningState`) and how it is used."""
    panel = qr_panel(
        scan.qr,
        scan.shown,
        until=scan.until,
        now=scan.now_ms,
        on_refresh=scan.begin,
        on_expire=scan.renew,
        instructions=instructions,
        description="登录二维码，请用手机扫描",
        reason="请刷新二维码后重试。",
        passed="正在登录……",
        narrow=True,
        retry_label="刷新二维码",
    )
    return rx.fragment(
        trouble(scan.trouble),
        ticker(scan.poll, 2000, active=(scan.shown == "waiting") | (scan.shown == "scanned")),
        panel,
        rx.cond(
            (scan.shown == "scanned") & (scan.person != ""),
            rx.el.p("扫码人：", scan.person, class_name="text-base"),
        ),
        *([_for_the_simulated_phone(scan)] if get_settings().demo else []),
        rx.el.p(
            text_link("下载江苏智慧人社APP", "/login/app"),
            text_link("如何扫码?", "/login/scan-help"),
            class_name="flex flex-wrap gap-x-6 gap-y-2",
        ),
    )


def _for_the_simulated_phone(scan: Any) -> rx.Component:
    app = anchor("模拟江苏智慧人社APP", href=f"{get_settings().sandbox_origin}/app", class_name=LINK, reload=True)
    copy = rx.cond(scan.demo_address != "", copy_button(scan.demo_address, label="复制二维码内容"))
    return rx.el.div(
        rx.el.span("演示环境可用", app, "代替手机：", class_name="text-sm text-ink-700"),
        copy,
        class_name="min-h-control",
    )
