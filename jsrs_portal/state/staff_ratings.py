"""差评整改: the bad ratings of the officer's region, by what is due first (R-2.6.3.4)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.ratings import Tab
from jsrs_portal.services import rectifications
from jsrs_portal.services.rectifications import BadRating, BadRatings
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.staff_shell import StaffShellState

_NONE = BadRating("", 0, "", "", "", (), "", "", "", "neutral", False, "", "", "")


class RectificationForm(FormModel):
    """What was done about a bad rating."""

    model_config = FormModel.model_config | {"str_max_length": 1000}

    done: str = ""


class StaffRatingsState(FormState, rx.State):
    """One page of the list, and the rating whose rectification is written down."""

    loaded: bool = False
    tab: str = Tab.OPEN.value
    rows: list[BadRating] = []
    open: int = 0
    overdue: int = 0
    has_more: bool = False
    page: int = 1
    done: int = 0
    """Grows with each that is closed: its button is gone, so the focus goes to the list."""
    target: BadRating = _NONE
    _places: list[str] = [""]
    _next: str = ""

    @rx.event
    @requires(Permission.STAFF_CASES, passive=True)
    async def load(self):
        """Show the list at the tab where it was left."""
        self._begin()
        await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def choose_tab(self, tab: str):
        """Show a part of the list."""
        if tab in list(Tab):
            self.tab = tab
            self._begin()
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
    def write(self, rectification_id: str):
        """Ask what was done about a bad rating of the list."""
        self.target = next((one for one in self.rows if one.open and one.id == key_of(rectification_id)), _NONE)
        self._refuse([])

    @rx.event
    @requires(Permission.STAFF_CASES)
    def close_dialog(self):
        """Close the dialog; nothing is done."""
        self.target = _NONE
        self._refuse([])

    @rx.event
    @requires(Permission.STAFF_CASES)
    @submits(RectificationForm)
    async def submit_done(self, read: RectificationForm) -> None:
        """Close the rectification with what was done; whoever rated is told."""
        if not self.target.id:
            self._refuse([])  # the second click of two
            return
        async with db.unit_of_work() as session:
            refused = await rectifications.close_rectification(
                session,
                actor=current_actor(),
                rectification_id=self.target.id,
                seen=self.target.version,
                done=read.done,
            )
        if refused and refused.field:
            self._refuse([refused])
            return
        self.target = _NONE
        self._refuse([refused] if refused else [])
        await self._read()
        self.done += 1
        if not refused:
            await self._say("ok", "整改已办结，并已告知评价人。")

    async def _read(self) -> None:
        actor, after = current_actor(), self._places[-1]
        async with db.reading() as session:
            page = await rectifications.list_rectifications(session, actor=actor, tab=Tab(self.tab), after=after)
            counts = await rectifications.count_rectifications(session, actor=actor)
        self.open, self.overdue = counts.open, counts.overdue
        (await self.get_state(StaffShellState))._count(counts)
        if isinstance(page, BadRatings):
            self.rows, self._next = list(page.rows), page.next
            self.has_more, self.page, self.loaded = bool(page.next), len(self._places), True
        else:
            self._refuse([page])

    def _begin(self) -> None:
        self._places, self._next, self.target = [""], "", _NONE
        self._refuse([])
