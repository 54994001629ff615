"""单位快递: the list in the name somebody acts in; the number that is looked for is in the address (R-2.6.4.1)."""

from urllib.parse import urlencode

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.case_groups import searched
from jsrs_portal.services import shipment_views
from jsrs_portal.services.shipment_views import ShipmentView
from jsrs_portal.state.cases import cases_home

_LISTS = ("/unit/shipments", "/my/shipments", "/institution/shipments")


class ShipmentsState(rx.State):
    """What is shown of the list, and the way on."""

    loaded: bool = False
    text: str = ""
    items: list[ShipmentView] = []
    after: str = ""
    home: str = "/unit/shipments"

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def load(self):
        """Show the beginning of what the address asks for; another centre's address leads to one's own."""
        actor = current_actor()
        path = cases_home(actor).replace("/cases", "/shipments")
        text = searched(str(self.router.url.query_parameters.get("q", "")))
        asked = self.router.url.path.rstrip("/")
        if asked != path and asked in _LISTS:
            await depart(f"{path}?{urlencode({'q': text})}" if text else path)
            return
        async with db.reading() as session:
            page = await shipment_views.list_shipments(session, actor=actor, text=text)
        self.text, self.home, self.items, self.after = text, path, list(page.items), page.after
        self.loaded = True

    @rx.event
    @requires(Permission.APPLY)
    async def more(self):
        """Show the next page below."""
        if not self.after:
            return
        async with db.reading() as session:
            page = await shipment_views.list_shipments(session, actor=current_actor(), text=self.text, after=self.after)
        self.items, self.after = [*self.items, *page.items], page.after
