"""法定代表人变更 (R-2.6.2.4)."""

import reflex as rx

from jsrs_portal.components.controls import actions, button, button_link, text_link
from jsrs_portal.components.feedback import notice, side_note, success_panel
from jsrs_portal.domain.passwords import RULE_TEXT
from jsrs_portal.domain.takeover import TAKEOVER
from jsrs_portal.pages.face_step import face_step
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.puzzle import puzzle_dialog
from jsrs_portal.pages.register_unit import unit_form
from jsrs_portal.pages.wizards import account_form, said, wizard
from jsrs_portal.state.takeover import TakeoverState as State


def _face() -> rx.Component:
    return rx.el.div(
        face_step(State, key="face", who="新法定代表人", passed="正在进入下一步：填写账户信息……"),
        actions(button("上一步", kind="secondary", on_click=State.back)),
        class_name="flex flex-col gap-4",
    )


def _account() -> rx.Component:
    needless = rx.el.div(
        notice("info", State.needless),
        actions(button_link("去登录", "/login"), button_link("找回密码", "/recover", kind="secondary")),
        class_name="flex flex-col gap-4",
    )
    return rx.cond(State.needless != "", needless, account_form(State, submit_label="提交变更"))


def _done() -> rx.Component:
    return success_panel(
        "变更成功",
        "您已成为该单位在本大厅的法定代表人。原法定代表人的授权已终止，管理员、经办人和机构的授权不变。",
        button_link("去登录", "/login"),
        number=said(State.result, "unit_number"),
        number_label="单位编号",
    )


def takeover() -> rx.Component:
    """Return the taking over of a unit's account by its new legal representative."""
    links = rx.el.p(
        text_link("单位尚未注册，去注册", "/register/unit"),
        text_link("法定代表人没有变更，去找回密码", "/recover"),
        class_name="flex flex-wrap gap-x-6 gap-y-2",
    )
    forms = {"unit": unit_form(State), "face": _face(), "account": _account(), "done": _done()}
    side = [
        side_note(
            "什么时候办理",
            [
                "企业登记的法定代表人已经变更，而本大厅的单位账户仍由原法定代表人使用。",
                "单位唯一的管理员已离开，原法定代表人也不再任职，账户无人可用。",
            ],
        ),
        side_note(
            "办理后会怎样",
            [
                "原法定代表人的授权和登录立即终止，并收到通知。",
                "管理员、经办人、机构的授权，单位信息和办件都不变；您可以在「经办人管理」中调整。",
                RULE_TEXT,
            ],
        ),
    ]
    return frame(links, wizard(TAKEOVER, State, forms, side=side), puzzle_dialog(), title=TAKEOVER.title)
