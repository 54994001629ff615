"""Lists of matters: 个人办事, 单位办事, 查询服务, 服务清单 (R-2.1.1, R-2.1.2, R-2.1.4, R-2.1.6, R-2.1.10)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.policies import public
from jsrs_portal.services.catalog import MatterCard, count_groups, list_matters
from jsrs_portal.state.matter_filters import LISTINGS, FilterRow, filter_rows, href_of, wanted_of
from jsrs_portal.state.region import chosen_region


class MatterListState(rx.State):
    """One page of a list; its filters and its beginning are in the address."""

    loaded: bool = False
    rows: list[FilterRow] = []
    items: list[MatterCard] = []
    total: int = 0
    next: str = ""
    first: str = ""
    clear: str = ""
    region_name: str = ""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Fill the list that the address asks for: three statements."""
        listing = LISTINGS.get(self.router.url.path.rstrip("/"), LISTINGS["/services"])
        query = {name: str(value) for name, value in self.router.url.query_parameters.items()}
        region = await chosen_region(self)
        wanted = wanted_of(listing, query, region.code)
        after = query.get("after", "")[:80]
        async with db.reading() as session:
            page = await list_matters(session, wanted=wanted, after=after)
            counts = await count_groups(session, region=region.code, side=wanted.side)
        self.rows = filter_rows(listing, wanted, counts)
        self.items, self.total, self.region_name = list(page.items), page.total, region.short
        self.next = href_of(listing, wanted, after=page.next) if page.next else ""
        self.first = href_of(listing, wanted) if after else ""
        self.clear = href_of(listing, wanted_of(listing, {}, region.code))
        self.loaded = True
