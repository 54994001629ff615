"""How texts and what is typed become tokens: Chinese characters and pairs, pinyin, initials (R-2.1.8)."""

import asyncio
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jsrs_portal.services.search.terms import Node, Term, both, either

LONGEST = 40
"""Characters of what is typed that count; nobody means more."""

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_CHUNK = re.compile(f"[{HAN}]+|[0-9a-z]+")
_HAN = re.compile(f"[{HAN}]")
_SAYS_NOTHING = frozenset("的了吗呢和与及在是")
_MOST_VARIANTS = 8
"""Characters up to which one wrong one is looked for at each place; longer texts are halved."""


def fold(text: str) -> str:
    """Return ``text`` as it is compared: half width, small letters, nothing but characters and digits."""
    return "".join(chunks(text))


def chunks(text: str) -> list[str]:
    """Return the runs of Chinese characters and of Latin letters and digits in ``text``, in order."""
    return _CHUNK.findall(unicodedata.normalize("NFKC", text).lower())


def asked(text: str) -> list[str]:
    """Return the chunks of a question that say something: single letters and 「的」 would find everything."""
    return [chunk for chunk in chunks(text) if chunk not in _SAYS_NOTHING and not (len(chunk) == 1 and chunk.isascii())]


def is_han(chunk: str) -> bool:
    """Tell whether a chunk is Chinese."""
    return bool(_HAN.match(chunk))


def _pairs(text: str) -> Iterator[str]:
    return (text[place : place + 2] for place in range(len(text) - 1))


def _skips(text: str) -> Iterator[str]:
    return (text[place] + text[place + 2] for place in range(len(text) - 2))


def _triples(text: str) -> Iterator[str]:
    return (text[place : place + 3] for place in range(len(text) - 2))


@lru_cache
def _reader() -> Callable[[str], list[str]]:
    """Return what reads Chinese aloud. Its dictionary is the longest import of all, so only who needs it has it."""
    from pypinyin import Style, lazy_pinyin

    return lambda chunk: lazy_pinyin(chunk, style=Style.NORMAL, errors="ignore")


async def learn() -> None:
    """Have the dictionary read soon after the start, before anybody's search would wait for it."""
    await asyncio.sleep(1)
    await asyncio.to_thread(_reader)


def read_aloud(text: str) -> tuple[str, ...]:
    """Return the pinyin of ``text``, a syllable per character; Latin words stay whole."""
    found: list[str] = []
    for chunk in chunks(text):
        found += _reader()(chunk) if is_han(chunk) else [chunk]
    return tuple(part for part in (re.sub("[^0-9a-z]", "", syllable) for syllable in found) if part)


syllables = lru_cache(maxsize=50_000)(read_aloud)
"""The same of what is found, remembered. What somebody types is not: it is theirs, and there is no end to it."""


@dataclass(frozen=True)
class Spoken:
    """A title's pinyin: all letters, and the first of every syllable."""

    letters: str
    initials: str


def spoken(text: str) -> Spoken:
    """Return how ``text`` is spelled out."""
    found = syllables(text)
    return Spoken("".join(found), "".join(part[0] for part in found))


def letters_of(parts: Sequence[str]) -> str:
    """Return how words that somebody typed are spelled out."""
    return "".join(read_aloud("".join(parts)))


# What is put into the index


def name_tokens(names: Iterable[str]) -> Iterator[str]:
    """Yield the tokens of title, aliases and keywords for whole words and for one wrong character."""
    for name in names:
        for chunk in chunks(name):
            if is_han(chunk):
                yield from ("n" + part for part in (*chunk, *_pairs(chunk)))
                yield from ("s" + part for part in _skips(chunk))
            else:
                yield "n" + chunk


def spoken_tokens(title: str) -> Iterator[str]:
    """Yield the tokens of a title's pinyin and initials, from each syllable on, and for one wrong letter."""
    found = syllables(title)
    letters, initials = "".join(found), "".join(part[0] for part in found)
    for place in range(len(found)):
        yield "y" + "".join(found[place:])[:60]
        yield "i" + initials[place:]
    yield from ("t" + part for part in _triples(letters))
    yield from ("j" + part for part in _pairs(initials))
    yield from ("k" + part for part in _skips(initials))


def body_tokens(body: str) -> Iterator[str]:
    """Yield the tokens of a guide's or an announcement's text."""
    for chunk in chunks(body):
        if is_han(chunk):
            yield from ("b" + part for part in _pairs(chunk))
        elif len(chunk) < 40:
            yield "b" + chunk


# What is looked for


def name_query(parts: list[str]) -> Node | None:
    """Return what finds all of ``parts`` in titles, aliases and keywords, or spelled out in the title."""
    return both(found for part in parts if (found := _name_part(part)) is not None)


def _name_part(part: str) -> Node | None:
    if is_han(part):
        return both(Term("n" + pair) for pair in (_pairs(part) if len(part) > 1 else (part,)))
    return either(Term(kind + part, prefix=True) for kind in "nyi")


def body_query(parts: list[str]) -> Node | None:
    """Return what finds all of ``parts`` in texts; single characters are left to titles."""
    found: list[Node] = []
    for part in parts:
        found += [Term("b" + pair) for pair in _pairs(part)] if is_han(part) else [Term("b" + part)]
    return both(found)


def typo_query(parts: list[str]) -> Node | None:
    """Return what finds titles that differ in one character (of three or more) or one letter (of four or more)."""
    text = "".join(parts)
    if all(is_han(part) for part in parts):
        return _one_wrong(text, "n", "s") if len(text) >= 3 else None
    if not text.isascii() or len(text) < 4:
        return None
    found: list[Node] = []
    if initials := _one_wrong(text, "j", "k") if len(text) <= 2 * _MOST_VARIANTS else None:
        found.append(initials)
    # One wrong letter leaves one half of a long spelling as it is.
    half = len(text) // 2
    if len(text) >= 6:
        found += [side for part in (text[:half], text[half:]) if (side := both(Term("t" + t) for t in _triples(part)))]
    return either(found)


def _one_wrong(text: str, near: str, apart: str) -> Node | None:
    """Return what finds ``text`` with one sign exchanged, missing or too many, from pairs and pairs around a gap."""
    if len(text) > _MOST_VARIANTS:
        half = len(text) // 2
        sides = (both(Term(near + pair) for pair in _pairs(part)) for part in (text[:half], text[half:]))
        return either(side for side in sides if side is not None)
    variants: list[Node] = []
    for place in range(len(text)):
        kept = [Term(near + text[at : at + 2]) for at in range(len(text) - 1) if at not in (place - 1, place)]
        inner = 0 < place < len(text) - 1
        around = text[place - 1] + text[place + 1] if inner else ""
        # Exchanged: what is left and right of it stands around a gap; too many: side by side.
        for kind in (apart, near) if inner else ("",):
            found = both([*kept, Term(kind + around)] if inner else kept)
            if found is not None:
                variants.append(found)
        if place:  # Missing between this sign and the one before: the two stand around a gap.
            rest = [Term(near + text[at : at + 2]) for at in range(len(text) - 1) if at != place - 1]
            found = both([*rest, Term(apart + text[place - 1 : place + 1])])
            if found is not None:
                variants.append(found)
    return either(variants)


def sound_query(parts: list[str]) -> Node | None:
    """Return what finds names that are spelled as ``parts`` are, when those are Chinese."""
    letters = letters_of(parts)
    return Term("y" + letters, prefix=True) if letters and all(is_han(part) for part in parts) else None


def loose_query(parts: list[str]) -> Node | None:
    """Return what finds any four characters in a row of a long question in titles, e.g. of 「怎么续签劳动合同」."""
    windows: list[Node] = []
    for part in parts:
        if is_han(part) and len(part) > 4:
            for place in range(len(part) - 3):
                found = both(Term("n" + pair) for pair in _pairs(part[place : place + 4]))
                if found is not None:
                    windows.append(found)
    return either(windows)
