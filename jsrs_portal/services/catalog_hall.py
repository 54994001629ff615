"""The hall, cities and the site map (R-2.1.1, R-2.1.3, R-2.1.5, R-2.1.10)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain.hall_content import CityFront
from jsrs_portal.models.catalog import Announcement, CityFrontRow, ContentStatus, Matter
from jsrs_portal.services.catalog import HotGroup, MatterCard, hot_groups, matters_by_key
from jsrs_portal.services.catalog_announcements import AnnouncementCard, latest_announcements


@dataclass(frozen=True)
class NamedLink:
    """A name and an address, with a note."""

    name: str
    href: str
    note: str = ""


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


async def view_hall(session: AsyncSession, *, today: date, region: str = "", side: str = "", news: int = 6) -> HallView:
    """Return the hall as it looks from ``region``: the 热门 of every category and the latest news. Three statements."""
    chosen = regions().chosen(region)
    hot = await hot_groups(session, region=chosen.code, side=side)
    latest = await latest_announcements(session, today=today, region=chosen.code, most=news)
    return HallView(chosen.code, chosen.short, hot, latest)


async def list_cities(session: AsyncSession) -> tuple[CityCard, ...]:
    """Return the cities that have a front, in the order of their codes (地市频道). One statement."""
    rows = (await session.execute(select(CityFrontRow).order_by(col(CityFrontRow.region)))).scalars()
    names = regions().by_code
    return tuple(
        CityCard(row.region, names[row.region].name, row.bureau, f"/cities/{row.region}")
        for row in rows
        if row.region in names
    )


async def view_city(session: AsyncSession, *, region: str, today: date, news: int = 6) -> CityView | None:
    """Return the front of the city that ``region`` is or belongs to; ``None`` for the province and without a front.

    Four statements.
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
        announcements=await latest_announcements(session, today=today, region=city.code, most=news),
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
