"""Drafts of applications as lists show them (R-2.6.3.3)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.dates import in_words, to_the_minute
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter


@dataclass(frozen=True)
class DraftView:
    """A draft as lists show it."""

    id: str
    matter: str
    saved: str
    until: str


async def view_drafts(session: AsyncSession, *, actor: Actor, key: str = "", most: int = 20) -> list[DraftView]:
    """Return the actor's drafts in the name they act in, the last saved first; those of one matter for its ``key``."""
    if not actor.may(Permission.APPLY):
        return []
    query = (
        select(Case, col(Matter.key), col(Matter.category))
        .join(Matter, col(Matter.id) == col(Case.matter_id))
        .where(
            col(Case.person_id) == actor.person_id,
            col(Case.unit_id).is_not_distinct_from(actor.unit_id or None),
            col(Case.institution_id).is_not_distinct_from(actor.institution_id or None),
            col(Case.status) == CaseStatus.DRAFT,
            col(Case.expires_at) > clock.now(),
            *([col(Matter.key) == key] if key else []),
        )
        .order_by(col(Case.saved_at).desc(), col(Case.id).desc())
        .limit(most)
    )
    return [
        DraftView(
            id=case.id,
            matter=case.matter_name,
            saved=to_the_minute(case.saved_at),
            until=in_words(case.expires_at.astimezone(clock.BEIJING)) if case.expires_at else "",
        )
        for case, matter, category in await session.execute(query)
        if not actor.unit_id or actor.may_do(matter=matter, category=category)
    ]
