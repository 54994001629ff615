"""经办人管理: giving, changing and revoking the right to act for a unit (R-2.6.5).

What a form says is checked in two steps: first everything that is typed, so that the sentence to be confirmed can be
shown; then, with the unit's row held, everything once more. Nothing personal is kept between the two but identifiers.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import (
    COUNTED,
    ROLE_LABELS,
    Action,
    Actor,
    GrantState,
    GrantStatus,
    Role,
    period_problem,
    why_not,
)
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant, GrantEventKind, Unit
from jsrs_portal.services import audit, limits
from jsrs_portal.services.grant_expiry import told_already
from jsrs_portal.services.grant_notices import tell_changed, tell_given, tell_revoked
from jsrs_portal.services.grant_terms import (
    NO_MATCH,
    Holder,
    Terms,
    find_holder,
    form_problems,
    scope_problem,
    sentence,
)
from jsrs_portal.services.grant_views import scope_names, sentence_of
from jsrs_portal.services.grants import (
    acting,
    counted,
    end_unit_password,
    held_in,
    lock_unit,
    note_event,
    read_scope,
    standing_on,
    written_scope,
)
from jsrs_portal.services.sessions import end_sessions, refresh_sessions

STALE = Refusal("该授权刚刚被他人变更。请关闭本窗口，核对最新内容后再操作。", code="stale")
GONE = Refusal("没有这项授权，它可能已经收回，请刷新后再看。", code="gone")


@dataclass(frozen=True)
class Proposal:
    """A grant that may be made: whose it will be, and the sentence to confirm."""

    person_id: str
    role: Role
    terms: Terms
    sentence: str


async def propose(*, actor: Actor, role: Role, holder: Holder, terms: Terms, today: date) -> Proposal | list[Refusal]:
    """Check a new grant and say it in a sentence; nothing is changed, but the try is counted.

    Errors: why the actor may not, what is wrong at a field, or that no registered person matches in all three values.
    """
    refused = form_problems(role, holder, terms, today=today)
    if refused:
        return refused
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.GRANT_LOOKUP, actor.person_id, now=clock.now())
        if exceeded:
            return [exceeded.refusal]
    async with db.reading() as session:
        held = await held_in(session, actor.unit_id, today=today)
        now = acting(actor, held)
        reason = why_not(now, Action.GRANT, role, unit_id=actor.unit_id, counted=counted(held, role))
        if reason:
            return [Refusal(sentence_of(reason), code=reason)]
        person = await find_holder(session, holder)
        if person is None:
            return [NO_MATCH]
        holds = next((one for one in held if one.person.id == person.id and one.state in COUNTED), None)
        if holds is not None:
            return [_already(holds.role)]
        unknown = await scope_problem(session, role, terms.scope)
        if unknown:
            return [unknown]
        names = await scope_names(session, [terms.scope])
        return Proposal(person.id, role, terms, sentence(person, role, terms, names))


async def grant_agent(
    session: AsyncSession, *, actor: Actor, person_id: str, role: Role, terms: Terms, today: date
) -> Grant | Refusal:
    """Give ``person_id`` the role in the actor's unit; they are told by SMS.

    The unit's row is held, so of fifty at once exactly as many succeed as the limits allow (R-2.6.5.3, R-2.6.5.4).
    """
    unit = await lock_unit(session, actor.unit_id) if actor.unit_id else None
    held = await held_in(session, actor.unit_id, today=today, of=person_id) if unit else []
    now = acting(actor, held)
    reason = why_not(now, Action.GRANT, role, unit_id=unit.id if unit else "", counted=counted(held, role))
    field, problem = period_problem(terms.valid_from, terms.valid_until, today=today)
    if unit is None or reason:
        refusal = Refusal(sentence_of(reason), code=reason or "")
        audit.record(session, actor=actor, action="grant.give", result=refusal.code, details={"person": person_id})
        return refusal
    if problem:
        return Refusal(problem, field)
    unknown = await scope_problem(session, role, terms.scope)
    if unknown:
        return unknown
    person = await session.get(Person, person_id)
    if person is None or person.status != PersonStatus.ACTIVE:
        return NO_MATCH
    for one in held:
        if one.person.id != person_id and not (one.role is role is Role.ADMIN):
            continue
        if one.state in COUNTED:
            return _already(one.role)
        # What has ended makes room for the new one: the same person's, or the former administrator's.
        one.grant.status = GrantStatus.REVOKED
        one.grant.version += 1
        note_event(session, one.grant, GrantEventKind.REPLACED, actor=actor)
        await session.flush()
        await end_unit_password(session, one.grant, today=today)
    made = Grant(unit_id=unit.id, person_id=person_id, role=role)
    _set_terms(made, terms, today)
    session.add(made)
    await session.flush()
    await end_unit_password(session, made, today=today)
    note_event(session, made, GrantEventKind.GRANTED, actor=actor)
    audit.record(
        session, actor=actor, action="grant.give", subject=made.id, details={"person": person_id, "after": _kept(made)}
    )
    await tell_given(session, person=person, unit=unit, role=role, terms=terms)
    return made


async def change_grant(
    session: AsyncSession, *, actor: Actor, grant_id: str, version: int, terms: Terms, today: date
) -> Grant | Refusal:
    """Give a grant other dates or another scope; its holder is told, and their sessions follow at once."""
    found = await _find(session, actor, grant_id, Action.CHANGE, today)
    if isinstance(found, Refusal):
        return found
    grant, unit, person = found
    role = Role(grant.role)
    if grant.version != version:
        return STALE
    field, problem = period_problem(terms.valid_from, terms.valid_until, today=today, before=grant.valid_from)
    if problem:
        return Refusal(problem, field)
    unknown = await scope_problem(session, role, terms.scope, had=read_scope(grant.scope))
    if unknown:
        return unknown
    before, ended = _kept(grant), standing_on(grant, today) is GrantState.EXPIRED
    _set_terms(grant, terms, today)
    if _kept(grant) == before:
        return grant
    grant.version += 1
    if ended:
        await end_unit_password(session, grant, today=today)
    note_event(session, grant, GrantEventKind.CHANGED, actor=actor)
    audit.record(
        session,
        actor=actor,
        action="grant.change",
        subject=grant.id,
        details={"person": person.id, "before": before, "after": _kept(grant)},
    )
    await tell_changed(session, person=person, unit=unit, role=role, terms=terms)
    # Whoever is logged in by it goes on with what it says now, or not at all.
    by_it = col(UserSession.grant_id) == grant.id
    if standing_on(grant, today) is GrantState.ACTIVE:
        await refresh_sessions(session, by_it)
    else:
        await end_sessions(session, by_it, because=SessionEnd.GRANT)
    return grant


async def revoke_grant(
    session: AsyncSession, *, actor: Actor, grant_id: str, version: int, today: date
) -> Grant | Refusal:
    """Take a grant back: its holder is told, and every session by it ends at once (R-2.6.5.7)."""
    found = await _find(session, actor, grant_id, Action.REVOKE, today)
    if isinstance(found, Refusal):
        return found
    grant, unit, person = found
    if grant.version != version:
        return STALE
    grant.status = GrantStatus.REVOKED
    grant.version += 1
    note_event(session, grant, GrantEventKind.REVOKED, actor=actor)
    await session.flush()
    await end_unit_password(session, grant, today=today)
    audit.record(session, actor=actor, action="grant.revoke", subject=grant.id, details={"person": person.id})
    await tell_revoked(session, person=person, unit=unit, grant=grant)
    await end_sessions(session, col(UserSession.grant_id) == grant.id, because=SessionEnd.GRANT)
    return grant


async def terms_of(session: AsyncSession, *, actor: Actor, grant_id: str, today: date) -> tuple[Grant, Terms] | Refusal:
    """Return a grant that the actor may change, and what it says now."""
    found = await _find(session, actor, grant_id, Action.CHANGE, today, lock=False)
    if isinstance(found, Refusal):
        return found
    grant = found[0]
    return grant, Terms(valid_from=grant.valid_from, valid_until=grant.valid_until, scope=read_scope(grant.scope))


async def _find(
    session: AsyncSession, actor: Actor, grant_id: str, action: Action, today: date, *, lock: bool = True
) -> tuple[Grant, Unit, Person] | Refusal:
    """Return a grant of the actor's unit to which ``action`` may be done; its unit's row is held first."""
    if not actor.unit_id:
        return GONE
    unit = await (lock_unit(session, actor.unit_id) if lock else session.get(Unit, actor.unit_id))
    query = (
        select(Grant, Person)
        .join(Person, col(Person.id) == col(Grant.person_id))
        .where(col(Grant.id) == grant_id, col(Grant.unit_id) == actor.unit_id, col(Grant.institution_id).is_(None))
    )
    row = (await session.execute(query)).one_or_none()
    if unit is None or row is None:
        return GONE
    grant, person = row
    role = Role(grant.role)
    held = await held_in(session, unit.id, today=today)
    reason = why_not(
        acting(actor, held),
        action,
        role,
        unit_id=grant.unit_id,
        state=standing_on(grant, today),
        own=grant.id == actor.grant_id,
        counted=counted(held, role, but=grant.id),
    )
    if reason:
        if lock:
            audit.record(session, actor=actor, action=f"grant.{action.lower()}", subject=grant.id, result=reason)
        return Refusal(sentence_of(reason), code=reason)
    return grant, unit, person


def _already(role: Role) -> Refusal:
    return Refusal(
        f"该人员在本单位已有{ROLE_LABELS[role]}身份，不能重复授权；如需调整，请变更或先收回。", code="already"
    )


def _set_terms(grant: Grant, terms: Terms, today: date) -> None:
    if terms.valid_until != grant.valid_until:
        grant.expiry_told = told_already(terms.valid_until, today)
    grant.valid_from, grant.valid_until = terms.valid_from, terms.valid_until
    grant.scope = written_scope(terms.scope)


def _kept(grant: Grant) -> dict[str, str]:
    """Return what a grant says, for the audit trail and to tell whether it changes."""
    return {
        "role": grant.role,
        "valid_from": str(grant.valid_from or ""),
        "valid_until": str(grant.valid_until or ""),
        "scope": grant.scope,
    }
