"""个人中心: the signed-in person, masked, and in whose name they may act (R-2.6.8)."""

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.services import favourites, switching, units
from jsrs_portal.services.application_lists import DraftView, view_drafts
from jsrs_portal.services.catalog import MatterCard
from jsrs_portal.services.next_steps import Figures, NextStep, view_corrections, view_figures
from jsrs_portal.services.switching import RoleChoice
from jsrs_portal.state.region import chosen_region


class MyState(rx.State):
    """The person's own registered data, their roles, and what they keep."""

    loaded: bool = False
    document_kind: str = ""
    document: str = ""
    roles: list[RoleChoice] = []
    kept: list[MatterCard] = []
    drafts: list[DraftView] = []
    figures: Figures = Figures()
    steps: list[NextStep] = []

    @rx.event
    @requires(Permission.OWN_ACCOUNT, passive=True)
    async def load(self):
        """Show the signed-in person; somebody acting for a unit sees the same person. Eight statements."""
        actor, region = current_actor(), (await chosen_region(self)).code
        async with db.reading() as session:
            view = await units.view_viewer(session, actor=actor)
            held = await switching.list_roles(session, actor=actor, today=clock.today())
            self.drafts = await view_drafts(session, actor=actor)
            self.figures = await view_figures(session, actor=actor)
            self.steps = await view_corrections(session, actor=actor, today=clock.today())
            self.kept = list(await favourites.list_kept(session, actor=actor, region=region))
        self.roles = [one for one in held if one.grant_id]
        if view is not None:
            self.document_kind, self.document = view.document_kind, view.document
        self.loaded = True
