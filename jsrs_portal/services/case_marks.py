"""What tells whether anything has changed on a page of cases since it was shown: one query, whatever stands there.

Open pages ask again and again (live progress); only what has changed is read whole.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.models.cases import Case
from jsrs_portal.services.case_streams import Order, Spot, Stream, in_order, page_of


def marked(cases: Iterable[Case]) -> str:
    """Return the mark of a page that has been read."""
    return _written((case.id, case.version) for case in cases)


async def mark_of(
    session: AsyncSession, streams: Sequence[Stream], order: Order, *, after: Spot | None, most: int, back: bool = False
) -> str:
    """Return the mark that the page has now; its arguments are those of :func:`~.case_streams.page_of`."""
    page = page_of(streams, order, after=after, most=most, back=back)
    if page is None:
        return ""
    query = (
        select(col(Case.id), col(Case.version))
        .join(page, page.c.id == col(Case.id))
        .order_by(*in_order(order, back=back))
    )
    return _written((key, version) for key, version in await session.execute(query))


def _written(cases: Iterable[tuple[str, int]]) -> str:
    return " ".join(f"{key}.{version}" for key, version in cases)
