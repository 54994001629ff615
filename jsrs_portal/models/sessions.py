"""Signed-in sessions, one-time login tickets, and counters of failures."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlmodel import Field, SQLModel

from jsrs_portal.models.base import Row, instant


class UserSession(Row, table=True):
    """A signed-in browser: in whose name it acts, and when it ends. The cookie's secret is stored only hashed.

    ``proved`` is the realm of the password that opened it, or ``phone:<id>`` for the phone that confirmed it: what else
    may be entered from it without another proof. ``way`` is how it was opened. ``device_key`` names the browser.
    """

    __tablename__ = "user_sessions"

    token_hash: str = Field(max_length=64, unique=True)
    person_id: str = Field(foreign_key="persons.id", max_length=32, index=True)
    unit_id: str | None = Field(default=None, foreign_key="units.id", max_length=32, index=True)
    grant_id: str | None = Field(default=None, foreign_key="grants.id", max_length=32)
    institution_id: str | None = Field(default=None, foreign_key="institutions.id", max_length=32, index=True)
    proved: str = Field(default="", max_length=64)
    last_active_at: datetime = instant()
    expires_at: datetime = instant(index=True)
    ended_at: datetime | None = instant(nullable=True)
    ended_because: str = Field(default="", max_length=24)
    address: str = Field(default="", max_length=45)
    device: str = Field(default="", max_length=120)
    way: str = Field(default="", max_length=16)
    device_key: str = Field(default="", max_length=64)


class LoginTicket(Row, table=True):
    """A login that succeeded and waits for the browser to fetch its session: 30 s, once, this browser only."""

    __tablename__ = "login_tickets"

    ticket_hash: str = Field(max_length=64, unique=True)
    anonymous_key: str = Field(max_length=64)
    person_id: str = Field(foreign_key="persons.id", max_length=32)
    unit_id: str | None = Field(default=None, foreign_key="units.id", max_length=32)
    grant_id: str | None = Field(default=None, foreign_key="grants.id", max_length=32)
    institution_id: str | None = Field(default=None, foreign_key="institutions.id", max_length=32)
    proved: str = Field(default="", max_length=64)
    way: str = Field(default="", max_length=16)
    expires_at: datetime = instant(index=True)
    used_at: datetime | None = instant(nullable=True)


class LoginAlert(Row, table=True):
    """The link "this was not me" that was sent after a login from a new device (R-2.4.8); works once."""

    __tablename__ = "login_alerts"

    token_hash: str = Field(max_length=64, unique=True)
    session_id: str = Field(max_length=32)
    person_id: str = Field(foreign_key="persons.id", max_length=32, index=True)
    expires_at: datetime = instant(index=True)
    used_at: datetime | None = instant(nullable=True)


class Counter(SQLModel, table=True):
    """How often something happened in a window: failed logins, codes sent. The key is a hash, never a phone."""

    __tablename__ = "counters"

    key: str = Field(primary_key=True, max_length=64)
    count: int = 0
    window_ends_at: datetime = instant(index=True)
