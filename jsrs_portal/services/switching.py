"""In whose name one acts: the roles a person holds, and going from one to another (R-2.4.9).

A password opens what it was set for (the credentials section of the requirements): a role that the password which
opened the session opens too is entered at once; another one asks for its own password, on the spot.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import db
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.authority import ROLE_LABELS, Actor, GrantState, GrantStatus, Role
from jsrs_portal.domain.institutions import InstitutionStatus
from jsrs_portal.domain.proofs import opens
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.people import PERSONAL, Credential, institution_realm, unit_realm
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services import attempts, audit
from jsrs_portal.services.attempts import Found, Ticket
from jsrs_portal.services.grant_views import period_words
from jsrs_portal.services.grants import standing_on
from jsrs_portal.services.sessions import issue_ticket, proof_of

GONE = Refusal("该身份已失效或不属于您，请刷新后重新选择。", code="gone")
OWN_PASSWORD = Refusal("进入该身份需要输入它的登录密码。", code="password")
_SWITCH = "session.switch"


@dataclass(frozen=True)
class RoleChoice:
    """A role that can be acted in; empty ``grant_id``: oneself.

    ``asks`` names the password that it asks for before it is entered, empty for none; ``unset``: there is none yet.
    """

    grant_id: str
    name: str
    role_label: str
    number: str
    period: str
    current: bool
    asks: str
    unset: bool


@dataclass(frozen=True)
class _Wanted:
    """A role that is held today: where it leads, and the realm whose password opens it."""

    realm: str
    grant: Grant | None = None
    institution: Institution | None = None

    @property
    def unit_id(self) -> str | None:
        """The unit it acts for; an institution's acts for none."""
        return self.grant.unit_id if self.grant and not self.institution else None


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

    def asked(realm: str) -> str:
        return "" if opens(proved, realm) else _password_of(realm)

    own = RoleChoice(
        "",
        "以个人身份办事",
        "个人用户",
        "",
        "",
        current=not actor.grant_id,
        asks=asked(PERSONAL),
        unset=PERSONAL not in realms,
    )
    choices = [own]
    for grant, unit, institution in await _held(session, actor.person_id):
        if not _enterable(grant, institution, today):
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
                asks=asked(realm),
                unset=realm not in realms,
            )
        )
    return tuple(choices)


async def enter(session: AsyncSession, *, actor: Actor, grant_id: str, today: date) -> str | Refusal:
    """Return a ticket for a session in the role of ``grant_id`` (empty: oneself), which replaces the present one.

    Errors: the role is not held today, or it has a password of its own (:func:`enter_by_password`).
    """
    wanted = await _wanted(session, actor, grant_id, today)
    if isinstance(wanted, Refusal):
        return wanted
    proved = await _proved(session, actor)
    if not opens(proved, wanted.realm):
        return OWN_PASSWORD
    unit_id = wanted.grant.unit_id if wanted.grant else ""
    audit.record(session, actor=actor, action=_SWITCH, subject=grant_id, unit_id=unit_id)
    return issue_ticket(
        session,
        actor=actor,
        person_id=actor.person_id,
        unit_id=wanted.unit_id,
        grant_id=grant_id or None,
        institution_id=wanted.institution.id if wanted.institution else None,
        proved=proved,
    )


async def enter_by_password(*, actor: Actor, grant_id: str, password: str, today: date) -> Ticket | Refusal:
    """Return a ticket for the role of ``grant_id`` to whoever types the password that opens it.

    A wrong one counts as at the login: for this person and role where it is shown, and silently for the password, which
    shares its tries with the login. Errors: not held today, throttled, locked, a puzzle first, wrong, void.
    """
    async with db.reading() as session:
        wanted = await _wanted(session, actor, grant_id, today)
        if isinstance(wanted, Refusal):
            return wanted
        if not await _proved(session, actor):
            return GONE
        found = Found(
            asked_name(actor.person_id, wanted.realm),
            person_id=actor.person_id,
            unit_id=wanted.unit_id,
            grant_id=grant_id or None,
            institution_id=wanted.institution.id if wanted.institution else None,
            **await attempts.credential_of(session, actor.person_id, [wanted.realm]),
        )
    return await attempts.decide(actor, found, password, rules.WRONG_PASSWORD, action=_SWITCH, subject=grant_id)


async def _wanted(session: AsyncSession, actor: Actor, grant_id: str, today: date) -> _Wanted | Refusal:
    if not actor.signed_in or actor.must_change:
        return GONE
    if not grant_id:
        return _Wanted(PERSONAL)
    for grant, _, institution in await _held(session, actor.person_id):
        if grant.id == grant_id and _enterable(grant, institution, today):
            return _Wanted(_realm(grant, await _own_realms(session, actor.person_id)), grant, institution)
    return GONE


def _enterable(grant: Grant, institution: Institution | None, today: date) -> bool:
    in_use = institution is None or institution.status == InstitutionStatus.OPEN
    return in_use and standing_on(grant, today) is GrantState.ACTIVE


def _password_of(realm: str) -> str:
    """Return what the password of a realm is called."""
    return "个人密码" if realm == PERSONAL else "机构密码" if realm.startswith(institution_realm("")) else "单位密码"


def asked_name(person_id: str, realm: str) -> str:
    """Return the name under which failures count of whoever is asked for the password of ``realm`` on the spot."""
    return attempts.joined(_SWITCH, person_id, realm)


async def _proved(session: AsyncSession, actor: Actor) -> str:
    """Return the realm of the password that opened the actor's session; empty when that has ended meanwhile."""
    return await proof_of(session, actor=actor) or ""


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
