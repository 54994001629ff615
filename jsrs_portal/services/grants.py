"""Grants as rows: what one is worth now, whose a unit has, what it covers, and its history (R-2.6.5)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain.authority import COUNTED, Actor, GrantState, GrantStatus, Role, Scope, grant_state
from jsrs_portal.models.people import Credential, Person, unit_realm
from jsrs_portal.models.units import Grant, GrantEvent, GrantEventKind, Unit

_MOST_HELD = 200


def standing(grant: Grant, now: datetime) -> GrantState:
    """Return what ``grant`` is worth at ``now``, by the date in China."""
    return standing_on(grant, now.astimezone(clock.BEIJING).date())


def standing_on(grant: Grant, today: date) -> GrantState:
    """Return what ``grant`` is worth on ``today``."""
    return grant_state(
        role=Role(grant.role),
        status=GrantStatus(grant.status),
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
        proven_at=grant.proven_at,
        today=today,
    )


def read_scope(text: str) -> Scope:
    """Return the scope that a row keeps; an empty text is none."""
    if not text:
        return Scope()
    kept = json.loads(text)
    return Scope.of(kept["categories"], kept["matters"])


def written_scope(scope: Scope) -> str:
    """Return a scope as a row keeps it; empty when there is nothing in it."""
    if not scope:
        return ""
    return json.dumps({"categories": sorted(scope.categories), "matters": sorted(scope.matters)})


async def lock_unit(session: AsyncSession, unit_id: str) -> Unit | None:
    """Return the unit and hold its row: what is counted from here on, nobody else adds to (rule 6).

    Not so that a row which names the unit, a notice for one, could not be added meanwhile: two who hold a unit and a
    person would wait for each other.
    """
    return await session.get(Unit, unit_id, with_for_update={"key_share": True})


@dataclass(frozen=True)
class Held:
    """A grant with its holder, and what it is worth today."""

    grant: Grant
    person: Person
    state: GrantState

    @property
    def role(self) -> Role:
        """The role it gives."""
        return Role(self.grant.role)


async def held_in(session: AsyncSession, unit_id: str, *, today: date, of: str = "") -> list[Held]:
    """Return the grants in the unit itself that have not been revoked: by role, oldest first. One query.

    Those that ended long ago are left out when there are very many, never one that counts (:func:`counted`), and never
    one of the person ``of``.
    """
    query = (
        select(Grant, Person)
        .join(Person, col(Person.id) == col(Grant.person_id))
        .where(
            col(Grant.unit_id) == unit_id,
            col(Grant.status) == GrantStatus.GRANTED,
            col(Grant.institution_id).is_(None),
        )
        .order_by(
            col(Grant.person_id) != of,
            col(Grant.valid_until).is_not(None),
            col(Grant.valid_until).desc(),
            col(Grant.id),
        )
        .limit(_MOST_HELD)
    )
    found = [Held(grant, person, standing_on(grant, today)) for grant, person in await session.execute(query)]
    order = list(Role)
    return sorted(found, key=lambda held: (order.index(held.role), held.grant.created_at, held.grant.id))


async def administering(session: AsyncSession, institution_id: str, *, today: date) -> list[Held]:
    """Return the grant of an institution's administrator that has not been revoked, if there is one. One query."""
    query = (
        select(Grant, Person)
        .join(Person, col(Person.id) == col(Grant.person_id))
        .where(col(Grant.institution_id) == institution_id, col(Grant.status) == GrantStatus.GRANTED)
    )
    return [Held(grant, person, standing_on(grant, today)) for grant, person in await session.execute(query)]


def acting(actor: Actor, held: Iterable[Held]) -> Actor:
    """Return ``actor`` as they may act now: without a role when their own grant among ``held`` is worth nothing.

    Asked with the unit's row held, so that a grant which was revoked a moment ago gives nothing more (R-2.6.5.7).
    """
    stands = any(one.grant.id == actor.grant_id and one.state is GrantState.ACTIVE for one in held)
    return actor if stands else replace(actor, role=None)


def counted(held: Iterable[Held], role: Role, *, but: str = "") -> int:
    """Return how many of ``held`` count towards the limit of ``role``, the grant ``but`` aside."""
    return sum(one.role is role and one.state in COUNTED and one.grant.id != but for one in held)


async def end_unit_password(session: AsyncSession, grant: Grant, *, today: date) -> None:
    """Have the password that the holder of ``grant`` set for its unit end with it: a later grant does not revive it.

    Not while another grant of theirs in the unit counts: then the password is that one's.
    """
    query = select(Grant).where(
        col(Grant.unit_id) == grant.unit_id,
        col(Grant.person_id) == grant.person_id,
        col(Grant.institution_id).is_(None),
        col(Grant.id) != grant.id,
    )
    others = (await session.execute(query)).scalars()
    if any(standing_on(other, today) in COUNTED for other in others):
        return
    its = col(Credential.person_id) == grant.person_id, col(Credential.realm) == unit_realm(grant.unit_id)
    await session.execute(delete(Credential).where(*its))


def note_event(session: AsyncSession, grant: Grant, kind: GrantEventKind, *, actor: Actor) -> None:
    """Add a step to the history of ``grant``, as it is now."""
    session.add(
        GrantEvent(
            grant_id=grant.id,
            kind=kind,
            by_person_id=actor.person_id,
            by_role=actor.role.value if actor.role else "",
            valid_from=grant.valid_from,
            valid_until=grant.valid_until,
            scope=grant.scope,
        )
    )
