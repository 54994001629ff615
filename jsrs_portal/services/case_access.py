"""Whose case it is, asked again for the row by everything that touches one (rule 1).

Three ways to one: whoever applied works on it, those of the unit whose grant covers its matter look at it (and find it
in their list), officers of its region handle it.
"""

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import staff as rules
from jsrs_portal.domain.authority import Actor, Permission, Role
from jsrs_portal.domain.case_reviews import reviewing_with
from jsrs_portal.domain.cases import EDITABLE, CaseStatus
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.services.case_matters import in_scope

MANAGERS = (Role.LEGAL_REP, Role.ADMIN)
"""They go on with what any agent of their unit has handed in (R-2.6.5.5)."""


async def editable_case(session: AsyncSession, actor: Actor, case_id: str, *, lock: bool = False) -> Case | None:
    """Return a case of the actor's own that is being filled in and has not expired; ``None`` for any other.

    A draft, or one that was sent back. An agent's scope covers its matter (R-2.6.5.5). ``lock`` keeps others from
    changing it until the end of the unit of work.
    """
    case = await own_case(session, actor, case_id, lock=lock)
    if case is None or case.status not in EDITABLE:
        return None
    return case if case.expires_at is None or case.expires_at > clock.now() else None


async def own_case(session: AsyncSession, actor: Actor, case_id: str, *, lock: bool = False) -> Case | None:
    """Return a case that the actor may work on in the name they act in now; ``None`` for any other.

    Their own, and once it is submitted, for the unit's managers and an institution's administrator, anybody's there.
    """
    if not actor.may(Permission.APPLY):
        return None
    return await _found(session, actor, workable(actor), case_id, lock=lock)


async def seen_case(session: AsyncSession, actor: Actor, case_id: str, *, lock: bool = False) -> Case | None:
    """Return a case that the actor may look at; ``None`` for any other (R-2.6.3.1, R-2.6.6.5).

    Besides their own, those of the unit and its institutions that have been submitted. An agent goes on seeing what
    they handed in themselves, also when their scope does not cover its matter any more.
    """
    if not actor.may(Permission.APPLY):
        return None
    found = await _found(session, actor, or_(workable(actor), in_house(actor)), case_id, lock=lock)
    if found is not None or actor.role is not Role.AGENT:
        return found
    query = select(Case).where(col(Case.id) == case_id, listed(actor))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def desk_case(session: AsyncSession, actor: Actor, case_id: str, *, lock: bool = False) -> Case | None:
    """Return a case that has reached the bureau in the officer's region; ``None`` for any other."""
    if not actor.staff_id or not actor.may(Permission.STAFF_CASES):
        return None
    query = select(Case).where(col(Case.id) == case_id, col(Case.stage) != "")
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.execute(query)).scalar_one_or_none()
    return found if found is not None and rules.covers(actor.staff_region, found.region) else None


def in_place(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions of submitted cases in the name the actor acts in; each place is the beginning of an index.

    An agent's scope is asked besides.
    """
    submitted = col(Case.submitted_at).is_not(None)
    if actor.unit_id:
        return [col(Case.house_id) == actor.unit_id, submitted]
    if actor.institution_id:
        return [col(Case.institution_id) == actor.institution_id, submitted]
    none = (col(Case.unit_id).is_(None), col(Case.institution_id).is_(None))
    return [col(Case.person_id) == actor.person_id, submitted, *none] if actor.person_id else [false()]


def in_house(actor: Actor) -> ColumnElement[bool]:
    """Return which submitted cases lie in the name the actor acts in; an agent's scope is asked besides."""
    return and_(*in_place(actor))


def listed(actor: Actor) -> ColumnElement[bool]:
    """Return which submitted cases stand in the actor's list (R-2.6.3.1, R-2.6.6.5).

    All in whose name they act; an agent's are those whose matter the grant covers, and those they handed in themselves.
    """
    if not actor.may(Permission.APPLY):
        return false()
    if actor.role is not Role.AGENT:
        return in_house(actor)
    scope = actor.scope
    covered = select(col(Matter.id)).where(
        or_(col(Matter.key).in_(sorted(scope.matters)), col(Matter.category).in_(sorted(scope.categories)))
    )
    mine = and_(col(Case.person_id) == actor.person_id, col(Case.unit_id) == actor.unit_id)
    return and_(in_house(actor), or_(mine, col(Case.matter_id).in_(covered)))


def workable(actor: Actor) -> ColumnElement[bool]:
    """Return which cases the actor may work on in the name they act in; an agent's scope is asked besides."""
    named = and_(
        col(Case.unit_id).is_not_distinct_from(actor.unit_id or None),
        col(Case.institution_id).is_not_distinct_from(actor.institution_id or None),
    )
    mine: ColumnElement[bool] = col(Case.person_id) == actor.person_id
    if actor.role in MANAGERS or actor.institution_id:
        mine = or_(mine, col(Case.status) != CaseStatus.DRAFT)
    return and_(named, mine)


async def _found(
    session: AsyncSession, actor: Actor, condition: ColumnElement[bool], case_id: str, *, lock: bool
) -> Case | None:
    query = (
        select(Case, col(Matter.key), col(Matter.category))
        .join(Matter, col(Matter.id) == col(Case.matter_id))
        .where(col(Case.id) == case_id, condition)
    )
    if lock:
        query = query.with_for_update(of=Case).execution_options(populate_existing=True)
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    case, key, category = found
    return case if not actor.unit_id or actor.may_do(matter=key, category=category) else None


async def review_case(session: AsyncSession, actor: Actor, case_id: str) -> Case | None:
    """Return a case whose content the actor's review is about; ``None`` for any other (R-2.6.7)."""
    query = select(Case).where(col(Case.id) == case_id, reviewable(actor))
    found = (await session.execute(query)).scalar_one_or_none()
    return found if found is not None and may_be_read(found) else None


def may_be_read(case: Case) -> bool:
    """Tell whether a reviewer reads what was handed in: not what a person has taken back, or let lapse, themselves.

    A unit's own cases are the unit's, whatever became of them.
    """
    return case.unit_id is not None or case.status not in (CaseStatus.WITHDRAWN, CaseStatus.LAPSED)


def reviewable(actor: Actor) -> ColumnElement[bool]:
    """Return which cases have come to the actor's review: their role's by the matter's file, and within their scope.

    Nobody's are those they handed in themselves; a person's is its employer's while it waits there, and once it has
    been reviewed.
    """
    if not actor.may(Permission.CASE_REVIEW) or not actor.unit_id or actor.role is None:
        return false()
    scope = actor.scope if actor.role is Role.AGENT else None
    covered = [col(Case.matter_id).in_(select(col(Matter.id)).where(in_scope(scope)))] if scope is not None else []
    asked = or_(
        col(Case.unit_id).is_not(None),
        col(Case.status) == CaseStatus.UNIT_REVIEW,
        col(Case.reviewed_at).is_not(None),
    )
    return and_(col(Case.review_unit_id) == actor.unit_id, asked, *come_to(actor), *covered)


def come_to(actor: Actor) -> list[ColumnElement[bool]]:
    """Return which of a unit's cases come to the actor's role, and were not handed in by themselves."""
    roles = reviewing_with(actor.role) if actor.role else ()
    return [col(Case.person_id) != actor.person_id, col(Case.reviewers).in_(roles)]
