"""Matters' definitions as they are stored, each version read and taken apart once: versions never change."""

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.models.catalog import MatterVersion

_MOST_KEPT = 256
_kept: dict[str, MatterDefinition] = {}


@lru_cache(maxsize=_MOST_KEPT)
def parsed(version_id: str, definition: str) -> MatterDefinition:
    """Return the definition that the version ``version_id`` keeps as JSON."""
    return MatterDefinition.model_validate_json(definition)


async def definitions_of(session: AsyncSession, versions: Iterable[str]) -> dict[str, MatterDefinition]:
    """Return the definitions of these ``versions``. One query for those this process has not read yet."""
    wanted = set(versions)
    found = {key: _kept[key] for key in wanted if key in _kept}
    if missing := wanted - found.keys():
        query = select(col(MatterVersion.id), col(MatterVersion.definition)).where(col(MatterVersion.id).in_(missing))
        found |= {key: parsed(key, definition) for key, definition in await session.execute(query)}
    for key, definition in found.items():  # what was used last is forgotten last
        _kept.pop(key, None)
        _kept[key] = definition
    while len(_kept) > _MOST_KEPT:
        del _kept[next(iter(_kept))]
    return found
