"""What the worker does, and counters handed out in order."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from jsrs_portal.models.base import Encrypted, Row, instant, sealed


class MessageState(StrEnum):
    """What became of an outbox message."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    DEAD = "DEAD"
    WITHHELD = "WITHHELD"


class OutboxMessage(Row, table=True):
    """Something to be told to somebody, written in the transaction that made it true."""

    __tablename__ = "outbox"

    kind: str = Field(max_length=40)
    body_cipher: bytes = sealed()
    state: str = Field(default=MessageState.PENDING, max_length=16, index=True)
    tries: int = 0
    due_at: datetime = instant(index=True)
    first_tried_at: datetime | None = instant(nullable=True)

    body = Encrypted("body")


class Heartbeat(SQLModel, table=True):
    """The last sign of life of a process that works beside the server."""

    __tablename__ = "heartbeats"

    name: str = Field(primary_key=True, max_length=40)
    beat_at: datetime = instant()


class Sequence(SQLModel, table=True):
    """The last number handed out of a series, e.g. of unit numbers."""

    __tablename__ = "sequences"

    name: str = Field(primary_key=True, max_length=40)
    value: int = 0
