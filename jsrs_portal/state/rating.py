"""评价 on a case's page, its summary on a guide, and the way to what waits for it (R-2.6.3.4)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public, requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.case_groups import TO_RATE
from jsrs_portal.domain.ratings import LEVEL_LABELS, REASONS, Summary, is_bad, level_of
from jsrs_portal.services import ratings
from jsrs_portal.services.case_lists import CaseFilter
from jsrs_portal.services.ratings import RatingView
from jsrs_portal.state.cases import cases_home, href_of
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import submits_texts

REASON = "reason."
"""What the control of a reason is called, before its code."""
LEVELS = [(str(one.value), label) for one, label in LEVEL_LABELS.items()]


class RatingState(FormState, rx.State):
    """The rating of the case that the address names, given or still to come."""

    view: RatingView = RatingView()
    level: str = ""
    reasons: list[dict[str, str]] = []
    bad: bool = False
    """The level that was chosen asks for a reason."""
    wanted: int = 0
    """Grows when the page was opened to rate: the focus goes to the form."""

    _case: str = ""

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def load(self):
        """Show how the case was rated, or ask for it; what was begun stays as long as it is the same case."""
        case_id = key_of(self.router.url.path.rstrip("/").rpartition("/")[2])
        if case_id != self._case:
            self._choose("")
        self._case = case_id
        self._refuse([])
        await self._read()
        if self.view.ratable and self.router.url.query_parameters.get("rate"):
            self.wanted += 1

    @rx.event
    @requires(Permission.APPLY)
    def choose_level(self, level: str):
        """Offer the reasons of a level."""
        self._choose(level)
        self._refuse([])

    @rx.event
    @requires(Permission.APPLY)
    @submits_texts
    async def submit_rating(self, typed: dict[str, str]):
        """「提交评价」: once, and it stays."""
        ticked = [name.removeprefix(REASON) for name in typed if name.startswith(REASON)]
        async with db.unit_of_work() as session:
            refused = await ratings.rate_case(
                session,
                actor=current_actor(),
                case_id=self._case,
                level=typed.get("level", ""),
                reasons=ticked,
                words=typed.get("words", ""),
            )
        self._refuse(refused)
        await self._read()
        if not refused:
            self._choose("")
            await self._say("ok", "感谢您的评价。")

    async def _read(self) -> None:
        async with db.reading() as session:
            self.view = await ratings.view_rating(session, actor=current_actor(), case_id=self._case)

    def _choose(self, level: str) -> None:
        known = level_of(level) if isinstance(level, str) else None  # pyright: ignore[reportUnnecessaryIsInstance]
        self.level, self.bad = (str(known.value), is_bad(known)) if known else ("", False)
        self.reasons = [{"name": REASON + code, "text": text} for code, text in REASONS[known].items()] if known else []


class GuideRatingState(rx.State):
    """What the ratings of the matter come to whose guide the address names."""

    summary: Summary = Summary()

    @rx.event
    @public(passive=True)
    async def load(self):
        """Show the summary: one statement."""
        key = self.router.url.path.rstrip("/").rpartition("/")[2]
        async with db.reading() as session:
            self.summary = await ratings.summary_of(session, key=key)


class RateState(rx.State):
    """「评价」: whoever is signed in is led to what they may rate; everybody else reads how it is done."""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Lead on whoever applies for something in some name."""
        actor = current_actor()
        if actor.may(Permission.APPLY) and self.router.url.path.rstrip("/") == "/rate":
            await depart(href_of(cases_home(actor), CaseFilter(TO_RATE.key)))
