"""Excel files of lists of cases, on the way and to be fetched (R-2.6.3.5)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from jsrs_portal.domain.own_data import ExportState
from jsrs_portal.models.base import Encrypted, Row, instant, sealed


class CaseExport(Row, table=True):
    """One export of the list that ``person_id`` sees in the name of ``unit_id``, ``institution_id`` or their own.

    ``wanted`` is JSON of what the list was narrowed to. ``basis`` says by what role and scope it was made: a file is
    worth nothing to whoever has others by now. ``total`` rows are to come, ``made`` are there, up to ``place`` in the
    list. ``tries`` counts workers that took it on since the last batch, each by a ``claim`` until ``claimed_until``.
    """

    __tablename__ = "case_exports"
    __table_args__ = (
        Index("ix_case_exports_person_id_created_at", "person_id", "created_at"),
        Index("ix_case_exports_state", "state"),
    )

    person_id: str = Field(foreign_key="persons.id", max_length=32)
    unit_id: str | None = Field(default=None, foreign_key="units.id", max_length=32)
    institution_id: str | None = Field(default=None, foreign_key="institutions.id", max_length=32)
    grant_id: str | None = Field(default=None, max_length=32)
    basis: str = Field(max_length=64)
    state: str = Field(default=ExportState.WAITING, max_length=16)
    total: int = 0
    made: int = 0
    place: str = Field(default="", max_length=80)
    tries: int = 0
    claim: str = Field(default="", max_length=32)
    claimed_until: datetime | None = instant(nullable=True)
    expires_at: datetime = instant(index=True)
    wanted_cipher: bytes = sealed()

    wanted = Encrypted("wanted")


class CaseExportPart(Row, table=True):
    """The ``number``-th part of an export: a batch of rows as JSON, and when it is done a piece of the file (base64).

    ``kind`` is rows or file.
    """

    __tablename__ = "case_export_parts"
    __table_args__ = (UniqueConstraint("export_id", "kind", "number"),)

    export_id: str = Field(foreign_key="case_exports.id", max_length=32)
    kind: str = Field(max_length=8)
    number: int
    content_cipher: bytes = sealed()

    content = Encrypted("content")
