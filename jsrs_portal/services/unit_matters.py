"""Matters for units by business, as they stand below 单位信息 (R-2.6.2.3)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.matters import Side
from jsrs_portal.services.catalog import APPLY, GroupCount, MatterCard, count_groups, hot_groups

SHOWN = 6
"""Matters of each business; the rest is in its list."""


@dataclass(frozen=True)
class PartLink:
    """A part of a business (就业, 创业 …) and the list of its matters."""

    name: str
    href: str


@dataclass(frozen=True)
class BusinessGroup:
    """One business with its parts, its most used matters for units, and the list of all."""

    name: str
    href: str
    parts: tuple[PartLink, ...]
    matters: tuple[MatterCard, ...]


async def view_business(session: AsyncSession, *, actor: Actor, region: str) -> tuple[BusinessGroup, ...]:
    """Return what a unit can do in ``region`` by business; what has no matter there is left out. Two statements.

    What the actor's grant does not cover can be read about, and not be applied for (R-2.6.5.5).
    """
    hot = await hot_groups(session, region=region, side=Side.UNIT, most=SHOWN)
    counts = await count_groups(session, region=region, side=Side.UNIT)
    there = _parts(counts)
    return tuple(
        BusinessGroup(
            name=group.name,
            href=_list(region, category=group.key),
            parts=tuple(PartLink(name, _list(region, category=group.key, subcategory=key)) for key, name in parts),
            matters=tuple(_allowed(one, actor) for one in group.matters),
        )
        for group in hot
        if group.matters and (parts := there[group.key])
    )


def partly(groups: Iterable[BusinessGroup], actor: Actor) -> bool:
    """Tell whether some of what stands in ``groups`` is not the actor's to do."""
    return any(not _able(one, actor) for group in groups for one in group.matters)


def _allowed(card: MatterCard, actor: Actor) -> MatterCard:
    return card if _able(card, actor) else replace(card, apply_href="")


def _able(card: MatterCard, actor: Actor) -> bool:
    return card.action != APPLY or actor.may_do(matter=card.key, category=card.category)


def _parts(counts: tuple[GroupCount, ...]) -> dict[str, list[tuple[str, str]]]:
    """Return the parts of each category that have matters, as (key, name)."""
    found: dict[str, list[tuple[str, str]]] = {}
    parts: list[tuple[str, str]] = []
    for count in counts:  # the parts of a category follow it
        if count.facet == "category":
            parts = found.setdefault(count.key, [])
        elif count.facet == "subcategory" and count.count:
            parts.append((count.key, count.name))
    return found


def _list(region: str, **narrowed: str) -> str:
    """Return the address of the list of matters for units, narrowed to a business or a part of it."""
    return f"/units?{urlencode({**narrowed, 'region': region})}"
