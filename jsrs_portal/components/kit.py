"""The components of ``assets/kit.jsx`` as Reflex sees them; :mod:`.behaviour` gives them their looks and words."""

from typing import Any

import reflex as rx


def _form_values(values: rx.Var[dict[str, str]]) -> tuple[rx.Var[dict[str, str]]]:
    """Event spec: the named fields of the form as a dictionary."""
    return (values,)


def _now_and_before(
    values: rx.Var[dict[str, str]], before: rx.Var[dict[str, str]]
) -> tuple[rx.Var[dict[str, str]], rx.Var[dict[str, str]]]:
    """Event spec: what stands in the form, and what it began from."""
    return (values, before)


class Kit(rx.Component):
    """A component of ``assets/kit.jsx``."""

    library = "$/public/kit.jsx"


class Dialog(Kit):
    tag = "Dialog"
    alias = "KitDialog"
    open: rx.Var[bool]
    title: rx.Var[str]
    close_label: rx.Var[str]
    head_class: rx.Var[str]
    close_class: rx.Var[str]
    ask: rx.Var[str]
    begun: rx.Var[bool]
    stay_label: rx.Var[str]
    leave_label: rx.Var[str]
    ask_class: rx.Var[str]
    stay_class: rx.Var[str]
    leave_class: rx.Var[str]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]


class Sheet(Kit):
    tag = "Sheet"
    alias = "KitSheet"
    label: rx.Var[rx.Component]
    title: rx.Var[str]
    trigger_class: rx.Var[str]
    close_label: rx.Var[str]
    head_class: rx.Var[str]
    close_class: rx.Var[str]


class Disclosure(Kit):
    tag = "Disclosure"
    alias = "KitDisclosure"
    label: rx.Var[rx.Component]
    name: rx.Var[str]
    trigger_class: rx.Var[str]
    panel_class: rx.Var[str]


class Ticker(Kit):
    tag = "Ticker"
    alias = "KitTicker"
    every: rx.Var[int]
    active: rx.Var[bool]
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]


class Countdown(Kit):
    tag = "Countdown"
    alias = "KitCountdown"
    until: rx.Var[int]
    now: rx.Var[int]
    before: rx.Var[str]
    after: rx.Var[str]
    ended: rx.Var[str]
    on_end: rx.EventHandler[rx.event.no_args_event_spec]


class TimedButton(Kit):
    tag = "TimedButton"
    alias = "KitTimedButton"
    until: rx.Var[int]
    now: rx.Var[int]
    label: rx.Var[str]
    after: rx.Var[str]
    fields: rx.Var[list[str]]
    pending: rx.Var[bool]
    on_send: rx.EventHandler[_form_values]


class CopyButton(Kit):
    tag = "CopyButton"
    alias = "KitCopyButton"
    text: rx.Var[str]
    label: rx.Var[str]
    done: rx.Var[str]


class Reveal(Kit):
    tag = "Reveal"
    alias = "KitReveal"
    target: rx.Var[str]
    show: rx.Var[str]
    hide: rx.Var[str]


class Passing(Kit):
    tag = "Passing"
    alias = "KitPassing"
    text: rx.Var[str]
    on_next: rx.EventHandler[rx.event.no_args_event_spec]


class OneRole(Kit):
    tag = "OneRole"
    alias = "KitOneRole"
    told: rx.Var[bool]
    mark: rx.Var[str]
    title: rx.Var[str]
    sentence: rx.Var[str]
    label: rx.Var[str]
    head_class: rx.Var[str]
    button_class: rx.Var[str]


class OnEnter(Kit):
    tag = "OnEnter"
    alias = "KitOnEnter"
    target: rx.Var[str]
    on_enter: rx.EventHandler[_form_values]


class FormWatch(Kit):
    tag = "FormWatch"
    alias = "KitFormWatch"
    target: rx.Var[str]
    answered: rx.Var[int]
    failed: rx.Var[bool]
    anew: rx.Var[int]
    on_values: rx.EventHandler[_form_values]
    on_again: rx.EventHandler[_now_and_before]


class FocusWhen(Kit):
    tag = "FocusWhen"
    alias = "KitFocusWhen"
    when: rx.Var[Any]
    target: rx.Var[str]


class Unsaid(Kit):
    tag = "Unsaid"
    alias = "KitUnsaid"
    name: rx.Var[str]


class FocusOnChange(Kit):
    tag = "FocusOnChange"
    alias = "KitFocusOnChange"
    value: rx.Var[str]
    target: rx.Var[str]


class OnChange(Kit):
    tag = "OnChange"
    alias = "KitOnChange"
    value: rx.Var[int]
    on_turn: rx.EventHandler[rx.event.no_args_event_spec]


class DisplaySwitch(Kit):
    tag = "DisplaySwitch"
    alias = "KitDisplaySwitch"
    attribute: rx.Var[str]
    value: rx.Var[str]
    label: rx.Var[str]


class PrintButton(Kit):
    tag = "PrintButton"
    alias = "KitPrintButton"


class Download(Kit):
    tag = "Download"
    alias = "KitDownload"
    label: rx.Var[str]
    href: rx.Var[str]
    name: rx.Var[str]
    busy: rx.Var[str]
    failed: rx.Var[str]
    said_class: rx.Var[str]


class SaveState(Kit):
    tag = "SaveState"
    alias = "KitSaveState"
    target: rx.Var[str]
    saved: rx.Var[str]
    answered: rx.Var[int]
    failed: rx.Var[bool]
    changed: rx.Var[str]
    sending: rx.Var[str]


class Unfold(Kit):
    tag = "Unfold"
    alias = "KitUnfold"
    label: rx.Var[str]
    button_class: rx.Var[str]


def _piece(content: rx.Var[str], number: rx.Var[int], of: rx.Var[int]) -> tuple[rx.Var[str], rx.Var[int], rx.Var[int]]:
    """Event spec: a piece of a file, its number, and how many there are."""
    return (content, number, of)


class FilePick(Kit):
    tag = "FilePick"
    alias = "KitFilePick"
    label: rx.Var[str]
    accept: rx.Var[str]
    most: rx.Var[int]
    on_read: rx.EventHandler[_piece]


def _typed(text: rx.Var[str]) -> tuple[rx.Var[str]]:
    """Event spec: what stands in the field."""
    return (text,)


class SearchField(Kit):
    tag = "SearchField"
    alias = "KitSearchField"
    action: rx.Var[str]
    label: rx.Var[str]
    placeholder: rx.Var[str]
    value: rx.Var[str]
    kept: rx.Var[dict[str, str]]
    button: rx.Var[rx.Component]
    found: rx.Var[Any]
    found_for: rx.Var[str]
    classes: rx.Var[dict[str, str]]
    on_ask: rx.EventHandler[_typed]


class LookupField(Kit):
    tag = "LookupField"
    alias = "KitLookupField"
    name: rx.Var[str]
    label: rx.Var[str]
    placeholder: rx.Var[str]
    value: rx.Var[str]
    found: rx.Var[Any]
    found_for: rx.Var[str]
    none: rx.Var[str]
    some: rx.Var[str]
    classes: rx.Var[dict[str, str]]
    on_ask: rx.EventHandler[_typed]


class ScrollRow(Kit):
    tag = "ScrollRow"
    alias = "KitScrollRow"


class Arrival(Kit):
    tag = "Arrival"
    alias = "KitArrival"


def _trail(trail: rx.Var[list[list[int]]]) -> tuple[rx.Var[list[list[int]]]]:
    """Event spec: how the piece of a puzzle was moved, as ``[milliseconds, place]`` pairs."""
    return (trail,)


class SliderPuzzle(Kit):
    tag = "SliderPuzzle"
    alias = "KitSliderPuzzle"
    picture: rx.Var[str]
    y: rx.Var[int]
    width: rx.Var[int]
    height: rx.Var[int]
    piece: rx.Var[int]
    farthest: rx.Var[int]
    label: rx.Var[str]
    hint: rx.Var[str]
    confirm: rx.Var[str]
    classes: rx.Var[dict[str, str]]
    on_answer: rx.EventHandler[_trail]


class Retry(Kit):
    tag = "Retry"
    alias = "KitRetry"
    count: rx.Var[int]
    target: rx.Var[str]
