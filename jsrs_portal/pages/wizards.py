"""One drawing of every wizard: steps on top, the current step's form, explanations beside it (rule 3)."""

from collections.abc import Mapping, Sequence
from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import focus_on_change, focus_when
from jsrs_portal.components.controls import LINK, actions, anchor, asking, button, text_button
from jsrs_portal.components.feedback import card, notice, saved_at, skeleton, with_side
from jsrs_portal.components.fields import code_field, error_summary, field, form, password_again, password_field
from jsrs_portal.components.steady import steady
from jsrs_portal.components.steps import steps
from jsrs_portal.domain.passwords import RULE_TEXT
from jsrs_portal.domain.wizards import WizardSpec


def said(texts: rx.Var[dict[str, str]], name: str) -> rx.Var[str]:
    """Return the text under ``name``, or an empty one: a browser's dictionary has no such thing as a default."""
    return rx.cond(texts.contains(name), texts[name], "")


def agreement_link(title: str, href: str) -> rx.Component:
    """Return the link to an agreement; it opens beside the form, which keeps what was typed."""
    return anchor(title, href=href, reload=True, target="_blank", rel="noopener", class_name=LINK)


def trouble(sentence: rx.Var[str]) -> rx.Component:
    """Return what went wrong and belongs to no field; it is read out as soon as it appears."""
    return rx.el.div(rx.cond(sentence != "", notice("bad", sentence)), role="alert", class_name="empty:hidden")


def _refused(state: Any) -> rx.Component:
    """Return the refusal of a step that belongs to no field, and the links to where it goes on.

    It takes the focus as a summary of errors does, unless there is one.
    """
    ways = rx.cond(
        state.ways.length() > 0,
        rx.el.p(
            rx.foreach(state.ways, lambda way: anchor(way["label"], href=way["href"], class_name=LINK)),
            class_name="flex flex-wrap gap-x-6 gap-y-2",
        ),
    )
    said = rx.cond(
        state.trouble != "",
        rx.el.div(
            notice("bad", state.trouble, ways),
            focus_when(rx.cond(state.errors.length() > 0, 0, state.attempt), "trouble"),
            tab_index=-1,
            custom_attrs={"id": "trouble"},
        ),
        ways,
    )
    return rx.el.div(said, role="alert", class_name="empty:hidden")


def _begin_again(state: Any) -> rx.Component:
    """Return 「清空并重新开始」, which asks before it throws away what was typed."""
    return asking(
        "清空并重新开始",
        "已填写的内容将全部清空，且不能恢复。",
        title="要清空已填写的内容吗？",
        yes="清空",
        no="继续填写",
        on_yes=state.start_again,
    )


def wizard(
    spec: WizardSpec, state: Any, forms: Mapping[str, rx.Component], *, side: Sequence[rx.Component]
) -> rx.Component:
    """Return the wizard of ``spec``: ``forms`` are its steps by key, ``side`` the explanations beside them."""
    first, last = spec.steps[0].key, spec.last
    again = rx.el.div(_begin_again(state), class_name="text-sm")
    name = rx.match(state.step, *[(step.key, f"{spec.title}：{step.title}") for step in spec.steps], spec.title)
    body = card(
        steps([step.title for step in spec.steps], state.position),
        rx.el.div(
            focus_on_change(state.step, "step"),
            error_summary(state.errors, state.attempt),
            _refused(state),
            steady(state.step, forms, skeleton("row", rows=5)),
            rx.cond((state.step != first) & (state.step != last) & (state.step != ""), again),
            rx.cond(state.step != last, saved_at(state.saved_text)),
            role="group",
            aria_label=name,
            tab_index=-1,
            custom_attrs={"id": "step"},
            class_name="flex flex-col gap-4 mx-auto w-full max-w-field pt-6 scroll-mt-32",
        ),
    )
    return with_side(body, side=side)


def proven_notice(state: Any, why: str) -> rx.Component:
    """Return why a login led here (``why``), which fields are proven from outside, and the way to fill in others.

    Nothing when nothing is proven.
    """
    return rx.cond(
        state.proven_by != "",
        rx.el.div(
            notice("info", why, rx.el.p("以下灰色栏目由", state.proven_by, "提供，不能修改。")),
            rx.el.p(text_button("改为自行填写", state.start_again), class_name="text-sm"),
            class_name="flex flex-col gap-2",
        ),
    )


def phone_fields(state: Any, on_send: Any) -> list[rx.Component]:
    """Return 「手机号」 and the code that ``on_send`` sends to it (R-2.2.4)."""
    return [
        field(
            "手机号",
            "mobile",
            type="tel",
            inputmode="tel",
            autocomplete="tel",
            placeholder="请输入手机号",
            error=said(state.error, "mobile"),
        ),
        code_field(
            "code",
            on_send,
            until=state.resend_at,
            now=state.now_ms,
            send_fields=("mobile",),
            error=said(state.error, "code"),
        ),
    ]


def account_form(state: Any, *, submit_label: str) -> rx.Component:
    """Return the account step: 「手机号」「短信验证码」「密码」「确认密码」 (R-2.2.4, R-2.2.5)."""
    return form(
        *phone_fields(state, state.send_code),
        password_field(
            "密码",
            "password",
            autocomplete="new-password",
            placeholder="请输入密码",
            hint=RULE_TEXT,
            error=said(state.error, "password"),
        ),
        password_again(said(state.error, "confirmation")),
        actions(
            button(submit_label, type="submit", loading=state.busy),
            button("上一步", kind="secondary", on_click=state.back),
        ),
        on_submit=state.submit_account,
    )
