"""公示公告: the list and one announcement (R-2.1.10)."""

from urllib.parse import urlencode

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.policies import public
from jsrs_portal.services.catalog_announcements import (
    AnnouncementCard,
    AnnouncementView,
    list_announcements,
    view_announcement,
)
from jsrs_portal.state.matter_filters import FilterOption
from jsrs_portal.state.region import chosen_region

_KINDS = ("公示", "公告", "通知")
_NO_CARD = AnnouncementCard("", "", "", "", "", "", "", "")
_BLANK = AnnouncementView(_NO_CARD, "", "", False, "", (), ())


def _address(kind: str, region: str, after: str = "") -> str:
    query = {"kind": kind, "region": region, "after": after}
    kept = {name: value for name, value in query.items() if value}
    return f"/announcements?{urlencode(kept)}" if kept else "/announcements"


class AnnouncementListState(rx.State):
    """One page of announcements, newest first."""

    loaded: bool = False
    kinds: list[FilterOption] = []
    items: list[AnnouncementCard] = []
    total: int = 0
    next: str = ""
    first: str = ""
    region_name: str = ""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Fill the list that the address asks for: three statements."""
        query = self.router.url.query_parameters
        region, kind, after = await chosen_region(self), str(query.get("kind", "")), str(query.get("after", ""))[:80]
        kind = kind if kind in _KINDS else ""
        async with db.reading() as session:
            page = await list_announcements(session, today=clock.today(), region=region.code, kind=kind, after=after)
        choices = (("", "全部"), *((known, known) for known in _KINDS))
        self.kinds = [FilterOption(label, _address(key, region.code), key == kind) for key, label in choices]
        self.items, self.total, self.region_name = list(page.items), page.total, region.short
        self.next = _address(kind, region.code, page.next) if page.next else ""
        self.first = _address(kind, region.code) if after else ""
        self.loaded = True


class AnnouncementState(rx.State):
    """One announcement; ``missing`` when there is none under this address."""

    loaded: bool = False
    missing: bool = False
    announcement: AnnouncementView = _BLANK

    @rx.event
    @public(passive=True)
    async def load(self):
        """Show the announcement that the address names."""
        async with db.reading() as session:
            view = await view_announcement(
                session,
                key=self.router.url.path.rstrip("/").rpartition("/")[2],
                today=clock.today(),
                region=(await chosen_region(self)).code,
            )
        self.announcement, self.missing, self.loaded = view or _BLANK, view is None, True
