"""The index of words as the rest of search knows it: put, drop, and the query that finds rows."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.services.search.terms import Node


class WordIndex(Protocol):
    """Which documents hold which tokens. Document identifiers sort by the length of their titles."""

    def rows(self, query: Node, *, most: int) -> Select[tuple[int]]:
        """Return a query for the first ``most`` identifiers of documents that fulfil ``query``."""
        ...

    async def put(self, session: AsyncSession, entries: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Add documents: identifier and tokens. None of the identifiers may be there yet."""
        ...

    async def drop(self, session: AsyncSession, identifiers: Sequence[int]) -> None:
        """Remove documents."""
        ...
