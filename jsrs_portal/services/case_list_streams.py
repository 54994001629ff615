"""The ranges of indexes that the applicant's list is merged from, however it is narrowed (R-2.6.3.1, R-2.6.6.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, not_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.case_groups import GROUP, whole_number
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.services.case_access import in_place, listed
from jsrs_portal.services.case_matters import MOST_STREAMS, matters_in, named
from jsrs_portal.services.case_streams import Order, Spot, Stream, count_of, page_of

_SUBMITTED = tuple(status for status in CaseStatus if status is not CaseStatus.DRAFT)


@dataclass(frozen=True)
class CaseFilter:
    """What a list is narrowed to: a group's key, and a matter's name or a whole 办件编号; empty for all."""

    group: str = ""
    text: str = ""


@dataclass(frozen=True)
class ListStreams:
    """A list's streams: of an agent ``own`` are those they handed in themselves, some of which are in others, too."""

    others: Sequence[Stream]
    own: Sequence[Stream] = field(default=())
    mine: ColumnElement[bool] | None = None

    def page(self, *, after: Spot | None, most: int, back: bool = False) -> Subquery | None:
        """Return the identifiers of a page's cases."""
        streams = [*self.own, *self.others]
        return page_of(streams, Order.SUBMITTED, after=after, most=most, back=back, overlap=bool(self.own))

    def count(self, *, most: int) -> Any:
        """Return the select that counts them up to ``most``; few of one's own are left out when others are counted."""
        if self.mine is None:
            return count_of(self.others, most=most)
        return count_of([*self.own, *([*one, not_(self.mine)] for one in self.others)], most=most)


async def streams_of(session: AsyncSession, actor: Actor, wanted: CaseFilter) -> ListStreams:
    """Return the streams of the actor's list that is narrowed to what is ``wanted``.

    One query where matters are looked for by name, and for an agent, whose scope names some; otherwise none.
    """
    group = GROUP.get(wanted.group)
    statuses = group.statuses if group else ()
    if number := whole_number(wanted.text):
        return ListStreams([[listed(actor), *_one_of(statuses), col(Case.number) == number]])
    place, agent, text = in_place(actor), actor.role is Role.AGENT, wanted.text.strip()
    if not (actor.unit_id or actor.institution_id):  # what somebody does for themselves is little
        names = [col(Case.matter_id).in_(select(col(Matter.id)).where(*named(text)))] if text else []
        return ListStreams([[*place, *_one_of(statuses), *names]])
    if not agent and not text:
        return ListStreams(_each(place, statuses))
    found = await matters_in(session, place, text=text, scope=actor.scope if agent else None)
    if len(found.covered) * max(len(statuses), 1) > MOST_STREAMS:
        others = _each([*place, col(Case.matter_id).in_(found.covered)], statuses)
    else:
        others = [one for key in found.covered for one in _each([*place, col(Case.matter_id) == key], statuses)]
    if not agent:
        return ListStreams(others)
    mine = [col(Case.person_id) == actor.person_id, col(Case.unit_id) == actor.unit_id]
    names = [col(Case.matter_id).in_(found.all)] if text else []
    own = [[*mine, col(Case.status) == one, *names] for one in statuses or _SUBMITTED]
    return ListStreams(others, own, and_(*mine))


def _each(conditions: Stream, statuses: Sequence[CaseStatus]) -> list[Stream]:
    """Return a stream for each status; one for all without."""
    return [[*conditions, col(Case.status) == one] for one in statuses] or [conditions]


def _one_of(statuses: Sequence[CaseStatus]) -> Stream:
    return [col(Case.status).in_(statuses)] if statuses else []
