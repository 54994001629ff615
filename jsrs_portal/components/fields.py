"""Form fields: label, hint and error tied together. Inputs are uncontrolled; the form submits them once.

A field's ``id`` is its ``name``, so that an error summary can link to it. Where two forms on one page share a
name, give one of them another ``id``. Required fields carry no mark, the others say 「选填」.
"""

from collections.abc import Sequence
from typing import Any, Literal

import reflex as rx
from reflex_components_core.el.elements.inline import A

from jsrs_portal.components.behaviour import (
    Flag,
    Handler,
    Number,
    Text,
    focus_when,
    given,
    reveal_button,
    timed_button,
)
from jsrs_portal.components.controls import LINK, button_class, icon

CONTROL = (
    "block w-full min-h-control rounded-control border border-edge px-3 py-1 text-base text-ink-900 "
    "hover:border-brand-600 aria-invalid:border-bad aria-invalid:bg-bad-50 disabled:bg-canvas"
)
InputType = Literal["text", "tel", "email", "date", "month", "number", "search", "url"]
Errors = rx.Var[list[dict[str, str]]]
"""What a form found wrong: ``[{"field": "uscc", "message": "请填写……"}, …]``, in the order of the fields."""


def hint_of(id: Text, hint: Text | None) -> list[rx.Component]:
    return [] if hint is None else [rx.el.p(hint, id=f"{id}-hint", class_name="text-sm text-ink-500 empty:hidden")]


def error_of(id: Text, error: Text | None) -> list[rx.Component]:
    if error is None:
        return []
    shown = rx.fragment(icon("circle_alert"), rx.el.span(rx.el.span("错误：", class_name="sr-only"), error))
    return [
        rx.el.p(
            rx.cond(error != "", shown) if isinstance(error, rx.Var) else (shown if error else None),
            custom_attrs={"id": f"{id}-error"},
            class_name="flex items-center gap-1 text-sm text-bad empty:hidden",
        )
    ]


def tied(id: Text, hint: Text | None, error: Text | None, required: Flag) -> dict[str, Any]:
    """Return the attributes that tie a control to its label, hint and error."""
    # The id goes in as a plain attribute: as a prop it would cost a React ref and a second form value.
    ties: dict[str, Any] = {"custom_attrs": {"id": id}}
    described = [f"{id}-hint"] * (hint is not None) + [f"{id}-error"] * (error is not None)
    if described:
        ties["aria_describedby"] = " ".join(described)
    if isinstance(error, rx.Var):
        ties["aria_invalid"] = rx.cond(error != "", "true", "false")
    elif error:
        ties["aria_invalid"] = "true"
    if isinstance(required, rx.Var):
        ties["aria_required"] = rx.cond(required, "true", "false")
    elif required:
        ties["aria_required"] = "true"
    return ties


def optional_mark(required: Flag) -> list[rx.Component]:
    """Return 「选填」 for what need not be answered."""
    mark = rx.el.span("（选填）", class_name="text-ink-500")
    if isinstance(required, rx.Var):
        return [rx.cond(required, rx.fragment(), mark)]
    return [] if required else [mark]


def label_of(id: Text, label: Text, required: Flag) -> rx.Component:
    return rx.el.label(label, *optional_mark(required), html_for=id, class_name="block w-fit text-base")


def framed(
    id: Text, label: Text, control: rx.Component, hint: Text | None, error: Text | None, required: Flag
) -> rx.Component:
    return rx.el.div(
        label_of(id, label, required),
        *hint_of(id, hint),
        control,
        *error_of(id, error),
        class_name="flex flex-col gap-1 max-w-field",
    )


def form(*children: rx.Component, on_submit: Handler, id: str = "") -> rx.Component:
    """Return a form in one column, without the browser's own messages: ours are said by the server, once.

    ``on_submit`` receives a dictionary name → text.
    """
    return rx.el.form(
        *children,
        on_submit=on_submit,
        no_validate=True,
        method="post",  # before the script is there the browser would write a password into the address
        class_name="flex flex-col gap-6",
        **given(custom_attrs={"id": id} if id else None),
    )


def field(
    label: Text,
    name: Text,
    *,
    type: InputType = "text",
    default_value: Text | None = None,
    error: Text | None = None,
    hint: Text | None = None,
    required: Flag = True,
    autocomplete: str = "off",
    inputmode: Text = "",
    placeholder: Text = "",
    max_length: int = 0,
    read_only: Flag = False,
    disabled: Flag = False,
    id: Text = "",
    **events: Any,
) -> rx.Component:
    """Return a labelled input. ``default_value`` may arrive later: it shows unless the user has typed.

    ``error`` is a Var that is empty while all is well. ``autocomplete`` takes the browser's words (``tel``,
    ``username``, ``current-password``…); ``inputmode="numeric"`` opens the number pad. More events go through.
    """
    id = id if isinstance(id, rx.Var) else id or name
    control = rx.el.input(
        name=name,
        type=type,
        auto_complete=autocomplete,
        class_name=f"{CONTROL} bg-surface read-only:bg-canvas",
        disabled=disabled,
        **given(
            default_value=default_value,
            input_mode=inputmode if isinstance(inputmode, rx.Var) else inputmode or None,
            placeholder=placeholder if isinstance(placeholder, rx.Var) else placeholder or None,
            max_length=max_length or None,
            read_only=None if read_only is False else read_only,
        ),
        **tied(id, hint, error, required),
        **events,
    )
    return framed(id, label, control, hint, error, required)


def password_field(
    label: Text,
    name: str,
    *,
    error: Text | None = None,
    hint: Text | None = None,
    autocomplete: str = "current-password",
    placeholder: str = "",
    id: str = "",
) -> rx.Component:
    """Return a password input with 「显示」/「隐藏」; ``autocomplete="new-password"`` where one is chosen."""
    id = id or name
    control = rx.el.div(
        rx.el.input(
            name=name,
            type="password",
            auto_complete=autocomplete,
            class_name=CONTROL + " bg-surface pr-16",
            spell_check=False,
            **given(placeholder=placeholder or None),
            **tied(id, hint, error, True),
        ),
        reveal_button(id),
        class_name="relative",
    )
    return framed(id, label, control, hint, error, True)


def password_again(error: Text | None, *, label: Text = "确认密码") -> rx.Component:
    """Return the second typing of a chosen password, the field ``confirmation``."""
    return password_field(label, "confirmation", autocomplete="new-password", placeholder="请再次输入密码", error=error)


def textarea_field(
    label: Text,
    name: Text,
    *,
    rows: int = 4,
    default_value: Text | None = None,
    error: Text | None = None,
    hint: Text | None = None,
    required: Flag = True,
    max_length: int = 0,
    placeholder: str | None = None,
    id: Text = "",
) -> rx.Component:
    """Return a labelled field of several lines."""
    id = id if isinstance(id, rx.Var) else id or name
    control = rx.el.textarea(
        name=name,
        rows=rows,
        class_name=CONTROL + " bg-surface",
        **given(default_value=default_value, max_length=max_length or None, placeholder=placeholder),
        **tied(id, hint, error, required),
    )
    return framed(id, label, control, hint, error, required)


def code_field(
    name: str,
    on_send: Handler,
    *,
    until: Number,
    send_fields: Sequence[str] = ("phone",),
    label: Text = "短信验证码",
    send_label: Text = "获取验证码",
    pending: Flag = False,
    error: Text | None = None,
    hint: Text | None = None,
    now: Number = 0,
    id: str = "",
) -> rx.Component:
    """Return the input for a six-digit code with its send button, which counts down while ``until`` lies ahead.

    ``on_send`` receives ``{field: value}`` of ``send_fields``, the values now standing in the same form.
    """
    id = id or name
    control = rx.el.div(
        rx.el.input(
            name=name,
            type="text",
            input_mode="numeric",
            auto_complete="one-time-code",
            max_length=6,
            placeholder=f"请输入{label}" if isinstance(label, str) else "",
            class_name=CONTROL + " bg-surface flex-1 min-w-0",
            **tied(id, hint, error, True),
        ),
        timed_button(
            send_label,
            on_send,
            until,
            fields=send_fields,
            pending=pending,
            now_epoch_ms=now,
            class_name=button_class("secondary"),
            id=f"{id}-send",
        ),
        class_name="flex flex-col gap-2 @xs:flex-row",
    )
    return framed(id, label, control, hint, error, True)


def error_summary(
    errors: Errors, attempt: rx.Var[int], *, id: str = "errors", title: str = "请先改正以下内容"
) -> rx.Component:
    """Return the sum of a form's errors, each a link to its field. It takes the focus when ``attempt`` changes.

    ``attempt`` counts the submissions that failed, so that the same error twice is said twice.
    """
    box = rx.el.div(
        rx.el.h2(title, class_name="text-lg text-bad"),
        rx.el.ul(
            rx.foreach(
                errors,
                lambda e: rx.el.li(A.create(e["message"], href="#" + e["field"].to(str), class_name=LINK)),
            ),
            class_name="mt-2 flex flex-col gap-1",
        ),
        focus_when(attempt, id),
        role="group",
        tab_index=-1,
        aria_label=title,
        custom_attrs={"id": id},
        class_name="max-w-field rounded-card border border-bad bg-bad-50 p-4",
    )
    return rx.cond(errors.to(list[dict[str, str]]).length() > 0, box)
