"""公示公告: lists, one announcement, the files that go with it (R-2.1.2, R-2.1.10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain import rich_text
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.hall_content import MEDIA_TYPES, AnnouncementDefinition, Attachment
from jsrs_portal.models.catalog import Announcement, AnnouncementFile, ContentStatus
from jsrs_portal.services.catalog import with_region

MOST_PINNED = 5
"""How many announcements can stand before all others at a time: the newest."""


@dataclass(frozen=True)
class AnnouncementCard:
    """An announcement in a list."""

    key: str
    title: str
    kind: str
    region_name: str
    issued_by: str
    issued_on: str
    summary: str
    href: str
    pinned: bool = False


@dataclass(frozen=True)
class AnnouncementPage:
    """A page of announcements, newest first; ``next`` asks for the following one (empty: none)."""

    items: tuple[AnnouncementCard, ...]
    total: int
    next: str


@dataclass(frozen=True)
class AttachmentLink:
    """A document to be fetched here (``note``: kind and size), or one that is ``elsewhere``."""

    name: str
    href: str
    note: str
    elsewhere: bool


@dataclass(frozen=True)
class AnnouncementView:
    """An announcement in full; ``until`` is the end of a 公示 (empty: none), ``over`` that it has passed.

    ``html`` is safe to be shown as it is (see :mod:`~jsrs_portal.domain.rich_text`), ``lines`` are its words alone.
    """

    card: AnnouncementCard
    document_number: str
    until: str
    over: bool
    html: str
    lines: tuple[str, ...]
    attachments: tuple[AttachmentLink, ...]


@dataclass(frozen=True)
class AttachmentFile:
    """A file as it is sent; ``content`` is ``None`` for somebody who has just this one already."""

    name: str
    media_type: str
    digest: str
    content: bytes | None


async def list_announcements(
    session: AsyncSession, *, today: date, region: str = "", kind: str = "", after: str = "", limit: int = 20
) -> AnnouncementPage:
    """Return the page of announcements for ``region`` that follows ``after``, newest first. Three statements.

    Those of the regions above concern it too; ``kind`` is 公示, 公告 or 通知, empty for all. Those pinned on ``today``
    stand first on the first page, beside the ``limit`` others.
    """
    conditions = _concerning(region)
    if kind:
        conditions.append(col(Announcement.kind) == kind)
    total = (await session.execute(select(func.count()).select_from(Announcement).where(*conditions))).scalar_one()
    pinned = await _pinned(session, conditions, today)
    conditions.append(col(Announcement.key).not_in([row.key for row in pinned]))
    place = _place(after)
    if place is not None:
        day, key = place
        same_day = and_(col(Announcement.issued_on) == day, col(Announcement.key) < key)
        conditions.append(or_(col(Announcement.issued_on) < day, same_day))
    query = select(Announcement).where(*conditions).order_by(*_NEWEST_FIRST).limit(limit + 1)
    rows = (await session.execute(query)).scalars().all()
    last = f"{rows[limit - 1].issued_on.isoformat()}.{rows[limit - 1].key}" if len(rows) > limit else ""
    first = [_card(row, region, pinned=True) for row in pinned] if place is None else []
    return AnnouncementPage((*first, *(_card(row, region) for row in rows[:limit])), total, last)


async def latest_announcements(
    session: AsyncSession, *, today: date, region: str, most: int
) -> tuple[AnnouncementCard, ...]:
    """Return the first ``most`` announcements for ``region``, pinned ones before the others. Two statements."""
    conditions = _concerning(region)
    pinned = (await _pinned(session, conditions, today))[:most]
    conditions.append(col(Announcement.key).not_in([row.key for row in pinned]))
    query = select(Announcement).where(*conditions).order_by(*_NEWEST_FIRST).limit(most - len(pinned))
    rows = (await session.execute(query)).scalars()
    return (*(_card(row, region, pinned=True) for row in pinned), *(_card(row, region) for row in rows))


async def view_announcement(
    session: AsyncSession, *, key: str, today: date, region: str = ""
) -> AnnouncementView | None:
    """Return the published announcement ``key``; ``None`` when there is none. Two statements."""
    row = (await session.execute(select(Announcement).where(*_published(key)))).scalar_one_or_none()
    if row is None:
        return None
    news = AnnouncementDefinition.model_validate_json(row.definition)
    query = select(col(AnnouncementFile.number), col(AnnouncementFile.size)).where(
        col(AnnouncementFile.announcement_id) == row.id
    )
    sizes = {number: size for number, size in await session.execute(query)}
    return AnnouncementView(
        card=_card(row, region, pinned=row.pinned_until is not None and row.pinned_until >= today),
        document_number=news.document_number,
        until=in_words(news.until) if news.until else "",
        over=news.until is not None and today > news.until,
        html=rich_text.to_html(news.body),
        lines=rich_text.to_lines(news.body),
        attachments=tuple(
            _link(key, number, attachment, sizes.get(number, 0))
            for number, attachment in enumerate(news.attachments, start=1)
        ),
    )


async def attached_file(session: AsyncSession, *, key: str, number: int, known: str = "") -> AttachmentFile | None:
    """Return file ``number`` of the announcement ``key``; ``None`` unless that is published and has it.

    ``known`` is the digest of what the asker has; the content is read only when it is another. Two statements, or one.
    """
    query = (
        select(
            col(AnnouncementFile.announcement_id),
            col(AnnouncementFile.file_name),
            col(AnnouncementFile.digest),
            col(Announcement.definition),
        )
        .join(Announcement, col(Announcement.id) == col(AnnouncementFile.announcement_id))
        .where(*_published(key), col(AnnouncementFile.number) == number)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    of, file_name, digest, definition = found
    kind = file_name.rpartition(".")[2]
    attachments = AnnouncementDefinition.model_validate_json(definition).attachments
    content = None
    if digest != known:
        one = (col(AnnouncementFile.announcement_id) == of, col(AnnouncementFile.number) == number)
        content = (await session.execute(select(col(AnnouncementFile.content)).where(*one))).scalar_one()
    return AttachmentFile(f"{attachments[number - 1].name}.{kind}", MEDIA_TYPES[kind], digest, content)


_NEWEST_FIRST = (col(Announcement.issued_on).desc(), col(Announcement.key).desc())


def _published(key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Announcement.key) == key, col(Announcement.status) == ContentStatus.PUBLISHED


def _concerning(region: str) -> list[ColumnElement[bool]]:
    return [
        col(Announcement.status) == ContentStatus.PUBLISHED,
        col(Announcement.region).in_(regions().news_scopes(region)),
    ]


async def _pinned(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], today: date
) -> Sequence[Announcement]:
    now_pinned = col(Announcement.pinned_until) >= today
    query = select(Announcement).where(*conditions, now_pinned).order_by(*_NEWEST_FIRST).limit(MOST_PINNED)
    return (await session.execute(query)).scalars().all()


def _place(after: str) -> tuple[date, str] | None:
    """Return where a page begins; ``None`` for anything that no page of ours gave out."""
    day, _, key = after.partition(".")
    try:
        return date.fromisoformat(day), key
    except ValueError:
        return None


def _card(row: Announcement, region: str, *, pinned: bool = False) -> AnnouncementCard:
    return AnnouncementCard(
        key=row.key,
        title=row.title,
        kind=row.kind,
        region_name=regions().chosen(row.region).short,
        issued_by=row.issued_by,
        issued_on=in_words(row.issued_on),
        summary=row.summary,
        href=with_region(f"/announcements/{row.key}", region),
        pinned=pinned,
    )


def _link(key: str, number: int, attachment: Attachment, size: int) -> AttachmentLink:
    if attachment.file is None:
        return AttachmentLink(attachment.name, attachment.url or "", "", elsewhere=True)
    kind = attachment.file.rpartition(".")[2].upper()
    return AttachmentLink(
        attachment.name, f"/announcements/{key}/files/{number}", f"{kind}，{_size(size)}", elsewhere=False
    )


def _size(octets: int) -> str:
    kilobytes = octets / 1024
    return f"{kilobytes / 1024:.1f} MB" if kilobytes >= 1024 else f"{max(1, round(kilobytes))} KB"
