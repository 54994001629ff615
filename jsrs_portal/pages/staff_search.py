"""单位和个人查询: units, one person masked, and the dialogs that need a reason."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.controls import actions, button
from jsrs_portal.components.feedback import badge, card, definition_list, empty_state, notice
from jsrs_portal.components.fields import field, form, textarea_field
from jsrs_portal.components.navigation import tabs
from jsrs_portal.pages.staff_frame import staff_frame, wrong_above
from jsrs_portal.pages.wizards import said
from jsrs_portal.state.staff_search import StaffSearchState as State


def staff_search() -> rx.Component:
    """Return the page."""
    return staff_frame(
        card(
            tabs([("unit", "单位"), ("person", "个人")], State.tab, State.choose_tab, label="查询对象"),
            rx.el.div(rx.cond(State.tab == "unit", _units(), _people()), class_name="pt-4"),
        ),
        _unmask_dialog(),
        _lock_dialog(),
        title="单位和个人查询",
        current="search",
    )


def _asked(label: str, name: str, hint: str, on_submit: Any) -> rx.Component:
    """Return a form with one field; what is wrong with it is said only while no dialog stands before it."""
    wrong = rx.cond(State.dialog == "", wrong_above(State))
    return rx.el.div(
        wrong,
        form(
            field(label, name, hint=hint, error=said(State.error, name)),
            actions(button("查询", type="submit")),
            on_submit=on_submit,
        ),
        class_name="flex flex-col gap-4",
    )


def _units() -> rx.Component:
    def row(unit: Any) -> rx.Component:
        return rx.el.li(
            rx.el.p(rx.el.strong(unit.name, class_name="text-lg")),
            definition_list(
                [
                    ("统一社会信用代码", unit.uscc),
                    ("单位编号", unit.unit_number),
                    ("住所", unit.address),
                    ("注册日期", unit.registered_on),
                ]
            ),
            class_name="border-b border-line py-4 last:border-b-0",
        )

    found = rx.cond(
        State.units.length() > 0,
        rx.fragment(
            rx.el.p("找到 ", State.units.length(), " 个单位", class_name="text-base text-ink-700"),
            rx.el.ul(rx.foreach(State.units, row), aria_label="找到的单位"),
        ),
        empty_state("没有找到", "没有符合的已注册单位，或不在您负责的区域；请核对号码，或换一个名称。"),
    )
    return rx.el.div(
        _asked(
            "统一社会信用代码、单位编号或单位名称",
            "text",
            "名称至少填两个字，最多显示 20 个单位",
            State.find_units,
        ),
        rx.el.div(rx.cond(State.units_for != "", found), role="status", class_name="mt-4"),
    )


def _people() -> rx.Component:
    person = State.person
    roles = rx.el.ul(rx.foreach(person.roles, lambda role: rx.el.li(role)))
    facts = definition_list(
        [
            ("姓名", person.name),
            (person.document_kind, person.document),
            ("移动电话", person.mobile),
            ("状态", badge(rx.cond(person.status == "ACTIVE", "ok", "bad"), person.status_label)),
            ("注册日期", person.registered_on),
            ("代表的单位", rx.cond(person.roles.length() > 0, roles, "无")),
        ]
    )
    does = actions(
        rx.cond(
            State.may_unmask, button("查看完整信息", kind="secondary", on_click=State.open_unmask, icon_name="eye")
        ),
        rx.cond(
            State.may_lock & (person.status == "ACTIVE"),
            button("锁定", kind="danger", on_click=State.open_lock, icon_name="lock"),
        ),
        rx.cond(
            State.may_lock & (person.status == "LOCKED"),
            button("解除锁定", kind="secondary", on_click=State.open_lock, icon_name="lock_open"),
        ),
    )
    return rx.el.div(
        _asked(
            "证件号码或移动电话",
            "identifier",
            "须填写完整的号码；每次查询都会记入审计日志",
            State.find_person,
        ),
        rx.el.div(
            rx.cond(person.id != "", rx.el.div(facts, does, class_name="mt-4 flex flex-col gap-4")), role="status"
        ),
    )


def _reason(hint: str) -> rx.Component:
    return textarea_field("原因", "reason", rows=3, max_length=200, hint=hint, error=said(State.error, "reason"))


def _unmask_dialog() -> rx.Component:
    full = State.full
    shown = rx.el.div(
        definition_list([("姓名", full.name), (full.document_kind, full.document), ("移动电话", full.mobile)]),
        notice("warn", "请勿截图、抄录或转告他人；关闭后不再显示。"),
        actions(button("关闭并隐藏", on_click=State.close_dialog)),
        class_name="flex flex-col gap-4",
    )
    ask = form(
        _reason("至少5个字，如办件编号和用途；原因会记入审计日志。"),
        actions(
            button("查看", type="submit", loading=State.busy),
            button("取消", kind="secondary", on_click=State.close_dialog),
        ),
        on_submit=State.submit_unmask,
    )
    return dialog(
        wrong_above(State),
        rx.el.div(rx.cond(full.name != "", shown, ask), role="status"),
        open=State.dialog == "unmask",
        on_close=State.close_dialog,
        title="查看完整信息",
    )


def _lock_dialog() -> rx.Component:
    person = State.person
    locking = person.status == "ACTIVE"
    fields = form(
        rx.el.p(
            rx.el.strong(person.name),
            " ",
            person.mobile,
            rx.cond(
                locking,
                "：锁定后立即不能登录，正在使用的登录全部结束，并短信通知本人。",
                "：解除锁定后可以重新登录，并短信通知本人。",
            ),
            class_name="text-base",
        ),
        _reason("至少5个字；原因会记入审计日志，不会告知本人。"),
        actions(
            rx.cond(
                locking,
                button("确认锁定", kind="danger", type="submit", loading=State.busy),
                button("确认解除锁定", type="submit", loading=State.busy),
            ),
            button("取消", kind="secondary", on_click=State.close_dialog),
        ),
        on_submit=State.submit_lock,
    )
    return dialog(
        wrong_above(State),
        fields,
        open=State.dialog == "lock",
        on_close=State.close_dialog,
        title=rx.cond(locking, "锁定个人用户", "解除锁定"),
    )
