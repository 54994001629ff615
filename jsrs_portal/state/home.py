"""单位主页: what comes next, and 推荐 · 办事 · 查询 · 收藏 (R-2.6.1)."""

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.matters import MatterKind, Side
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.services import favourites, unit_home
from jsrs_portal.services.catalog import MatterCard, MatterFilter, list_matters
from jsrs_portal.services.next_steps import Figures, NextStep, view_figures
from jsrs_portal.services.unit_home import Recommended
from jsrs_portal.state.region import chosen_region

_LISTED = {"apply": MatterKind.APPLY, "query": MatterKind.QUERY}
TABS = (("recommended", "推荐"), ("apply", "办事"), ("query", "查询"), ("kept", "收藏"))
_KEYS = tuple(key for key, _ in TABS)


class HomeState(rx.State):
    """What is shown of it: the steps, and the matters of one tab."""

    loaded: bool = False
    tab: str = "recommended"
    figures: Figures = Figures()
    steps: list[NextStep] = []
    recommended: list[Recommended] = []
    matters: list[MatterCard] = []
    total: int = 0
    after: str = ""

    @rx.event
    @requires(Permission.UNIT_VIEW, passive=True)
    async def load(self):
        """Show what comes next, and the tab that was open: at most ten statements."""
        async with db.reading() as session:
            self.figures = await view_figures(session, actor=current_actor())
            self.steps = list(await unit_home.view_next(session, actor=current_actor(), today=clock.today()))
        await self._fill()
        self.loaded = True

    @rx.event
    @requires(Permission.UNIT_VIEW)
    async def choose_tab(self, tab: str):
        """Show another tab."""
        if tab in _KEYS:
            self.tab = tab
            await self._fill()

    @rx.event
    @requires(Permission.UNIT_VIEW)
    async def more(self):
        """Show the next page of 「办事」 or 「查询」 below."""
        if self.tab in _LISTED and self.after:
            await self._list(after=self.after)

    async def _fill(self) -> None:
        self.recommended, self.matters, self.total, self.after = [], [], 0, ""
        if self.tab in _LISTED:
            await self._list()
            return
        region, actor = (await chosen_region(self)).code, current_actor()
        async with db.reading() as session:
            if self.tab == "kept":
                self.matters = list(await favourites.list_kept(session, actor=actor, region=region))
            else:
                found = await unit_home.list_recommended(session, actor=actor, region=region, today=clock.today())
                self.recommended = list(found)

    async def _list(self, after: str = "") -> None:
        wanted = MatterFilter(
            side=Side.UNIT.value, kind=_LISTED[self.tab].value, region=(await chosen_region(self)).code
        )
        async with db.reading() as session:
            page = await list_matters(session, wanted=wanted, after=after)
        self.matters = [*self.matters, *page.items] if after else list(page.items)
        self.total, self.after = page.total, page.next
