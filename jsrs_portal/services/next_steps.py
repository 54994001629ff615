"""What comes next for whoever applied: the cases that wait for them, and the figures of their home page (R-2.6.1)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_groups import counted
from jsrs_portal.domain.case_limits import by_words
from jsrs_portal.services.case_counts import count_cases, list_waiting
from jsrs_portal.services.review_lists import count_waiting

MOST_CORRECTIONS = 5
_URGENT_DAYS = 2


@dataclass(frozen=True)
class NextStep:
    """One thing to do: what, by when in words, where; ``urgent`` when the end is near."""

    what: str
    when: str
    href: str
    action: str
    urgent: bool


@dataclass(frozen=True)
class Figures:
    """The figures of a home page as they are shown (R-2.6.1.1)."""

    going_on: str = ""
    done: str = ""
    to_rate: str = ""


async def view_figures(session: AsyncSession, *, actor: Actor) -> Figures:
    """Return how many cases are going on, done and to be rated, in the name the actor acts in. One query.

    Four for an agent.
    """
    found = await count_cases(session, actor=actor)
    return Figures(counted(found.going_on), counted(found.done), counted(found.to_rate))


async def view_corrections(session: AsyncSession, *, actor: Actor, today: date) -> list[NextStep]:
    """Return the cases that the actor has to correct, the most pressing first. One query (R-2.6.1.3)."""
    days = work_days()
    return [
        NextStep(
            what=f"{one.submitted}提交的「{one.matter}」{one.status}，请修改后重新提交",
            when=by_words(one.until, today, days) if one.until else "尽快",
            href=f"/cases/{one.id}",
            action="去补正",
            urgent=one.until is not None and days.between(today, one.until) <= _URGENT_DAYS,
        )
        for one in await list_waiting(session, actor=actor, most=MOST_CORRECTIONS)
    ]


async def view_reviews(session: AsyncSession, *, actor: Actor) -> list[NextStep]:
    """Return that cases wait for the actor's review, if there are any. One query at most (R-2.6.1.3, R-2.6.7)."""
    count = await count_waiting(session, actor=actor)
    if not count:
        return []
    return [NextStep(f"有 {counted(count)} 件申报等待您审核", "请及时审核", "/unit/workbench", "去审核", urgent=False)]
