"""Leaving for a whole new document, which Reflex's own redirect never loads within one host."""

import reflex as rx

from jsrs_portal.components.kit import Kit


class Departure(Kit):
    """``to``: an address of this portal; as soon as it is not empty the browser loads it."""

    tag = "Departure"
    alias = "KitDeparture"
    to: rx.Var[str]


def departure(to: rx.Var[str]) -> rx.Component:
    """Return what watches ``to`` and follows it; nothing is shown."""
    return Departure.create(to=to)
