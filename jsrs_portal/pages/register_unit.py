"""法人注册 (R-2.2.1 to R-2.2.6)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.choices import checkbox_field, select_field
from jsrs_portal.components.controls import actions, button, button_link, text_link
from jsrs_portal.components.feedback import side_note, success_panel
from jsrs_portal.components.fields import field, form
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.passwords import RULE_TEXT
from jsrs_portal.domain.registration import UNIT_REGISTRATION
from jsrs_portal.pages.face_step import face_step
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.outside_links import shortcuts
from jsrs_portal.pages.puzzle import puzzle_dialog
from jsrs_portal.pages.wizards import account_form, agreement_link, proven_notice, said, wizard
from jsrs_portal.state.register_unit import UnitRegistrationState as State

DOCUMENT_OPTIONS = [(kind.value, kind.label) for kind in DocumentType]


def unit_form(state: Any) -> rx.Component:
    """Return the first step: which unit it is, and who leads it; ``state`` is a wizard's that takes a ``UnitForm``."""
    return form(
        proven_notice(state, "单位身份已验证，但尚未在本大厅注册，请完成注册。注册后即可用同一方式登录。"),
        field(
            "统一社会信用代码",
            "uscc",
            read_only=state.locked.contains("uscc"),
            placeholder="请输入统一社会信用代码",
            default_value=state.uscc,
            error=said(state.error, "uscc"),
        ),
        field(
            "单位全称",
            "unit_name",
            read_only=state.locked.contains("unit_name"),
            placeholder="请输入单位全称",
            autocomplete="organization",
            default_value=state.unit_name,
            error=said(state.error, "unit_name"),
        ),
        select_field(
            "法定代表人证件类型",
            "id_type",
            DOCUMENT_OPTIONS,
            default_value=state.id_type,
            disabled=state.locked.contains("id_type"),
            error=said(state.error, "id_type"),
        ),
        field(
            "法定代表人证件号码",
            "id_number",
            read_only=state.locked.contains("id_number"),
            placeholder="请输入法定代表人证件号码",
            default_value=state.id_number_shown,
            hint=state.id_number_hint,
            error=said(state.error, "id_number"),
        ),
        field(
            "法定代表人姓名",
            "legal_name",
            read_only=state.locked.contains("legal_name"),
            placeholder="请输入法定代表人姓名",
            default_value=state.name_shown,
            hint=state.name_hint,
            error=said(state.error, "legal_name"),
        ),
        checkbox_field(
            "agreed",
            "我已阅读并同意",
            agreement_link("《法人用户注册协议》", "/agreements/unit"),
            "中的内容",
            default_checked=state.kept_agreement,
            error=said(state.error, "agreed"),
        ),
        actions(button("下一步", type="submit", loading=state.busy)),
        on_submit=state.submit_unit,
    )


def _face() -> rx.Component:
    return rx.el.div(
        face_step(State, key="face", who="法定代表人", passed="正在进入下一步：填写账户信息……"),
        actions(button("上一步", kind="secondary", on_click=State.back)),
        class_name="flex flex-col gap-4",
    )


def _done() -> rx.Component:
    number = said(State.result, "unit_number")
    return success_panel(
        "注册成功",
        "单位账户已开通。请记住单位编号，登录时可以用它代替统一社会信用代码。",
        button_link("去登录", "/login?account=" + number),
        button("注册其他单位", kind="secondary", on_click=State.start_again),
        number=number,
        number_label="单位编号",
    )


def register_unit() -> rx.Component:
    """Return the registration of a unit."""
    links = rx.el.p(
        text_link("已有帐号,去登录", "/login"),
        text_link("地市历史用户升级", "/upgrade"),
        text_link("法定代表人变更", "/takeover"),
        class_name="flex flex-wrap gap-x-6 gap-y-2",
    )
    forms = {
        "unit": unit_form(State),
        "face": _face(),
        "account": account_form(State, submit_label="提交注册"),
        "done": _done(),
    }
    side = [
        side_note(
            "快捷方式登录",
            [
                *shortcuts(),
                "使用以上方式登录的，已验证的信息会自动填入。",
            ],
        ),
        side_note(
            "注册说明",
            [
                "请提供真实、完整、现行有效的法人资料；系统将以统一社会信用代码核对登记信息，并由法定代表人本人刷脸确认。",
                RULE_TEXT,
            ],
        ),
    ]
    return frame(
        links, wizard(UNIT_REGISTRATION, State, forms, side=side), puzzle_dialog(), title=UNIT_REGISTRATION.title
    )
