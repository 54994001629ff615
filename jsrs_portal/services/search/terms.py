"""What is looked for, as a tree of tokens that no database has to parse: every token is made here, none is typed.

A token is one letter that says what it is, followed by Chinese characters, Latin letters or digits:

====  ==============================================================================================
n     a Chinese character or a pair, or a Latin word, of title, aliases and keywords
s     two characters of title and aliases with one left out between them (for one wrong character)
y     the pinyin of the title from one of its syllables to its end
i     the initials of the title from one of its syllables to its end
t     three letters of the title's pinyin (for one wrong letter)
j, k  two initials that follow each other, or with one left out
b     a pair of characters or a Latin word of the body
r, a  a region where the matter exists; the region an announcement is of
====  ==============================================================================================
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TOKEN = re.compile("[a-z][0-9a-z\u3400-\u4dbf\u4e00-\u9fff]+")


@dataclass(frozen=True)
class Term:
    """A token, or with ``prefix`` all tokens that begin with it."""

    token: str
    prefix: bool = False

    def __post_init__(self) -> None:
        """Refuse anything that is no token, whatever was typed; so no query can be anything but a query."""
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("not a token")


@dataclass(frozen=True)
class Both:
    """All of ``parts`` occur."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Either:
    """At least one of ``parts`` occurs."""

    parts: tuple["Node", ...]


Node = Term | Both | Either


def both(parts: Iterable[Node]) -> Node | None:
    """Return that all of ``parts`` occur; ``None`` when there are none."""
    return _joined(Both, parts)


def either(parts: Iterable[Node]) -> Node | None:
    """Return that one of ``parts`` occurs; ``None`` when there are none."""
    return _joined(Either, parts)


def _joined(kind: type[Both] | type[Either], parts: Iterable[Node]) -> Node | None:
    found = tuple(dict.fromkeys(parts))
    if not found:
        return None
    return found[0] if len(found) == 1 else kind(found)
