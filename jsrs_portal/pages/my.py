"""个人中心: the person's registered data, masked, in whose name they may act and until when, and what they keep."""

from typing import Any

import reflex as rx

from jsrs_portal.components.case_figures import case_figures, steps_card
from jsrs_portal.components.controls import button_link
from jsrs_portal.components.feedback import badge, card, definition_list, empty_state, skeleton, tag
from jsrs_portal.components.matters import matter_line
from jsrs_portal.pages.apply import drafts_card
from jsrs_portal.pages.frame import Centre, settings_frame
from jsrs_portal.state.my import MyState as State
from jsrs_portal.state.shell import ShellState


def my_home() -> rx.Component:
    """Return the personal centre."""
    rows = definition_list(
        [
            ("姓名", ShellState.viewer_name),
            ("证件类型", State.document_kind),
            ("证件号码", State.document),
            ("移动电话", ShellState.viewer_mobile),
        ]
    )
    security = rx.el.div(
        button_link("账号设置", "/my/settings", kind="secondary", icon_name="settings"),
        button_link("登录设备", "/sessions", kind="secondary", icon_name="monitor_smartphone"),
        button_link("我的通知", "/notices", kind="secondary", icon_name="bell"),
        class_name="flex flex-wrap gap-3",
    )
    return settings_frame(
        case_figures(State.figures, "/my/cases"),
        steps_card(State.steps),
        card(rx.cond(State.loaded, rows, skeleton("line", rows=4)), title="个人信息"),
        card(_roles(), title="我可以代表的单位和机构"),
        drafts_card(State.drafts),
        card(_kept(), title="收藏"),
        card(
            rx.el.p(
                "修改手机和密码，查看在哪些设备上登录了您的账户，以及授权和账户安全的通知。",
                class_name="mb-4 text-base",
            ),
            security,
            title="账户安全",
        ),
        centre=Centre.PERSON,
        title="个人中心",
        current="home",
    )


def _roles() -> rx.Component:
    nobody = empty_state(
        "目前没有单位或机构授权您办事",
        "需要代表单位办事的，请联系单位的法定代表人或管理员开通授权。",
    )
    shown = rx.fragment(
        rx.el.ul(rx.foreach(State.roles, _role)),
        rx.el.div(button_link("切换身份", "/choose", icon_name="repeat"), class_name="pt-4"),
    )
    return rx.cond(State.loaded, rx.cond(State.roles.length() > 0, shown, nobody), skeleton("row", rows=2))


def _role(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.strong(one.name),
            tag(one.role_label),
            rx.cond(one.current, badge("ok", "当前身份")),
            class_name="flex flex-wrap items-center gap-2 text-base",
        ),
        rx.el.p(one.number, " · ", one.period, class_name="text-sm text-ink-700"),
        class_name="flex flex-col gap-1 border-b border-line py-3 last:border-b-0",
    )


def _kept() -> rx.Component:
    nothing = empty_state(
        "还没有收藏事项",
        "在办事指南中点「收藏」，常用事项会列在这里。",
        button_link("去个人办事", "/persons", kind="secondary"),
    )
    lines = rx.el.ul(rx.foreach(State.kept, matter_line))
    return rx.cond(State.loaded, rx.cond(State.kept.length() > 0, lines, nothing), skeleton("row", rows=2))
