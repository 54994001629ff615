"""Searching: at most two statements, whatever is typed and however much there is to find (R-2.1.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.shipped import regions, taxonomy
from jsrs_portal.models.catalog import ContentStatus, Matter, SearchDocument
from jsrs_portal.services.catalog import in_region, with_region
from jsrs_portal.services.search import matching, words
from jsrs_portal.services.search.documents import ANNOUNCEMENT, MATTER
from jsrs_portal.services.search.indexes import word_index
from jsrs_portal.services.search.matching import Rank, Segments
from jsrs_portal.services.search.terms import Both, Node, Term, either

CANDIDATES = 60
"""How many rows one condition may bring; who finds more than this has to say more."""

POPULAR = 8
SUGGESTIONS = 8
_KINDS = {MATTER: "事项", "guide": "指南", ANNOUNCEMENT: "公告"}


@dataclass(frozen=True)
class SearchHit:
    """One thing found. ``kind`` is ``matter``, ``guide`` (found in its text) or ``announcement``; texts in pieces."""

    kind: str
    kind_name: str
    key: str
    href: str
    title: Segments
    excerpt: Segments
    group_name: str
    can_apply: bool
    exact: bool


@dataclass(frozen=True)
class WayOn:
    """What to try when nothing was found: a matter or a category."""

    name: str
    href: str


@dataclass(frozen=True)
class SearchResult:
    """What a search found: ``text`` as it was understood, a page of ``hits``, whether there is ``more``.

    ``mistyped`` says that the hits are for something slightly different. Without hits, ``popular`` matters and the
    ``categories`` lead on.
    """

    text: str
    hits: tuple[SearchHit, ...]
    total: int
    more: bool
    mistyped: bool
    popular: tuple[WayOn, ...]
    categories: tuple[WayOn, ...]


@dataclass(frozen=True)
class Suggestion:
    """One line below the search box while typing."""

    title: Segments
    text: str
    href: str
    kind_name: str


_DOCUMENT: tuple[Any, ...] = (
    col(SearchDocument.id),
    col(SearchDocument.kind),
    col(SearchDocument.key),
    col(SearchDocument.title),
    col(SearchDocument.pinyin),
    col(SearchDocument.initials),
    col(SearchDocument.aliases),
    col(SearchDocument.summary),
    col(SearchDocument.group),
    col(SearchDocument.scopes),
    col(SearchDocument.can_apply),
)
_Found = tuple[Rank, Any]
"""Why a row was found, and the row of documents."""


async def search(
    session: AsyncSession, *, text: str, region: str = "", kind: str = "", limit: int = 20, offset: int = 0
) -> SearchResult:
    """Return what ``text`` finds in ``region`` (a code; empty or unknown: the province), best first.

    ``kind`` narrows it to ``matter`` or ``announcement``. Text of any kind and length is taken; what is neither
    Chinese nor a letter nor a digit counts as a space. One statement, or two when names alone find less than a page.
    """
    parts, read = _understood(text)
    if not parts:
        return SearchResult(read, (), 0, False, False, (), _categories(region))
    scope = _scope(region, kind)
    named = await _by_name(session, parts, scope, _allowed(region, kind))
    found, popular, mistyped = named, (), False
    if len(named) < offset + limit:
        rest, popular = await _beyond_names(session, parts, scope, region, alone=not named)
        known = {row.id for _, row in named}
        found = [*named, *(item for item in rest if item[1].id not in known)]
        mistyped = not named and any(rank in (Rank.TYPO, Rank.SOUND) for rank, _ in rest)
    found.sort(key=lambda item: (item[0], _unlike(item, parts), len(item[1].title), item[1].id))
    hits = tuple(_hit(rank, row, parts, region) for rank, row in found[offset : offset + limit])
    return SearchResult(
        text=read,
        hits=hits,
        total=len(found),
        more=len(found) > offset + limit,
        mistyped=mistyped,
        popular=popular if not found else (),
        categories=() if found else _categories(region),
    )


async def suggest(session: AsyncSession, *, text: str, region: str = "") -> tuple[Suggestion, ...]:
    """Return at most eight names that begin with ``text``, in characters, pinyin or initials; then those within.

    One statement. Callers ask :mod:`.pace` first.
    """
    parts, _ = _understood(text)
    if not parts:
        return ()
    found = await _by_name(session, parts, _scope(region, ""), _allowed(region, ""))
    found.sort(key=lambda item: (item[0], len(item[1].title), item[1].id))
    return tuple(
        Suggestion(
            title=matching.highlight(row.title, parts),
            text=row.title,
            href=_href(row.kind, row.key, region),
            kind_name=_KINDS[row.kind],
        )
        for rank, row in found[:SUGGESTIONS]
        if rank <= Rank.SPOKEN or len(found) <= SUGGESTIONS
    )


def _understood(text: str) -> tuple[list[str], str]:
    """Return the parts of what was typed and how it reads without the rest, both cut to a sensible length."""
    read = " ".join(text[: 4 * words.LONGEST].split())[: words.LONGEST]
    return words.asked(read)[:8], read


def _scope(region: str, kind: str) -> Node:
    """Return the tokens of which a document has one if it exists in ``region``."""
    tree = regions()
    tokens: list[Node] = []
    if kind != ANNOUNCEMENT:
        tokens += [Term("r" + scope) for scope in tree.matter_scopes(region)]
    if kind != MATTER:
        tokens += [Term("a" + scope) for scope in tree.news_scopes(region)]
    scope = either(tokens)
    assert scope is not None  # noqa: S101 — every region has scopes
    return scope


def _allowed(region: str, kind: str) -> dict[str, set[str]]:
    """Return, per kind, the scopes that make a document exist in ``region``."""
    tree = regions()
    allowed = {MATTER: set(tree.matter_scopes(region)), ANNOUNCEMENT: set(tree.news_scopes(region))}
    return {name: scopes for name, scopes in allowed.items() if kind in ("", name)}


async def _by_name(session: AsyncSession, parts: list[str], scope: Node, allowed: dict[str, set[str]]) -> list[_Found]:
    """Return what is called so: the exact name and the first candidates of the index, in one statement."""
    query = words.name_query(parts)
    assert query is not None  # noqa: S101 — there are parts
    exact = select(col(SearchDocument.id)).where(col(SearchDocument.folded_title) == "".join(parts)).limit(CANDIDATES)
    first = word_index(session).rows(Both((query, scope)), most=CANDIDATES)
    wanted = union_all(select(exact.subquery().c.id), select(first.subquery().c.rowid)).subquery()
    rows = await session.execute(select(*_DOCUMENT).where(col(SearchDocument.id).in_(select(wanted.c[0]))))
    found: list[_Found] = []
    for row in rows:
        rank = matching.rank_title(row.title, row.pinyin, row.initials, row.aliases, parts)
        if rank is not None and allowed.get(row.kind, set()) & set(row.scopes.split()):
            found.append((rank, row))
    return found


async def _beyond_names(
    session: AsyncSession, parts: list[str], scope: Node, region: str, *, alone: bool
) -> tuple[list[_Found], tuple[WayOn, ...]]:
    """Return what is said in texts and, when no name was found, what is nearly called so, and what is popular."""
    index = word_index(session)
    queries: list[tuple[Rank, Node | None]] = [(Rank.BODY, words.body_query(parts))]
    if alone:
        queries += [(Rank.TYPO, words.typo_query(parts)), (Rank.LOOSE, words.loose_query(parts))]
        queries.append((Rank.SOUND, words.sound_query(parts)))
    selects: list[Any] = []
    for rank, query in queries:
        if query is not None:
            wanted = index.rows(Both((query, scope)), most=CANDIDATES).subquery()
            columns = (*_DOCUMENT, col(SearchDocument.body), literal(int(rank)).label("why"))
            selects.append(select(*columns).join(wanted, wanted.c.rowid == col(SearchDocument.id)))
    if alone:
        selects.append(_popular(region))
    if not selects:
        return [], ()
    rows = (await session.execute(union_all(*selects))).all()
    found: dict[int, _Found] = {}
    for row in rows:
        rank = None if row.why < 0 else _judged(Rank(row.why), row, parts)
        if rank is not None and (row.id not in found or rank < found[row.id][0]):
            found[row.id] = (rank, row)
    popular = tuple(WayOn(row.title, _href(MATTER, row.key, region)) for row in rows if row.why < 0)
    return list(found.values()), popular


def _popular(region: str) -> Select[Any]:
    """Return the most used matters of a region as rows of the same shape as documents."""
    # The hottest few are read in the order of their index; asking all matters for their region would read them all.
    hottest = (
        select(col(Matter.id), col(Matter.key), col(Matter.name), col(Matter.hot_order), col(Matter.place))
        .where(col(Matter.status) == ContentStatus.PUBLISHED)
        .order_by(col(Matter.hot_order), col(Matter.place))
        .limit(CANDIDATES)
        .subquery()
    )
    here = select(hottest.c.key, hottest.c.name).where(in_region(region, hottest.c.id))
    hot = here.order_by(hottest.c.hot_order, hottest.c.place).limit(POPULAR).subquery()
    empty = literal("")
    return select(
        literal(0).label("id"),
        literal(MATTER).label("kind"),
        hot.c.key,
        hot.c.name.label("title"),
        *(empty.label(name) for name in ("pinyin", "initials", "aliases", "summary", "group", "scopes")),
        literal(False).label("can_apply"),
        empty.label("body"),
        literal(-1).label("why"),
    )


def _unlike(item: _Found, parts: Sequence[str]) -> int:
    """Return how little of a question a loosely found name shares; the others need no such weighing."""
    rank, row = item
    return -matching.shared_pairs(row.title, parts) if rank is Rank.LOOSE else 0


def _judged(why: Rank, row: Any, parts: Sequence[str]) -> Rank | None:
    """Return the rank of a candidate, ``None`` for one that the index let through and the text does not bear out."""
    if why is Rank.SOUND:
        return why if matching.sounds_like(row.title, row.aliases, row.pinyin, parts) else None
    if why is Rank.TYPO:
        return why if matching.is_nearly(row.title, row.aliases, row.pinyin, row.initials, parts) else None
    if why is Rank.BODY:
        text = f"{row.summary}\n{row.body}".lower()
        return why if all(part in text for part in parts) else None
    return why


def _hit(rank: Rank, row: Any, parts: Sequence[str], region: str) -> SearchHit:
    in_text = rank is Rank.BODY
    kind = "guide" if in_text and row.kind == MATTER else row.kind
    text = f"{row.summary}\n{row.body}" if in_text else row.summary
    group = taxonomy().category(row.group)
    return SearchHit(
        kind=kind,
        kind_name=_KINDS[kind],
        key=row.key,
        href=_href(row.kind, row.key, region),
        title=matching.mark_nearly(row.title, parts)
        if rank in (Rank.TYPO, Rank.LOOSE)
        else matching.highlight(row.title, parts),
        excerpt=matching.excerpt(text, parts),
        group_name=group.name if group else row.group,
        can_apply=row.can_apply,
        exact=rank is Rank.EXACT,
    )


def _href(kind: str, key: str, region: str) -> str:
    """Return the page of a document; the region stays in the address."""
    return with_region(f"/matters/{key}" if kind == MATTER else f"/announcements/{key}", region)


def _categories(region: str) -> tuple[WayOn, ...]:
    groups = taxonomy().categories
    return tuple(WayOn(group.name, with_region(f"/services?category={group.key}", region)) for group in groups)
