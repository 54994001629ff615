"""Chooses the index of words that belongs to a database."""

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.services.search.port import WordIndex
from jsrs_portal.services.search.postgresql import PostgresqlIndex
from jsrs_portal.services.search.sqlite import SqliteIndex


def word_index(session: AsyncSession) -> WordIndex:
    """Return the index of the session's database."""
    return PostgresqlIndex() if session.get_bind().dialect.name == "postgresql" else SqliteIndex()
