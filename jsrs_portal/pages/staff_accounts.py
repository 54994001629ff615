"""工作人员账号: the list, and the dialogs of the two administrators who together open an account."""

from typing import Any

import reflex as rx

from jsrs_portal.catalog.shipped import regions
from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.choices import select_field
from jsrs_portal.components.controls import actions, button
from jsrs_portal.components.feedback import badge, card, definition_list, empty_state, notice, skeleton, tag
from jsrs_portal.components.fields import field, form
from jsrs_portal.components.navigation import tabs
from jsrs_portal.domain.permissions import STAFF_LABELS
from jsrs_portal.domain.staff import LOGIN_RULE, REGIONAL, region_prefix
from jsrs_portal.pages.staff_frame import pager, staff_frame, wrong_above
from jsrs_portal.pages.wizards import said
from jsrs_portal.state.staff_accounts import StaffAccountsState as State

_ACTS = {
    "AUTHORISE": ("授权", "primary"),
    "RESET": ("重置", "secondary"),
    "UNLOCK": ("解除锁定", "secondary"),
    "WITHDRAW": ("取消授权", "danger"),
    "LOCK": ("锁定", "danger"),
}
"""What may be done to an account, in the order of the buttons, each with its kind."""
_SENTENCES = {
    "AUTHORISE": " 可以登录。请先向本人或其所在部门核实确有其人，岗位和区域无误。",
    "RESET": " 的密码和动态口令作废，正在使用的登录随即结束；新的初始密码只显示一次，账号须由安全管理员重新授权。",
    "UNLOCK": " 可以重新登录。",
    "WITHDRAW": " 不能再登录，正在使用的登录随即结束。",
    "LOCK": " 不能再登录，正在使用的登录随即结束。",
}


def staff_accounts() -> rx.Component:
    """Return the page."""
    search = form(
        rx.el.div(
            rx.el.div(field("账号", "text", required=False), class_name="min-w-0 flex-1"),
            button("查询", type="submit", kind="secondary"),
            class_name="flex max-w-field flex-wrap items-end gap-3",
        ),
        on_submit=State.find,
    )
    nothing = rx.cond(
        State.waiting,
        empty_state("没有待授权的账号", "系统管理员新增或重置的账号会列在这里，等待安全管理员授权。"),
        empty_state("没有找到", "没有包含所填内容的账号，请换一个说法，或清空后查看全部。"),
    )
    rows = rx.cond(
        State.rows.length() > 0,
        rx.fragment(rx.el.ul(rx.foreach(State.rows, _row), aria_label="工作人员账号"), pager(State, "账号列表翻页")),
        nothing,
    )
    chosen = rx.cond(State.waiting, "waiting", "all")
    add = rx.cond(State.may_add, button("新增账号", on_click=State.open_add, icon_name="plus"))
    return staff_frame(
        notice(
            "info", "账号由系统管理员新增，安全管理员授权：两人各做一步，账号才能登录。任何人都不能操作自己的账号。"
        ),
        card(
            rx.el.div(
                tabs([("all", "全部"), ("waiting", "待授权")], chosen, State.choose_tab, label="账号范围"),
                search,
                rx.cond(State.loaded, rows, skeleton("row", rows=4)),
                class_name="flex flex-col gap-4",
            ),
            title="账号列表",
            action=add,
        ),
        _add_dialog(),
        _handed_dialog(),
        *[_act_dialog(act) for act in _ACTS],
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
        rx.cond(row.authorised, rx.fragment(), badge("warn", "待授权")),
        rx.cond(row.must_change, badge("warn", "待修改初始密码")),
        class_name="flex flex-wrap gap-2",
    )
    buttons = [
        rx.cond(
            row.acts.contains(act),
            button(label, kind=kind, on_click=State.open_act(row.id, act), describes=f"{label}：" + row.login),
        )
        for act, (label, kind) in _ACTS.items()
    ]
    does = rx.cond(row.own, rx.el.span("不能操作自己的账号", class_name="text-sm text-ink-500"), actions(*buttons))
    return rx.el.li(
        who,
        state,
        does,
        class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @2xl:flex-row @2xl:items-center",
    )


def _cancel(label: str = "取消") -> rx.Component:
    return button(label, kind="secondary", on_click=State.close_dialog)


def _add_dialog() -> rx.Component:
    whole = regions()
    places = tuple((code, whole.full_name(code)) for code in whole.by_code if region_prefix(code))
    regional = "、".join(label for role, label in STAFF_LABELS.items() if role in REGIONAL)
    fields = form(
        field("账号", "login", hint=LOGIN_RULE, error=said(State.error, "login")),
        field("姓名", "name", error=said(State.error, "name")),
        select_field(
            "岗位",
            "role",
            tuple((role.value, label) for role, label in STAFF_LABELS.items()),
            blank="请选择",
            error=said(State.error, "role"),
        ),
        select_field(
            "负责区域",
            "region",
            places,
            blank="全省",
            required=False,
            hint=f"只用于{regional}",
            error=said(State.error, "region"),
        ),
        actions(
            button("新增", type="submit", loading=State.busy, loading_label="正在新增……"),
            _cancel(),
        ),
        on_submit=State.submit_add,
    )
    return dialog(
        wrong_above(State),
        fields,
        open=State.dialog == "ADD",
        on_close=State.close_dialog,
        title="新增账号",
    )


def _handed_dialog() -> rx.Component:
    """Return what an administrator reads out to an officer, once: the first password, or the code of authorisation."""
    handed = State.handed
    password = rx.fragment(
        definition_list([("账号", handed.login), ("初始密码", rx.el.strong(handed.password))]),
        notice("warn", "请当面交给本人：关闭后不再显示，3 天内有效。安全管理员授权并给出授权码后，本人才能首次登录。"),
    )
    code = rx.fragment(
        definition_list([("账号", handed.login), ("授权码", rx.el.strong(handed.code))]),
        notice(
            "warn", "请当面交给本人：关闭后不再显示。首次登录时填在「动态口令」一栏，登录后修改密码、绑定身份验证器。"
        ),
    )
    shown = rx.el.div(
        rx.cond(handed.password != "", password), rx.cond(handed.code != "", code), class_name="flex flex-col gap-4"
    )
    return dialog(
        rx.el.div(shown, role="status"),
        actions(button("已交给本人，关闭", on_click=State.close_dialog)),
        open=State.dialog == "HANDED",
        on_close=State.close_dialog,
        title="请交给本人",
    )


def _act_dialog(act: str) -> rx.Component:
    label, kind = _ACTS[act]
    confirm = {
        "RESET": State.confirm_reset,
        "LOCK": State.confirm_lock,
        "UNLOCK": State.confirm_lock,
        "AUTHORISE": State.confirm_authorise,
        "WITHDRAW": State.confirm_authorise,
    }[act]
    target = State.target
    return dialog(
        wrong_above(State),
        definition_list(
            [("账号", target.login), ("姓名", target.name), ("岗位", target.role), ("负责区域", target.region)]
        ),
        rx.el.p(f"确认{label}后，账号 ", rx.el.strong(target.login), _SENTENCES[act], class_name="text-base"),
        actions(
            button(
                f"确认{label}", kind="danger" if kind == "danger" else "primary", on_click=confirm, loading=State.busy
            ),
            _cancel(),
        ),
        open=State.dialog == act,
        on_close=State.close_dialog,
        title=f"{label}账号",
    )
