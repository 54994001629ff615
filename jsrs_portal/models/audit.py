"""Who did what, in whose name, by which grant, from where, and with what result."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from jsrs_portal.models.base import Encrypted, Row


class AuditEntry(Row, table=True):
    """One entry; written in the transaction of the act itself and never changed but for being sealed.

    ``position`` and ``seal`` are set once by the worker. ``details_digest`` is the keyed hash of the details' text, so
    that the seal still holds when keys rotate.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_newest", "created_at", "id"),
        Index("ix_audit_entries_of_person", "person_id", "created_at", "id"),
    )

    person_id: str = Field(default="", max_length=32)
    unit_id: str = Field(default="", max_length=32, index=True)
    grant_id: str = Field(default="", max_length=32)
    action: str = Field(max_length=60)
    subject: str = Field(default="", max_length=100)
    result: str = Field(default="OK", max_length=40)
    address: str = Field(default="", max_length=45)
    details_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)
    details_digest: str = Field(default="", max_length=64)
    mac: str = Field(default="", max_length=64)
    position: int | None = Field(default=None, unique=True)
    seal: str = Field(default="", max_length=64)

    details = Encrypted("details")


class AuditHead(SQLModel, table=True):
    """Where the chain ends and where it begins: without it, entries cut off at either end would not be missed.

    ``archived_position`` and ``archived_seal`` are the last entry that was moved to an archive; the chain that is kept
    here goes on from it. Each pair has a keyed proof, so that nobody but the product can move an end.
    """

    __tablename__ = "audit_head"

    id: int = Field(default=1, primary_key=True)
    position: int = 0
    seal: str = Field(default="", max_length=64)
    proof: str = Field(default="", max_length=64)
    archived_position: int = 0
    archived_seal: str = Field(default="", max_length=64)
    archived_proof: str = Field(default="", max_length=64)
