"""大厅首页: the 热门服务 of every category and the news, as they look from the chosen region (R-2.1.1, R-2.1.5)."""

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.policies import public
from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.services.catalog import HotGroup
from jsrs_portal.services.catalog_announcements import AnnouncementCard
from jsrs_portal.services.catalog_hall import view_hall
from jsrs_portal.state.region import chosen_region

_TABS = tuple(group.key for group in taxonomy().categories)


class HallState(rx.State):
    """The first page's lists; which tab is open is the only choice it keeps."""

    loaded: bool = False
    tab: str = _TABS[0]
    hot: list[HotGroup] = []
    news: list[AnnouncementCard] = []

    @rx.event
    @public(passive=True)
    async def load(self):
        """Fill the page: three statements."""
        async with db.reading() as session:
            view = await view_hall(session, today=clock.today(), region=(await chosen_region(self)).code)
        self.hot, self.news = list(view.hot), list(view.announcements)
        self.loaded = True

    @rx.event
    @public()
    def choose_tab(self, tab: str):
        """Show the 热门服务 of another category."""
        if tab in _TABS:
            self.tab = tab
