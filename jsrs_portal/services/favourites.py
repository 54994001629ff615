"""收藏: matters that a person keeps at hand (R-2.1.9, R-2.6.1.2)."""

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.catalog import ContentStatus, Favourite, Matter

MOST = 200


async def is_kept(session: AsyncSession, *, actor: Actor, key: str) -> bool:
    """Tell whether the signed-in person keeps the matter ``key``; no statement for a visitor."""
    if not actor.may(Permission.OWN_ACCOUNT):
        return False
    query = select(col(Favourite.matter_id)).join(Matter, col(Matter.id) == col(Favourite.matter_id))
    mine = query.where(col(Favourite.person_id) == actor.person_id, col(Matter.key) == key)
    return (await session.execute(mine)).first() is not None


async def set_kept(session: AsyncSession, *, actor: Actor, key: str, kept: bool) -> bool | Refusal:
    """Keep the matter ``key`` or let it go, and return whether it is kept now; twice does no harm.

    Refused for a visitor, for a matter that is not served, and beyond 200 kept ones.
    """
    if not actor.may(Permission.OWN_ACCOUNT):
        if actor.signed_in:
            return Refusal("收藏属于个人账户，请从右上角切换到个人身份后再收藏。", code="not_oneself")
        return Refusal("请先登录，再收藏事项。", code="signed_out")
    found = select(col(Matter.id)).where(col(Matter.key) == key, col(Matter.status) == ContentStatus.PUBLISHED)
    matter_id = (await session.execute(found)).scalar_one_or_none()
    if matter_id is None:
        return Refusal("该事项已下架，不能收藏。", code="unknown")
    mine = col(Favourite.person_id) == actor.person_id
    if not kept:
        await session.execute(delete(Favourite).where(mine, col(Favourite.matter_id) == matter_id))
        return False
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Favourite).values(person_id=actor.person_id, matter_id=matter_id, kept_at=clock.now())
    await session.execute(row.on_conflict_do_nothing())
    if (await session.execute(select(func.count()).select_from(Favourite).where(mine))).scalar_one() > MOST:
        await session.execute(delete(Favourite).where(mine, col(Favourite.matter_id) == matter_id))
        return Refusal(f"最多收藏 {MOST} 个事项，请先取消不常用的。", code="too_many")
    return True
