"""个人用户注册 (R-2.2.7)."""

import reflex as rx

from jsrs_portal.components.choices import checkbox_field, select_field
from jsrs_portal.components.controls import actions, button, button_link, text_link
from jsrs_portal.components.feedback import side_note, success_panel
from jsrs_portal.components.fields import field, form
from jsrs_portal.domain.passwords import RULE_TEXT
from jsrs_portal.domain.registration import PERSON_REGISTRATION
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.outside_links import PERSON_LOGIN
from jsrs_portal.pages.puzzle import puzzle_dialog
from jsrs_portal.pages.register_unit import DOCUMENT_OPTIONS
from jsrs_portal.pages.wizards import account_form, agreement_link, proven_notice, said, wizard
from jsrs_portal.state.register_person import PersonRegistrationState as State


def _identity_form() -> rx.Component:
    return form(
        proven_notice(
            State,
            "您的身份已验证，但尚未在本大厅注册，请完成个人用户注册。注册后还须由单位的法定代表人或管理员授权，才能为该单位办事。",
        ),
        select_field(
            "证件类型",
            "id_type",
            DOCUMENT_OPTIONS,
            default_value=State.id_type,
            disabled=State.locked.contains("id_type"),
            error=said(State.error, "id_type"),
        ),
        field(
            "证件号码",
            "id_number",
            read_only=State.locked.contains("id_number"),
            placeholder="请输入证件号码",
            default_value=State.id_number_shown,
            hint=State.id_number_hint,
            error=said(State.error, "id_number"),
        ),
        field(
            "姓名",
            "name",
            read_only=State.locked.contains("name"),
            placeholder="请输入姓名",
            default_value=State.name_shown,
            autocomplete="name",
            hint=State.name_hint,
            error=said(State.error, "name"),
        ),
        checkbox_field(
            "agreed",
            "我已阅读并同意",
            agreement_link("《个人用户注册协议》", "/agreements/person"),
            "中的内容",
            default_checked=State.kept_agreement,
            error=said(State.error, "agreed"),
        ),
        actions(button("下一步", type="submit", loading=State.busy)),
        on_submit=State.submit_identity,
    )


def register_person() -> rx.Component:
    """Return the registration of a person."""
    done = success_panel(
        "注册成功",
        "个人账户已开通。单位授权您为管理员或经办人后，您可以用同一密码登录单位中心。",
        button_link("去登录", PERSON_LOGIN),
        button_link("返回大厅首页", "/", kind="secondary"),
    )
    forms = {
        "identity": _identity_form(),
        "account": account_form(State, submit_label="提交注册"),
        "done": done,
    }
    side = [
        side_note(
            "注册说明",
            [
                "姓名和证件号码须与本人证件一致，系统将进行实名核验。",
                "一个证件号码、一个手机号只能注册一次。",
                RULE_TEXT,
            ],
        )
    ]
    links = rx.el.p(text_link("已有帐号,去登录", PERSON_LOGIN))
    return frame(
        links, wizard(PERSON_REGISTRATION, State, forms, side=side), puzzle_dialog(), title=PERSON_REGISTRATION.title
    )
