"""地市频道: the cities, and each city's own front (R-2.1.10)."""

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.policies import public
from jsrs_portal.services.catalog_hall import CityCard, CityView, list_cities, view_city
from jsrs_portal.state.region import stay_in
from jsrs_portal.state.shell import ShellState

_BLANK = CityView("", "", "", "", "", "", "", "", "", (), (), (), (), ())


class CityListState(rx.State):
    """The cities with their bureaus."""

    loaded: bool = False
    cities: list[CityCard] = []

    @rx.event
    @public(passive=True)
    async def load(self):
        """Fill the list: one statement."""
        async with db.reading() as session:
            self.cities = list(await list_cities(session))
        self.loaded = True


class CityState(rx.State):
    """One city's front; ``missing`` when the address names none."""

    loaded: bool = False
    missing: bool = False
    city: CityView = _BLANK

    @rx.event
    @public(passive=True)
    async def load(self):
        """Show the front that the address names: four statements."""
        async with db.reading() as session:
            code = self.router.url.path.rstrip("/").rpartition("/")[2]
            view = await view_city(session, region=code, today=clock.today())
        if view is not None and view.code != code:
            view = None  # a county has no front of its own
        if view is not None:
            await stay_in(self, code)
            (await self.get_state(ShellState)).region_name = view.name.removesuffix("市")
        self.city, self.missing, self.loaded = view or _BLANK, view is None, True
