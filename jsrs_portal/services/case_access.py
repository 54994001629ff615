"""Whose case it is, asked again for the row by everything that touches one (rule 1)."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter


async def editable_case(session: AsyncSession, actor: Actor, case_id: str, *, lock: bool = False) -> Case | None:
    """Return a draft of the actor's own, in the name they act in now, that has not expired; ``None`` for any other.

    An agent's scope covers its matter (R-2.6.5.5). ``lock`` keeps others from changing it until the end of the unit of
    work.
    """
    case = await own_case(session, actor, case_id, lock=lock)
    if case is None or case.status != CaseStatus.DRAFT:
        return None
    return case if case.expires_at is None or case.expires_at > clock.now() else None


async def own_case(session: AsyncSession, actor: Actor, case_id: str, *, lock: bool = False) -> Case | None:
    """Return a case of the actor's own, draft or not, in the name they act in now; ``None`` for any other."""
    if not actor.may(Permission.APPLY):
        return None
    query = (
        select(Case, col(Matter.key), col(Matter.category))
        .join(Matter, col(Matter.id) == col(Case.matter_id))
        .where(
            col(Case.id) == case_id,
            col(Case.person_id) == actor.person_id,
            col(Case.unit_id).is_not_distinct_from(actor.unit_id or None),
            col(Case.institution_id).is_not_distinct_from(actor.institution_id or None),
        )
    )
    if lock:
        query = query.with_for_update(of=Case).execution_options(populate_existing=True)
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    case, key, category = found
    return case if not actor.unit_id or actor.may_do(matter=key, category=category) else None
