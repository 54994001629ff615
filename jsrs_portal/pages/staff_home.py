"""我的首页 of the officers' platform, and 工作人员账号."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.controls import actions, anchor, button, icon
from jsrs_portal.components.feedback import badge, card, notice, skeleton, tag
from jsrs_portal.components.staff_shell import STAFF_MENU
from jsrs_portal.pages.staff_frame import staff_frame, wrong_above
from jsrs_portal.state.staff_accounts import StaffAccountsState as Accounts
from jsrs_portal.state.staff_shell import StaffShellState

_WHAT = {
    "institutions": "在单位名下登记机构，变更机构的名称、类型、层级和地址。",
    "search": "按统一社会信用代码、单位编号或名称查询单位；按证件号码或移动电话查询个人，信息默认遮盖。",
    "audit": "查询谁在何时从何处做了什么、结果如何，并校验审计记录是否完整。",
    "accounts": "查看工作人员账号，锁定和解除锁定。",
}


def staff_home() -> rx.Component:
    """Return what this role can do."""
    tiles = [
        rx.cond(
            StaffShellState.offered.contains(item.key),
            rx.el.li(
                anchor(
                    rx.el.span(icon(item.icon_name), class_name="rounded-full bg-brand-50 p-2 text-brand-600"),
                    rx.el.span(
                        rx.el.span(item.label, class_name="block text-lg font-semibold text-brand-700"),
                        rx.el.span(_WHAT[item.key], class_name="block text-base text-ink-700"),
                        class_name="min-w-0",
                    ),
                    href=item.href,
                    class_name="flex h-full items-start gap-3 rounded-card border border-line bg-surface p-4 "
                    "hover:bg-brand-50",
                )
            ),
        )
        for item in STAFF_MENU
        if item.key in _WHAT
    ]
    return staff_frame(
        rx.cond(
            StaffShellState.loaded,
            rx.el.ul(*tiles, class_name="grid grid-cols-1 gap-4 @2xl:grid-cols-2", aria_label="可用功能"),
            skeleton("block"),
        ),
        notice(
            "info",
            rx.el.p("系统、安全、审计管理员的权限互不重叠：管账号的不看日志，看日志的不动账号。"),
            rx.el.p("您的每一次登录、查询和操作都会记入审计日志。"),
        ),
        title="我的首页",
        current="home",
    )


def staff_accounts() -> rx.Component:
    """Return the accounts of the officers."""
    rows = rx.el.ul(rx.foreach(Accounts.rows, _row), aria_label="工作人员账号")
    return staff_frame(
        notice("info", "新增账号、重置密码和动态口令，请系统运维人员在服务器上执行 jsrs staff add、jsrs staff reset。"),
        card(rx.cond(Accounts.loaded, rows, skeleton("row", rows=4)), title="账号列表"),
        dialog(
            wrong_above(Accounts),
            rx.cond(
                Accounts.target.status == "ACTIVE",
                rx.el.p(
                    "锁定账号 ",
                    rx.el.strong(Accounts.target.login),
                    " 后，对方不能再登录，正在使用的登录随即结束。",
                    class_name="text-base",
                ),
                rx.el.p(
                    "解除锁定后，账号 ", rx.el.strong(Accounts.target.login), " 可以重新登录。", class_name="text-base"
                ),
            ),
            actions(
                rx.cond(
                    Accounts.target.status == "ACTIVE",
                    button("确认锁定", kind="danger", on_click=Accounts.confirm_lock),
                    button("确认解除锁定", on_click=Accounts.confirm_lock),
                ),
                button("取消", kind="secondary", on_click=Accounts.close_dialog),
            ),
            open=Accounts.target.id != "",
            on_close=Accounts.close_dialog,
            title=rx.cond(Accounts.target.status == "ACTIVE", "锁定账号", "解除锁定"),
        ),
        title="工作人员账号",
        current="accounts",
    )


def _row(row: Any) -> rx.Component:
    who = rx.el.div(
        rx.el.p(
            rx.el.strong(row.login, class_name="text-lg"),
            tag(row.role),
            rx.cond(row.own, rx.el.span("（本人）", class_name="text-sm text-ink-500")),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(rx.el.span(row.name), rx.el.span(row.region), class_name="flex gap-4 text-sm text-ink-700"),
        class_name="min-w-0 flex-1",
    )
    state = rx.el.p(
        badge(rx.cond(row.status == "ACTIVE", "ok", "bad"), row.status_label),
        rx.cond(row.must_change, badge("warn", "待修改初始密码")),
        class_name="flex flex-wrap gap-2",
    )
    does = rx.cond(
        row.own,
        rx.el.span("不能锁定自己的账号", class_name="text-sm text-ink-500"),
        rx.cond(
            row.status == "ACTIVE",
            button("锁定", kind="danger", on_click=Accounts.open_lock(row.id), describes="锁定：" + row.login),
            button(
                "解除锁定", kind="secondary", on_click=Accounts.open_lock(row.id), describes="解除锁定：" + row.login
            ),
        ),
    )
    return rx.el.li(
        who,
        state,
        does,
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @xl:flex-row @xl:items-center",
    )
