"""「不是我登录的」: what is shown before anything is ended, and what to do afterwards (R-2.4.8)."""

import reflex as rx

from jsrs_portal.components.controls import actions, button, button_link
from jsrs_portal.components.feedback import card, definition_list, empty_state, notice, skeleton, success_panel
from jsrs_portal.components.steady import steady
from jsrs_portal.pages.frame import frame
from jsrs_portal.state.not_me import NotMeState as State


def _ask() -> rx.Component:
    rows = [("账户", State.person), ("登录时间", State.when), ("设备", State.device), ("登录网络", State.place)]
    return rx.el.div(
        definition_list(rows),
        notice(
            "warn",
            "如果这不是您本人的登录，请点击下面的按钮：该账户的所有登录立即结束，已绑定的手机解除绑定，所用密码停用，"
            "需重新设置密码后才能登录。",
        ),
        actions(
            button("不是我，停用登录", kind="danger", on_click=State.disown),
            button_link("是我本人，无需处理", "/", kind="secondary"),
        ),
        class_name="flex flex-col gap-6",
    )


def not_me() -> rx.Component:
    """Return the page behind the link in the message."""
    done = success_panel(
        "已停用登录",
        "该账户的所有登录已结束，所用密码不能再登录。请现在重新设置密码；如有损失或疑问，请拨打 12333。",
        button_link("重新设置密码", "/recover"),
        button_link("返回大厅首页", "/", kind="secondary"),
    )
    gone = empty_state("链接不能使用", State.trouble, button_link("返回大厅首页", "/", kind="secondary"))
    shown = steady(State.step, {"ask": _ask(), "done": done, "gone": gone}, skeleton("row", rows=4))
    return frame(
        card(rx.el.div(shown, class_name="mx-auto w-full max-w-field")),
        title="新设备登录核实",
    )
