"""个人中心: the signed-in person, masked."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.services import units


class MyState(rx.State):
    """The person's own registered data."""

    loaded: bool = False
    document_kind: str = ""
    document: str = ""

    @rx.event
    @requires(Permission.OWN_ACCOUNT, passive=True)
    async def load(self):
        """Show the signed-in person; somebody acting for a unit sees the same person."""
        async with db.reading() as session:
            view = await units.view_viewer(session, actor=current_actor())
        if view is not None:
            self.document_kind, self.document = view.document_kind, view.document
        self.loaded = True
