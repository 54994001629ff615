"""The hall, announcements, cities and the site map (R-2.1.1, R-2.1.3, R-2.1.5, R-2.1.10)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.hall_content import AnnouncementDefinition, CityFront
from jsrs_portal.models.catalog import Announcement, CityFrontRow, ContentStatus, Matter
from jsrs_portal.services.catalog import HotGroup, MatterCard, hot_groups, matters_by_key, with_region


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


@dataclass(frozen=True)
class AnnouncementPage:
    """A page of announcements, newest first; ``next`` asks for the following one (empty: none)."""

    items: tuple[AnnouncementCard, ...]
    total: int
    next: str


@dataclass(frozen=True)
class NamedLink:
    """A name and an address, with a note."""

    name: str
    href: str
    note: str = ""


@dataclass(frozen=True)
class AnnouncementView:
    """An announcement in full; ``until`` is the end of a 公示 (empty: none), ``over`` that it has passed."""

    card: AnnouncementCard
    document_number: str
    until: str
    over: bool
    body: tuple[str, ...]
    attachments: tuple[NamedLink, ...]


@dataclass(frozen=True)
class HallView:
    """The hall's first page as it looks from a region."""

    region: str
    region_name: str
    hot: tuple[HotGroup, ...]
    announcements: tuple[AnnouncementCard, ...]


@dataclass(frozen=True)
class CityCard:
    """A city on the page of all cities (地市频道)."""

    code: str
    name: str
    bureau: str
    href: str


@dataclass(frozen=True)
class CityHallView:
    """A service hall of a city."""

    name: str
    address: str
    hours: str
    phone: str


@dataclass(frozen=True)
class CityView:
    """A city's own front; ``emblem`` is empty for the province's."""

    code: str
    name: str
    bureau: str
    hall: str
    introduction: str
    phone: str
    emblem: str
    notice: str
    site: str
    links: tuple[NamedLink, ...]
    halls: tuple[CityHallView, ...]
    counties: tuple[NamedLink, ...]
    featured: tuple[MatterCard, ...]
    announcements: tuple[AnnouncementCard, ...]


@dataclass(frozen=True)
class SiteMapEntry:
    """An address for search engines and when its content changed."""

    path: str
    changed_at: datetime


async def view_hall(session: AsyncSession, *, region: str = "", side: str = "", news: int = 6) -> HallView:
    """Return the hall as it looks from ``region``: the 热门 of every category and the latest news. Two statements."""
    chosen = regions().chosen(region)
    hot = await hot_groups(session, region=chosen.code, side=side)
    return HallView(chosen.code, chosen.short, hot, await _latest(session, chosen.code, news))


async def list_announcements(
    session: AsyncSession, *, region: str = "", kind: str = "", after: str = "", limit: int = 20
) -> AnnouncementPage:
    """Return the page of announcements for ``region`` that follows ``after``, newest first. Two statements.

    Those of the regions above concern it too; ``kind`` is 公示, 公告 or 通知, empty for all.
    """
    conditions = _concerning(region)
    if kind:
        conditions.append(col(Announcement.kind) == kind)
    total = (await session.execute(select(func.count()).select_from(Announcement).where(*conditions))).scalar_one()
    if (place := _place(after)) is not None:
        day, key = place
        same_day = and_(col(Announcement.issued_on) == day, col(Announcement.key) < key)
        conditions.append(or_(col(Announcement.issued_on) < day, same_day))
    query = select(Announcement).where(*conditions).order_by(*_NEWEST_FIRST).limit(limit + 1)
    rows = (await session.execute(query)).scalars().all()
    last = f"{rows[limit - 1].issued_on.isoformat()}.{rows[limit - 1].key}" if len(rows) > limit else ""
    return AnnouncementPage(tuple(_card(row, region) for row in rows[:limit]), total, last)


async def view_announcement(
    session: AsyncSession, *, key: str, today: date, region: str = ""
) -> AnnouncementView | None:
    """Return the published announcement ``key``; ``None`` when there is none. One statement."""
    query = select(Announcement).where(
        col(Announcement.key) == key, col(Announcement.status) == ContentStatus.PUBLISHED
    )
    row = (await session.execute(query)).scalar_one_or_none()
    if row is None:
        return None
    news = AnnouncementDefinition.model_validate_json(row.definition)
    return AnnouncementView(
        card=_card(row, region),
        document_number=news.document_number,
        until=_day(news.until) if news.until else "",
        over=news.until is not None and today > news.until,
        body=news.body,
        attachments=tuple(NamedLink(part.name, part.url) for part in news.attachments),
    )


async def list_cities(session: AsyncSession) -> tuple[CityCard, ...]:
    """Return the cities that have a front, in the order of their codes (地市频道). One statement."""
    rows = (await session.execute(select(CityFrontRow).order_by(col(CityFrontRow.region)))).scalars()
    names = regions().by_code
    return tuple(
        CityCard(row.region, names[row.region].name, row.bureau, f"/cities/{row.region}")
        for row in rows
        if row.region in names
    )


async def view_city(session: AsyncSession, *, region: str, news: int = 6) -> CityView | None:
    """Return the front of the city that ``region`` is or belongs to; ``None`` for the province and without a front.

    Three statements.
    """
    city = regions().city_of(region)
    if city is None:
        return None
    row = await session.get(CityFrontRow, city.code)
    if row is None:
        return None
    front = CityFront.model_validate_json(row.definition)
    return CityView(
        code=city.code,
        name=city.name,
        bureau=front.bureau,
        hall=front.hall,
        introduction=front.introduction,
        phone=front.phone,
        emblem=front.emblem,
        notice=front.notice,
        site=front.site,
        links=tuple(NamedLink(link.name, link.url, link.note) for link in front.links),
        halls=tuple(CityHallView(hall.name, hall.address, hall.hours, hall.phone) for hall in front.halls),
        counties=tuple(
            NamedLink(county.name, f"/services?region={county.code}") for county in regions().children(city.code)
        ),
        featured=await matters_by_key(session, keys=front.featured, region=city.code),
        announcements=await _latest(session, city.code, news),
    )


async def site_map(session: AsyncSession, *, most: int = 45_000) -> tuple[SiteMapEntry, ...]:
    """Return every guide and announcement that is published, for ``sitemap.xml``. Two statements."""
    found: list[SiteMapEntry] = []
    for prefix, model in (("/matters/", Matter), ("/announcements/", Announcement)):
        query = (
            select(col(model.key), col(model.changed_at))
            .where(col(model.status) == ContentStatus.PUBLISHED)
            .order_by(col(model.key))
            .limit(most)
        )
        found += [SiteMapEntry(f"{prefix}{key}", changed) for key, changed in await session.execute(query)]
    return tuple(found[:most])


_NEWEST_FIRST = (col(Announcement.issued_on).desc(), col(Announcement.key).desc())


def _concerning(region: str) -> list[ColumnElement[bool]]:
    return [
        col(Announcement.status) == ContentStatus.PUBLISHED,
        col(Announcement.region).in_(regions().news_scopes(region)),
    ]


async def _latest(session: AsyncSession, region: str, most: int) -> tuple[AnnouncementCard, ...]:
    query = select(Announcement).where(*_concerning(region)).order_by(*_NEWEST_FIRST).limit(most)
    return tuple(_card(row, region) for row in (await session.execute(query)).scalars())


def _place(after: str) -> tuple[date, str] | None:
    """Return where a page begins; ``None`` for anything that no page of ours gave out."""
    day, _, key = after.partition(".")
    try:
        return date.fromisoformat(day), key
    except ValueError:
        return None


def _card(row: Announcement, region: str) -> AnnouncementCard:
    tree = regions()
    return AnnouncementCard(
        key=row.key,
        title=row.title,
        kind=row.kind,
        region_name=tree.chosen(row.region).short,
        issued_by=row.issued_by,
        issued_on=_day(row.issued_on),
        summary=row.summary,
        href=with_region(f"/announcements/{row.key}", region),
    )


def _day(day: date) -> str:
    return in_words(day)
