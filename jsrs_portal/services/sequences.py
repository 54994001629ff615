"""Numbers handed out in order, each once."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.models.work import Sequence


async def next_number(session: AsyncSession, name: str) -> int:
    """Return the next number of series ``name``, starting at 1; the row is locked until the transaction ends."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(Sequence)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": col(Sequence.value) + 1})
        .returning(col(Sequence.value))
    )
    return (await session.execute(statement)).scalar_one()
