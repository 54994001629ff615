"""单位中心: the unit the signed-in person acts for (R-2.6.1.1)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.services import units


class UnitState(rx.State):
    """The unit's public data; the person's own is in the frame."""

    loaded: bool = False
    uscc: str = ""
    unit_number: str = ""
    name: str = ""

    @rx.event
    @requires(Permission.UNIT_VIEW, passive=True)
    async def load(self):
        """Show the actor's unit."""
        async with db.reading() as session:
            view = await units.view_unit(session, actor=current_actor())
        if view is None:
            await depart("/refused")
            return
        self.uscc, self.unit_number, self.name = view.uscc, view.unit_number, view.name
        self.loaded = True
