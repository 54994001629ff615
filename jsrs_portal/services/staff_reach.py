"""Which units and persons lie in an officer's region: asked before anything is shown, unmasked or locked."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import staff as rules
from jsrs_portal.domain.authority import COUNTED, ROLE_LABELS, STATE_LABELS, Actor, GrantStatus, Role
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services.grants import standing


@dataclass(frozen=True)
class Reached:
    """A person, and what they are in the units and institutions of the officer's region, newest first."""

    person: Person
    roles: tuple[str, ...]


def units_within(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the condition that a unit lies in the officer's region (``rules.unit_region``); none for everywhere."""
    prefix = rules.region_prefix(actor.staff_region)
    written = col(Unit.authority_region)
    where = case((written != "", written), else_=func.substr(col(Unit.uscc), 3, 6))
    return [where.startswith(prefix, autoescape=True)] if prefix else []


async def reach(session: AsyncSession, *, actor: Actor, person: Person) -> Reached | None:
    """Return a person with their roles in the officer's region; ``None`` if they are no business of this region's.

    One query. The rule is :func:`rules.reaches`.
    """
    query = (
        select(Grant, Unit, Institution)
        .join(Unit, col(Unit.id) == col(Grant.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(Grant.institution_id))
        .where(col(Grant.person_id) == person.id, col(Grant.status) == GrantStatus.GRANTED)
        .order_by(col(Grant.created_at).desc(), col(Grant.id).desc())
    )
    now, roles, connections = clock.now(), list[str](), list[str]()
    for grant, unit, institution in await session.execute(query):
        region = rules.connected_in(
            unit=rules.unit_region(unit.authority_region, unit.uscc),
            institution=institution.region if institution else "",
        )
        state = standing(grant, now)
        if state in COUNTED:
            connections.append(region)
        if rules.covers(actor.staff_region, region):
            name = institution.name if institution else unit.name
            roles.append(f"{name} · {ROLE_LABELS[Role(grant.role)]} · {STATE_LABELS[state]}")
    return Reached(person, tuple(roles)) if rules.reaches(actor.staff_region, connections) else None
