"""Where a unit wants its documents sent (R-2.6.8.4)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlmodel import Field

from jsrs_portal.models.base import Encrypted, Row, sealed

_THE_DEFAULT = sql("is_default")


class Address(Row, table=True):
    """收件地址: a recipient with phone and place. ``division`` is the code of a county, or of what has none."""

    __tablename__ = "addresses"
    __table_args__ = (
        Index(
            "uq_addresses_one_default",
            "unit_id",
            unique=True,
            sqlite_where=_THE_DEFAULT,
            postgresql_where=_THE_DEFAULT,
        ),
    )

    unit_id: str = Field(foreign_key="units.id", max_length=32, index=True)
    division: str = Field(max_length=6)
    name_cipher: bytes = sealed()
    mobile_cipher: bytes = sealed()
    detail_cipher: bytes = sealed()
    is_default: bool = False
    version: int = 1

    name = Encrypted("name")
    mobile = Encrypted("mobile")
    detail = Encrypted("detail")
