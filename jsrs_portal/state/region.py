"""Which region the visitor looks from (R-2.1.3): the address's, else what this tab saw last, else the browser's."""

import reflex as rx
from reflex_base.event.context import EventContext

from jsrs_portal.access import handshake
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain.regions import Region


class RegionState(rx.State):
    """Remembers, on the server, the region of this tab, so that a link without one stays where one is."""

    _code: str = ""


async def chosen_region(state: rx.State) -> Region:
    """Return the region of the page whose event is being handled; without any choice it is the province."""
    tree, tab = regions(), await state.get_state(RegionState)
    asked = str(state.router.url.query_parameters.get("region", ""))
    if asked in tree.by_code:
        tab._code = asked
    return tree.chosen(tab._code or handshake.region_in(EventContext.get().router_data))


async def stay_in(state: rx.State, code: str) -> None:
    """Have this tab look from region ``code`` from now on: its page is about that region."""
    (await state.get_state(RegionState))._code = code
