"""Lists of matters: the hall, the service list, and everything that is filtered by group and region (R-2.1.4–2.1.10).

Every operation costs the same number of statements for ten matters and for twenty thousand. Only what is published is
ever returned; nobody needs to be signed in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.shipped import regions, taxonomy
from jsrs_portal.domain.matters import SIDE_LABELS, OnlineWay, Side
from jsrs_portal.models.catalog import ContentStatus, Matter, MatterFacet

HOT = 10
"""Matters of a category on the hall."""


APPLY = "申报"
"""What one does with most matters; 「查询」 with the others."""


@dataclass(frozen=True)
class MatterCard:
    """A matter in a list; ``apply_href`` is empty without 「申报」, ``elsewhere`` names where such a link goes.

    ``action`` is what the link says: 「申报」, or 「查询」 for a matter one only looks something up in.
    """

    key: str
    name: str
    summary: str
    kind: str
    category: str
    category_name: str
    subcategory: str
    subcategory_name: str
    sides: tuple[str, ...]
    guide_href: str
    apply_href: str
    elsewhere: str
    offline: bool
    action: str = APPLY


@dataclass(frozen=True)
class MatterFilter:
    """What a list is narrowed to; empty means anything. Keys are the taxonomy's.

    ``side`` is person · unit · institution, ``kind`` 办事 or 查询, ``online`` hall · elsewhere · offline, or ``yes``
    for the first two.
    ``region`` is a code; empty or unknown is the province itself. An unknown key finds nothing.
    """

    side: str = ""
    audience: str = ""
    category: str = ""
    subcategory: str = ""
    theme: str = ""
    region: str = ""
    kind: str = ""
    online: str = ""


@dataclass(frozen=True)
class MatterPage:
    """A page of a list: ``total`` of all pages, and ``next``, what to ask for the following one with (empty: none)."""

    items: tuple[MatterCard, ...]
    total: int
    next: str


@dataclass(frozen=True)
class HotGroup:
    """The 热门服务 of one category (R-2.1.5)."""

    key: str
    name: str
    icon: str
    matters: tuple[MatterCard, ...]


@dataclass(frozen=True)
class GroupCount:
    """A group that lists can be narrowed to, with how many matters it has: ``facet`` is the filter's field."""

    facet: str
    key: str
    name: str
    count: int


def in_region(region: str, matter_id: ColumnElement[str] | None = None) -> ColumnElement[bool]:
    """Return the condition that a matter (of the table, or whose ``matter_id`` is given) exists in ``region``."""
    return _in_facet("region", regions().matter_scopes(region), matter_id)


def _in_facet(facet: str, values: Sequence[str], matter_id: ColumnElement[str] | None = None) -> ColumnElement[bool]:
    owner = col(Matter.id) if matter_id is None else matter_id
    member = select(col(MatterFacet.matter_id)).where(
        col(MatterFacet.matter_id) == owner, col(MatterFacet.facet) == facet, col(MatterFacet.value).in_(values)
    )
    return member.exists()


def _conditions(wanted: MatterFilter) -> list[ColumnElement[bool]]:
    found = [col(Matter.status) == ContentStatus.PUBLISHED, in_region(wanted.region)]
    for facet, value in (("side", wanted.side), ("audience", wanted.audience), ("theme", wanted.theme)):
        if value:
            found.append(_in_facet(facet, (value,)))
    for column, value in (
        (col(Matter.category), wanted.category),
        (col(Matter.subcategory), wanted.subcategory),
        (col(Matter.kind), wanted.kind),
    ):
        if value:
            found.append(column == value)
    if wanted.online == "yes":
        found.append(col(Matter.online) != OnlineWay.OFFLINE.value)
    elif wanted.online:
        found.append(col(Matter.online) == wanted.online)
    return found


async def list_matters(session: AsyncSession, *, wanted: MatterFilter, after: str = "", limit: int = 20) -> MatterPage:
    """Return the page of matters that follows ``after`` (a page's ``next``), in the order of the taxonomy (R-2.1.10).

    Two statements: the count and the page.
    """
    conditions = _conditions(wanted)
    total = (await session.execute(select(func.count()).select_from(Matter).where(*conditions))).scalar_one()
    query = select(Matter).where(*conditions).order_by(col(Matter.place)).limit(limit + 1)
    if after:
        query = query.where(col(Matter.place) > after)
    rows = (await session.execute(query)).scalars().all()
    last = rows[limit - 1].place if len(rows) > limit else ""
    return MatterPage(tuple(card(row, wanted.region) for row in rows[:limit]), total, last)


async def hot_groups(
    session: AsyncSession, *, region: str = "", side: str = "", most: int = HOT
) -> tuple[HotGroup, ...]:
    """Return every category with its most used matters in ``region``, in the fixed order while there is no data.

    One statement for all categories (R-2.1.5).
    """
    groups = taxonomy().categories
    parts: list[Any] = []
    for group in groups:
        conditions = _conditions(MatterFilter(category=group.key, region=region, side=side))
        order = (col(Matter.hot_order), col(Matter.place))
        part = select(col(Matter.id)).where(*conditions).order_by(*order).limit(most).subquery()
        parts.append(select(part.c.id))
    hot = union_all(*parts).subquery()
    query = select(Matter).where(col(Matter.id).in_(select(hot.c.id)))
    rows = (await session.execute(query.order_by(col(Matter.hot_order), col(Matter.place)))).scalars().all()
    return tuple(
        HotGroup(group.key, group.name, group.icon, tuple(card(r, region) for r in rows if r.category == group.key))
        for group in groups
    )


async def matters_by_key(session: AsyncSession, *, keys: Iterable[str], region: str = "") -> tuple[MatterCard, ...]:
    """Return the published matters among ``keys`` in that order, e.g. what a city features. One statement."""
    wanted = list(dict.fromkeys(keys))
    query = select(Matter).where(col(Matter.key).in_(wanted), col(Matter.status) == ContentStatus.PUBLISHED)
    rows = {row.key: row for row in (await session.execute(query)).scalars()}
    return tuple(card(rows[key], region) for key in wanted if key in rows)


async def count_groups(session: AsyncSession, *, region: str = "", side: str = "") -> tuple[GroupCount, ...]:
    """Return how many matters each category, part, theme and audience has in ``region``, for the filters of a list.

    One statement; groups without matters are there with 0, in the order of the taxonomy.
    """
    here = select(col(Matter.id), col(Matter.category), col(Matter.subcategory))
    served = here.where(*_conditions(MatterFilter(region=region, side=side))).cte("served")
    one = func.count()
    counted = union_all(
        select(served.c.category.label("facet"), served.c.subcategory.label("value"), one.label("n")).group_by(
            served.c.category, served.c.subcategory
        ),
        select(col(MatterFacet.facet), col(MatterFacet.value), one)
        .where(col(MatterFacet.facet).in_(("theme", "audience")), col(MatterFacet.matter_id).in_(select(served.c.id)))
        .group_by(col(MatterFacet.facet), col(MatterFacet.value)),
    )
    counts = {(facet, value): number for facet, value, number in await session.execute(counted)}
    found: list[GroupCount] = []
    for category in taxonomy().categories:
        parts = [
            GroupCount("subcategory", part.key, part.name, counts.get((category.key, part.key), 0))
            for part in category.subcategories
        ]
        found += [GroupCount("category", category.key, category.name, sum(part.count for part in parts)), *parts]
    for facet, groups in (("theme", taxonomy().themes), ("audience", taxonomy().audiences)):
        found += [GroupCount(facet, group.key, group.name, counts.get((facet, group.key), 0)) for group in groups]
    return tuple(found)


def card(row: Matter, region: str) -> MatterCard:
    """Return how a matter is shown in lists; its addresses keep the region."""
    groups = taxonomy()
    category = groups.category(row.category)
    elsewhere = row.online == OnlineWay.ELSEWHERE.value
    apply_href = row.online_url if elsewhere else with_region(f"/apply/{row.key}", region) if row.can_apply else ""
    return MatterCard(
        key=row.key,
        name=row.name,
        summary=row.summary,
        kind=row.kind,
        category=row.category,
        category_name=category.name if category else "",
        subcategory=row.subcategory,
        subcategory_name=groups.subcategory_name(row.category, row.subcategory),
        sides=tuple(SIDE_LABELS[Side(side)] for side in row.sides.split(",")),
        guide_href=with_region(f"/matters/{row.key}", region),
        apply_href=apply_href,
        elsewhere=row.online_name if elsewhere else "",
        offline=row.online == OnlineWay.OFFLINE.value,
        action="查询" if row.kind == "查询" else "申报",
    )


def with_region(path: str, region: str) -> str:
    """Return ``path`` with the chosen region, the province's too: whoever is sent it sees the same (R-2.1.3)."""
    if region not in regions().by_code:
        return path
    return f"{path}{'&' if '?' in path else '?'}region={region}"
