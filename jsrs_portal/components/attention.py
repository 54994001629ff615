"""Where somebody's attention goes: keys of their own, messages that pass, a page that is no longer its browser's."""

import reflex as rx

from jsrs_portal.components import kit
from jsrs_portal.components.behaviour import STACK, Handler, Text


def one_role(told: rx.Var[bool], mark: rx.Var[str]) -> rx.Component:
    """Return what says that the role was left in another window: ``told`` so, or ``mark`` is another than at first.

    ``mark`` names the session that the page was filled for, empty for none. Part of every page's frame.
    """
    return kit.OneRole.create(
        told=told,
        mark=mark,
        title="身份已切换",
        sentence="您已在其他窗口切换身份或重新登录，本页内容属于之前的身份，在本页的操作不会执行。请刷新后按当前身份继续。",
        label="刷新",
        head_class="text-xl",
        button_class="self-start min-h-control px-4 rounded-control border border-brand-600 bg-brand-600 text-surface "
        "text-base hover:bg-brand-700",
        class_name=f"{STACK} m-auto in-window max-w-field p-6 rounded-card bg-surface text-ink-900 shadow-float",
    )


def passing(*children: rx.Component, text: rx.Var[str], on_next: Handler, class_name: Text) -> rx.Component:
    """Return a message whose words are ``text``; ``on_next`` is called when something else is done on the page.

    If what had the focus is gone when it appears, it takes the focus.
    """
    return kit.Passing.create(*children, text=text, on_next=on_next, class_name=class_name)


def on_enter(target: str, on_enter: Handler) -> rx.Component:
    """Have Enter in the field with the id ``target`` call ``on_enter`` with it, instead of sending its form."""
    return kit.OnEnter.create(target=target, on_enter=on_enter)
