"""评价 of finished cases, and the rectification of bad ones (R-2.6.3.4)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from jsrs_portal.domain.ratings import REASONS_VERSION, Standing
from jsrs_portal.models.base import Encrypted, Row, instant, sealed


class Rating(Row, table=True):
    """How a case was rated, once: ``level`` is the national number, ``reasons`` the codes ticked, parted by blanks.

    ``reasons_version`` is the table's by which they were ticked; ``words`` what was written besides, empty or not.
    ``person_id`` gave it; officers never learn who that is, nor of which case it is.
    """

    __tablename__ = "ratings"
    __table_args__ = (Index("ix_ratings_matter_id_level", "matter_id", "level"),)

    case_id: str = Field(foreign_key="cases.id", max_length=32, unique=True)
    matter_id: str = Field(foreign_key="matters.id", max_length=32)
    person_id: str = Field(foreign_key="persons.id", max_length=32, index=True)
    level: int
    reasons: str = Field(default="", max_length=80)
    reasons_version: int = REASONS_VERSION
    words_cipher: bytes = sealed()

    words = Encrypted("words")


class Rectification(Row, table=True):
    """What is done about a bad rating: by ``due_by``, in ``region`` (the case's), closed by the officer ``staff_id``.

    ``done`` is what they say was done. ``version`` counts every change (compare-and-set).
    """

    __tablename__ = "rectifications"
    __table_args__ = (
        Index("ix_rectifications_state_due_by", "state", "due_by", "id"),
        Index("ix_rectifications_state_closed_at", "state", "closed_at", "id"),
    )

    rating_id: str = Field(foreign_key="ratings.id", max_length=32, unique=True)
    region: str = Field(max_length=6)
    due_by: date
    state: str = Field(default=Standing.OPEN, max_length=16)
    version: int = 1
    staff_id: str | None = Field(default=None, foreign_key="staff.id", max_length=32)
    closed_at: datetime | None = instant(nullable=True)
    done_cipher: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)

    done = Encrypted("done")
