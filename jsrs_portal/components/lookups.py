"""A field that chooses one of very many codes, looked for on the server: a combobox (WAI-ARIA), see ``kit.jsx``."""

from typing import Any

import reflex as rx

from jsrs_portal.components import kit
from jsrs_portal.components.behaviour import Flag, Handler, Text
from jsrs_portal.components.fields import CONTROL, framed, tied

_LOOKS = {
    "form": "relative",
    "field": f"{CONTROL} bg-surface",
    "list": "absolute inset-x-0 top-full z-30 mt-1 max-h-panel overflow-y-auto rounded-card border border-line "
    "bg-surface p-2 shadow-float",
    "option": "flex min-h-control flex-col justify-center rounded-control px-3 py-1 text-base cursor-pointer "
    "hover:bg-brand-50",
    "chosen": "flex min-h-control flex-col justify-center rounded-control px-3 py-1 text-base cursor-pointer "
    "bg-brand-50 text-brand-700",
    "kind": "text-sm text-ink-500",
    "none": "mt-1 text-sm text-ink-700",
}


def lookup_field(
    label: Text,
    name: Text,
    *,
    value: Text,
    found: Any,
    found_for: Text,
    on_ask: Handler,
    required: Flag = False,
    error: Text | None = None,
    hint: Text | None = None,
    placeholder: str = "请输入代码、名称或拼音首字母",
) -> rx.Component:
    """Return a labelled field with a list of codes that fit what is typed; it sends its text as ``name``.

    ``on_ask`` is called with what is typed, after a pause, and with an empty text for the list from its start;
    ``found`` are the answers for ``found_for``, each with ``label`` and ``note``.
    """
    control = kit.LookupField.create(
        name=name,
        label=rx.Var.create(f"{label}的选项"),
        placeholder=placeholder,
        value=value,
        found=found,
        found_for=found_for,
        none="没有符合的选项，请换一个代码、名称或拼音首字母。",
        some="个选项，用上下方向键选择。",
        classes=_LOOKS,
        on_ask=on_ask,
        **tied(name, hint, error, required),
    )
    return framed(name, label, control, hint, error, required)
