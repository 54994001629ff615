"""Officers of the bureau: their accounts, sessions and login tickets, apart from everybody else's."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field

from jsrs_portal.domain.staff import StaffStatus
from jsrs_portal.models.base import Encrypted, Row, instant, sealed


class Staff(Row, table=True):
    """An officer's account. ``region`` (GB/T 2260) is where an officer may act; empty: the whole province.

    ``binding`` proves that this product gave the hash to this account. ``totp_last_step`` is the last 30 seconds whose
    one-time password was used: that one and all before it are spent. ``authorised``: the security administrator has let
    it in. Until it is ``enrolled`` nobody knows its secret: its first login sets one, and asks for the code of the
    authorisation instead, of which ``activation`` is the keyed hash. A first password (``must_change``) is void
    ``void_after`` an instant.
    """

    __tablename__ = "staff"

    login: str = Field(max_length=32, unique=True)
    name_cipher: bytes = sealed()
    role: str = Field(max_length=16)
    region: str = Field(default="", max_length=6)
    password_hash: str = Field(max_length=128)
    binding: str = Field(max_length=64)
    totp_cipher: bytes = sealed()
    totp_last_step: int = 0
    status: str = Field(default=StaffStatus.ACTIVE, max_length=16)
    must_change: bool = False
    changed_at: datetime = instant()
    authorised: bool = True
    enrolled: bool = True
    activation: str = Field(default="", max_length=64)
    void_after: datetime | None = instant(nullable=True)
    version: int = 1

    name = Encrypted("name")
    totp = Encrypted("totp")


class StaffSession(Row, table=True):
    """A browser in which an officer is logged in. The cookie's secret is stored only hashed.

    ``totp`` is the secret offered to an account that has none yet; it becomes the account's when a code of it is typed.
    """

    __tablename__ = "staff_sessions"

    token_hash: str = Field(max_length=64, unique=True)
    staff_id: str = Field(foreign_key="staff.id", max_length=32, index=True)
    last_active_at: datetime = instant()
    expires_at: datetime = instant(index=True)
    ended_at: datetime | None = instant(nullable=True)
    ended_because: str = Field(default="", max_length=24)
    address: str = Field(default="", max_length=45)
    device: str = Field(default="", max_length=120)
    totp_cipher: bytes | None = Field(default=None, sa_type=LargeBinary)

    totp = Encrypted("totp")


class StaffTicket(Row, table=True):
    """An officer's login that succeeded and waits for the browser to fetch its session: 30 s, once, this browser.

    It is worth nothing once the account is another ``staff_version`` than it was.
    """

    __tablename__ = "staff_tickets"

    ticket_hash: str = Field(max_length=64, unique=True)
    anonymous_key: str = Field(max_length=64)
    staff_id: str = Field(foreign_key="staff.id", max_length=32)
    staff_version: int = 0
    expires_at: datetime = instant(index=True)
    used_at: datetime | None = instant(nullable=True)
