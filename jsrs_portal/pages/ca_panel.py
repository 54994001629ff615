"""CA login as the login page shows it: find the key, choose a certificate, sign, and what to do when it will not."""

import reflex as rx

from jsrs_portal.components.behaviour import countdown, focus_when
from jsrs_portal.components.ca_driver import ca_driver
from jsrs_portal.components.controls import button, text_link
from jsrs_portal.components.feedback import notice
from jsrs_portal.state.ca import MOST_KEYS
from jsrs_portal.state.ca import CaState as State

_WORKING = (State.stage == "looking") | (State.stage == "signing") | (State.stage == "judging")


NEEDS_COMPUTER = "CA 登录需要在插有 USB Key、装有驱动的电脑上使用，手机不能使用；用手机办理的，请换一种方式登录。"


def ca_panel() -> rx.Component:
    """Return the tab 「CA」 (R-2.4.2)."""
    return rx.fragment(
        ca_driver(
            wanted=State.wanted,
            certificate_id=State.chosen,
            challenge=State.challenge,
            on_found=State.found,
            on_signed=State.signed,
            on_trouble=State.troubled,
        ),
        rx.el.p("请插入CA登录", class_name="text-lg font-semibold"),
        rx.el.p(NEEDS_COMPUTER, class_name="text-base text-ink-700 sm:hidden"),
        rx.el.div(
            rx.cond(
                State.trouble != "",
                rx.el.div(
                    notice("bad", State.trouble, rx.el.p(text_link("检查驱动和证书", "/login/ca-driver"))),
                    focus_when(State.failures, "ca-trouble"),
                    tab_index=-1,
                    custom_attrs={"id": "ca-trouble"},
                ),
            ),
            role="alert",
            class_name="empty:hidden",
        ),
        rx.cond(State.stage == "choosing", _choice()),
        rx.el.div(_progress(), role="status", class_name="flex flex-col gap-2 empty:hidden"),
        button(
            "登录",
            on_click=State.begin,
            loading=_WORKING | (State.stage == "passed"),
            loading_label="正在登录……",
            full=True,
            id="login-ca",
        ),
        rx.cond(
            State.stage == "signing",
            button("取消", kind="secondary", on_click=State.cancel, full=True),
        ),
        rx.el.p(text_link("如果您还未下载驱动,请先下载驱动", "/login/ca-driver")),
    )


def _progress() -> rx.Component:
    return rx.match(
        State.stage,
        ("looking", rx.el.p("正在查找 USB Key……")),
        (
            "signing",
            rx.fragment(
                rx.el.p("请在驱动的窗口中核对网站并输入 PIN 码。PIN 码只在驱动中输入，本页面不会索要。"),
                rx.el.p(
                    countdown(State.until, before="请在 ", after=" 内完成", ended="已超时", now_epoch_ms=State.now_ms)
                ),
            ),
        ),
        ("judging", rx.el.p("正在验证证书……")),
        rx.fragment(),
    )


def _choice() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("请选择证书", class_name="text-base"),
        rx.cond(
            State.more,
            rx.el.p(
                f"证书较多，只列出前 {MOST_KEYS} 个；没有列出的，请拔下其他 USB Key 后重新登录。", class_name="text-sm"
            ),
        ),
        rx.foreach(State.keys, _one),
        focus_when(State.stage == "choosing", "ca-choice"),
        custom_attrs={"id": "ca-choice", "tabIndex": -1},
        class_name="flex flex-col gap-2",
    )


def _one(key: rx.Var[dict[str, str]]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="certificate",
            value=key["id"],
            default_checked=State.chosen == key["id"],
            on_change=State.choose(key["id"]),
            class_name="size-icon shrink-0 accent-brand-600 mt-1",
        ),
        rx.el.span(
            rx.el.span(key["name"], class_name="block wrap-anywhere"),
            rx.el.span(
                "发证机构：" + key["issuer"],
                rx.cond(key["until"] != "", rx.el.span("，有效期至", key["until"], class_name="whitespace-nowrap")),
                class_name="block text-sm text-ink-500",
            ),
        ),
        class_name="flex items-start gap-2 min-h-control text-base",
    )
