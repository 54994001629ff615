"""What was handed over of the old systems' accounts, and which units have been upgraded (R-2.3)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from jsrs_portal.models.base import Encrypted, Row, instant, sealed


class LegacyAccount(Row, table=True):
    """An account of an old system as it was imported, found by the blind index of system and user name.

    Its password is what that system stored: a hash that may be weak, so it is encrypted like the rest.
    """

    __tablename__ = "legacy_accounts"

    system: str = Field(max_length=32)
    username_index: str = Field(max_length=64, unique=True)
    imported_at: datetime = instant(index=True)
    """When a file said so last."""
    username_cipher: bytes = sealed()
    password_hash_cipher: bytes = sealed()
    salt_cipher: bytes = sealed()

    username = Encrypted("username")
    password_hash = Encrypted("password_hash")
    salt = Encrypted("salt")


class LegacyUnit(Row, table=True):
    """A unit of an imported account, with its legal representative as the old system knew them.

    Once it has been upgraded its name and the legal representative are empty.
    """

    __tablename__ = "legacy_units"
    __table_args__ = (UniqueConstraint("account_id", "number"),)

    account_id: str = Field(foreign_key="legacy_accounts.id", max_length=32)
    number: str = Field(max_length=40)
    """As it is compared (:func:`jsrs_portal.domain.identifiers.normalise`)."""
    uscc: str = Field(max_length=18)
    name: str = Field(max_length=200)
    legal_id_type: str = Field(max_length=2)
    legal_id_number_cipher: bytes = sealed()
    legal_name_cipher: bytes = sealed()

    legal_id_number = Encrypted("legal_id_number")
    legal_name = Encrypted("legal_name")


class LegacyUpgrade(Row, table=True):
    """That a unit of an old account was upgraded, once and for ever, whichever way its password is checked."""

    __tablename__ = "legacy_upgrades"
    __table_args__ = (UniqueConstraint("account_index", "number"),)

    system: str = Field(max_length=32)
    account_index: str = Field(max_length=64)
    number: str = Field(max_length=40)
    unit_id: str = Field(foreign_key="units.id", max_length=32, unique=True)
