"""Looking cases up at the bureau: by their number, by unit, by the exact document of who applied (R-2.6.3).

Only a document says something about a person, so only those questions are counted and audited.
"""

from dataclasses import dataclass, replace

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.case_desk import BY_LABELS, MOST_UNITS, By
from jsrs_portal.domain.identifiers import normalise
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Unit
from jsrs_portal.services import audit, limits, people
from jsrs_portal.services.case_streams import Order, Stream
from jsrs_portal.services.staff import may
from jsrs_portal.services.staff_cases import DeskPage, mark_page, read_page, within

_SHORTEST_NAME = 2
_LONGEST = 100


@dataclass(frozen=True)
class CaseSearch:
    """What is looked for. ``units`` and ``person`` are identifiers that the first page found: nothing personal."""

    by: By
    number: str = ""
    units: tuple[str, ...] = ()
    person: str = ""
    more_units: bool = False


async def begin_search(session: AsyncSession, *, actor: Actor, by: str, text: str) -> CaseSearch | Refusal:
    """Read what is looked for, and find the units or the person that it names; a document is counted and audited.

    Errors: no permission; nothing to go by; too many questions.
    """
    if refused := may(actor, Permission.STAFF_CASES):
        return refused
    if by not in list(By):
        return Refusal("请选择查询方式。", "by")
    wanted, found = text.strip()[:_LONGEST], CaseSearch(By(by))
    if len(wanted) < _SHORTEST_NAME:
        return Refusal(f"请填写{BY_LABELS[found.by]}。", "text")
    if found.by is By.NUMBER:
        return replace(found, number=normalise(wanted))
    if found.by is By.UNIT:
        units = await _units(session, wanted)
        return replace(found, units=tuple(units[:MOST_UNITS]), more_units=len(units) > MOST_UNITS)
    exceeded = await limits.take(session, frequency.STAFF_LOOKUP, actor.staff_id, now=clock.now())
    if exceeded:
        if exceeded.first:
            audit.record(session, actor=actor, action="case.search", result="LIMIT")
        return exceeded.refusal
    person = await _person(session, wanted)
    details = None if person else {"asked": wanted[:64]}
    result = "OK" if person else "NONE"
    audit.record(session, actor=actor, action="case.search", subject=person or "", result=result, details=details)
    return replace(found, person=person)


async def search_page(
    session: AsyncSession, *, actor: Actor, wanted: CaseSearch, after: str = ""
) -> DeskPage | Refusal:
    """Return a page of what was found in the officer's region, the newest first. Three queries at most."""
    if refused := may(actor, Permission.STAFF_CASES):
        return refused
    return await read_page(session, actor, _streams(actor, wanted), Order.SUBMITTED, after)


async def mark_found(session: AsyncSession, *, actor: Actor, wanted: CaseSearch, after: str = "") -> str:
    """Return the mark that the page of :func:`search_page` has now; empty without permission. One query."""
    if may(actor, Permission.STAFF_CASES):
        return ""
    return await mark_page(session, _streams(actor, wanted), Order.SUBMITTED, after)


def _streams(actor: Actor, wanted: CaseSearch) -> list[Stream]:
    here: Stream = [col(Case.stage) != "", *within(actor)]
    streams: list[Stream] = []
    if wanted.number:
        streams = [[col(Case.number) == wanted.number, *here]]
    if wanted.person:
        streams = [[col(Case.person_id) == wanted.person, *here]]
    if wanted.units:
        streams = [[col(Case.house_id) == one, *here] for one in wanted.units]
    return streams


async def _units(session: AsyncSession, wanted: str) -> list[str]:
    query = (
        select(col(Unit.id))
        .where(
            or_(
                col(Unit.uscc).startswith(normalise(wanted)[:18], autoescape=True),
                col(Unit.name).startswith(wanted, autoescape=True),
            )
        )
        .order_by(col(Unit.name), col(Unit.id))
        .limit(MOST_UNITS + 1)
    )
    return list((await session.execute(query)).scalars())


async def _person(session: AsyncSession, wanted: str) -> str:
    query = select(col(Person.id)).where(col(Person.id_number_index).in_(people.document_indexes(wanted)))
    return (await session.execute(query.order_by(col(Person.id)).limit(1))).scalar_one_or_none() or ""
