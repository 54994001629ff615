"""大厅首页 (R-2.1.1): what the hall is for, and its two doors."""

import reflex as rx

from jsrs_portal.components.controls import anchor, button_link, icon
from jsrs_portal.components.feedback import card
from jsrs_portal.components.shell import container
from jsrs_portal.pages.frame import frame
from jsrs_portal.settings import get_settings

_DOOR = (
    "flex items-center gap-4 rounded-card border border-line bg-surface p-6 hover:border-brand-600 hover:bg-brand-50"
)
_ROW = "flex flex-col @2xl:flex-row @2xl:items-center gap-3 py-4 border-b border-line last:border-0"
_READY = (
    ("单位注册", "填写单位信息、法定代表人刷脸、设置账户，三步开通单位账户。", "/register/unit", "building_2"),
    ("个人用户注册", "实名核验后开通个人账户；管理员和经办人须先注册为个人用户。", "/register/person", "user"),
    ("单位登录", "用统一社会信用代码或单位编号登录单位中心。", "/login", "log_in"),
)


def _door(name: str, sentence: str, href: str, icon_name: str) -> rx.Component:
    return anchor(
        rx.el.span(icon(icon_name), class_name="rounded-full bg-brand-50 p-3 text-brand-600"),
        rx.el.span(
            rx.el.span(name, class_name="block text-xl font-semibold text-brand-700"),
            rx.el.span(sentence, class_name="block text-base text-ink-700"),
        ),
        href=href,
        class_name=_DOOR,
    )


def hall() -> rx.Component:
    """Return the hall's first page."""
    hero = rx.el.section(
        container(
            rx.el.p("人社业务，网上办理", class_name="text-3xl font-semibold text-brand-700"),
            rx.el.p(
                "单位开户、授权、申报、查询，都可以在这里完成。请选择您要进入的大门。",
                class_name="text-lg text-ink-700",
            ),
            rx.el.div(
                _door("单位办事", "为用人单位办理人社业务", "/units", "building_2"),
                _door("个人办事", "为您本人办理人社业务", "/persons", "user"),
                class_name="grid grid-cols-1 @3xl:grid-cols-2 gap-4",
            ),
            class_name="flex flex-col gap-4 py-12",
        ),
        class_name="bg-brand-50 border-b border-line",
    )
    ready = container(
        card(
            rx.el.ul(
                *(
                    rx.el.li(
                        rx.el.div(
                            rx.el.h3(name, class_name="text-lg"),
                            rx.el.p(sentence, class_name="text-base text-ink-700"),
                            class_name="flex-1",
                        ),
                        button_link(f"去{name}", href, kind="secondary", icon_name=icon_name),
                        class_name=_ROW,
                    )
                    for name, sentence, href, icon_name in _READY
                ),
            ),
            title="现在可以办理",
        ),
        class_name="py-8",
    )
    return frame(hero, ready, title=get_settings().hall_name, nav_current="/", bare=True)
