"""Which matters occur among cases: read from an index matter by matter, however many cases each of them has.

No plan of the database skips from one value of an index to the next, so a recursion does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain.authority import Scope
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.services.case_streams import Stream

MOST_STREAMS = 60
"""So many ranges of an index are merged for one page; beyond that the list is read in its own order and filtered."""
_WORDS = 5
"""So many words of a search count; each is looked for in every matter's name."""


@dataclass(frozen=True)
class Matters:
    """The identifiers of matters that occur and are looked for; ``covered`` are those of an agent's scope."""

    all: tuple[str, ...]
    covered: tuple[str, ...]


def occurring(place: Stream) -> Subquery:
    """Return the identifiers (``id``) of the matters that occur in ``place``, which is the beginning of an index."""
    used = select(_first(place).label("id")).cte(recursive=True)
    used = used.union_all(select(_first([*place, col(Case.matter_id) > used.c.id])).where(used.c.id.is_not(None)))
    return select(used.c.id).where(used.c.id.is_not(None)).subquery()


def _first(conditions: Sequence[ColumnElement[bool]]) -> Any:
    """Return the first matter in the order of the index."""
    return select(func.min(col(Case.matter_id))).where(*conditions).correlate_except(Case).scalar_subquery()


def named(text: str, key: str = "") -> list[ColumnElement[bool]]:
    """Return the conditions of matters whose names contain every word of ``text``, and of the one with ``key``."""
    found = [col(Matter.name).icontains(word, autoescape=True) for word in text.split()[:_WORDS]]
    return [*found, col(Matter.key) == key] if key else found


def in_scope(scope: Scope | None) -> ColumnElement[bool]:
    """Return which matters an agent's scope covers; all of them for those who have none."""
    if scope is None:
        return true()
    return or_(col(Matter.key).in_(sorted(scope.matters)), col(Matter.category).in_(sorted(scope.categories)))


async def matters_in(
    session: AsyncSession, place: Stream, *, text: str = "", key: str = "", scope: Scope | None = None
) -> Matters:
    """Return which matters occur in ``place`` and are looked for (:func:`named`). One query."""
    here, covered = occurring(place), in_scope(scope) if scope is not None else literal(1)
    query = select(col(Matter.id), covered).join(here, here.c.id == col(Matter.id)).where(*named(text, key))
    found = (await session.execute(query.order_by(col(Matter.id)))).all()
    return Matters(tuple(one for one, _ in found), tuple(one for one, inside in found if inside))
