"""The steps across the top of a wizard."""

from collections.abc import Sequence

import reflex as rx

from jsrs_portal.components.behaviour import Number
from jsrs_portal.components.controls import icon

_MANY = 5
"""So many steps need the width of a page for their words."""


def _as_var(current: Number) -> rx.vars.NumberVar:
    return rx.Var.create(current).to(int)


def steps(titles: Sequence[str], current: Number) -> rx.Component:
    """Return the steps with numbers and words; ``current`` counts from 1, more than there are means all are done.

    On a phone they become 「第 2 步，共 4 步」 with the step's name; where they are many, on a tablet as well.
    """
    now = _as_var(current)
    count = len(titles)
    narrow_until, wide_from = ("@xl:hidden", "@xl:flex") if count < _MANY else ("@3xl:hidden", "@3xl:flex")
    shown = rx.cond(now > count, count, now).to(int)
    # Each narrow line is in the page and one is shown: a Var cannot index a Python list.
    name = rx.match(shown, *[(i, title) for i, title in enumerate(titles, 1)], "")
    narrow = rx.el.p(
        rx.el.span("第 ", shown, f" 步，共 {count} 步", class_name="text-sm text-ink-700"),
        rx.el.span(name, class_name="block text-lg font-semibold"),
        class_name=f"border-l-4 border-brand-600 pl-3 {narrow_until}",
    )
    wide = rx.el.ol(
        *[_step(i, title, now, count) for i, title in enumerate(titles, 1)],
        class_name=f"hidden {wide_from}",
    )
    return rx.el.nav(narrow, wide, aria_label="办理步骤", class_name="@container")


def _step(number: int, title: str, now: rx.vars.NumberVar, count: int) -> rx.Component:
    done = now > number
    here = now == number
    circle = rx.el.span(
        rx.cond(done, icon("check"), number),
        class_name=[
            "flex size-8 shrink-0 items-center justify-center rounded-full border-2 text-base",
            rx.cond(
                done,
                "border-brand-600 bg-surface text-brand-600",
                rx.cond(here, "border-brand-600 bg-brand-600 text-surface", "border-edge bg-surface text-ink-500"),
            ),
        ],
    )
    line = rx.el.span(
        class_name=["h-0 flex-1 border-t-2", rx.cond(done, "border-brand-600", "border-dashed border-edge")],
        aria_hidden="true",
    )
    words = rx.el.span(
        title,
        rx.el.span(rx.cond(done, "（已完成）", rx.cond(here, "（当前步骤）", "（未开始）")), class_name="sr-only"),
        class_name=rx.cond(here, "font-semibold text-ink-900", "text-ink-700"),
    )
    last = number == count
    return rx.el.li(
        circle,
        words,
        *([] if last else [line]),
        aria_current=rx.cond(here, "step", "false"),
        class_name="flex items-center gap-2 text-base pr-2 " + ("" if last else "flex-1"),
    )
