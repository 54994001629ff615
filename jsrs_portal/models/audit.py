"""Who did what, in whose name, by which grant, from where, and with what result."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from sqlmodel import Field

from jsrs_portal.models.base import Encrypted, Row


class AuditEntry(Row, table=True):
    """One entry; written in the transaction of the act itself and never changed."""

    __tablename__ = "audit_entries"

    person_id: str = Field(default="", max_length=32, index=True)
    unit_id: str = Field(default="", max_length=32, index=True)
    grant_id: str = Field(default="", max_length=32)
    action: str = Field(max_length=60)
    subject: str = Field(default="", max_length=100)
    result: str = Field(default="OK", max_length=40)
    address: str = Field(default="", max_length=45)
    details_cipher: bytes | None = None

    details = Encrypted("details")
