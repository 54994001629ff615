"""Which matters occur among cases: read from an index matter by matter, however many cases each of them has.

No plan of the database skips from one value of an index to the next, so a recursion does.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, literal, not_, or_, select, true, union_all
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
) -> tuple[str, ...]:
    """Return which matters occur in ``place``, are looked for (:func:`named`) and lie in the ``scope``. One query."""
    here = occurring(place)
    query = select(col(Matter.id)).join(here, here.c.id == col(Matter.id)).where(*named(text, key), in_scope(scope))
    return tuple((await session.execute(query.order_by(col(Matter.id)))).scalars())


async def matters_of_agent(
    session: AsyncSession, place: Stream, own: Stream, *, text: str, scope: Scope
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which matters of the ``scope`` occur in ``place``, and which others in what is the agent's ``own``.

    One query.
    """
    covered, names = in_scope(scope), named(text)
    parts: list[Any] = [
        select(col(Matter.id), literal(int(inside)))
        .join(here, here.c.id == col(Matter.id))
        .where(covered if inside else not_(covered), *names)
        for inside, here in ((True, occurring(place)), (False, occurring(own)))
    ]
    rows = (await session.execute(union_all(*parts))).all()
    found = sorted((str(row[0]), bool(row[1])) for row in rows)
    return tuple(one for one, inside in found if inside), tuple(one for one, inside in found if not inside)
