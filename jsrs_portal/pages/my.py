"""个人中心: for now the person's registered data, masked."""

import reflex as rx

from jsrs_portal.components.controls import actions, button_link
from jsrs_portal.components.feedback import card, definition_list, notice, skeleton
from jsrs_portal.pages.frame import frame
from jsrs_portal.state.my import MyState
from jsrs_portal.state.shell import ShellState


def my_home() -> rx.Component:
    """Return the personal centre."""
    rows = definition_list(
        [
            ("姓名", ShellState.viewer_name),
            ("证件类型", MyState.document_kind),
            ("证件号码", MyState.document),
            ("移动电话", ShellState.viewer_mobile),
        ]
    )
    return frame(
        card(rx.cond(MyState.loaded, rows, skeleton("line", rows=4)), title="个人信息"),
        card(
            rx.el.p("修改手机和密码，查看在哪些设备上登录了您的账户。", class_name="mb-4 text-base"),
            actions(
                button_link("账号设置", "/my/settings", kind="secondary", icon_name="settings"),
                button_link("登录设备", "/sessions", kind="secondary", icon_name="monitor_smartphone"),
            ),
            title="账户安全",
        ),
        notice("info", "个人办件、我的授权等功能正在建设。"),
        title="个人中心",
    )
