"""Natural persons and their passwords."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from jsrs_portal.domain.proofs import PERSONAL as PERSONAL
from jsrs_portal.models.base import Encrypted, Row, instant, sealed


def unit_realm(unit_id: str) -> str:
    """Return the realm of the passwords that were set for one unit."""
    return f"unit:{unit_id}"


def institution_realm(institution_id: str) -> str:
    """Return the realm of the password of an institution's administrator."""
    return f"institution:{institution_id}"


class PersonStatus(StrEnum):
    """Whether a person may log in."""

    ACTIVE = "ACTIVE"
    LOCKED = "LOCKED"
    CLOSED = "CLOSED"


class Person(Row, table=True):
    """自然人: a real-name registered natural person, found by ID number or mobile number only.

    ``proven_at`` is when a face check proved that it is the person themself; a name and a number prove less.
    ``closing_at`` is when the account is closed unless its person takes that back (R-2.6.8.5). A closed one has neither
    phone nor an index by which it is found: whoever it was may register anew.
    """

    __tablename__ = "persons"

    name_cipher: bytes = sealed()
    id_type: str = Field(max_length=2)
    id_number_cipher: bytes = sealed()
    id_number_index: str = Field(max_length=64, unique=True)
    mobile_cipher: bytes = sealed()
    mobile_index: str = Field(max_length=64, unique=True)
    proven_at: datetime | None = instant(nullable=True)
    status: str = Field(default=PersonStatus.ACTIVE, max_length=16)
    closing_at: datetime | None = instant(nullable=True, index=True)
    version: int = 1

    name = Encrypted("name")
    id_number = Encrypted("id_number")
    mobile = Encrypted("mobile")


class Credential(Row, table=True):
    """A password of one person in one realm: personal, a unit or an institution.

    A first password (R-2.6.6.3) ``must_change`` when it is used, and is void ``void_after`` an instant.
    ``reset_required``: its holder said that a login was not theirs; it opens nothing until it is set anew (R-2.4.8).
    ``binding`` proves that this product gave the hash to this person and realm: one copied from another row is none.
    """

    __tablename__ = "credentials"
    __table_args__ = (UniqueConstraint("person_id", "realm"),)

    person_id: str = Field(foreign_key="persons.id", max_length=32)
    realm: str = Field(max_length=64)
    password_hash: str = Field(max_length=128)
    binding: str = Field(max_length=64)
    changed_at: datetime = instant()
    must_change: bool = False
    void_after: datetime | None = instant(nullable=True)
    reset_required: bool = False


class FormerPassword(Row, table=True):
    """A password that was replaced: the last five may not come back (R-2.5.4)."""

    __tablename__ = "former_passwords"
    __table_args__ = (Index("ix_former_passwords_person_id_realm", "person_id", "realm"),)

    person_id: str = Field(foreign_key="persons.id", max_length=32)
    realm: str = Field(max_length=64)
    password_hash: str = Field(max_length=128)
