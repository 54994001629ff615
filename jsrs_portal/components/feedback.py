"""What the portal says: notices, badges, empty states, success, and the frames for content."""

from collections.abc import Sequence
from typing import Any, Literal, cast

import reflex as rx

from jsrs_portal.components import kit
from jsrs_portal.components.attention import passing
from jsrs_portal.components.behaviour import Handler, Text, copy_button
from jsrs_portal.components.controls import actions, icon

Tone = Literal["info", "ok", "warn", "bad", "neutral"]

_TONES: dict[str, tuple[str, str, str]] = {
    # tone: (classes, icon, spoken name)
    "info": ("bg-brand-50 text-brand-700 border-brand-600", "info", "提示"),
    "ok": ("bg-ok-50 text-ok border-ok", "circle_check", "成功"),
    "warn": ("bg-warn-50 text-warn border-warn", "triangle_alert", "注意"),
    "bad": ("bg-bad-50 text-bad border-bad", "circle_alert", "错误"),
    "neutral": ("bg-canvas text-ink-700 border-edge", "info", "说明"),
}


def _toned(classes: str, kind: Text) -> Text:
    """Return ``classes`` with those of a tone that is known now or held by a Var."""
    if isinstance(kind, str):
        return f"{classes} {_TONES[kind][0]}"
    cases = [(tone, f"{classes} {look}") for tone, (look, _, _) in _TONES.items()]
    return cast("rx.Var", rx.match(kind, *cases, f"{classes} {_TONES['neutral'][0]}")).to(str)


def _tone_sign(kind: Text) -> rx.Component:
    """Return the icon of a tone and its name for screen readers."""

    def sign(tone: str) -> rx.Component:
        _, name, word = _TONES[tone]
        return rx.fragment(icon(name, class_name="mt-1"), rx.el.span(word + "：", class_name="sr-only"))

    if isinstance(kind, str):
        return sign(kind)
    return rx.fragment(rx.match(kind, *[(tone, sign(tone)) for tone in _TONES if tone != "neutral"], sign("neutral")))


def notice(kind: Text, *content: Any, title: Text | None = None) -> rx.Component:
    """Return a message in the page: ``kind`` is info, ok, warn, bad or neutral; content may hold links."""
    head = [] if title is None else [rx.el.p(title, class_name="font-semibold")]
    return rx.el.div(
        _tone_sign(kind),
        rx.el.div(*head, rx.el.div(*content), class_name="min-w-0 flex-1"),
        class_name=_toned("flex gap-2 rounded-card border p-4 text-base", kind),
    )


def live_messages(kind: rx.Var[str], text: rx.Var[str], on_dismiss: Handler) -> rx.Component:
    """Return the page's live regions: ``text`` floats at the bottom and is read out, errors (``bad``) at once.

    What was done goes when something else is done; a failure stays until it is dismissed.
    Empty ``text`` means no message. Both regions are always there, or screen readers would miss the first.
    """
    content = (
        _tone_sign(kind),
        rx.el.p(text, class_name="flex-1"),
        rx.el.button(
            "知道了",
            type="button",
            on_click=on_dismiss,
            class_name="shrink-0 min-h-control px-2 -my-2 rounded-control underline underline-offset-4",
        ),
    )
    look = _toned(
        "pointer-events-auto mx-auto flex max-w-field gap-2 rounded-card border p-4 text-base shadow-float",
        kind,
    )
    done = passing(*content, text=text, on_next=on_dismiss, class_name=look)
    failed = rx.el.div(*content, class_name=look)
    return rx.el.div(
        rx.el.div(rx.cond((text != "") & (kind != "bad"), done), role="status", aria_live="polite"),
        rx.el.div(rx.cond((text != "") & (kind == "bad"), failed), role="alert"),
        class_name="not-printed fixed inset-x-0 bottom-0 z-30 p-4 pointer-events-none",
    )


def badge(kind: Text, text: Text) -> rx.Component:
    """Return a state in a word on its tone's ground; the word says it, the colour only helps."""
    return rx.el.span(
        text,
        class_name=_toned("inline-block rounded-control border px-2 text-sm whitespace-nowrap", kind),
    )


def tag(text: Text) -> rx.Component:
    """Return a quiet label for a property (a business scope, a category)."""
    return rx.el.span(text, class_name="inline-block rounded-control bg-brand-50 text-brand-700 px-2 text-sm")


_HEIGHTS = {"line": "h-6", "control": "h-control", "row": "h-row", "block": "h-block", "panel": "h-panel"}


def skeleton(height: Literal["line", "control", "row", "block", "panel"] = "row", *, rows: int = 1) -> rx.Component:
    """Return grey bars in place of content still to come: 24, 44, 64, 160 or 384 px high, as it will be."""
    bars = [rx.el.div(class_name=f"{_HEIGHTS[height]} rounded-card bg-line breathing") for _ in range(rows)]
    return rx.el.div(
        rx.el.span("正在载入……", class_name="sr-only"),
        *bars,
        class_name="flex flex-col gap-3",
        aria_busy="true",
    )


def empty_state(
    title: Text, sentence: Text = "", action: rx.Component | None = None, *, sign: str = "inbox"
) -> rx.Component:
    """Return what stands where nothing is: one title, one sentence, one action; ``sign`` is its icon."""
    return rx.el.div(
        rx.icon(sign, class_name="size-12 text-ink-500 mx-auto mb-2", aria_hidden="true"),
        rx.el.p(title, class_name="text-lg font-semibold"),
        *([rx.el.p(sentence, class_name="text-base text-ink-700 max-w-text")] if not _blank(sentence) else []),
        *([rx.el.div(action, class_name="mt-4")] if action is not None else []),
        class_name="flex flex-col items-center text-center gap-1 px-4 py-12",
    )


def _blank(text: Text) -> bool:
    return isinstance(text, str) and not text


def card(*content: Any, title: Text | None = None, action: rx.Component | None = None, level: int = 2) -> rx.Component:
    """Return a white card; with ``title`` it is a section headed by an ``h2`` (``level``), ``action`` at its right."""
    frame = "@container rounded-card border border-line bg-surface p-4 @3xl:p-6"
    if title is None:
        return rx.el.div(*content, class_name=frame)
    heading = (rx.el.h2 if level == 2 else rx.el.h3)(title, class_name="text-lg")
    head = rx.el.div(
        heading,
        *([] if action is None else [action]),
        class_name="mb-4 flex min-h-8 flex-wrap items-center justify-between gap-2",
    )
    return rx.el.section(head, *content, class_name=frame)


def definition_list(rows: Sequence[tuple[Text, Any]]) -> rx.Component:
    """Return labels with their values, side by side where there is room."""
    return rx.el.dl(
        *[
            rx.el.div(
                rx.el.dt(label, class_name="text-ink-500 @xs:w-label @xs:shrink-0"),
                rx.el.dd(value, class_name="min-w-0 text-ink-900"),
                class_name="flex flex-col py-2 border-b border-line last:border-b-0 @xs:flex-row @xs:gap-4",
            )
            for label, value in rows
        ],
        class_name="@container text-base",
    )


def saved_at(text: Text) -> rx.Component:
    """Return the line that says when the draft was saved (「已保存 14:05」); empty text shows nothing."""
    return rx.el.p(text, role="status", class_name="min-h-6 text-sm text-ink-500")


def saved_state(form: str, saved: Text, answered: rx.Var[int], unsaved: rx.Var[bool]) -> rx.Component:
    """Return in words how it stands with what is typed into ``form``: 「未保存」, 「正在保存」, then ``saved``.

    ``answered`` grows with every answer of the server, ``unsaved`` tells whether the last one was no.
    """
    return kit.SaveState.create(
        target=form,
        saved=saved,
        answered=answered,
        failed=unsaved,
        changed="未保存",
        sending="正在保存",
        class_name="min-h-6 text-sm text-ink-500",
    )


def success_panel(
    title: Text,
    sentence: Text,
    *next_actions: rx.Component,
    number: Text = "",
    number_label: Text = "",
    drawn: rx.Component | None = None,
    id: str = "",
) -> rx.Component:
    """Return the end of a wizard: what was done, the number in large figures with 「复制」, what comes next.

    ``drawn`` is how a number longer than a line is shown. ``id`` lets the focus go to the title.
    """
    figures = rx.el.div(
        rx.el.p(number_label, class_name="text-base text-ink-700"),
        rx.el.div(
            rx.el.span(number, class_name="text-3xl font-semibold")
            if drawn is None
            else rx.el.span(drawn, class_name="min-w-0 text-lg font-semibold @xs:text-xl @2xl:text-2xl"),
            rx.el.span(copy_button(number), class_name="not-printed"),
            class_name="flex flex-wrap items-center justify-center gap-2",
        ),
        class_name="w-full max-w-field rounded-card bg-brand-50 p-4",
    )
    return rx.el.div(
        rx.icon("circle_check_big", class_name="size-12 text-ok", aria_hidden="true"),
        rx.el.h2(title, class_name="text-2xl", **({"tab_index": -1, "custom_attrs": {"id": id}} if id else {})),
        rx.el.p(sentence, class_name="text-base text-ink-700 max-w-text"),
        *([] if _blank(number) else [figures]),
        rx.el.div(actions(*next_actions), class_name="not-printed"),
        class_name="flex flex-col items-center gap-4 text-center py-8",
    )


def side_note(title: Text, items: Sequence[Any]) -> rx.Component:
    """Return the explanations beside a form; each item is a sentence or a component."""
    return rx.el.section(
        rx.el.h2(title, class_name="mb-2 text-base text-brand-700"),
        rx.el.ul(
            *[rx.el.li(item, class_name="pl-1") for item in items],
            class_name="list-disc pl-4 flex flex-col gap-2 text-sm text-ink-700 marker:text-ink-500",
        ),
        class_name="rounded-card bg-brand-50 p-4",
    )


def with_side(*content: rx.Component, side: Sequence[rx.Component]) -> rx.Component:
    """Return content with a column of explanations at its right, below it where there is no room."""
    return rx.el.div(
        rx.el.div(*content, class_name="@container min-w-0 flex-1 flex flex-col gap-6"),
        rx.el.aside(*side, aria_label="说明", class_name="flex flex-col gap-4 @4xl:w-note @4xl:shrink-0"),
        class_name="flex flex-col gap-8 @4xl:flex-row",
    )
