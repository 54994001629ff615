"""Text that comes with headings, lists and tables of its own (an announcement)."""

import reflex as rx


def rich_text(html: rx.Var[str]) -> rx.Component:
    """Return HTML that :func:`jsrs_portal.domain.rich_text.to_html` made, and nothing else, in our type and spacing."""
    return rx.html(html, class_name="rich")
