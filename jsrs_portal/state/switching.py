"""选择身份: in whose name somebody who holds several roles wants to act (R-2.4.9)."""

import re
from urllib.parse import urlencode

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import signed_in
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import switching
from jsrs_portal.services.switching import RoleChoice

_ID = re.compile(r"([0-9a-f]{32})?", re.ASCII)


class ChoiceState(rx.State):
    """The roles to choose from."""

    loaded: bool = False
    choices: list[RoleChoice] = []
    trouble: str = ""

    @rx.event
    @signed_in(passive=True)
    async def load(self):
        """Show the roles; somebody who has to change a first password does that before."""
        actor = current_actor()
        if actor.must_change:
            await depart("/password/first")
            return
        async with db.reading() as session:
            found = await switching.list_roles(session, actor=actor, today=clock.today())
        self.choices, self.trouble, self.loaded = list(found), "", True

    @rx.event
    @signed_in()
    async def enter(self, grant_id: str):
        """Go on in another role, with a session of its own."""
        wanted = grant_id if isinstance(grant_id, str) and _ID.fullmatch(grant_id) else "?"  # pyright: ignore[reportUnnecessaryIsInstance]
        async with db.unit_of_work() as session:
            outcome = await switching.enter(session, actor=current_actor(), grant_id=wanted, today=clock.today())
        if isinstance(outcome, Refusal):
            self.trouble = outcome.sentence
            return
        await depart("/session/open?" + urlencode({"ticket": outcome}))
