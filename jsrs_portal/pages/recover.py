"""法人找回密码, and the same for everybody else who has a password (R-2.5)."""

import reflex as rx

from jsrs_portal.components.choices import select_field
from jsrs_portal.components.controls import actions, button, button_link, text_link
from jsrs_portal.components.feedback import notice, side_note, success_panel
from jsrs_portal.components.fields import code_field, field, form, password_again, password_field
from jsrs_portal.components.navigation import tabs
from jsrs_portal.domain.passwords import RULE_TEXT
from jsrs_portal.domain.recovery import KIND_LABELS, RECOVERY, REUSED_HINT, AccountKind, ProofWay
from jsrs_portal.pages.face_step import face_step
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.outside_links import PERSON_LOGIN
from jsrs_portal.pages.puzzle import puzzle_dialog
from jsrs_portal.pages.register_unit import DOCUMENT_OPTIONS
from jsrs_portal.pages.wizards import phone_fields, said, wizard
from jsrs_portal.state.recover import ACCOUNT_FORM
from jsrs_portal.state.recover import RecoveryState as State

_LEGAL, _STAFF, _INSTITUTION, _PERSON = (kind.value for kind in AccountKind)
_NUMBERS = {_LEGAL: "统一社会信用代码", _STAFF: "统一社会信用代码/单位编号", _INSTITUTION: "机构编号"}


def _by_kind(words: dict[str, str]) -> rx.Var[str]:
    return rx.match(State.kind, *words.items(), "")


def _of_legal_rep(label: str) -> rx.Var[str]:
    """Return a label as the manual has it for the legal representative, and without whose it is for others."""
    return rx.cond(State.kind == _LEGAL, f"法定代表人{label}", label)


def _account() -> rx.Component:
    whose = tabs(
        [(kind.value, label) for kind, label in KIND_LABELS.items()],
        State.kind,
        State.choose_kind,
        label="找回谁的密码",
    )
    number = field(
        _by_kind(_NUMBERS),
        "account",
        placeholder=_by_kind({kind: f"请输入{label}" for kind, label in _NUMBERS.items()}),
        default_value=State.account,
        error=said(State.error, "account"),
    )
    return rx.fragment(
        whose,
        form(
            rx.el.input(type="hidden", name="kind", value=State.kind),
            rx.el.div(rx.cond(State.kind != _PERSON, number), class_name="empty:hidden"),
            select_field(
                _of_legal_rep("证件类型"),
                "id_type",
                DOCUMENT_OPTIONS,
                default_value=State.id_type,
                error=said(State.error, "id_type"),
            ),
            field(
                _of_legal_rep("证件号码"),
                "id_number",
                placeholder="请输入" + _of_legal_rep("证件号码"),
                hint=State.id_number_hint,
                error=said(State.error, "id_number"),
            ),
            field(
                _of_legal_rep("姓名"),
                "name",
                placeholder="请输入" + _of_legal_rep("姓名"),
                hint=State.name_hint,
                error=said(State.error, "name"),
            ),
            actions(button("下一步", type="submit", loading=State.busy)),
            on_submit=State.submit_account,
            id=ACCOUNT_FORM,
        ),
    )


def _proof() -> rx.Component:
    back = button("上一步", kind="secondary", on_click=State.back)
    by_sms = form(
        notice(
            "info",
            rx.fragment("验证码将发送到账号登记的手机号 ", rx.el.strong(State.mobile), "。"),
            "该手机号已经停用的，请选择「支付宝人脸识别」。",
        ),
        code_field(
            "code",
            State.send_code,
            until=State.resend_at,
            now=State.now_ms,
            send_fields=(),
            error=said(State.error, "code"),
        ),
        actions(button("下一步", type="submit"), back),
        on_submit=State.submit_code,
    )
    passed = "正在进入下一步：设置新密码……"
    ways = tabs(
        [(ProofWay.FACE.value, "支付宝人脸识别"), (ProofWay.SMS.value, "短信验证码")],
        State.way,
        State.choose_way,
        label="认证方式",
    )
    return rx.el.div(
        rx.cond(State.face_only, notice("info", "首次认证须由本人通过支付宝人脸识别。"), ways),
        rx.cond(
            (State.way == ProofWay.SMS.value) & ~State.face_only,
            by_sms,
            rx.fragment(face_step(State, key="proof", who="账号持有者", passed=passed), actions(back)),
        ),
        class_name="flex flex-col gap-4",
    )


def _password() -> rx.Component:
    return form(
        rx.cond(State.words != "", notice("info", State.words)),
        rx.cond(State.asks_phone, _phone()),
        password_field(
            "新密码",
            "password",
            autocomplete="new-password",
            placeholder="请输入新密码",
            hint=RULE_TEXT + REUSED_HINT,
            error=said(State.error, "password"),
        ),
        password_again(said(State.error, "confirmation")),
        actions(
            button("提交", type="submit", loading=State.busy),
            button("上一步", kind="secondary", on_click=State.back),
        ),
        on_submit=State.submit_password,
    )


def _phone() -> rx.Component:
    return rx.fragment(
        notice("info", "您是首次通过人脸认证，请一并确认您本人现在使用的手机号，今后通知和验证码都发送到这里。"),
        *phone_fields(State, State.send_phone_code),
    )


def _done() -> rx.Component:
    login = rx.cond(
        said(State.result, "kind") == _PERSON, PERSON_LOGIN, "/login?account=" + said(State.result, "number")
    )
    return success_panel(
        "密码设置完成",
        said(State.result, "words") + "此前用原密码登录的设备均已退出，请用新密码重新登录。",
        button_link("去登录", login),
        button("找回其他账号", kind="secondary", on_click=State.start_again),
    )


def recover() -> rx.Component:
    """Return the page."""
    forms = {"account": _account(), "proof": _proof(), "password": _password(), "done": _done()}
    side = [
        side_note(
            "操作说明",
            [
                "请根据本页引导，准确填写您本人的账号信息。",
                "账号持有者本人完成人脸识别（或短信验证）后，重新设置密码。",
                "新密码生效后，此前用原密码登录的设备会全部退出，账号登记的手机号会收到提醒。",
                RULE_TEXT + REUSED_HINT,
            ],
        )
    ]
    return frame(
        rx.el.p(text_link("找到账号了,去登录", "/login")),
        wizard(RECOVERY, State, forms, side=side),
        puzzle_dialog(),
        title=rx.cond(State.kind == _PERSON, "个人找回密码", RECOVERY.title),
    )
