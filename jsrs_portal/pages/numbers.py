"""Numbers that are longer than a line, and when a case was handed in once more."""

from itertools import accumulate
from typing import Any

import reflex as rx

from jsrs_portal.domain.receipts import NUMBER_PARTS


def case_number(number: Any) -> rx.Component:
    """Return a 办件编号 whose line breaks between its parts (§9.2) rather than anywhere; copied it has no blanks."""
    pieces: list[Any] = []
    first = 0
    for end in accumulate(NUMBER_PARTS):
        pieces += [number.to(str)[first:end], rx.el.wbr()]
        first = end
    return rx.el.span(*pieces, number.to(str)[first:], class_name="break-words tabular-nums")


def handed_in_again(when: Any) -> rx.Component:
    """Return when a case was handed in last, beside when it was first."""
    return rx.fragment("（最近一次提交：", when, "）")
