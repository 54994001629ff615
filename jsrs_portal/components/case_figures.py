"""The figures of a home page and what comes next, alike for units, institutions and persons (R-2.6.1)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import anchor, button_class, icon
from jsrs_portal.components.feedback import badge, card

_FIGURES = (
    ("办理中", "已提交、等待办理的办件", "loader", "open"),
    ("已办结", "已经办理完毕的办件", "circle_check", "done"),
    ("待评价", "已办结、等您评价的办件", "star", "rate"),
)
_TILE = "flex h-full flex-col gap-1 rounded-card border border-line bg-surface p-4 hover:bg-brand-50"


def case_figures(figures: Any, path: str) -> rx.Component:
    """Return 「办理中」 n 「已办结」 n 「待评价」, each leading to its part of the list at ``path``."""
    numbers = {"办理中": figures.going_on, "已办结": figures.done, "待评价": figures.to_rate}
    tiles = [
        rx.el.li(
            anchor(
                rx.el.span(icon(sign), label, class_name="flex items-center gap-2 text-base text-ink-700"),
                _number(numbers[label]),
                rx.el.span(explained, class_name="text-sm text-ink-500"),
                href=f"{path}?status={group}",
                class_name=_TILE,
            )
        )
        for label, explained, sign, group in _FIGURES
    ]
    return rx.el.section(
        rx.el.ul(*tiles, class_name="grid grid-cols-1 gap-4 @xl:grid-cols-3"),
        aria_label="办件",
        class_name="flex flex-col gap-2",
    )


def _number(number: Any) -> rx.Component:
    dash = rx.el.span("—", aria_hidden="true")
    shown = rx.cond(number != "", rx.el.span(number, " 件"), dash)
    return rx.el.span(shown, class_name="text-3xl font-semibold leading-heading")


def next_step(one: Any) -> rx.Component:
    """Return one thing to do, with its end and the way there."""
    whose = rx.el.span("：", one.what, class_name="sr-only")
    way = anchor(one.action, whose, href=one.href, class_name=button_class("secondary"))
    return rx.el.li(
        rx.el.div(
            rx.el.p(one.what, class_name="text-base"),
            rx.el.p(
                rx.cond(one.urgent, badge("warn", "即将到期")),
                rx.el.span(one.when),
                class_name="flex flex-wrap items-center gap-2 text-sm text-ink-700",
            ),
            class_name="flex min-w-0 flex-1 flex-col gap-1",
        ),
        way,
        class_name="flex flex-col gap-3 border-b border-line py-3 last:border-b-0 @xl:flex-row @xl:items-center",
    )


def steps_card(steps: Any) -> rx.Component:
    """Return what is to be done, on a card of its own; nothing where there is nothing."""
    return rx.cond(steps.length() > 0, card(rx.el.ul(rx.foreach(steps, next_step)), title="接下来"))
