"""What a fuzz target is: a property of one parser, held against bytes.

Hypothesis draws likely bytes, atheris breeds unlikely ones; both call the same ``check``, so a target is one rule with
two sources of input, and works where atheris cannot be installed.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True)
class Target:
    """One parser. ``check`` raises when the rule is broken; ``seeds`` are where atheris begins, past findings too."""

    name: str
    check: Callable[[bytes], None]
    likely: st.SearchStrategy[bytes]
    seeds: tuple[bytes, ...]


def as_text(data: bytes) -> str:
    """Return any bytes as text; halves of surrogate pairs, which JSON can carry, stay halves."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def as_bytes(text: str) -> bytes:
    """Return the bytes that :func:`as_text` reads as ``text``."""
    return text.encode("utf-8", "surrogatepass")


def as_json(data: bytes) -> Any:
    """Return what the bytes say as JSON; text that is none stands for itself."""
    try:
        return json.loads(as_text(data))
    except (ValueError, RecursionError):
        return as_text(data)


TEXT = st.text(st.characters(), max_size=80)
"""Any text, halves of surrogate pairs among it."""
SPACES = st.sampled_from(["", " ", "\u3000", "\u00a0", "\u200b", "-", "\u2013", "\ufeff", "\u00ad", "\t", "\r\n"])


def disguised(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Write texts as people type them: spaces and hyphens in between, full width, lower case, a letter changed."""

    @st.composite
    def draw(draw: st.DrawFn) -> str:
        text = draw(values)
        if draw(st.booleans()):
            text = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
        if draw(st.booleans()):
            text = text.lower()
        for _ in range(draw(st.integers(0, 3))):
            place = draw(st.integers(0, len(text)))
            cut = draw(st.integers(0, 1))
            text = text[:place] + draw(SPACES | st.characters()) + text[place + cut :]
        return text

    return draw()


def json_values(names: list[str], texts: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[Any]:
    """Draw anything JSON can say, its objects with members called ``names`` among others."""
    scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | texts
    keys = st.sampled_from(names) | st.text(max_size=10)
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6), max_leaves=15
    )


def dumped(values: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Write values as JSON: escaped or not, sometimes cut short."""
    return st.tuples(values, st.booleans(), st.sampled_from([None, None, None, -1, -5])).map(
        lambda drawn: as_bytes(json.dumps(drawn[0], ensure_ascii=drawn[1]))[: drawn[2]]
    )
