"""The unit centre: side menu with the person's card, and the frame around its pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import Number, Text, current_into_view, given, positive
from jsrs_portal.components.controls import anchor, icon
from jsrs_portal.components.feedback import tag
from jsrs_portal.components.shell import avatar


@dataclass(frozen=True)
class MenuItem:
    """One entry of the side menu; ``parts`` are shown below it while it, or one of them, is current."""

    key: str
    label: str
    href: str
    icon_name: str = ""
    parts: tuple["MenuItem", ...] = ()


UNIT_MENU: tuple[MenuItem, ...] = (
    MenuItem("home", "单位主页", "/unit", "house"),
    MenuItem("info", "单位信息", "/unit/info", "building_2"),
    MenuItem("cases", "单位办件", "/unit/cases", "folder_open"),
    MenuItem("shipments", "单位快递", "/unit/shipments", "package"),
    MenuItem("agents", "经办人管理", "/unit/agents", "users"),
    MenuItem("institutions", "机构管理", "/unit/institutions", "network"),
    MenuItem("workbench", "我的工作台", "/unit/workbench", "clipboard_check"),
    MenuItem(
        "settings",
        "账号设置",
        "/unit/settings",
        "settings",
        parts=(
            MenuItem("password", "单位信息与密码", "/unit/settings"),
            MenuItem("addresses", "收件地址", "/unit/settings/addresses"),
            MenuItem("sessions", "登录设备", "/sessions"),
            MenuItem("history", "安全记录", "/unit/settings/history"),
            MenuItem("data", "我的数据", "/unit/settings/data"),
        ),
    ),
)
"""R-2.6: the manual's items; 「账号设置」 opens to its parts (R-2.6.8.0)."""
PERSON_MENU: tuple[MenuItem, ...] = (
    MenuItem("home", "个人主页", "/my", "house"),
    MenuItem("cases", "我的办件", "/my/cases", "folder_open"),
    MenuItem("shipments", "我的快递", "/my/shipments", "package"),
    MenuItem("password", "手机与密码", "/my/settings", "settings"),
    MenuItem("sessions", "登录设备", "/sessions", "monitor_smartphone"),
    MenuItem("history", "安全记录", "/my/settings/history", "history"),
    MenuItem("data", "我的数据", "/my/settings/data", "download"),
)
"""The same for a person without a unit."""


INSTITUTION_MENU: tuple[MenuItem, ...] = (
    MenuItem("home", "机构主页", "/institution", "house"),
    MenuItem("cases", "机构办件", "/institution/cases", "folder_open"),
    MenuItem("shipments", "机构快递", "/institution/shipments", "package"),
    MenuItem("password", "账号设置", "/institution/settings", "settings"),
    MenuItem("sessions", "登录设备", "/sessions", "monitor_smartphone"),
)
"""The same for an institution (R-2.6.6.5)."""


def person_card(
    *, initial: Text, role: Text, phone: Text, unit_name: Text, switcher: rx.Component | None = None
) -> rx.Component:
    """Return who is acting: initial, role, masked phone, unit; ``switcher`` is the way to another unit."""
    return rx.el.div(
        rx.el.div(
            avatar(initial),
            rx.el.div(
                tag(role),
                rx.el.p(phone, class_name="text-sm text-ink-700"),
                class_name="min-w-0 flex flex-col items-start",
            ),
            class_name="flex items-center gap-3",
        ),
        rx.el.p(unit_name, class_name="text-base font-semibold leading-heading"),
        *([] if switcher is None else [switcher]),
        class_name="flex flex-col gap-3 border-b border-line p-4",
    )


def side_menu(
    current: str,
    person: rx.Component,
    *,
    counts: Mapping[str, Number] | None = None,
    items: Sequence[MenuItem] = UNIT_MENU,
    label: str = "单位中心",
    offered: rx.Var[list[str]] | None = None,
) -> rx.Component:
    """Return the menu with the ``person`` card on top and the item whose key is ``current`` marked.

    ``counts`` maps an item's key to the number behind its label: 「我的工作台 (3)」.
    ``label`` is the menu's spoken name. With ``offered`` only the items whose keys it holds are shown.
    """
    counted = counts or {}
    rows: list[rx.Component] = []
    for item in items:
        keys = {item.key, *(part.key for part in item.parts)}
        row = _item(item, current == item.key, counted.get(item.key))
        rows.append(row if offered is None else rx.cond(offered.to(list[str]).contains(item.key), row))
        if current in keys:
            rows.extend(_item(part, current == part.key, counted.get(part.key)) for part in item.parts)
    return rx.el.div(
        person,
        rx.el.nav(
            current_into_view(
                rx.el.ul(*rows, class_name="flex gap-1 @5xl:flex-col"),
                class_name="relative overflow-x-auto p-2",
            ),
            aria_label=label,
        ),
        class_name="not-printed overflow-hidden rounded-card border border-line bg-surface",
    )


def _item(item: MenuItem, here: bool, count: Number | None) -> rx.Component:
    number = [] if count is None else [_count(count)]
    sign = [icon(item.icon_name)] if item.icon_name else []
    look = "bg-brand-50 text-brand-700 font-semibold" if here else "text-ink-700 hover:bg-brand-50"
    inset = "" if sign else " @5xl:pl-12"
    return rx.el.li(
        anchor(
            *sign,
            item.label,
            *number,
            href=item.href,
            class_name="flex min-h-control items-center gap-2 rounded-control px-3 text-base whitespace-nowrap "
            f"{look}{inset}",
            **given(aria_current="page" if here else None),
        ),
        class_name="shrink-0",
    )


_MOST = 99


def _count(count: Number) -> rx.Component:
    return rx.el.span(
        "(",
        rx.cond(rx.Var.create(count).to(int) > _MOST, f"{_MOST}+", count),
        ")",
        rx.el.span(" 件待处理", class_name="sr-only"),
        class_name=["tabular-nums", rx.cond(positive(count), "font-semibold text-brand-700", "text-ink-500")],
    )


def unit_centre(
    *content: Any,
    current: str,
    person: rx.Component,
    counts: Mapping[str, Number] | None = None,
    items: Sequence[MenuItem] = UNIT_MENU,
    **options: Any,
) -> rx.Component:
    """Return a unit centre page's content: the side menu, and ``content`` as cards on the canvas.

    ``options`` go to :func:`side_menu`.
    """
    return beside(side_menu(current, person, counts=counts, items=items, **options), *content)


def beside(menu: rx.Component, *content: Any) -> rx.Component:
    """Return ``content`` as cards on the canvas beside ``menu``."""
    return rx.el.div(
        rx.el.div(menu, class_name="@5xl:w-side @5xl:shrink-0"),
        rx.el.div(*content, class_name="@container min-w-0 flex-1 flex flex-col gap-6"),
        class_name="flex flex-col gap-6 @5xl:flex-row @5xl:items-start",
    )
