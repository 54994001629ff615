"""The warning before a session ends, in the frame of every page; the script is in ``assets/session.jsx``."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import DIALOG, DIALOG_HEAD, Flag, Handler, Number, Text
from jsrs_portal.components.controls import button_class
from jsrs_portal.settings import get_settings


class SessionClock(rx.Component):
    """Watches the end of a session and asks, in all tabs of the browser, whether to stay."""

    library = "$/public/session.jsx"
    tag = "SessionClock"
    alias = "KitSessionClock"
    loaded: rx.Var[bool]
    mark: rx.Var[str]
    until: rx.Var[int]
    now: rx.Var[int]
    final: rx.Var[bool]
    lead: rx.Var[int]
    words: rx.Var[dict[str, str]]
    classes: rx.Var[dict[str, Any]]
    on_ask: rx.EventHandler[rx.event.no_args_event_spec]
    on_stay: rx.EventHandler[rx.event.no_args_event_spec]
    on_leave: rx.EventHandler[rx.event.no_args_event_spec]


def session_clock(
    *,
    loaded: Flag,
    mark: Text,
    until_epoch_ms: Number,
    now_epoch_ms: Number,
    final: Flag,
    warning_ms: int,
    on_ask: Handler,
    on_stay: Handler,
    on_leave: Handler,
) -> rx.Component:
    """Return what warns ``warning_ms`` before ``until_epoch_ms``; nothing is shown until then.

    ``mark`` names the session (empty: nobody is signed in), ``now_epoch_ms`` is the server's clock when it said so.
    ``final``: this end cannot be put off. ``on_ask`` must have the server say the end anew without putting it off,
    ``on_stay`` puts it off, ``on_leave`` logs out.
    """
    words = {
        "title": "即将自动退出",
        "idle": "您已较长时间没有操作。为保护账户安全，系统将自动退出登录，尚未提交的内容可能丢失。",
        "final": f"本次登录即将达到最长时间（{get_settings().session_absolute_hours} 小时），届时需要重新登录。"
        "请尽快保存或提交正在办理的内容。",
        "before": "还剩 ",
        "after": "。",
        "ended": "正在退出……",
        "stay": "继续使用",
        "read": "知道了",
        "leave": "退出登录",
    }
    classes = {
        "dialog": {"className": f"{DIALOG} max-w-field", "headClass": DIALOG_HEAD},
        "text": "text-lg",
        "actions": "flex flex-wrap gap-3",
        "stay": button_class(),
        "leave": button_class("secondary"),
    }
    return SessionClock.create(
        loaded=loaded,
        mark=mark,
        until=until_epoch_ms,
        now=now_epoch_ms,
        final=final,
        lead=warning_ms,
        words=words,
        classes=classes,
        on_ask=on_ask,
        on_stay=on_stay,
        on_leave=on_leave,
    )
