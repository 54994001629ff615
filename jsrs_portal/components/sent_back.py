"""Why a case was sent back: above everything, and beside the field that is to be corrected (R-2.6.3.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import icon
from jsrs_portal.components.feedback import notice


def sent_back_notice(why: Any) -> rx.Component:
    """Return the reason, what is to be corrected where, and the last day; nothing without a title."""
    told = notice(
        "warn",
        rx.cond(why.text != "", rx.el.p(why.text, class_name="whitespace-pre-line break-words")),
        rx.cond(
            why.remarks.length() > 0,
            rx.el.ul(
                rx.foreach(
                    why.remarks,
                    lambda row: rx.el.li(rx.el.strong(row.label), "：", row.value, class_name="break-words"),
                ),
                class_name="list-disc pl-6",
            ),
        ),
        rx.cond(why.until != "", rx.el.p(why.until)),
        title=why.title,
    )
    return rx.cond(why.title != "", told)


def remark(text: rx.Var[str]) -> rx.Component:
    """Return what is to be corrected at the field below; nothing for an empty text."""
    shown = rx.el.p(
        icon("message_square_warning", class_name="mt-1"),
        rx.el.span(rx.el.strong("需要更正："), text, class_name="min-w-0 break-words"),
        class_name="mb-1 flex max-w-field gap-2 rounded-control bg-warn-50 p-2 text-base text-warn",
    )
    return rx.cond(text != "", shown)
