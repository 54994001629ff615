"""Keeps the search entries of matters and announcements, in the transaction that changes them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain import rich_text
from jsrs_portal.domain.hall_content import AnnouncementDefinition
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.models.catalog import SearchDocument
from jsrs_portal.services.search import words
from jsrs_portal.services.search.indexes import word_index

INDEX_VERSION = "3"
"""Changes when tokens are made differently; everything is indexed anew then."""

MATTER = "matter"
ANNOUNCEMENT = "announcement"

PER_LENGTH = 10_000_000
"""Identifiers set aside for the titles of one length."""


@dataclass(frozen=True)
class Entry:
    """What is to be found: a matter or an announcement, with everything it is found by."""

    kind: str
    key: str
    title: str
    aliases: tuple[str, ...]
    summary: str
    body: str
    group: str
    scopes: tuple[str, ...]
    can_apply: bool = False

    def tokens(self) -> list[str]:
        """Return the tokens of this entry; see :mod:`.terms`."""
        found: dict[str, None] = {}
        scope = "r" if self.kind == MATTER else "a"
        for token in (
            *(scope + region for region in self.scopes),
            *words.name_tokens((self.title, *self.aliases)),
            *(token for name in (self.title, *self.aliases) for token in words.spoken_tokens(name)),
            *words.body_tokens(self.summary),
            *words.body_tokens(self.body),
        ):
            found[token] = None
        return list(found)


def matter_entry(matter: MatterDefinition) -> Entry:
    """Return the entry of a matter: its names, and what its guide says."""
    guide = matter.guide
    body = [
        *guide.conditions,
        *guide.refusals,
        *(material.name for material in guide.materials),
        *(step.what for step in guide.steps),
        *(result.name for result in guide.results),
        *(f"{basis.law} {basis.summary}" for basis in guide.basis),
        *(f"{faq.question} {faq.answer}" for faq in guide.faqs),
    ]
    return Entry(
        kind=MATTER,
        key=matter.key,
        title=matter.name,
        aliases=(*matter.aliases, *matter.keywords, matter.codes.basic),
        summary=matter.summary,
        body="\n".join(body),
        group=matter.category,
        scopes=matter.regions,
        can_apply=matter.can_apply,
    )


def announcement_entry(news: AnnouncementDefinition) -> Entry:
    """Return the entry of an announcement: its title and its text."""
    return Entry(
        kind=ANNOUNCEMENT,
        key=news.key,
        title=news.title,
        aliases=(news.document_number,) if news.document_number else (),
        summary=news.summary,
        body="\n".join(rich_text.to_lines(news.body)),
        group=news.kind,
        scopes=(news.region,),
    )


async def drop_entries(session: AsyncSession, kind: str, keys: Iterable[str]) -> None:
    """Remove what is no longer to be found."""
    wanted = list(keys)
    for start in range(0, len(wanted), 500):
        of_these = (col(SearchDocument.kind) == kind, col(SearchDocument.key).in_(wanted[start : start + 500]))
        found = (await session.execute(select(col(SearchDocument.id)).where(*of_these))).scalars().all()
        await word_index(session).drop(session, found)
        await session.execute(delete(SearchDocument).where(*of_these))


async def put_entries(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Add entries or put them in place of the ones of the same kind and key.

    Only ``jsrs catalog load`` calls it, which holds the lock of the catalogue, so identifiers are counted up.
    """
    if not entries:
        return
    for kind in (MATTER, ANNOUNCEMENT):
        await drop_entries(session, kind, [entry.key for entry in entries if entry.kind == kind])
    taken = await session.execute(select(col(SearchDocument.id)))
    last: dict[int, int] = defaultdict(int)
    for number in taken.scalars():
        length, place = divmod(number, PER_LENGTH)
        last[length] = max(last[length], place)
    rows: list[dict[str, object]] = []
    tokens: list[tuple[int, list[str]]] = []
    for entry in entries:
        length = len(entry.title)
        last[length] += 1
        number = length * PER_LENGTH + last[length]
        rows.append(_row(number, entry))
        tokens.append((number, entry.tokens()))
    for start in range(0, len(rows), 500):
        await session.execute(insert(SearchDocument), rows[start : start + 500])
    await word_index(session).put(session, tokens)


def _row(number: int, entry: Entry) -> dict[str, object]:
    spelled = words.spoken(entry.title)
    return {
        "id": number,
        "kind": entry.kind,
        "key": entry.key,
        "title": entry.title,
        "folded_title": words.fold(entry.title),
        "pinyin": spelled.letters,
        "initials": spelled.initials,
        "aliases": "\n".join(entry.aliases),
        "summary": entry.summary,
        "body": entry.body,
        "group": entry.group,
        "scopes": " ".join(entry.scopes),
        "can_apply": entry.can_apply,
    }
