"""收藏: matters that a person keeps at hand, in each role a list of its own (R-2.1.9, R-2.6.1.2)."""

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.catalog import ContentStatus, Favourite, Matter
from jsrs_portal.services.catalog import MatterCard, card

MOST = 200


def whom_for(actor: Actor) -> str:
    """Return in whose name the actor keeps matters: the unit or institution they act for, empty for themselves."""
    return actor.unit_id or actor.institution_id


def _mine(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return col(Favourite.person_id) == actor.person_id, col(Favourite.whom) == whom_for(actor)


def _may(actor: Actor) -> bool:
    """A password set for a unit shows that unit's list alone; without any role it is one's own."""
    return actor.signed_in and not actor.must_change and bool(whom_for(actor) or actor.personal)


async def is_kept(session: AsyncSession, *, actor: Actor, key: str) -> bool:
    """Tell whether the actor keeps the matter ``key``; no statement for a visitor."""
    if not _may(actor):
        return False
    query = select(col(Favourite.matter_id)).join(Matter, col(Matter.id) == col(Favourite.matter_id))
    return (await session.execute(query.where(*_mine(actor), col(Matter.key) == key))).first() is not None


async def list_kept(session: AsyncSession, *, actor: Actor, region: str) -> tuple[MatterCard, ...]:
    """Return the served matters that the actor keeps, the newest first; none for a visitor. One statement."""
    if not _may(actor):
        return ()
    query = (
        select(Matter)
        .join(Favourite, col(Favourite.matter_id) == col(Matter.id))
        .where(*_mine(actor), col(Matter.status) == ContentStatus.PUBLISHED)
        .order_by(col(Favourite.kept_at).desc(), col(Matter.place))
        .limit(MOST)
    )
    return tuple(card(row, region) for row in (await session.execute(query)).scalars())


async def set_kept(session: AsyncSession, *, actor: Actor, key: str, kept: bool) -> bool | Refusal:
    """Keep the matter ``key`` or let it go, and return whether it is kept now; twice does no harm.

    Refused for a visitor, for a matter that is not served, and beyond 200 kept ones.
    """
    if not _may(actor):
        return Refusal("请先登录，再收藏事项。", code="signed_out")
    found = select(col(Matter.id)).where(col(Matter.key) == key, col(Matter.status) == ContentStatus.PUBLISHED)
    matter_id = (await session.execute(found)).scalar_one_or_none()
    if matter_id is None:
        return Refusal("该事项已下架，不能收藏。", code="unknown")
    mine = _mine(actor)
    if not kept:
        await session.execute(delete(Favourite).where(*mine, col(Favourite.matter_id) == matter_id))
        return False
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Favourite).values(
        person_id=actor.person_id, whom=whom_for(actor), matter_id=matter_id, kept_at=clock.now()
    )
    await session.execute(row.on_conflict_do_nothing())
    if (await session.execute(select(func.count()).select_from(Favourite).where(*mine))).scalar_one() > MOST:
        await session.execute(delete(Favourite).where(*mine, col(Favourite.matter_id) == matter_id))
        return Refusal(f"最多收藏 {MOST} 个事项，请先取消不常用的。", code="too_many")
    return True
