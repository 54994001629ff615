"""The index of words on PostgreSQL: a ``tsvector`` made of our tokens, with a GIN index; no extension is needed."""

from collections.abc import Sequence

from sqlalchemy import Integer, Select, cast, column, func, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.services.search.terms import Both, Node, Term

_BATCH = 500


def match_text(node: Node) -> str:
    """Return ``node`` as a tsquery; tokens hold no quotation marks, so nothing can leave its quotes."""
    if isinstance(node, Term):
        return f"'{node.token}'{':*' if node.prefix else ''}"
    joint = " & " if isinstance(node, Both) else " | "
    return "(" + joint.join(match_text(part) for part in node.parts) + ")"


class PostgresqlIndex:
    """See :class:`jsrs_portal.services.search.port.WordIndex`."""

    def rows(self, query: Node, *, most: int) -> Select[tuple[int]]:
        """Return the query; the function of migration 0003 keeps the planner on the index."""
        found = (
            func.search_rows(cast(match_text(query), TSQUERY), most)
            .table_valued(column("rowid", Integer))
            .render_derived()
        )
        return select(found.c.rowid)

    async def put(self, session: AsyncSession, entries: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Add documents."""
        statement = text(
            "INSERT INTO search_index (rowid, tokens) VALUES (:id, array_to_tsvector(CAST(:tokens AS text[])))"
        )
        for start in range(0, len(entries), _BATCH):
            batch = entries[start : start + _BATCH]
            await session.execute(
                statement, [{"id": number, "tokens": sorted(set(tokens))} for number, tokens in batch]
            )

    async def drop(self, session: AsyncSession, identifiers: Sequence[int]) -> None:
        """Remove documents."""
        if identifiers:
            await session.execute(
                text("DELETE FROM search_index WHERE rowid = ANY(CAST(:ids AS integer[]))"), {"ids": list(identifiers)}
            )
