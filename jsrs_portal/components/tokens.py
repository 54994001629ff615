"""Tailwind's theme: names for the custom properties of ``assets/tokens.css``, and nothing of its own.

``rxconfig`` takes it as ``rx.plugins.TailwindV4Plugin(TAILWIND)``. Layouts answer to the *container's* width
(``@3xl:grid-cols-2``) rather than the window's (``md:``): a container's rem follows the root size, so in large
print a layout falls back to fewer columns by itself.
"""

from typing import Any


def _steps(prefix: str, *names: str) -> dict[str, str]:
    """Return ``{name: var(--prefix-name)}``, or ``var(--name)`` without a prefix."""
    return {name: f"var(--{prefix}-{name})" if prefix else f"var(--{name})" for name in names}


def _tone(name: str) -> dict[str, str]:
    """Return a colour that has a strong shade and a ground."""
    return {"DEFAULT": f"var(--{name})", "50": f"var(--{name}-50)"}


_SPACE = {"0": "0", "px": "1px", **_steps("space", "1", "2", "3", "4", "6", "8", "12", "16")}

TAILWIND: dict[str, Any] = {
    "theme": {
        "colors": {
            "transparent": "transparent",
            "current": "currentColor",
            "brand": _steps("brand", "50", "600", "700"),
            "ink": _steps("ink", "500", "700", "900"),
            "line": "var(--line)",
            "edge": "var(--edge)",
            "canvas": "var(--canvas)",
            "surface": "var(--surface)",
            "ok": _tone("ok"),
            "warn": _tone("warn"),
            "bad": _tone("bad"),
        },
        "fontFamily": {"sans": "var(--font)"},
        "fontSize": {
            name: [f"var(--text-{name})", {"lineHeight": f"var(--leading-{leading})"}]
            for name, leading in {
                "sm": "text",
                "base": "text",
                "lg": "text",
                "xl": "heading",
                "2xl": "heading",
                "3xl": "heading",
                "4xl": "heading",
            }.items()
        },
        "fontWeight": {"normal": "400", "semibold": "600"},
        "lineHeight": {"none": "1", "heading": "var(--leading-heading)", "text": "var(--leading-text)"},
        "spacing": _SPACE,
        "borderRadius": {
            "none": "0",
            "control": "var(--radius-control)",
            "card": "var(--radius-card)",
            "full": "9999px",
        },
        "boxShadow": {"none": "none", "float": "var(--shadow-float)"},
        "extend": {
            "height": _steps("", "control", "row", "block", "panel"),
            "minHeight": {"screen": "100dvh", **_steps("", "control", "row", "block", "panel", "note")},
            "maxHeight": _steps("", "panel"),
            "width": _steps("", "side", "label", "note"),
            "minWidth": _steps("", "control", "side"),
            "maxWidth": {"text": "var(--line-length)", **_steps("", "page", "field", "side", "note")},
            "size": _steps("", "icon", "qr", "control"),
        },
    },
    "plugins": [],
}
