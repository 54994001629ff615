"""In whose name one acts: the roles a person holds, and going from one to another (R-2.4.9).

A password opens what it was set for (the credentials section of the requirements): a role without a password of its own
is entered from any session that the personal password opened; another one asks for its own at the login.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain.authority import ROLE_LABELS, Actor, GrantState, GrantStatus, Role
from jsrs_portal.domain.institutions import InstitutionStatus
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.people import PERSONAL, Credential, institution_realm, unit_realm
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services import audit
from jsrs_portal.services.grant_views import period_words
from jsrs_portal.services.grants import standing_on
from jsrs_portal.services.sessions import issue_ticket

GONE = Refusal("该身份已失效或不属于您，请刷新后重新选择。", code="gone")
OWN_PASSWORD = Refusal("该身份设有单独的登录密码，请从登录页输入后进入。", code="password")


@dataclass(frozen=True)
class RoleChoice:
    """A role that can be acted in; ``login`` says that it has a password of its own; empty ``grant_id``: oneself."""

    grant_id: str
    name: str
    role_label: str
    number: str
    period: str
    current: bool
    login: bool


async def opens_roles(session: AsyncSession, *, person_id: str, today: date) -> bool:
    """Tell whether the personal password of ``person_id`` opens a role in a unit today. Two statements."""
    own = await _own_realms(session, person_id)
    return any(
        _realm(grant, own) == PERSONAL and standing_on(grant, today) is GrantState.ACTIVE
        for grant, _, _ in await _held(session, person_id)
    )


async def list_roles(session: AsyncSession, *, actor: Actor, today: date) -> tuple[RoleChoice, ...]:
    """Return the roles that the signed-in person holds today, oneself first. Three statements."""
    if not actor.signed_in or actor.must_change:
        return ()
    proved = await _proved(session, actor)
    realms = await _own_realms(session, actor.person_id)
    rows = await _held(session, actor.person_id)
    own = RoleChoice("", "以个人身份办事", "个人用户", "", "", not actor.grant_id, proved != PERSONAL)
    choices = [own]
    for grant, unit, institution in rows:
        if standing_on(grant, today) is not GrantState.ACTIVE:
            continue
        if institution is not None and institution.status != InstitutionStatus.OPEN:
            continue
        realm = _realm(grant, realms)
        choices.append(
            RoleChoice(
                grant_id=grant.id,
                name=institution.name if institution else unit.name,
                role_label=ROLE_LABELS[Role(grant.role)],
                number=institution.number if institution else unit.unit_number,
                period=period_words(grant.valid_from, grant.valid_until),
                current=grant.id == actor.grant_id,
                login=realm != proved,
            )
        )
    return tuple(choices)


async def enter(session: AsyncSession, *, actor: Actor, grant_id: str, today: date) -> str | Refusal:
    """Return a ticket for a session in the role of ``grant_id`` (empty: oneself), which replaces the present one."""
    if not actor.signed_in or actor.must_change:
        return GONE
    proved = await _proved(session, actor)
    if not grant_id:
        if proved != PERSONAL:
            return OWN_PASSWORD
        audit.record(session, actor=actor, action="session.switch")
        return issue_ticket(session, actor=actor, person_id=actor.person_id, unit_id=None, grant_id=None, proved=proved)
    rows = [row for row in await _held(session, actor.person_id) if row[0].id == grant_id]
    if not rows or standing_on(rows[0][0], today) is not GrantState.ACTIVE:
        return GONE
    grant, _, institution = rows[0]
    if institution is not None and institution.status != InstitutionStatus.OPEN:
        return GONE
    if _realm(grant, await _own_realms(session, actor.person_id)) != proved:
        return OWN_PASSWORD
    audit.record(session, actor=actor, action="session.switch", subject=grant.id, unit_id=grant.unit_id)
    return issue_ticket(
        session,
        actor=actor,
        person_id=actor.person_id,
        unit_id=None if institution else grant.unit_id,
        grant_id=grant.id,
        institution_id=institution.id if institution else None,
        proved=proved,
    )


async def _proved(session: AsyncSession, actor: Actor) -> str:
    """Return the realm of the password that opened the actor's session; empty when that has ended meanwhile."""
    query = select(col(UserSession.proved)).where(
        col(UserSession.id) == actor.session_id, col(UserSession.ended_at).is_(None)
    )
    return (await session.execute(query)).scalar_one_or_none() or ""


async def _own_realms(session: AsyncSession, person_id: str) -> set[str]:
    query = select(col(Credential.realm)).where(col(Credential.person_id) == person_id)
    return set((await session.execute(query)).scalars())


async def _held(session: AsyncSession, person_id: str) -> list[tuple[Grant, Unit, Institution | None]]:
    query = (
        select(Grant, Unit, Institution)
        .join(Unit, col(Unit.id) == col(Grant.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(Grant.institution_id))
        .where(col(Grant.person_id) == person_id, col(Grant.status) == GrantStatus.GRANTED)
        .order_by(col(Grant.created_at), col(Grant.id))
        .limit(100)
    )
    return [(grant, unit, institution) for grant, unit, institution in await session.execute(query)]


def _realm(grant: Grant, own: set[str]) -> str:
    """Return the realm whose password opens a grant; an institution's is never the personal one."""
    if grant.institution_id:
        return institution_realm(grant.institution_id)
    realm = unit_realm(grant.unit_id)
    return realm if realm in own else PERSONAL
