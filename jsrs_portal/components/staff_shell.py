"""The frame of the officers' platform: the same header's look, its own name, no hall navigation."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import Text, arrival, print_size_switch
from jsrs_portal.components.controls import anchor
from jsrs_portal.components.shell import container, demo_bar
from jsrs_portal.components.side_menu import MenuItem
from jsrs_portal.settings import get_settings

NAME = "工作人员平台"
STAFF_MENU: tuple[MenuItem, ...] = (
    MenuItem("home", "我的首页", "/staff", "house"),
    MenuItem("cases", "办件处理", "/staff/cases", "folder_open"),
    MenuItem("ratings", "差评整改", "/staff/ratings", "message_square"),
    MenuItem("institutions", "机构登记", "/staff/institutions", "network"),
    MenuItem("search", "单位和个人查询", "/staff/search", "search"),
    MenuItem("audit", "审计日志", "/staff/audit", "scroll_text"),
    MenuItem("accounts", "工作人员账号", "/staff/accounts", "users"),
    MenuItem("account", "我的账号", "/staff/account", "settings"),
)
"""Every page of the platform; a role is offered some of them."""

_SWITCH = "min-h-control rounded-control px-3 text-sm text-ink-700 hover:bg-brand-50"


def staff_page(
    *content: Any, title: Text, account: rx.Component | None = None, messages: rx.Component | None = None
) -> rx.Component:
    """Return a whole page of the platform; ``title`` is its ``h1``, ``account`` stands at the header's right."""
    settings = get_settings()
    names = anchor(
        rx.el.img(src="/emblem.svg", alt="", class_name="size-8 @2xl:size-12 shrink-0"),
        rx.el.span(
            rx.el.span(settings.bureau_name, class_name="block text-sm @2xl:text-base text-ink-700"),
            rx.el.span(NAME, class_name="block text-lg @2xl:text-xl leading-heading font-semibold text-brand-700"),
            class_name="min-w-0 leading-heading",
        ),
        href="/staff",
        class_name="flex min-w-0 flex-1 items-center gap-2 @2xl:gap-3 rounded-control",
    )
    row = container(
        names, *([] if account is None else [account]), class_name="flex flex-wrap items-center gap-1 py-3 @2xl:gap-4"
    )
    stripe = rx.el.div(class_name="h-1 bg-brand-700", aria_hidden="true")
    end = container(
        rx.el.p(f"{NAME}仅供本系统工作人员使用，登录和操作均记入审计日志。", class_name="text-sm text-ink-700"),
        rx.el.p(print_size_switch(_SWITCH), class_name="flex flex-wrap"),
        class_name="flex flex-wrap items-center justify-between gap-2 py-3",
    )
    return rx.el.div(
        rx.el.div(
            anchor(
                "跳到主要内容",
                href="#main",
                class_name="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:px-4 focus:py-2 "
                "focus:rounded-control focus:bg-surface focus:text-brand-600 focus:shadow-float",
            ),
            *([demo_bar()] if settings.demo else []),
            rx.el.header(row, stripe, class_name="not-printed bg-surface border-b border-line"),
            rx.el.main(
                container(rx.el.h1(title, class_name="text-2xl"), *content, class_name="flex flex-col gap-6"),
                tab_index=-1,
                custom_attrs={"id": "main"},
                class_name="flex-1 py-6",
            ),
            rx.el.footer(end, class_name="not-printed border-t border-line bg-surface"),
            class_name="@container flex min-h-screen flex-col bg-canvas",
        ),
        *([] if messages is None else [messages]),
        arrival(),
    )
