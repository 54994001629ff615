"""Buttons, links and icons."""

from typing import Any, Literal

import reflex as rx
from reflex_components_core.el.elements.inline import A
from reflex_components_core.react_router.dom import ReactRouterLink

from jsrs_portal.components.behaviour import Flag, Handler, Text, opened_by

Kind = Literal["primary", "secondary", "quiet", "danger"]

_SHAPE = (
    "inline-flex items-center justify-center gap-2 min-h-control px-4 py-1 rounded-control border text-base "
    "text-center transition-colors "
)
_DISABLED = "disabled:bg-canvas disabled:text-ink-500 disabled:border-line "
_KINDS: dict[str, str] = {
    "primary": "border-brand-600 bg-brand-600 text-surface hover:bg-brand-700",
    "secondary": "border-brand-600 bg-surface text-brand-600 hover:bg-brand-50",
    "quiet": "border-transparent text-brand-600 hover:bg-brand-50",
    "danger": "border-bad bg-surface text-bad hover:bg-bad-50",
}
LINK = "text-brand-600 underline underline-offset-4 decoration-1 hover:text-brand-700 hover:decoration-2"


def button_class(kind: Kind = "primary", *, full: bool = False) -> str:
    """Return the classes of a button, for what only looks like one."""
    return _SHAPE + _DISABLED + _KINDS[kind] + (" w-full" if full else "")


def icon(name: str, *, class_name: str = "") -> rx.Component:
    """Return a lucide icon of 20 px, larger in large print. It is decoration: a word stands beside it."""
    return rx.icon(name, class_name=f"size-icon shrink-0 {class_name}".strip(), aria_hidden="true")


def button(
    label: Text | rx.Component,
    *,
    kind: Kind = "primary",
    on_click: Handler | None = None,
    type: Literal["button", "submit", "reset"] = "button",
    loading: Flag = False,
    loading_label: Text = "正在处理……",
    disabled: Flag = False,
    icon_name: str = "",
    full: bool = False,
    id: str = "",
    describes: Text | None = None,
) -> rx.Component:
    """Return a button. While ``loading`` it is disabled and shows ``loading_label`` with a turning icon.

    ``label`` is a verb; ``describes`` replaces the spoken name where several buttons on a page have the same label
    (it must begin with the label). ``full`` makes it as wide as its column. Submit buttons have ``type="submit"``.
    """
    still: list[Any] = [*([icon(icon_name)] if icon_name else []), label]
    busy = rx.fragment(icon("loader_circle", class_name="turning"), loading_label)
    always_still = loading is False
    attributes: dict[str, Any] = {} if on_click is None else {"on_click": on_click}
    if describes is not None:
        attributes["aria_label"] = describes
    if id:
        attributes["custom_attrs"] = {"id": id}
    if not always_still:
        attributes["aria_busy"] = loading
    if disabled is not False or not always_still:
        attributes["disabled"] = disabled if always_still else (rx.Var.create(disabled) | rx.Var.create(loading))
    return rx.el.button(
        *(still if always_still else [rx.cond(loading, busy, rx.fragment(*still))]),
        type=type,
        class_name=button_class(kind, full=full),
        **attributes,
    )


def leave_button(label: Text = "取消") -> rx.Component:
    """Return the button that leaves a dialog as its 「关闭」 does, with its question where it has one."""
    return rx.el.button(label, type="button", class_name=button_class("secondary"), custom_attrs={"data-close": "yes"})


def asking(label: Text, sentence: Text, *, title: str, yes: Text, no: Text, on_yes: Handler) -> rx.Component:
    """Return a button like a link (``label``) that asks before it does what cannot be undone."""
    leaving = {"type": "button", "custom_attrs": {"data-close": "yes"}}
    return opened_by(
        rx.el.p(sentence, class_name="text-base text-ink-700"),
        actions(
            rx.el.button(yes, on_click=on_yes, class_name=button_class("danger"), **leaving),
            rx.el.button(no, class_name=button_class("secondary"), **leaving),
        ),
        label=rx.el.span(label),
        title=title,
        trigger_class=LINK,
    )


def _is_internal(href: Text) -> bool:
    """Return whether an address is a page of ours; an address in a Var is taken to be one."""
    return not isinstance(href, str) or (href.startswith("/") and not href.startswith("//"))


def anchor(*children: Any, href: Text, class_name: str = "", reload: bool = False, **props: Any) -> rx.Component:
    """Return a bare link: within the portal without loading the document again, elsewhere in a new window.

    ``reload=True`` loads the document: for the session's routes, files and everything that is not a page.
    """
    # rx.el.a would make every link one of React Router's, which changes the address for "#…" too.
    if isinstance(href, str) and href.startswith("#"):
        return A.create(*children, href=href, class_name=class_name, **props)
    if _is_internal(href):
        if reload:
            return A.create(*children, href=href, class_name=class_name, **props)
        return ReactRouterLink.create(*children, to=href, class_name=class_name, **props)
    away = rx.el.span("（在新窗口打开）", class_name="sr-only")
    return A.create(
        *children, away, href=href, target="_blank", rel="noopener noreferrer", class_name=class_name, **props
    )


def text_link(label: Text, href: Text, *, reload: bool = False) -> rx.Component:
    """Return a link in running text."""
    return anchor(label, href=href, class_name=LINK, reload=reload)


def button_link(
    label: Text,
    href: Text,
    *,
    kind: Kind = "primary",
    icon_name: str = "",
    full: bool = False,
    reload: bool = False,
) -> rx.Component:
    """Return a link that looks like a button: it goes somewhere, a button does something."""
    parts = [*([icon(icon_name)] if icon_name else []), label]
    return anchor(*parts, href=href, class_name=button_class(kind, full=full), reload=reload)


def text_button(label: Text, on_click: Handler, *, disabled: Flag = False) -> rx.Component:
    """Return a button that looks like a link, for a small action within text (「如何扫码?」, 「重新发送」)."""
    return rx.el.button(
        label, type="button", on_click=on_click, disabled=disabled, class_name=f"{LINK} disabled:text-ink-500"
    )


def actions(*buttons: rx.Component) -> rx.Component:
    """Return a row of buttons, the primary first; one below the other on a phone."""
    return rx.el.div(*buttons, class_name="flex flex-col gap-3 @sm:flex-row @sm:flex-wrap")
