"""办件处理: the officer's queue by tab, matter and region, and looking cases up (R-2.6.3)."""

from typing import Any

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.case_desk import Tab
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import staff_case_acts, staff_case_search, staff_cases
from jsrs_portal.services.staff_case_rows import DeskRow
from jsrs_portal.services.staff_case_search import CaseSearch
from jsrs_portal.services.staff_cases import DeskFilter, DeskPage, Waiting
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import MALFORMED, FormModel, read_form
from jsrs_portal.state.staff_shell import StaffShellState


class NarrowForm(FormModel):
    """How the queue is narrowed."""

    matter: str = ""
    region: str = ""


class SearchForm(FormModel):
    """What is looked up, and by what."""

    by: str = ""
    text: str = ""


class StaffCasesState(FormState, rx.State):
    """One page of the queue, or of what was found. What was looked for stays on the server."""

    loaded: bool = False
    tab: str = Tab.UNCLAIMED.value
    rows: list[DeskRow] = []
    has_more: bool = False
    page: int = 1
    searching: bool = False
    more_units: bool = False
    done: int = 0
    """Grows with each case that is taken: its button is gone, so the focus goes to the list."""
    unclaimed: int = 0
    mine: int = 0
    matter: str = ""
    region: str = ""
    matters: list[dict[str, str]] = []
    regions: list[dict[str, str]] = []
    _places: list[str] = [""]
    """Where each page so far began."""
    _next: str = ""
    _mark: str = ""
    """Of the page as it is shown."""
    _search: CaseSearch | None = None

    @rx.event
    @requires(Permission.STAFF_CASES, passive=True)
    async def load(self):
        """Show the queue at the tab where it was left."""
        actor = current_actor()
        async with db.reading() as session:
            matters = await staff_cases.matters_at_desk(session, actor=actor)
        self.matters = [{"value": key, "label": name} for key, name in matters]
        self.regions = [{"value": code, "label": name} for code, name in staff_cases.regions_below(actor)]
        if self.matter not in {key for key, _ in matters}:
            self.matter = ""
        self._begin(None)
        await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES, passive=True)
    async def look_again(self):
        """Count anew, and show what has changed since on this page. Two queries while nothing has."""
        if not self.loaded:
            return
        actor, after = current_actor(), self._places[-1]
        async with db.reading() as session:
            if self._search is None:
                mark = await staff_cases.mark_queue(session, actor=actor, wanted=self._wanted(), after=after)
            else:
                mark = await staff_case_search.mark_found(session, actor=actor, wanted=self._search, after=after)
            if mark == self._mark:
                await self._count(await staff_cases.count_waiting(session, actor=actor))
                return
        await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def choose_tab(self, tab: str):
        """Show a part of the queue."""
        if tab in list(Tab):
            self.tab = tab
            self._begin(None)
            await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def narrow(self, form: dict[str, Any]):
        """Narrow the queue to a matter and a region."""
        read = read_form(NarrowForm, form)
        if read is None:
            self._refuse([MALFORMED])
            return
        self.matter, self.region = key_of(read.matter), key_of(read.region)
        self._begin(None)
        await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def search(self, form: dict[str, Any]):
        """Look cases up, whatever became of them."""
        read = read_form(SearchForm, form)
        if read is None:
            self._refuse([MALFORMED])
            return
        async with db.unit_of_work() as session:
            found = await staff_case_search.begin_search(session, actor=current_actor(), by=read.by, text=read.text)
        if isinstance(found, Refusal):
            self._refuse([found])
            return
        self._begin(found)
        await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def leave_search(self):
        """Go back to the queue."""
        self._begin(None)
        await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def next_page(self):
        """Show the page after this one."""
        if self._next:
            self._places = [*self._places, self._next]
            await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def previous_page(self):
        """Show the page before this one."""
        if len(self._places) > 1:
            self._places = self._places[:-1]
            await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def take(self, case_id: str):
        """Take a case of the list."""
        shown = next((one for one in self.rows if one.id == key_of(case_id)), None)
        if shown is None:
            return
        async with db.unit_of_work() as session:
            refused = await staff_case_acts.take(session, actor=current_actor(), case_id=shown.id, seen=shown.version)
        await self._read()
        self.done += 1
        await self._say(*(("bad", refused.sentence) if refused else ("ok", f"已认领：{shown.matter}。")))

    async def _read(self) -> None:
        actor, after = current_actor(), self._places[-1]
        async with db.reading() as session:
            if self._search is None:
                page = await staff_cases.list_cases(session, actor=actor, wanted=self._wanted(), after=after)
            else:
                page = await staff_case_search.search_page(session, actor=actor, wanted=self._search, after=after)
            waiting = await staff_cases.count_waiting(session, actor=actor)
        await self._count(waiting)
        if isinstance(page, DeskPage):
            self.rows, self._next, self._mark = list(page.rows), page.next, page.mark
            self.has_more, self.page, self.loaded = bool(page.next), len(self._places), True
        else:
            self._refuse([page])

    def _wanted(self) -> DeskFilter:
        return DeskFilter(tab=Tab(self.tab), matter=self.matter, region=self.region)

    async def _count(self, waiting: Waiting) -> None:
        self.unclaimed, self.mine = waiting.unclaimed, waiting.mine
        (await self.get_state(StaffShellState)).waiting = waiting.all

    def _begin(self, search: CaseSearch | None) -> None:
        self._search, self._places, self._next = search, [""], ""
        self.searching, self.more_units = search is not None, search is not None and search.more_units
        self._refuse([])
