"""The ranges of indexes that the applicant's list is merged from, however it is narrowed (R-2.6.3.1, R-2.6.6.5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.case_groups import GROUP, whole_number
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.services.case_access import in_place, listed, workable
from jsrs_portal.services.case_matters import MOST_STREAMS, in_scope, matters_in, matters_of_agent, named
from jsrs_portal.services.case_streams import Stream


@dataclass(frozen=True)
class CaseFilter:
    """What a list is narrowed to: a group's key, and a matter's name or a whole 办件编号; empty for all."""

    group: str = ""
    text: str = ""


async def streams_of(session: AsyncSession, actor: Actor, wanted: CaseFilter) -> list[Stream]:
    """Return the streams of the actor's list that is narrowed to what is ``wanted``; no case lies in two of them.

    One query where matters are looked for by name, and for an agent, whose scope names some; otherwise none.
    """
    known = known_streams(actor, wanted)
    if known is not None:
        return known
    place, text, scope = in_place(actor), wanted.text.strip(), actor.scope
    statuses, unrated = _wanted(actor, wanted)
    own = [col(Case.person_id) == actor.person_id, col(Case.unit_id) == actor.unit_id, place[-1]]
    if actor.role is not Role.AGENT:
        found = await matters_in(session, place, text=text)
        return _of_matters([*_here(actor, place), *unrated] if unrated else place, found, statuses)
    if unrated:
        found = await matters_in(session, place, text=text, scope=scope)
        return _of_matters([*own, *_one_of(statuses), *unrated], found)
    covered, others = await matters_of_agent(session, place, own, text=text, scope=scope)
    return [*_of_matters(place, covered, statuses), *_of_matters([*own, *_one_of(statuses)], others)]


def known_streams(actor: Actor, wanted: CaseFilter) -> list[Stream] | None:
    """Return the same where no matters have to be looked up for it; ``None`` where they have."""
    place, text = in_place(actor), wanted.text.strip()
    statuses, unrated = _wanted(actor, wanted)
    if number := whole_number(text):
        covered = [col(Case.matter_id).in_(select(col(Matter.id)).where(in_scope(actor.scope)))]
        mine = covered if unrated and actor.role is Role.AGENT else []
        return [[listed(actor), *_one_of(statuses), *unrated, *mine, col(Case.number) == number]]
    if not (actor.unit_id or actor.institution_id):  # what somebody does for themselves is little
        names = [col(Case.matter_id).in_(select(col(Matter.id)).where(*named(text)))] if text else []
        return [[*place, *_one_of(statuses), *unrated, *names]]
    if text or actor.role is Role.AGENT:
        return None
    return _each([*_here(actor, place), *unrated] if unrated else place, statuses)


def _wanted(actor: Actor, wanted: CaseFilter) -> tuple[Sequence[CaseStatus], Stream]:
    """Return the statuses of the group, and the conditions of what the actor may rate and nobody has, for that group.

    An agent's are those they handed in, of matters that the grant covers.
    """
    group = GROUP.get(wanted.group)
    if group is None:
        return (), ()
    return group.statuses, [col(Case.rated_at).is_(None), workable(actor)] if group.unrated else ()


def _here(actor: Actor, place: Stream) -> Stream:
    """Return where what the actor may rate lies: a unit's own, not its institutions'."""
    return [col(Case.unit_id) == actor.unit_id, place[-1]] if actor.unit_id else place


def _of_matters(place: Stream, matters: Sequence[str], statuses: Sequence[CaseStatus] = ()) -> list[Stream]:
    """Return a stream for each matter and status; where they are too many, one for all matters."""
    if len(matters) * max(len(statuses), 1) > MOST_STREAMS:
        return _each([*place, col(Case.matter_id).in_(matters)], statuses)
    return [one for key in matters for one in _each([*place, col(Case.matter_id) == key], statuses)]


def _each(conditions: Stream, statuses: Sequence[CaseStatus]) -> list[Stream]:
    """Return a stream for each status; one for all without."""
    return [[*conditions, col(Case.status) == one] for one in statuses] or [conditions]


def _one_of(statuses: Sequence[CaseStatus]) -> Stream:
    return [col(Case.status).in_(statuses)] if statuses else []
