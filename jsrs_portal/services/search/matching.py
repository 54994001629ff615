"""Judges candidates: why one was found, how good it is, and which parts of its text to mark (R-2.1.8)."""

from collections.abc import Sequence
from enum import IntEnum

from jsrs_portal.services.search import words

Segments = tuple[tuple[str, bool], ...]
"""A text in pieces: (piece, whether it was looked for). Never HTML."""


class Rank(IntEnum):
    """How good a hit is; small is better, and the exact name is best."""

    EXACT = 0
    BEGINNING = 1
    ALIAS_EXACT = 2
    NAME = 3
    SPOKEN_EXACT = 4
    SPOKEN_BEGINNING = 5
    SPOKEN = 6
    ALIAS = 7
    SOUND = 8
    TYPO = 9
    BODY = 10
    LOOSE = 11


def rank_title(title: str, pinyin: str, initials: str, aliases: str, parts: Sequence[str]) -> Rank | None:
    """Return how ``title`` answers to ``parts``; ``None`` when neither it, its spelling nor its aliases do."""
    folded, whole = words.fold(title), "".join(parts)
    if folded == whole:
        return Rank.EXACT
    if folded.startswith(whole):
        return Rank.BEGINNING
    others = [words.fold(alias) for alias in aliases.split("\n")] if aliases else []
    if whole in others:
        return Rank.ALIAS_EXACT
    if all(part in folded for part in parts):
        return Rank.NAME
    if whole.isascii():
        if whole in (pinyin, initials):
            return Rank.SPOKEN_EXACT
        if pinyin.startswith(whole) or initials.startswith(whole):
            return Rank.SPOKEN_BEGINNING
    known = words.fold(aliases)
    sounds = [words.spoken(alias) for alias in aliases.split("\n")] if whole.isascii() and aliases else []
    spelled = [part in folded or (part.isascii() and (part in pinyin or part in initials)) for part in parts]
    if all(spelled):
        return Rank.SPOKEN
    if all(found or part in known for found, part in zip(spelled, parts, strict=True)):
        return Rank.ALIAS
    if any(whole in sound.letters or sound.initials.startswith(whole) for sound in sounds):
        return Rank.ALIAS
    return None


def sounds_like(title: str, aliases: str, pinyin: str, parts: Sequence[str]) -> bool:
    """Tell whether some name is spelled as ``parts`` are: 「退功」 sounds like 「退工」."""
    wanted = words.letters_of(parts)
    return bool(wanted) and any(wanted in words.spoken(name).letters for name in (title, *aliases.split("\n")))


def is_nearly(title: str, aliases: str, pinyin: str, initials: str, parts: Sequence[str]) -> bool:
    """Tell whether some part of the title, an alias, or its spelling is ``parts`` with one sign wrong."""
    whole = "".join(parts)
    if not whole.isascii():
        texts = [words.fold(title), *(words.fold(alias) for alias in aliases.split("\n"))]
        return any(distance_within(whole, text) <= 1 for text in texts)
    if len(whole) >= 6 and distance_within(whole, pinyin) <= 1:
        return True
    # Initials are short: a part of them would be like anything, so only their beginning counts.
    return any(distance_within(whole, initials[:length], whole=True) <= 1 for length in _lengths(whole, initials))


def _lengths(whole: str, initials: str) -> set[int]:
    return {length for length in (len(whole) - 1, len(whole), len(whole) + 1) if 0 < length <= len(initials)}


def distance_within(wanted: str, text: str, *, whole: bool = False) -> int:
    """Return the fewest signs to change, add or drop so that ``wanted`` is a part of ``text`` (or is all of it)."""
    row = list(range(len(wanted) + 1))
    best = row[-1] if not whole or not text else len(wanted) + len(text)
    for number, sign in enumerate(text, start=1):
        before, row = row, [number if whole else 0]
        for place, other in enumerate(wanted, start=1):
            row.append(min(before[place] + 1, row[-1] + 1, before[place - 1] + (sign != other)))
        if not whole:
            best = min(best, row[-1])
    return row[-1] if whole else best


def highlight(text: str, parts: Sequence[str]) -> Segments:
    """Return ``text`` in pieces with what was looked for marked; Chinese written or spelled, Latin in any case."""
    marked = [False] * len(text)
    low = text.lower()
    for part in parts:
        if not _mark(low, part, marked) and part.isascii():
            _mark_spoken(text, part, marked)
    return _segments(text, marked)


def _mark(text: str, part: str, marked: list[bool]) -> bool:
    place, found = text.find(part), False
    while part and place >= 0:
        marked[place : place + len(part)] = [True] * len(part)
        found, place = True, text.find(part, place + len(part))
    return found


def _mark_spoken(text: str, part: str, marked: list[bool]) -> None:
    """Mark the characters whose pinyin or initials spell ``part``."""
    places = [place for place, sign in enumerate(text) if words.is_han(sign)]
    spelled = words.syllables("".join(text[place] for place in places))
    if len(spelled) != len(places):
        return
    initials = "".join(syllable[0] for syllable in spelled)
    if (start := initials.find(part)) >= 0:
        for place in places[start : start + len(part)]:
            marked[place] = True
        return
    for start in range(len(places)):
        letters = ""
        for end in range(start, len(places)):
            letters += spelled[end]
            if letters.startswith(part):
                for place in places[start : end + 1]:
                    marked[place] = True
                return
            if not part.startswith(letters):
                break


def mark_nearly(text: str, parts: Sequence[str]) -> Segments:
    """Return ``text`` in pieces with the characters marked that a mistyped search shares with it, in pairs at least."""
    marked = [False] * len(text)
    whole = "".join(parts)
    for place in range(len(whole) - 1):
        _mark(text.lower(), whole[place : place + 2], marked)
    return _segments(text, marked)


def shared_pairs(title: str, parts: Sequence[str]) -> int:
    """Return how many pairs of neighbouring characters of ``parts`` stand in ``title``."""
    folded, whole = words.fold(title), "".join(parts)
    return len({pair for place in range(len(whole) - 1) if (pair := whole[place : place + 2]) in folded})


def excerpt(body: str, parts: Sequence[str], *, most: int = 90) -> Segments:
    """Return the part of ``body`` around the first thing looked for, in pieces, with … where it was cut."""
    low = body.lower()
    places = [place for part in parts if (place := low.find(part)) >= 0]
    start = max(0, min(places, default=0) - most // 4)
    piece = body[start : start + most]
    found = highlight(piece.replace("\n", " "), parts)
    before, after = (("…", False),) if start else (), (("…", False),) if start + most < len(body) else ()
    return (*before, *found, *after)


def _segments(text: str, marked: list[bool]) -> Segments:
    pieces: list[tuple[str, bool]] = []
    for sign, hit in zip(text, marked, strict=True):
        if pieces and pieces[-1][1] is hit:
            pieces[-1] = (pieces[-1][0] + sign, hit)
        else:
            pieces.append((sign, hit))
    return tuple(pieces)
