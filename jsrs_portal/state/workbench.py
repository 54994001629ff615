"""我的工作台: what waits for the unit's review, several of one matter at once, and one case (R-2.6.7)."""

from collections.abc import Mapping
from urllib.parse import urlencode

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.case_groups import searched
from jsrs_portal.domain.case_reviews import DECISIONS, NOT_CHOSEN, TAB_LABELS, Tab, decision_of
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import review_lists
from jsrs_portal.services.case_moves import STALE
from jsrs_portal.services.case_reviews import Outcome, Review, Wanted, review_case, review_many
from jsrs_portal.services.review_lists import ReviewGroup, ReviewRow
from jsrs_portal.services.review_views import ReviewView, view_review
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import read_texts, submits_texts
from jsrs_portal.state.matter_filters import FilterOption
from jsrs_portal.state.shell import ShellState

PATH = "/unit/workbench"
CASE = "case-"
"""How the tick box of a case is named in the form, before its identifier; its value is the version that was seen."""
_LONGEST_PLACE = 80


def href_of(tab: Tab, text: str = "", **more: str) -> str:
    """Return the address of a part of the workbench."""
    query = {"tab": "" if tab is Tab.WAITING else tab.value, "q": text, **more}
    query = {name: value for name, value in query.items() if value}
    return f"{PATH}?{urlencode(query)}" if query else PATH


def _tab_of(text: str) -> Tab:
    return next((tab for tab in Tab if tab.value == text), Tab.WAITING)


def _seen(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class ReviewChoice(rx.State, mixin=True):
    """Which decision is chosen in a form: approving needs no opinion."""

    decision: str = ""

    @rx.event
    @requires(Permission.CASE_REVIEW)
    def choose(self, decision: str):
        """Choose 「通过」, 「退回修改」 or 「不通过」."""
        act = decision_of(decision) if isinstance(decision, str) else None
        self.decision = act.value if act else ""

    def _review(self, form: Mapping[str, str]) -> Review | Refusal:
        """Return what a form decides."""
        act = decision_of(form.get("decision", ""))
        return Review(act, form.get("opinion", "")) if act else NOT_CHOSEN


class WorkbenchState(ReviewChoice, FormState, rx.State):
    """A page of one tab; tab, search, matter and beginning are in the address."""

    loaded: bool = False
    tab: str = Tab.WAITING
    text: str = ""
    matter: str = ""
    tabs: list[FilterOption] = []
    rows: list[ReviewRow] = []
    groups: list[ReviewGroup] = []
    next: str = ""
    first: str = ""
    clear: str = ""
    every: bool = False
    round: int = 0
    results: list[Outcome] = []
    _mark: str = ""
    """Of the rows as they are shown."""

    @rx.event
    @requires(Permission.CASE_REVIEW, passive=True)
    async def load(self):
        """Show the page that the address asks for: two statements."""
        self.results, self.every, self.decision = [], False, ""
        self.round += 1
        self._refuse([])
        await self._read()

    @rx.event
    @requires(Permission.CASE_REVIEW, passive=True)
    async def look_again(self):
        """Show what has come or gone since; nothing costs a query or two. Whoever is ticking several is left alone."""
        if not self.loaded or self.matter:
            return
        tab, text, _, after = self._wanted()
        async with db.reading() as session:
            if tab is Tab.MERGED:
                found = await review_lists.list_groups(session, actor=current_actor(), text=text)
                same = list(found) == self.groups
            else:
                mark = await review_lists.mark_reviews(session, actor=current_actor(), tab=tab, text=text, after=after)
                same = mark == self._mark
        if same:
            return
        await self._read()
        await self._say("info", "单位审核有了新的进展，列表已更新。")

    @rx.event
    @requires(Permission.CASE_REVIEW)
    def choose_every(self):
        """「全选」, or none again."""
        self.every = not self.every
        self.round += 1

    @rx.event
    @requires(Permission.CASE_REVIEW)
    @submits_texts
    async def submit(self, form: dict[str, str]):
        """Review the ticked cases with one opinion, and say what became of each."""
        review = self._review(form)
        if isinstance(review, Refusal):
            self._refuse([review])
            return
        chosen = [
            Wanted(key, _seen(version))
            for name, version in form.items()
            if name.startswith(CASE) and (key := key_of(name.removeprefix(CASE)))
        ]
        outcome = await review_many(actor=current_actor(), wanted=chosen, review=review)
        refused = [one for one in outcome if isinstance(one, Refusal)]
        self._refuse(refused)
        if refused:
            return
        self.results = [one for one in outcome if isinstance(one, Outcome)]
        self.every, self.decision = False, ""
        self.round += 1
        done = sum(one.done for one in self.results)
        left = len(self.results) - done
        said = f"已审核 {done} 件。" if not left else f"已审核 {done} 件，另有 {left} 件没有审核，请查看结果。"
        await self._say("ok" if not left else "bad", said)
        await self._read()

    def _wanted(self) -> tuple[Tab, str, str, str]:
        """Return tab, search, matter and beginning as they stand in the address."""
        query = {name: str(value) for name, value in self.router.url.query_parameters.items()}
        tab, text = _tab_of(query.get("tab", "")), searched(query.get("q", ""))
        matter = query.get("matter", "")[:_LONGEST_PLACE] if tab is Tab.MERGED else ""
        return tab, text, matter, query.get("after", "")[:_LONGEST_PLACE]

    async def _read(self) -> None:
        tab, text, matter, after = self._wanted()
        actor = current_actor()
        async with db.reading() as session:
            if tab is Tab.MERGED and not matter:
                self.groups = list(await review_lists.list_groups(session, actor=actor, text=text))
                page = review_lists.ReviewPage()
            else:
                self.groups = []
                page = await review_lists.list_reviews(
                    session, actor=actor, tab=tab, text=text, matter=matter, after=after
                )
            shell = await self.get_state(ShellState)
            shell.waiting = await review_lists.count_waiting(session, actor=actor)
        self._mark = page.mark
        self.tab, self.text, self.matter, self.rows = tab.value, text, matter, list(page.rows)
        self.tabs = [FilterOption(label, href_of(key, text), key is tab) for key, label in TAB_LABELS.items()]
        self.next = href_of(tab, text, matter=matter, after=page.after) if page.after else ""
        self.first = href_of(tab, text, matter=matter) if after else ""
        self.clear = href_of(tab) if text else ""
        self.loaded = True


class ReviewState(ReviewChoice, FormState, rx.State):
    """The case that the address names, as it was when it was last looked at."""

    loaded: bool = False
    missing: bool = False
    view: ReviewView = ReviewView()

    _case: str = ""
    """Whose page this is; what the browser has of it decides nothing."""

    @rx.event
    @requires(Permission.CASE_REVIEW, passive=True)
    async def load(self):
        """Show the case: five statements."""
        self._case = key_of(self.router.url.path.rstrip("/").rpartition("/")[2])
        self.decision = ""
        self._refuse([])
        await self._read()

    @rx.event
    @requires(Permission.CASE_REVIEW)
    @submits_texts
    async def submit(self, form: dict[str, str]):
        """Decide about the version that the form was filled in for; a second click finds it done."""
        review = self._review(form)
        if isinstance(review, Refusal):
            self._refuse([review])
            return
        async with db.unit_of_work() as session:
            outcome = await review_case(
                session,
                actor=current_actor(),
                case_id=self._case,
                seen=_seen(form.get("seen", "")),
                review=review,
            )
        refused = [outcome] if isinstance(outcome, Refusal) else []
        self._refuse(refused)
        if refused and refused[0].field:
            return
        await self._read()
        if not refused:
            self.decision = ""
            await self._say("ok", f"已审核：{DECISIONS[review.act]}，并已通知申请人。")

    @rx.event
    @requires(Permission.CASE_REVIEW, passive=True)
    def resume(self, values: dict[str, str]):
        """After a reconnection: go on with what is chosen; a case that has changed meanwhile is told."""
        typed = read_texts(values) or {}
        act = decision_of(typed.get("decision", ""))
        self.decision = act.value if act else ""
        if self.view.acts and _seen(typed.get("seen", "")) != self.view.version:
            self._refuse([STALE])

    async def _read(self) -> None:
        async with db.reading() as session:
            view = await view_review(session, actor=current_actor(), case_id=self._case)
            shell = await self.get_state(ShellState)
            shell.waiting = await review_lists.count_waiting(session, actor=current_actor())
        self.missing, self.view = view is None, view or ReviewView()
        self.loaded = True
