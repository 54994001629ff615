"""Tables that are cards where it is narrow: every cell has its column's name there."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

_CELL = "block min-w-0 @3xl:table-cell @3xl:align-top @3xl:border-b @3xl:border-line @3xl:px-3 @3xl:py-3"
_HEAD = "px-3 py-2 text-left text-base font-semibold whitespace-nowrap text-ink-700 border-b border-line"


def table(label: str, heads: Sequence[str], rows: Any) -> rx.Component:
    """Return a table whose spoken name is ``label``; ``rows`` are made by :func:`table_row`.

    It stands in a ``@container``: below ``@3xl`` its rows are cards.
    """
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                *[rx.el.th(head, scope="col", role="columnheader", class_name=_HEAD) for head in heads], role="row"
            ),
            role="rowgroup",
            class_name="sr-only @3xl:not-sr-only @3xl:table-header-group",
        ),
        rx.el.tbody(rows, role="rowgroup", class_name="flex flex-col gap-4 @3xl:table-row-group"),
        role="table",
        aria_label=label,
        class_name="block w-full @3xl:table",
    )


def table_row(*cells: rx.Component, key: Any) -> rx.Component:
    """Return a row of cells."""
    return rx.el.tr(
        *cells,
        role="row",
        key=key,
        class_name="flex flex-col gap-2 rounded-card border border-line p-4 text-base "
        "@3xl:table-row @3xl:border-0 @3xl:p-0",
    )


def cell(label: str, *content: Any, whole: bool = False) -> rx.Component:
    """Return a cell; in a card its column's name stands above it, beside it where there is room.

    ``whole`` keeps it on one line in the table.
    """
    name = rx.el.span(label, class_name="shrink-0 text-sm text-ink-500 @md:w-label @3xl:hidden", aria_hidden="true")
    return bare_cell(
        rx.el.div(
            name,
            rx.el.div(*content, class_name="min-w-0 break-words" + (" @3xl:whitespace-nowrap" if whole else "")),
            class_name="flex flex-col @md:flex-row @md:items-baseline @md:gap-3",
        )
    )


def bare_cell(*content: Any) -> rx.Component:
    """Return a cell that needs no name, such as a tick box."""
    return rx.el.td(*content, role="cell", class_name=_CELL)
