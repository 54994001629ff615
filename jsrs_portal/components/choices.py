"""Fields that choose: a list, a tick box, one of few. The same frame as :mod:`.fields`."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import Flag, Text, given
from jsrs_portal.components.controls import icon
from jsrs_portal.components.fields import CONTROL, error_of, framed, hint_of, tied

Options = Sequence[tuple[str, str]] | rx.Var[list[dict[str, str]]]
"""Choices as (value, label), or a Var of ``{"value": …, "label": …}``."""


def _options(options: Options) -> list[rx.Component]:
    if isinstance(options, rx.Var):
        return [rx.foreach(options, lambda o: rx.el.option(o["label"], value=o["value"]))]
    return [rx.el.option(label, value=value) for value, label in options]


def select_field(
    label: Text,
    name: Text,
    options: Options,
    *,
    default_value: Text | None = None,
    blank: str = "",
    error: Text | None = None,
    hint: Text | None = None,
    required: Flag = True,
    disabled: Flag = False,
    id: Text = "",
    **events: Any,
) -> rx.Component:
    """Return a labelled choice from a list. ``blank`` is the first, empty choice (「请选择」)."""
    id = id if isinstance(id, rx.Var) else id or name
    # A select takes its default only when it is made: the key makes it anew when the default arrives.
    control = rx.el.div(
        rx.el.select(
            *([rx.el.option(blank, value="")] if blank else []),
            *_options(options),
            name=name,
            class_name=CONTROL + " bg-surface appearance-none pr-12",
            **given(default_value=default_value, key=default_value),
            disabled=disabled,
            **tied(id, hint, error, required),
            **events,
        ),
        icon("chevron_down", class_name="absolute right-3 inset-y-0 my-auto pointer-events-none text-ink-700"),
        class_name="relative",
    )
    return framed(id, label, control, hint, error, required)


def checkbox_field(
    name: str,
    *label: Any,
    error: Text | None = None,
    default_checked: Flag = False,
    value: str = "yes",
    id: str = "",
    **events: Any,
) -> rx.Component:
    """Return a tick box; the label may hold links, which stay links. Submitted as ``value`` when ticked."""
    id = id or name
    box = rx.el.input(
        type="checkbox",
        name=name,
        value=value,
        default_checked=default_checked,
        class_name="size-6 shrink-0 accent-brand-600",
        **tied(id, None, error, False),
        **events,
    )
    words = rx.el.label(box, rx.el.span(*label), class_name="flex items-start gap-2 w-fit text-base")
    return rx.el.div(words, *error_of(id, error), class_name="flex flex-col gap-1 max-w-field")


def checkboxes_field(
    label: Text,
    id: str,
    options: Sequence[tuple[str, str]],
    *,
    checked: rx.Var[list[str]],
    prefix: str = "",
    error: Text | None = None,
    hint: Text | None = None,
) -> rx.Component:
    """Return a choice of any number of few, all in sight; each is submitted as ``prefix`` + its key when ticked.

    An error links to the first, which has the ``id``. ``checked`` holds the keys that are ticked to begin with.
    """
    ties = tied(id, hint, error, False)
    described = {"aria_describedby": ties["aria_describedby"]} if "aria_describedby" in ties else {}
    boxes = [
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name=prefix + key,
                value="yes",
                default_checked=checked.to(list[str]).contains(key),
                class_name="size-6 shrink-0 accent-brand-600",
                custom_attrs={"id": id if i == 0 else f"{id}-{i}"},
                **given(aria_invalid=ties.get("aria_invalid") if i == 0 else None),
            ),
            text,
            class_name="flex items-center gap-2 min-h-control pr-4 text-base",
        )
        for i, (key, text) in enumerate(options)
    ]
    return rx.el.fieldset(
        rx.el.legend(label, class_name="text-base"),
        *hint_of(id, hint),
        rx.el.div(*boxes, class_name="flex flex-wrap gap-x-4"),
        *error_of(id, error),
        class_name="max-w-field",
        **described,
    )


def radio_field(
    label: Text,
    name: str,
    options: Sequence[tuple[str, str]],
    *,
    default_value: Text = "",
    error: Text | None = None,
    hint: Text | None = None,
    wide: bool = False,
    **events: Any,
) -> rx.Component:
    """Return a choice of few, all in sight, in one row of the whole width if ``wide``. An error links to the first."""
    ties = tied(name, hint, error, True)
    described = {"aria_describedby": ties["aria_describedby"]} if "aria_describedby" in ties else {}
    choices = [
        rx.el.label(
            rx.el.input(
                type="radio",
                name=name,
                value=value,
                default_checked=default_value == value,
                class_name="size-icon shrink-0 accent-brand-600",
                custom_attrs={"id": name if i == 0 else f"{name}-{i}"},
                **events,
            ),
            text,
            class_name="flex items-center gap-2 min-h-control pr-4 text-base",
        )
        for i, (value, text) in enumerate(options)
    ]
    return rx.el.fieldset(
        rx.el.legend(label, class_name="text-base"),
        *hint_of(name, hint),
        rx.el.div(*choices, class_name="flex flex-wrap gap-x-4"),
        *error_of(name, error),
        class_name="" if wide else "max-w-field",
        **described,
    )


def radio_cards(
    label: Text,
    name: str,
    options: rx.Var[list[dict[str, str]]],
    *,
    default_value: rx.Var[str],
    error: Text | None = None,
    hint: Text | None = None,
) -> rx.Component:
    """Return a choice of some, each whole in a card of its own: ``label`` and ``more`` below. An error links to the
    first."""
    ties = tied(name, hint, error, True)
    described = {"aria_describedby": ties["aria_describedby"]} if "aria_describedby" in ties else {}

    def one(option: Any, number: Any) -> rx.Component:
        control = rx.el.input(
            type="radio",
            name=name,
            value=option["value"],
            default_checked=default_value == option["value"],
            class_name="mt-1 size-icon shrink-0 accent-brand-600",
            custom_attrs={"id": rx.cond(number == 0, name, name + "-" + number.to(str))},
            **given(aria_invalid=ties.get("aria_invalid")),
        )
        words = rx.el.span(
            rx.el.span(option["label"], class_name="block"),
            rx.el.span(option["more"], class_name="block text-ink-700"),
            class_name="min-w-0 break-words",
        )
        look = "flex min-h-control gap-2 rounded-control border border-line p-3 text-base has-checked:border-brand-600"
        return rx.el.label(control, words, key=option["value"], class_name=look + " has-checked:bg-brand-50")

    return rx.el.fieldset(
        rx.el.legend(label, class_name="text-base"),
        *hint_of(name, hint),
        rx.el.div(rx.foreach(options, one), class_name="mt-1 flex flex-col gap-2"),
        *error_of(name, error),
        class_name="max-w-field",
        **described,
    )
