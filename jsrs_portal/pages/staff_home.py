"""我的首页 of the officers' platform."""

import reflex as rx

from jsrs_portal.components.controls import anchor, button_link, icon
from jsrs_portal.components.feedback import notice, skeleton
from jsrs_portal.components.staff_shell import STAFF_MENU
from jsrs_portal.pages.staff_frame import staff_frame
from jsrs_portal.state.staff_shell import StaffShellState

_WHAT = {
    "cases": "认领、分派和转交本区域的办件，作出受理、退回补正、通过等决定。",
    "ratings": "核实和整改本区域不满意的评价，15个工作日内办结。",
    "institutions": "在单位名下登记机构，变更机构的名称、类型、层级和地址。",
    "search": "按统一社会信用代码、单位编号或名称查询单位；按证件号码或移动电话查询个人，信息默认遮盖。",
    "audit": "查询谁在何时从何处做了什么、结果如何，并校验审计记录是否完整。",
    "accounts": "系统管理员新增、重置和锁定账号，安全管理员授权；两人各做一步，账号才能使用。",
    "account": "查看本人的岗位和负责区域，修改密码。",
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
    reminder = notice(
        "warn",
        StaffShellState.reminder,
        rx.el.div(button_link("去整改", "/staff/ratings", kind="secondary"), class_name="mt-3"),
    )
    return staff_frame(
        rx.cond(StaffShellState.reminder != "", reminder),
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
