"""What the hall shows besides matters: announcements and the fronts of the cities (R-2.1.10), as data."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from jsrs_portal.domain import file_types, rich_text
from jsrs_portal.domain.matter_parts import Key, Line, Part, Phone, RegionCode, Url
from jsrs_portal.domain.matters import FileStatus


class AnnouncementKind(StrEnum):
    """What an announcement is."""

    PUBLICITY = "公示"
    ANNOUNCEMENT = "公告"
    NOTICE = "通知"


def _shown_safely(source: str) -> str:
    """Refuse what :mod:`.rich_text` would not show as its author means it."""
    found = rich_text.problems(source)
    if found:
        raise ValueError("；".join(f"第 {line + 1} 行{reason}" for line, reason in found[:3]))
    return source


RichText = Annotated[str, StringConstraints(min_length=20, max_length=rich_text.LONGEST), AfterValidator(_shown_safely)]
"""Markdown; see :mod:`.rich_text`."""

FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,58}\.(pdf|xlsx|docx|csv|zip)$")]
"""A file that goes with an announcement: its name says what it is."""

LARGEST_ATTACHMENT = 5 * 1024 * 1024
"""Bytes; attachments are kept in the database, so that every server has them and a backup holds them."""

MEDIA_TYPES = {kind: file_types.MEDIA_TYPES[kind] for kind in ("pdf", "xlsx", "docx", "csv", "zip")}


def attachment_problem(name: str, content: bytes) -> str:
    """Return why ``content`` cannot be the attachment ``name``, empty when it can."""
    kind = name.rpartition(".")[2]
    if not content or len(content) > LARGEST_ATTACHMENT:
        return f"附件不能为空，也不能超过 {LARGEST_ATTACHMENT // 1024 // 1024} MB"
    if not file_types.begins_as(kind, content):
        return f"内容不是 {kind} 文件"
    if kind == "csv":
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return "csv 文件应为 UTF-8 编码"
    return ""


class Attachment(Part):
    """A document an announcement refers to: a file that lies with it, or an address elsewhere."""

    name: Line
    file: FileName | None = None
    url: Url | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Attachment":
        if (self.file is None) == (self.url is None):
            raise ValueError("附件应有 file（随公告存放的文件）或 url（其他网站的地址），二者取一")
        return self


class AnnouncementDefinition(Part):
    """One announcement: ``region`` is whose it is; it concerns everything below that region.

    Until ``pinned_until`` it stands before all others; that always ends, or the top of the list would fill up.
    """

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
    pinned_until: date | None = None
    body: RichText
    attachments: tuple[Attachment, ...] = Field((), max_length=20)


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
