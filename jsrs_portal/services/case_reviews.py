"""The unit's review of a case: by whom it may be done, one at a time or several of one matter at once (R-2.6.7)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import case_reviews as rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case, CaseEvent
from jsrs_portal.models.people import Person
from jsrs_portal.services.case_access import reviewable
from jsrs_portal.services.case_moves import STALE, Said, act_on
from jsrs_portal.services.case_notices import reviewers
from jsrs_portal.services.grants import held_in, lock_unit, read_scope
from jsrs_portal.services.opened_cases import opened_from

log = structlog.get_logger(__name__)

GONE = Refusal("没有需要您审核的这个办件。它可能已由他人审核，或您的授权不包括该事项。", code="gone")
_FAILED = "系统暂时出现故障，这一件没有审核，请稍后再试。"


@dataclass(frozen=True)
class Review:
    """What a reviewer decides, and what they say with it."""

    act: Act
    opinion: str = ""


@dataclass(frozen=True)
class Wanted:
    """A case that is to be reviewed as it was ``seen``."""

    case_id: str
    seen: int


@dataclass(frozen=True)
class Outcome:
    """What became of one of several: ``sentence`` says it, ``done`` whether it was reviewed."""

    id: str
    number: str
    applicant: str
    sentence: str
    done: bool


async def review_case(
    session: AsyncSession, *, actor: Actor, case_id: str, seen: int, review: Review
) -> CaseEvent | Refusal:
    """Decide about a case that waits for the unit's review; the same decision asked for twice is one.

    The rows of unit and case are held, and the actor's own grant is read again. Errors: none of theirs to review, or
    what they handed in themselves; no opinion where one is needed; changed since; too late.
    """
    unit = await lock_unit(session, actor.unit_id) if actor.may(Permission.CASE_REVIEW) and actor.unit_id else None
    if unit is None:
        return GONE
    query = select(Case).where(
        col(Case.id) == case_id, col(Case.review_unit_id) == unit.id, col(Case.number).is_not(None)
    )
    held_row = query.with_for_update().execution_options(populate_existing=True)
    case = (await session.execute(held_row)).scalar_one_or_none()
    if case is None:
        return GONE
    opened = await opened_from(session, case)
    held = await held_in(session, unit.id, today=clock.today(), of=actor.person_id)
    mine = next((one for one in reviewers(opened, held) if one.grant.id == actor.grant_id), None)
    if mine is None or mine.person.id != actor.person_id:
        return GONE
    if problem := rules.opinion_problem(review.act, review.opinion):
        return problem
    if case.version != seen:
        return await _done_before(session, case, actor, review, seen) or STALE
    now = replace(actor, role=mine.role, scope=read_scope(mine.grant.scope))
    said = Said(review.opinion.strip())
    return await act_on(session, opened, review.act, Party.REVIEWER, actor=now, seen=seen, said=said)


async def _done_before(session: AsyncSession, case: Case, actor: Actor, review: Review, seen: int) -> CaseEvent | None:
    """Return what a first click did when this is the second: the actor's own same decision on the same version."""
    if case.version != seen + 1:
        return None
    query = select(CaseEvent).where(col(CaseEvent.case_id) == case.id).order_by(col(CaseEvent.position).desc()).limit(1)
    last = (await session.execute(query)).scalar_one_or_none()
    if last is None or last.person_id != actor.person_id or last.act != review.act:
        return None
    return last if Said.read(last.said).text == review.opinion.strip() else None


async def review_many(*, actor: Actor, wanted: Sequence[Wanted], review: Review) -> list[Outcome] | list[Refusal]:
    """Review several cases of one matter with one opinion, each in a transaction of its own, in the given order.

    What cannot be done to one, or fails, stops none of the others. Errors: none or too many chosen; an opinion.
    """
    chosen = {one.case_id: one for one in wanted}
    if not chosen:
        return [rules.NONE_CHOSEN]
    if len(chosen) > rules.MOST_AT_ONCE:
        return [rules.TOO_MANY]
    if problem := rules.opinion_problem(review.act, review.opinion):
        return [problem]
    named = await _named(actor, list(chosen))
    if len({matter for _, _, matter in named.values()}) > 1:
        return [rules.ONE_MATTER]
    found: list[Outcome] = []
    for one in chosen.values():
        number, applicant, _ = named.get(one.case_id, ("", "", ""))
        sentence, done = await _review_one(actor, one, review)
        found.append(Outcome(one.case_id, number, applicant, sentence, done))
    return found


async def _review_one(actor: Actor, one: Wanted, review: Review) -> tuple[str, bool]:
    try:
        async with db.unit_of_work() as session:
            outcome = await review_case(session, actor=actor, case_id=one.case_id, seen=one.seen, review=review)
    except Exception as error:  # the next one has nothing to do with it
        log.error("review.failed", case=one.case_id, error=type(error).__name__)
        return _FAILED, False
    if isinstance(outcome, Refusal):
        return outcome.sentence, False
    return f"已审核：{rules.DECISIONS[review.act]}", True


async def _named(actor: Actor, ids: list[str]) -> dict[str, tuple[str, str, str]]:
    """Return number, applicant and matter of those among ``ids`` that are the actor's to review; of no other."""
    query = (
        select(Case, Person)
        .join(Person, col(Person.id) == col(Case.person_id))
        .where(col(Case.id).in_(ids), reviewable(actor))
    )
    async with db.reading() as session:
        found = (await session.execute(query)).all()
    return {case.id: (case.number or "", mask_name(person.name), case.matter_id) for case, person in found}
