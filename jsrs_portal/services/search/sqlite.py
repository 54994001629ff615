"""The index of words on SQLite: FTS5 without positions, because every token already is a word or a pair."""

from collections.abc import Sequence

from sqlalchemy import Select, column, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.services.search.terms import Both, Node, Term

_INDEX = table("search_index", column("rowid"), column("search_index"))
_BATCH = 500


def match_text(node: Node) -> str:
    """Return ``node`` in FTS5's language; tokens hold no quotation marks, so nothing can leave its quotes."""
    if isinstance(node, Term):
        return f'"{node.token}"{"*" if node.prefix else ""}'
    joint = " AND " if isinstance(node, Both) else " OR "
    return "(" + joint.join(match_text(part) for part in node.parts) + ")"


class SqliteIndex:
    """See :class:`jsrs_portal.services.search.port.WordIndex`."""

    def rows(self, query: Node, *, most: int) -> Select[tuple[int]]:
        """Return the query; rows come in the order of their identifiers, so it ends after ``most``."""
        matches = _INDEX.c.search_index.op("MATCH")(match_text(query))
        return select(_INDEX.c.rowid).where(matches).order_by(_INDEX.c.rowid).limit(most)

    async def put(self, session: AsyncSession, entries: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Add documents."""
        statement = text("INSERT INTO search_index (rowid, tokens) VALUES (:id, :tokens)")
        for start in range(0, len(entries), _BATCH):
            batch = entries[start : start + _BATCH]
            await session.execute(statement, [{"id": number, "tokens": " ".join(tokens)} for number, tokens in batch])

    async def drop(self, session: AsyncSession, identifiers: Sequence[int]) -> None:
        """Remove documents."""
        if identifiers:
            statement = text("DELETE FROM search_index WHERE rowid = :id")
            await session.execute(statement, [{"id": number} for number in identifiers])
