"""The limits of a case: the bureau's for each step and for the whole, the applicant's and the reviewers' (R-2.6.3.2).

The clock stands still during 补正 and during special procedures (特别程序): what was left then is left afterwards.
"""

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.matter_guides import LimitUnit, TimeLimit
from jsrs_portal.domain.matter_workflow import Corrections, StaffStep
from jsrs_portal.domain.workdays import WorkDays


@dataclass(frozen=True)
class Terms:
    """What limits are reckoned by: the working days, the promised limit (承诺办结时限), the rule for corrections."""

    days: WorkDays
    promised: TimeLimit
    corrections: Corrections

    def promise(self, start: date) -> date:
        """Return the last day of the whole, accepted on ``start``; it is a working day."""
        number = self.promised.days
        match self.promised.unit:
            case LimitUnit.AT_ONCE:
                return self.days.from_on(start)
            case LimitUnit.WORKING_DAYS:
                return self.days.after(start, number)
            case LimitUnit.DAYS:
                return self.days.from_on(start + timedelta(days=number))
            case LimitUnit.MONTHS:
                return self.days.from_on(months_after(start, number))

    def prolonged(self, last: date, since: date, until: date) -> date:
        """Return the promise's ``last`` day after a pause from ``since`` to ``until``; a past one stays."""
        if self.promised.unit in (LimitUnit.WORKING_DAYS, LimitUnit.AT_ONCE):
            return self.kept(last, since, until)
        return last if last < since else self.days.from_on(last + (until - since))

    def kept(self, last: date, since: date, until: date) -> date:
        """Return the day with as many working days left at ``until`` as ``last`` had at ``since``; a past one stays.

        It is never before ``last``, and where nothing was left and ``until`` is a free day, it is the next working day.
        """
        return last if last < since else max(last, self.days.after(until, self.days.between(since, last)))

    def correct_by(self, today: date) -> date:
        """Return the last day for what is sent back ``today``."""
        return self.days.after(today, self.corrections.days)


@dataclass(frozen=True)
class Clock:
    """The last days that count for a case; ``None`` where none does.

    ``answer_by``: the applicant's or the reviewers'. ``step_by``: the bureau's for its step. ``promised_by``: for the
    whole. ``stopped_on``: since when the step's clock stands still, for a correction; ``paused_on``: the promise's.
    """

    answer_by: date | None = None
    step_by: date | None = None
    promised_by: date | None = None
    stopped_on: date | None = None
    paused_on: date | None = None

    def answer_until(self, last: date) -> Self:
        """It is the applicant's or the unit's turn, until ``last``."""
        return replace(self, answer_by=last)

    def at_step(self, terms: Terms, step: StaffStep, today: date, *, promised: bool) -> Self:
        """The bureau begins ``step``: ``promised`` says that the promise runs from now if it did not before."""
        going = self._resumed(terms, today)
        whole = going.promised_by or (terms.promise(today) if promised else None)
        return replace(
            going,
            answer_by=None,
            step_by=terms.days.after(today, step.days),
            promised_by=whole,
            stopped_on=None,
            paused_on=today if step.pauses and whole else None,
        )

    def stopped(self, today: date) -> Self:
        """The clock stops: something has been sent back."""
        return replace(self, stopped_on=today, paused_on=self.paused_on or (today if self.promised_by else None))

    def gone_on(self, terms: Terms, step: StaffStep, today: date) -> Self:
        """The correction is there: ``step`` has as many working days left as when the clock stopped.

        A step that had no limit yet (a case older than limits) gets it now. The promise goes on, unless it stands
        still for the step's own sake.
        """
        going = self if step.pauses else self._resumed(terms, today)
        last = self.step_by or terms.days.after(today, step.days)
        if self.stopped_on and self.step_by:
            last = terms.kept(self.step_by, self.stopped_on, today)
        return replace(going, answer_by=None, stopped_on=None, step_by=last)

    def over(self, terms: Terms, today: date) -> Self:
        """The case has ended: nothing is waited for. What was promised stays, to be compared with, pauses included."""
        return replace(self._resumed(terms, today), answer_by=None, step_by=None, stopped_on=None, paused_on=None)

    def _resumed(self, terms: Terms, today: date) -> Self:
        if self.paused_on is None or self.promised_by is None:
            return self
        return replace(self, paused_on=None, promised_by=terms.prolonged(self.promised_by, self.paused_on, today))


def months_after(day: date, number: int) -> date:
    """Return the same day ``number`` months later, or the last of a shorter month (民法典 第二百零二条)."""
    years, month = divmod(day.month - 1 + number, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def by_words(last: date, today: date, days: WorkDays, *, working: bool = True) -> str:
    """Return a last day in words: 2026年9月18日前（含当日），还剩 3 个工作日; or how long it has been exceeded."""
    named = f"{in_words(last)}前（含当日）"
    if last == today:
        return f"{named}，今天到期"
    left = days.between(today, last) if working else (last - today).days
    unit = "个工作日" if working else "个自然日"
    if last < today:
        return f"{named}，已超过 {max(-left, 1)} {unit}"
    return f"{named}，还剩 {left} {unit}"
