"""What every table shares: identifiers, instants, and columns that hold personal data only encrypted."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from jsrs_portal import clock, crypto
from jsrs_portal.db import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names that alembic can find again on every database."""

SQLModel.metadata.naming_convention = NAMING


def identifier() -> Any:
    """A primary key: 32 hexadecimal digits, known before the row is written because ciphertexts are bound to it."""
    return Field(default_factory=clock.new_id, primary_key=True, max_length=32)


def instant(*, index: bool = False, nullable: bool = False) -> Any:
    """A column with an instant in UTC; required ones default to now."""
    if nullable:
        return Field(default=None, sa_type=UtcDateTime, nullable=True, index=index)
    return Field(default_factory=clock.now, sa_type=UtcDateTime, nullable=False, index=index)


def sealed() -> Any:
    """A column for ciphertext; the row cannot be written before its :class:`Encrypted` attribute was set."""
    return Field(default=None, sa_type=LargeBinary, nullable=False)


class Encrypted(property):
    """A text kept in the column ``<name>_cipher``, readable as ``<name>`` (rule 7).

    It is decrypted when read and bound to table, column and row, so it cannot be searched or sorted: people are
    found by their blind index.
    """

    def __init__(self, name: str) -> None:
        column = f"{name}_cipher"

        def read(row: Any) -> str:
            cipher = getattr(row, column)
            if cipher is None:
                return ""
            return crypto.decrypt(cipher, table=row.__tablename__, column=column, row=row.id)

        def write(row: Any, plain: str) -> None:
            setattr(row, column, crypto.encrypt(plain, table=row.__tablename__, column=column, row=row.id))

        super().__init__(read, write)


class Row(SQLModel):
    """A table row with an identifier and the instant it was made."""

    id: str = identifier()
    created_at: datetime = instant()
