"""What needs the browser itself: dialogs, clocks, copying, focus. The scripts are in ``assets/kit.jsx``."""

from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from jsrs_portal.components import kit

Text = str | rx.Var[str]
"""Text written in the page, or a Var that holds it."""
Flag = bool | rx.Var[bool]
Number = int | rx.Var[int]
Handler = Any
"""Whatever Reflex accepts for an event trigger: a handler, a partial one, a list, a lambda."""


def given(**props: Any) -> dict[str, Any]:
    """Return the props that are not None: Reflex takes None for a value."""
    return {name: value for name, value in props.items() if value is not None}


def positive(number: Number) -> rx.Var[bool]:
    """Return whether a number known now or held by a Var is above zero."""
    return rx.Var.create(number).to(int) > 0


DIALOG_HEAD = "text-xl pr-16"
STACK = "open:flex open:flex-col open:gap-4"
DIALOG = f"{STACK} m-auto in-window p-6 rounded-card bg-surface text-ink-900 shadow-float"
"""The looks of a dialog; how wide it may be comes besides."""
_CLOSE = "absolute top-3 right-3 min-h-control px-3 rounded-control text-sm text-brand-600 hover:bg-brand-50"
_CLOSE_WORD = "关闭"
_ASK = "flex flex-wrap items-center gap-x-4 gap-y-2 rounded-card border border-warn bg-warn-50 p-4 text-base text-warn"
_ASK_BUTTON = "min-h-control px-3 rounded-control border border-warn text-base text-warn"


def dialog(
    *children: rx.Component,
    open: Flag,
    on_close: Handler,
    title: Text,
    wide: bool = False,
    ask: str = "",
    begun: Flag = False,
) -> rx.Component:
    """Return a modal dialog: focus stays inside, Esc and 「关闭」 close it, then the focus goes back.

    ``ask`` is a question that comes before what was typed inside, or ``begun`` otherwise, is thrown away by leaving.
    The content is mounted afresh each time it opens. It closes in the browser at once; ``on_close`` must set
    ``open`` to false. Errors of a form inside belong inside (:func:`~.fields.error_summary`): while it is
    open, the rest of the page, messages included, is hidden from screen readers.
    """
    asks = {
        "ask": ask,
        "begun": begun,
        "stay_label": "继续填写",
        "leave_label": "放弃并关闭",
        "ask_class": _ASK,
        "stay_class": _ASK_BUTTON,
        "leave_class": _ASK_BUTTON,
    }
    return kit.Dialog.create(
        *children,
        open=open,
        on_close=on_close,
        title=title,
        close_label=_CLOSE_WORD,
        head_class=DIALOG_HEAD,
        close_class=_CLOSE,
        class_name=f"{DIALOG} {'max-w-page' if wide else 'max-w-field'}",
        **(asks if ask else {}),
    )


def sheet(*children: rx.Component, label: rx.Component, title: str, trigger_class: str) -> rx.Component:
    """Return a button (``label``) that opens a panel at the right edge; a link inside closes it. No server needed."""
    return kit.Sheet.create(
        *children,
        label=label,
        title=title,
        trigger_class=trigger_class,
        close_label=_CLOSE_WORD,
        head_class=DIALOG_HEAD,
        close_class=_CLOSE,
        class_name=f"{STACK} ml-auto h-full max-h-none w-full max-w-xs p-6 bg-surface text-ink-900 shadow-float",
    )


def opened_by(*children: rx.Component, label: rx.Component, title: str, trigger_class: str) -> rx.Component:
    """Return a button (``label``) that opens a dialog by itself; a child with ``data-close`` leaves it. No server."""
    return kit.Sheet.create(
        *children,
        label=label,
        title=title,
        trigger_class=trigger_class,
        close_label=_CLOSE_WORD,
        head_class=DIALOG_HEAD,
        close_class=_CLOSE,
        class_name=f"{DIALOG} max-w-field",
    )


def disclosure(
    *children: rx.Component,
    label: rx.Component,
    trigger_class: str,
    panel_class: str,
    name: Text | None = None,
    class_name: str = "relative",
) -> rx.Component:
    """Return a button (``label``) with a panel that opens below it; for menus of links. No server needed.

    ``name`` replaces the button's accessible name when its visible label does not say enough.
    """
    return kit.Disclosure.create(
        *children,
        label=label,
        trigger_class=trigger_class,
        panel_class=panel_class,
        class_name=class_name,
        **given(name=name),
    )


def ticker(on_tick: Handler, every_ms: Number, active: Flag = True) -> rx.Component:
    """Call ``on_tick`` every ``every_ms`` milliseconds while the page is visible and ``active`` is true."""
    return kit.Ticker.create(on_tick=on_tick, every=every_ms, active=active)


_UNANSWERED_MS = 10_000


def load_unanswered() -> rx.Component:
    """Have a page ask for its data again when it was not answered while the server could be reached."""
    waiting = ~rx.State.is_hydrated & ~has_connection_errors
    return ticker(rx.State.hydrate_and_load, _UNANSWERED_MS, waiting)


def countdown(
    until_epoch_ms: Number,
    on_end: Handler | None = None,
    *,
    before: Text = "还剩 ",
    after: Text = "",
    ended: Text = "已到时间",
    now_epoch_ms: Number = 0,
    class_name: str = "",
) -> rx.Component:
    """Return 「还剩 4 分 59 秒」, counted in the browser; at the end ``ended`` is shown and said, ``on_end`` called.

    Nothing is shown while ``until_epoch_ms`` is 0. ``now_epoch_ms`` is the server's clock when it set ``until``;
    with it a wrong clock of the computer does no harm. ``on_end`` is called only if time was left when it began.
    """
    return kit.Countdown.create(
        until=until_epoch_ms,
        now=now_epoch_ms,
        before=before,
        after=after,
        ended=ended,
        class_name=class_name,
        **given(on_end=on_end),
    )


def timed_button(
    label: Text,
    on_send: Handler,
    until_epoch_ms: Number,
    *,
    fields: Sequence[str] = (),
    after: Text = "后可重新获取",
    pending: Flag = False,
    now_epoch_ms: Number = 0,
    class_name: str = "",
    id: str = "",
) -> rx.Component:
    """Return a button that is disabled and counts down until ``until_epoch_ms``.

    ``on_send`` receives a dictionary with the named ``fields`` of the form the button stands in, and nothing else.
    """
    return kit.TimedButton.create(
        label=label,
        on_send=on_send,
        until=until_epoch_ms,
        now=now_epoch_ms,
        fields=list(fields),
        after=after,
        pending=pending,
        class_name=class_name,
        **given(id=id or None),
    )


def copy_button(text: Text, label: Text = "复制", done: Text = "已复制") -> rx.Component:
    """Return a button that copies ``text`` and says so."""
    return kit.CopyButton.create(
        text=text,
        label=label,
        done=done,
        class_name="min-h-control min-w-control shrink-0 px-3 rounded-control text-base text-brand-600 "
        "whitespace-nowrap hover:bg-brand-50",
    )


def reveal_button(target: str) -> rx.Component:
    """Return 「显示」/「隐藏」 for the password field with the id ``target``."""
    return kit.Reveal.create(
        target=target,
        show="显示",
        hide="隐藏",
        class_name="absolute inset-y-0 right-0 px-3 rounded-control text-sm text-brand-600 hover:bg-brand-50",
    )


def form_watch(
    target: str,
    on_values: Handler,
    *,
    on_again: Handler,
    answered: rx.Var[int] | None = None,
    failed: rx.Var[bool] | None = None,
    anew: rx.Var[int] | None = None,
) -> rx.Component:
    """Call ``on_values`` with what stands in the form ``target`` after a choice, a pause in typing, and on leaving.

    With ``answered``, which grows with every answer, what is not answered is sent again after a while; ``failed``
    tells whether the last answer was no. After a reconnection ``on_again`` is called with what stands in the form and
    what the server knew of it last, or drew when ``anew`` changed (:mod:`.kept`).
    """
    more = given(answered=answered, failed=failed, anew=anew)
    return kit.FormWatch.create(target=target, on_values=on_values, on_again=on_again, **more)


def focus_when(when: rx.Var, target: Text) -> rx.Component:
    """Move the focus to the element with the id ``target`` whenever ``when`` changes to something true."""
    return kit.FocusWhen.create(when=when, target=target)


def focus_on_change(value: rx.Var[str], target: Text) -> rx.Component:
    """Move the focus to ``target`` when ``value`` becomes another; not when the first arrives, nor by reconnecting."""
    return kit.FocusOnChange.create(value=value, target=target)


def on_change(value: rx.Var[int], on_turn: Handler) -> rx.Component:
    """Call ``on_turn`` when ``value`` becomes another; not when the first arrives, nor by reconnecting."""
    return kit.OnChange.create(value=value, on_turn=on_turn)


def unsaid(name: str) -> rx.Component:
    """Take the parameter ``name`` out of the address: what it said is on the page, and not to be said again."""
    return kit.Unsaid.create(name=name)


def unfold(*children: rx.Component, label: Text, button_class: str) -> rx.Component:
    """Return a button (``label``) that shows ``children`` in its place; printed, they are there in any case."""
    return kit.Unfold.create(*children, label=label, button_class=button_class)


def print_button(*content: Any, class_name: str) -> rx.Component:
    """Return a button that prints the page; what is ``not-printed`` stays away."""
    return kit.PrintButton.create(*content, class_name=class_name)


def file_pick(label: Text, on_read: Handler, *, accept: str, most: int, id: str, class_name: str) -> rx.Component:
    """Return a button that lets a file be picked; ``on_read`` is called with each piece, its number, and how many come.

    A piece is base64 of at most 60,000 signs. A file of more than ``most`` bytes is not read: ``on_read`` is called
    with one empty piece then.
    """
    return kit.FilePick.create(
        label=label, on_read=on_read, accept=accept, most=most, class_name=class_name, custom_attrs={"id": id}
    )


def download(label: Text, href: Text, *, name: Text, class_name: str) -> rx.Component:
    """Return a link that saves what is at ``href`` without leaving the page, ``name`` its spoken name.

    A link that is followed takes the page's connection down although the page stays. What the server says no to is
    told beside the link.
    """
    return kit.Download.create(
        label=label,
        href=href,
        name=name,
        busy="正在准备……",
        failed="下载失败，请检查网络连接后再试。",
        class_name=class_name,
        said_class="block text-base text-bad",
    )


def print_size_switch(class_name: str) -> rx.Component:
    """Return the two switches 「长者版」 and 「高对比度」; the browser remembers them."""
    return rx.fragment(
        kit.DisplaySwitch.create(attribute="print", value="large", label="长者版", class_name=class_name),
        kit.DisplaySwitch.create(attribute="contrast", value="high", label="高对比度", class_name=class_name),
    )


def display_script() -> rx.Component:
    """Return the inline script for ``App(head_components=…)`` that sets the chosen display before the first paint."""
    return rx.el.script(
        "try{for(const a of ['print','contrast']){const v=localStorage.getItem(a);"
        "if(v)document.documentElement.dataset[a]=v}}catch{}"
    )


def current_into_view(*children: rx.Component, class_name: str) -> rx.Component:
    """Return a row that scrolls sideways and keeps the child with ``aria-current`` in view."""
    return kit.ScrollRow.create(*children, class_name=class_name)


def arrival() -> rx.Component:
    """After a change of page, start the focus at ``#main``; handle links to parts of the page. Part of the shell."""
    return kit.Arrival.create()
