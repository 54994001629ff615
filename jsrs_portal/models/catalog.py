"""The catalogue as it is served: matters with their versions and groups, announcements, city fronts, search entries.

Nothing here is personal: all of it is public text that ``jsrs catalog load`` puts in from files (rule 4).
"""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from jsrs_portal.models.base import Row, instant

LAST = 1000
"""The place among the 热门 of a matter that has none of its own."""


def hot_order(heat: int, featured: int) -> int:
    """Return where a matter stands among the 热门: more used first, and without data as the files say (R-2.1.5)."""
    return featured - 2 * LAST * min(heat, 1_000_000)


class ContentStatus(StrEnum):
    """What becomes of a piece of content: waiting, served, or no longer served."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class Matter(Row, table=True):
    """事项, as lists need it; the whole definition is in the version that ``version_id`` names.

    ``place`` is unique and sorts matters as the taxonomy orders them. ``heat`` is how much a matter was used lately,
    and ``hot_order`` (small first) puts that before the fixed order of ``featured``; see :func:`hot_order`.
    """

    __tablename__ = "matters"
    __table_args__ = (
        Index("ix_matters_status_place", "status", "place"),
        Index("ix_matters_hot", "status", "category", "hot_order", "place"),
        Index("ix_matters_popular", "status", "hot_order", "place"),
    )

    key: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=120)
    summary: str = Field(max_length=120)
    kind: str = Field(max_length=8)
    category: str = Field(max_length=60)
    subcategory: str = Field(max_length=60)
    sides: str = Field(max_length=40)
    online: str = Field(max_length=16)
    online_url: str = Field(default="", max_length=300)
    online_name: str = Field(default="", max_length=60)
    can_apply: bool = False
    place: str = Field(max_length=80)
    featured: int = LAST
    heat: int = 0
    hot_order: int = LAST
    status: str = Field(default=ContentStatus.DRAFT, max_length=16)
    version_id: str | None = Field(default=None, max_length=32)
    version_number: int = 0
    changed_at: datetime = instant()


class MatterVersion(Row, table=True):
    """One version of a matter's definition, as JSON; a case keeps the version it was made with."""

    __tablename__ = "matter_versions"
    __table_args__ = (UniqueConstraint("matter_id", "number"),)

    matter_id: str = Field(foreign_key="matters.id", max_length=32)
    number: int
    status: str = Field(default=ContentStatus.DRAFT, max_length=16)
    digest: str = Field(max_length=64)
    definition: str = Field(sa_type=Text)
    published_at: datetime | None = instant(nullable=True)
    retired_at: datetime | None = instant(nullable=True)


class MatterFacet(SQLModel, table=True):
    """A group that a served matter belongs to: a side, an audience, a theme, a region."""

    __tablename__ = "matter_facets"

    facet: str = Field(primary_key=True, max_length=12)
    value: str = Field(primary_key=True, max_length=60)
    matter_id: str = Field(primary_key=True, foreign_key="matters.id", max_length=32, index=True)


class MatterStat(SQLModel, table=True):
    """How often a matter was looked at and applied for on one day (in China)."""

    __tablename__ = "matter_stats"

    matter_id: str = Field(primary_key=True, foreign_key="matters.id", max_length=32)
    day: date = Field(primary_key=True, index=True)
    views: int = 0
    applications: int = 0


class Favourite(SQLModel, table=True):
    """收藏: a matter that a person keeps at hand (R-2.1.9).

    ``whom`` is in whose name: empty for oneself, else the unit's or institution's identifier. Each has a list of its
    own, so that a unit's password opens that unit's and no other (R-2.6.6.5).
    """

    __tablename__ = "favourites"

    person_id: str = Field(primary_key=True, foreign_key="persons.id", max_length=32)
    whom: str = Field(default="", primary_key=True, max_length=32)
    matter_id: str = Field(primary_key=True, foreign_key="matters.id", max_length=32, index=True)
    kept_at: datetime = instant()


class Announcement(Row, table=True):
    """公示公告, as lists need it, and its text as JSON; until ``pinned_until`` it stands before all others."""

    __tablename__ = "announcements"
    __table_args__ = (
        Index("ix_announcements_status_order", "status", "issued_on", "key"),
        Index("ix_announcements_pinned", "pinned_until"),
    )

    key: str = Field(max_length=60, unique=True)
    title: str = Field(max_length=120)
    kind: str = Field(max_length=8)
    region: str = Field(max_length=6)
    issued_by: str = Field(max_length=120)
    issued_on: date
    pinned_until: date | None = None
    summary: str = Field(max_length=160)
    status: str = Field(default=ContentStatus.DRAFT, max_length=16)
    digest: str = Field(max_length=64)
    definition: str = Field(sa_type=Text)
    changed_at: datetime = instant()


class AnnouncementFile(SQLModel, table=True):
    """A file that goes with an announcement; ``number`` is its place among the attachments, from 1."""

    __tablename__ = "announcement_files"

    announcement_id: str = Field(primary_key=True, foreign_key="announcements.id", max_length=32)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    file_name: str = Field(max_length=64)
    digest: str = Field(max_length=64)
    size: int
    content: bytes = Field(sa_type=LargeBinary)


class CityFrontRow(SQLModel, table=True):
    """A city's own front, as JSON (R-2.1.10)."""

    __tablename__ = "city_fronts"

    region: str = Field(primary_key=True, max_length=6)
    bureau: str = Field(max_length=120)
    digest: str = Field(max_length=64)
    definition: str = Field(sa_type=Text)


class CatalogLoad(SQLModel, table=True):
    """What was loaded last: the hash of its files, by which an unchanged catalogue is passed over."""

    __tablename__ = "catalog_loads"

    name: str = Field(primary_key=True, max_length=40)
    digest: str = Field(default="", max_length=64)
    loaded_at: datetime = instant()


class SearchDocument(SQLModel, table=True):
    """What search shows of one matter or announcement; its words are in the dialect's own index, under ``id``.

    Identifiers grow with the length of the title (see ``services.search.documents``), so the first rows of an index are
    the shortest titles and a search that finds thousands reads only the first few.
    """

    __tablename__ = "search_documents"
    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_search_documents_title", "folded_title"))

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(max_length=16)
    key: str = Field(max_length=60)
    title: str = Field(max_length=120)
    folded_title: str = Field(max_length=120)
    pinyin: str = Field(max_length=800)
    initials: str = Field(max_length=120)
    aliases: str = Field(default="", sa_type=Text)
    summary: str = Field(max_length=200)
    body: str = Field(default="", sa_type=Text)
    group: str = Field(default="", max_length=60)
    scopes: str = Field(default="", sa_type=Text)
    can_apply: bool = False
