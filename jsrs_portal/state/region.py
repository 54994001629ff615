"""Which region the visitor looks from: what the address says, else what the browser chose last (R-2.1.3)."""

import reflex as rx
from reflex_base.event.context import EventContext

from jsrs_portal.access import handshake
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain.regions import Region


def chosen_region(state: rx.State) -> Region:
    """Return the region of the page whose event is being handled; without any choice it is the province."""
    tree = regions()
    asked = str(state.router.url.query_parameters.get("region", ""))
    return tree.chosen(asked if asked in tree.by_code else handshake.region_in(EventContext.get().router_data))
