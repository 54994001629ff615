"""Showing one of several contents, and going on showing it while the server is away."""

from collections.abc import Mapping

import reflex as rx

from jsrs_portal.components.kit import Kit


class Steady(Kit):
    """Remembers the last ``value`` that was not empty."""

    tag = "Steady"
    alias = "KitSteady"
    value: rx.Var[str]


class SteadyCase(Kit):
    """Shows its children while the remembered value is ``when``."""

    tag = "SteadyCase"
    alias = "KitSteadyCase"
    when: rx.Var[str]


class OnceLoaded(Kit):
    """Shows its children from the moment on at which ``loaded`` was first true, ``waiting`` before."""

    tag = "OnceLoaded"
    alias = "KitOnceLoaded"
    loaded: rx.Var[bool]
    waiting: rx.Var[rx.Component]


def steady(value: rx.Var[str], contents: Mapping[str, rx.Component], waiting: rx.Component) -> rx.Component:
    """Return the content whose key ``value`` is, ``waiting`` before there was any.

    After a reconnection the state starts empty until the page has loaded; what was typed must outlast that.
    """
    cases = [SteadyCase.create(content, when=key) for key, content in (*contents.items(), ("", waiting))]
    return Steady.create(*cases, value=value)


def once_loaded(*children: rx.Component, waiting: rx.Component) -> rx.Component:
    """Show ``waiting`` until the page has its data, then the children, also while the server is away.

    For a form whose values the server keeps: what the state held before may be older.
    """
    return OnceLoaded.create(rx.fragment(*children), loaded=rx.State.is_hydrated, waiting=waiting)
