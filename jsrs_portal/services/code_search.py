"""Looking codes up while somebody types: by code, by Chinese words, by pinyin and its initials (R-2.6.2.2)."""

from dataclasses import dataclass
from functools import lru_cache

from jsrs_portal.catalog.shipped import code_table
from jsrs_portal.domain.code_tables import DIVISIONS, TABLES, Code
from jsrs_portal.services.search.words import chunks, fold, is_han, spoken

MOST = 20
"""Answers at once; whoever sees so many types on."""


@dataclass(frozen=True)
class CodeChoice:
    """A row of a code table as a choice: ``label`` stands in the field, ``note`` says what it is a part of."""

    code: str
    label: str
    note: str


@dataclass(frozen=True)
class _Entry:
    code: Code
    number: str
    name: str
    around: str
    letters: str
    initials: str


@lru_cache
def _entries(key: str) -> tuple[_Entry, ...]:
    """Return what of a table may be chosen, spelled out; made once."""
    found: list[_Entry] = []
    for code in code_table(key).offered:
        said = spoken(code.name)
        found.append(
            _Entry(code, fold(code.code), fold(code.name), fold("".join(code.path)), said.letters, said.initials)
        )
    return tuple(found)


def choice_of(key: str, code: str) -> CodeChoice:
    """Return how ``code`` stands in a field; one that the table does not have stands as it is, an empty one as none."""
    return CodeChoice(code, _label(key, code, code_table(key).names.get(code, "")), "")


def _label(key: str, code: str, name: str) -> str:
    """Return how a row stands in a field: of a division the name comes first, it is what people know."""
    if key == DIVISIONS.key and name:
        return f"{name}（{code}）"
    return f"{code} {name}".strip()


def find_codes(key: str, text: str, *, most: int = MOST) -> tuple[CodeChoice, ...]:
    """Return what ``text`` may mean in the table ``key``, the nearest first; from its start on for nothing typed.

    Every word typed must fit: the beginning of the code, a part of the name or of what it belongs to, or the spelling
    of the name or its initials. An unknown table has nothing.
    """
    if key not in TABLES:
        return ()
    words = chunks(text[:60])[:_MOST_WORDS]
    ranked = [(rank, place, entry) for place, entry in enumerate(_entries(key)) if (rank := _rank(entry, words)) < _NO]
    ranked.sort(key=lambda one: one[:2])
    return tuple(
        CodeChoice(entry.code.code, _label(key, entry.code.code, entry.code.name), " · ".join(entry.code.path))
        for _, _, entry in ranked[:most]
    )


_NO = 100
_MOST_WORDS = 6


def _rank(entry: _Entry, words: list[str]) -> int:
    """Return how far ``entry`` is from ``words``; ``_NO`` when one of them does not fit."""
    furthest = 0
    for word in words:
        furthest = max(furthest, _distance(entry, word))
        if furthest == _NO:
            break
    return furthest


def _distance(entry: _Entry, word: str) -> int:
    if is_han(word):
        steps = (entry.name == word, entry.name.startswith(word), word in entry.name, word in entry.around)
    else:
        digits = entry.number.lstrip("abcdefghijklmnopqrst")
        steps = (
            entry.number == word or digits == word,
            entry.number.startswith(word) or (bool(digits) and digits.startswith(word)),
            entry.initials.startswith(word) or entry.letters.startswith(word),
            len(word) > 1 and (word in entry.initials or word in entry.letters),
            word in entry.name,
        )
    return next((place for place, fits in enumerate(steps) if fits), _NO)


def words_of(key: str, code: str) -> str:
    """Return what ``code`` says in the table ``key``, or the code itself."""
    return code_table(key).words(code)


def resolve(key: str, text: str) -> str:
    """Return the code that ``text`` says in full: a code, 「代码 名称」, 「名称（代码）」, or a name that only one has.

    Empty when it says none.
    """
    typed = " ".join(text.split())
    table = code_table(key)
    first = table.by_code.get(typed.split(" ")[0].upper())
    if first is not None and typed.upper() in (first.code, f"{first.code} {first.name}".upper()):
        return first.code
    name, _, last = typed.replace("(", "（").rstrip("）)").rpartition("（")
    behind = table.by_code.get(last.upper())
    if behind is not None and name.strip() == behind.name:
        return behind.code
    named = [one.code for one in table.offered if one.name == typed]
    return named[0] if len(named) == 1 else ""
