"""The account that somebody wants to get back into: found by who holds it, and what its password opens (R-2.5)."""

from dataclasses import dataclass
from itertools import product

from sqlalchemy import ColumnElement, and_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import GrantState, GrantStatus, Role
from jsrs_portal.domain.institutions import InstitutionStatus
from jsrs_portal.domain.recovery import AccountKind, login_words
from jsrs_portal.domain.wizards import Answers
from jsrs_portal.models.people import PERSONAL, Credential, Person, PersonStatus, institution_realm, unit_realm
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services import limits, people
from jsrs_portal.services.attempts import joined
from jsrs_portal.services.grant_terms import same_name
from jsrs_portal.services.grants import standing
from jsrs_portal.services.login import canonical
from jsrs_portal.services.switching import asked_name

_ROLES = {
    AccountKind.LEGAL_REP: (Role.LEGAL_REP,),
    AccountKind.STAFF: (Role.ADMIN, Role.AGENT),
    AccountKind.INSTITUTION: (Role.INSTITUTION_ADMIN,),
}


_Row = tuple[Person, Unit | None, Institution | None, Grant | None, str | None]


@dataclass(frozen=True)
class Account:
    """Whose account it is, where it leads, and the realm whose password opens it."""

    kind: AccountKind
    person: Person
    realm: str
    unit: Unit | None = None
    institution: Institution | None = None
    grant: Grant | None = None

    @property
    def unproven(self) -> bool:
        """Whether it is a legal representative's who has not shown their face yet: nothing else proves them first."""
        return self.kind is AccountKind.LEGAL_REP and self.grant is not None and self.grant.proven_at is None

    @property
    def face_only(self) -> bool:
        """Whether no code will do: nobody has shown their face, or there is no phone to send one to."""
        return self.unproven or not self.person.mobile

    @property
    def name(self) -> str:
        """The unit or institution; empty for a person's own account."""
        place = self.institution or self.unit
        return place.name if place else ""

    @property
    def number(self) -> str:
        """What the login page is told of it: the institution's number, or the unit's USCC."""
        return self.institution.number if self.institution else self.unit.uscc if self.unit else ""

    @property
    def forbidden(self) -> list[str]:
        """The numbers that others may know and that no password may contain (R-2.2.5)."""
        unit = [self.unit.uscc, self.unit.unit_number] if self.unit else []
        institution = [self.institution.number] if self.institution else []
        return [self.person.id_number, self.person.mobile, *unit, *institution]

    @property
    def words(self) -> str:
        """Which login the new password is for."""
        return login_words(self.kind, self.name, personal=self.realm == PERSONAL)


async def find_account(session: AsyncSession, answers: Answers) -> Account | None:
    """Return the account that the answers to step 1 name, if it can be used now.

    ``None`` whatever does not match: number, document, name, role, a grant that is over, somebody who is locked, an
    institution that is not open. A legal representative who is unproven sets a first password for the unit, by face:
    a personal one that a stranger may know does not open it. One statement, right or wrong.
    """
    kind = AccountKind(answers["kind"])
    now = clock.now()
    for person, unit, institution, grant, own in await _rows(session, kind, answers):
        if not same_name(person.name, answers["name"]):
            continue
        state = standing(grant, now) if grant is not None else GrantState.ACTIVE
        if state not in (GrantState.ACTIVE, GrantState.UNPROVEN):
            continue
        has_own = own is not None or state is GrantState.UNPROVEN  # as a registration: a password for the unit
        return Account(kind, person, _realm(unit, institution, has_own=has_own), unit, institution, grant)
    return None


async def _rows(session: AsyncSession, kind: AccountKind, answers: Answers) -> list[_Row]:
    """Ask for the person, where the account leads, by which grant, and whether a password was set for the unit."""
    whose = (
        col(Person.id_number_index) == people.id_number_index(answers["id_type"], answers["id_number"]),
        col(Person.status) == PersonStatus.ACTIVE,
    )
    of_unit = and_(
        col(Credential.person_id) == col(Person.id),
        col(Credential.realm) == literal(unit_realm("")) + col(Unit.id),
    )
    query = (
        select(Person, Unit, Institution, Grant, col(Credential.id))
        .select_from(Person)
        .outerjoin(Grant, and_(col(Grant.person_id) == col(Person.id), *_granted(kind)))
        .outerjoin(Unit, col(Unit.id) == col(Grant.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(Grant.institution_id))
        .outerjoin(Credential, of_unit)
        .where(*whose, *_named(kind, answers["account"]))
        .order_by(col(Grant.created_at), col(Grant.id))
    )
    return [(person, unit, place, grant, own) for person, unit, place, grant, own in await session.execute(query)]


def _realm(unit: Unit | None, institution: Institution | None, *, has_own: bool) -> str:
    """Return the realm whose password opens a unit, an institution, or neither of them: one's own account."""
    if institution is not None:
        return institution_realm(institution.id)
    return unit_realm(unit.id) if unit is not None and has_own else PERSONAL


def _granted(kind: AccountKind) -> list[ColumnElement[bool]]:
    if kind is AccountKind.PERSON:
        return [literal(value=False)]
    of_institution = col(Grant.institution_id).is_not(None)
    return [
        col(Grant.status) == GrantStatus.GRANTED,
        col(Grant.role).in_(_ROLES[kind]),
        of_institution if kind is AccountKind.INSTITUTION else ~of_institution,
    ]


def _named(kind: AccountKind, account: str) -> list[ColumnElement[bool]]:
    if kind is AccountKind.PERSON:
        return []
    if kind is AccountKind.INSTITUTION:
        return [col(Institution.number) == account, col(Institution.status) == InstitutionStatus.OPEN]
    return [or_(col(Unit.uscc) == account, col(Unit.unit_number) == account)]


async def lift_locks(session: AsyncSession, account: Account) -> None:
    """Forget the failed logins with the password that was replaced, by whatever name they were tried (R-2.4.7)."""
    person = account.person
    identifiers = {canonical(known) for known in (person.mobile, person.id_number)}
    accounts = await _typed_accounts(session, account)
    asked = [asked_name(person.id, account.realm), *(joined(*typed) for typed in product(accounts, identifiers))]
    tries = [(frequency.LOGIN_TYPED, typed) for typed in asked]
    await limits.forget(session, [*tries, (frequency.LOGIN_CREDENTIAL, joined(person.id, account.realm))])


async def _typed_accounts(session: AsyncSession, account: Account) -> list[str]:
    """Return everything that is typed as the account by whoever logs in with the password of its realm."""
    if account.institution:
        return [account.institution.number]
    if account.realm != PERSONAL and account.unit:
        return [account.unit.uscc, account.unit.unit_number]
    own = select(col(Credential.id)).where(
        col(Credential.person_id) == account.person.id,
        col(Credential.realm) == literal(unit_realm("")) + col(Unit.id),
    )
    query = (
        select(col(Unit.uscc), col(Unit.unit_number))
        .join(Grant, col(Grant.unit_id) == col(Unit.id))
        .where(
            col(Grant.person_id) == account.person.id,
            col(Grant.status) == GrantStatus.GRANTED,
            col(Grant.institution_id).is_(None),
            ~own.exists(),
        )
        .distinct()
    )
    return ["person", *(number for row in await session.execute(query) for number in row)]
