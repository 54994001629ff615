"""The slider puzzle, and what tries again once it is solved (R-2.5.2)."""

import reflex as rx

from jsrs_portal.components import kit
from jsrs_portal.components.behaviour import Handler

_PUZZLE_CLASSES = {
    "box": "flex flex-col gap-3",
    "stage": "relative w-full overflow-hidden rounded-control border border-line bg-canvas",
    "ground": "size-full select-none",
    "piece": "absolute select-none pointer-events-none",
    "label": "text-base font-semibold",
    "slider": "w-full min-h-control accent-brand-600 touch-none",
    "hint": "text-sm text-ink-500",
    "button": "self-start min-h-control rounded-control border border-line px-4 text-base text-brand-600",
}


def slider_puzzle(
    picture: rx.Var[str],
    y: rx.Var[int],
    on_answer: Handler,
    *,
    width: int,
    height: int,
    piece: int,
    farthest: int,
    label: str,
    hint: str,
    confirm: str,
) -> rx.Component:
    """Return a puzzle's picture (its name; empty: none yet), the piece and the slider.

    ``on_answer`` gets how the piece was moved as ``[milliseconds, place]`` pairs.
    """
    return kit.SliderPuzzle.create(
        picture=picture,
        y=y,
        width=width,
        height=height,
        piece=piece,
        farthest=farthest,
        label=label,
        hint=hint,
        confirm=confirm,
        classes=_PUZZLE_CLASSES,
        on_answer=on_answer,
    )


def retry(count: rx.Var[int], target: rx.Var[str]) -> rx.Component:
    """Submit the form, or press the button, with the id ``target`` each time ``count`` grows."""
    return kit.Retry.create(count=count, target=target)
