"""What the hall shows besides matters: announcements and the fronts of the cities (R-2.1.10), as data."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from jsrs_portal.domain.matter_parts import Key, Line, Part, Phone, RegionCode, Text, Url
from jsrs_portal.domain.matters import FileStatus


class AnnouncementKind(StrEnum):
    """What an announcement is."""

    PUBLICITY = "公示"
    ANNOUNCEMENT = "公告"
    NOTICE = "通知"


class Attachment(Part):
    """A document an announcement refers to."""

    name: Line
    url: Url


class AnnouncementDefinition(Part):
    """One announcement: ``region`` is whose it is; it concerns everything below that region."""

    key: Key
    status: FileStatus = FileStatus.PUBLISHED
    title: Line
    kind: AnnouncementKind
    region: RegionCode
    issued_by: Line
    issued_on: date
    document_number: str = Field("", max_length=60)
    until: date | None = None
    summary: str = Field(min_length=10, max_length=160)
    body: tuple[Text, ...] = Field(min_length=2)
    attachments: tuple[Attachment, ...] = ()


class CityLink(Part):
    """A link of a city's front."""

    name: Line
    url: Url
    note: str = Field("", max_length=60)


class CityHall(Part):
    """The city's service hall one can walk to."""

    name: Line
    address: Line
    hours: Line
    phone: Phone


class CityFront(Part):
    """A city's own front: its bureau, its words, its links. A pilot city changes this file and no code.

    ``emblem`` is a path under ``assets/`` (empty: the province's); ``featured`` are keys of matters shown first,
    ``notice`` a sentence above everything (e.g. what the city is piloting).
    """

    region: RegionCode
    bureau: Line
    hall: str = Field("", max_length=60)
    introduction: str = Field(min_length=30, max_length=400)
    phone: Phone = "12333"
    emblem: str = Field("", pattern=r"^(/[a-z0-9/_.-]+\.(svg|png))?$")
    notice: str = Field("", max_length=200)
    site: Url
    links: tuple[CityLink, ...] = Field(min_length=1)
    halls: tuple[CityHall, ...] = ()
    featured: tuple[Key, ...] = ()
