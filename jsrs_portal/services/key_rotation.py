"""Re-encrypting personal data with the current key, in batches, while everything goes on (rule 7).

The ciphertexts themselves say how far it is: each begins with its algorithm and key. So it may be interrupted anywhere
and simply run again, and rows written meanwhile are already right. The same holds for the parts of files, which lie
outside the database.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import Column, Table, func, select, update

from jsrs_portal import crypto, db, file_store
from jsrs_portal.models.registry import metadata

BATCH = 200
_CIPHER = "_cipher"


@dataclass(frozen=True)
class Rotated:
    """How many values of one column a batch has re-encrypted."""

    table: str
    column: str
    count: int


def sealed_columns() -> list[tuple[Table, Column[bytes]]]:
    """Return every column of every table that holds ciphertext."""
    return [
        (table, column) for table in metadata.sorted_tables for column in table.columns if column.name.endswith(_CIPHER)
    ]


async def rotate_keys(*, batch: int = BATCH) -> AsyncIterator[Rotated]:
    """Re-encrypt whatever is not under the current algorithm and key; yields after each committed batch.

    Raises :class:`crypto.CannotDecrypt` for a value whose key is no longer configured: nothing is lost by that.
    """
    for table, column in sealed_columns():
        while count := await _rotate_batch(table, column, batch):
            yield Rotated(table.name, column.name, count)
    async for count in file_store.rotate(batch=batch):
        yield Rotated("case_files", "content", count)


async def count_behind() -> int:
    """Return how many values are not under the current algorithm and key."""
    total = await file_store.count_behind()
    async with db.reading() as session:
        for _table, column in sealed_columns():
            total += (await session.execute(select(func.count()).where(_behind(column)))).scalar_one()
    return total


def _behind(column: Column[bytes]):
    prefix = crypto.current_prefix()
    return func.substr(column, 1, len(prefix)) != prefix


async def _rotate_batch(table: Table, column: Column[bytes], batch: int) -> int:
    """Re-encrypt up to ``batch`` values of one column in one transaction; a value changed meanwhile is left alone."""
    async with db.unit_of_work() as session:
        query = select(table.c.id, column).where(_behind(column)).order_by(table.c.id).limit(batch)
        rows = (await session.execute(query.with_for_update(skip_locked=True))).all()
        for row_id, cipher in rows:
            place = {"table": table.name, "column": column.name, "row": row_id}
            fresh = crypto.encrypt(crypto.decrypt(cipher, **place), **place)
            await session.execute(
                update(table).where(table.c.id == row_id, column == cipher).values({column.name: fresh})
            )
    return len(rows)
