"""评价: a finished case is rated once by who may work on it; a bad rating is to be put right (R-2.6.3.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain import ratings as rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.ratings import Level, Standing, Summary
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Matter
from jsrs_portal.models.ratings import Rating, Rectification
from jsrs_portal.services import audit
from jsrs_portal.services.case_access import own_case, seen_case
from jsrs_portal.services.grants import held_in, lock_unit
from jsrs_portal.services.submission import as_of_now

GONE = Refusal("没有这个办件，或不能以您当前的身份评价。请切换身份后再试。", code="gone")
NOT_YET = Refusal("该办件尚未办结，办结后才能评价。", code="not_yet")
ALREADY = Refusal("该办件已评价，无需重复评价。", code="already")


@dataclass(frozen=True)
class RatingView:
    """How a case stands with its rating: ``ratable`` by this actor now, or rated as the rest says.

    ``rectifying`` says what becomes of a bad rating, ``done`` what was done about it.
    """

    ratable: bool = False
    level: str = ""
    bad: bool = False
    reasons: tuple[str, ...] = ()
    words: str = ""
    given: str = ""
    rectifying: str = ""
    done: str = ""


async def view_rating(session: AsyncSession, *, actor: Actor, case_id: str) -> RatingView:
    """Return the rating of a case that the actor may look at; of any other nothing. Four queries at most."""
    case = await seen_case(session, actor, case_id) if actor.may(Permission.APPLY) else None
    if case is None or case.status not in rules.RATABLE:
        return RatingView()
    if case.rated_at is None:
        return RatingView(ratable=await own_case(session, actor, case_id) is not None)
    query = (
        select(Rating, Rectification)
        .outerjoin(Rectification, col(Rectification.rating_id) == col(Rating.id))
        .where(col(Rating.case_id) == case.id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return RatingView()
    rating, mending = found
    level = Level(rating.level)
    return RatingView(
        level=rules.LEVEL_LABELS[level],
        bad=rules.is_bad(level),
        reasons=rules.reason_texts(rating.reasons.split()),
        words=rating.words,
        given=in_words(rating.created_at.astimezone(clock.BEIJING).date()),
        rectifying=_rectifying(mending),
        done=mending.done if mending else "",
    )


async def rate_case(
    session: AsyncSession, *, actor: Actor, case_id: str, level: str, reasons: Sequence[str], words: str
) -> list[Refusal]:
    """Rate a finished case; return why not, nothing when it is done.

    The unit's row and the case's are held, and the grant counts as it is now: of fifty at once one rates. A bad rating
    opens its rectification. Errors: none of theirs; not finished; rated already; what is wrong with the rating.
    """
    unit = await lock_unit(session, actor.unit_id) if actor.unit_id else None
    held = await held_in(session, unit.id, today=clock.today(), of=actor.person_id) if unit else []
    now = await as_of_now(session, actor, held)
    case = await own_case(session, now, case_id, lock=True) if now else None
    if now is None or case is None or case.number is None:
        return [GONE]
    if case.status not in rules.RATABLE:
        return [NOT_YET]
    if case.rated_at is not None:
        return [ALREADY]
    given = rules.level_of(level)
    problems = rules.rating_problems(given, reasons, words)
    if given is None or problems:
        return problems
    await _keep(session, now, case, given, reasons, words.strip())
    return []


async def summary_of(session: AsyncSession, *, key: str) -> Summary:
    """Return what the ratings of the matter ``key`` come to. One query, answered by an index."""
    query = (
        select(col(Rating.level), func.count())
        .join(Matter, col(Matter.id) == col(Rating.matter_id))
        .where(col(Matter.key) == key)
        .group_by(col(Rating.level))
    )
    return rules.summarise({level: number for level, number in await session.execute(query)})


async def _keep(
    session: AsyncSession, actor: Actor, case: Case, level: Level, reasons: Sequence[str], words: str
) -> None:
    ticked = [code for code in rules.REASONS[level] if code in reasons]
    case.rated_at = clock.now()
    rating = Rating(
        case_id=case.id,
        created_at=clock.now(),
        matter_id=case.matter_id,
        person_id=actor.person_id,
        level=level,
        reasons=" ".join(ticked),
    )
    rating.words = words
    session.add(rating)
    await session.flush()
    if rules.is_bad(level):
        due_by = rules.rectify_by(clock.today(), work_days())
        session.add(Rectification(rating_id=rating.id, region=case.region, due_by=due_by, created_at=clock.now()))
    details = {"number": case.number, "level": int(level), "reasons": ticked}
    audit.record(
        session, actor=actor, action="rating.give", subject=case.id, unit_id=case.house_id or "", details=details
    )


def _rectifying(mending: Rectification | None) -> str:
    if mending is None:
        return ""
    if mending.state == Standing.CLOSED and mending.closed_at is not None:
        return f"已于{in_words(mending.closed_at.astimezone(clock.BEIJING).date())}完成整改。"
    if mending.due_by < clock.today():
        return f"有关部门正在核实整改，原定{in_words(mending.due_by)}前答复，现已逾期，系统已提示办理部门尽快办结。"
    return f"有关部门正在核实整改，{in_words(mending.due_by)}前（含当日）答复。"
