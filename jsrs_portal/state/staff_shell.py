"""The frame of the officers' pages: who is logged in, and what their role may open."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public, requires
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.ratings import reminder_words
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.services import rectifications, staff, staff_cases, staff_sessions
from jsrs_portal.services.rectifications import Counts

OFFERED = {
    "home": Permission.STAFF_HOME,
    "cases": Permission.STAFF_CASES,
    "ratings": Permission.STAFF_CASES,
    "institutions": Permission.STAFF_INSTITUTIONS,
    "search": Permission.STAFF_SEARCH,
    "audit": Permission.STAFF_AUDIT,
    "accounts": Permission.STAFF_ACCOUNTS,
    "account": Permission.STAFF_HOME,
}
"""The pages by their key in the menu, and what opening each asks for."""


class StaffShellState(rx.State):
    """The frame. The name is masked, and nothing in it decides a right."""

    loaded: bool = False
    login: str = ""
    name: str = ""
    initial: str = ""
    role: str = ""
    region: str = ""
    offered: list[str] = []
    waiting: int = 0
    """Cases that nobody has taken yet in the officer's region, and those that wait for the officer."""
    mending: int = 0
    """Bad ratings of the region that are to be put right."""
    reminder: str = ""
    """What is said of those that are due soon, or overdue."""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Fill the frame for the officer whose cookie it is; for everybody else it stays empty."""
        actor = current_actor()
        view = None
        if actor.staff_id:
            async with db.reading() as session:
                view = await staff.view_self(session, actor=actor)
                self.waiting = (await staff_cases.count_waiting(session, actor=actor)).all
                self._count(await rectifications.count_rectifications(session, actor=actor))
        self.login = view.login if view else ""
        self.name = view.name if view else ""
        self.initial = view.name[:1] if view else ""
        self.role = view.role if view else ""
        self.region = view.region if view else ""
        self.offered = [key for key, permission in OFFERED.items() if actor.staff_id and actor.may(permission)]
        self.loaded = view is not None

    @rx.event
    @requires(Permission.STAFF_HOME, passive=True)
    async def enter(self):
        """Open the officers' home; whoever is none is sent away by the policy."""

    @rx.event
    @public()
    async def log_out(self):
        """End the officer's session, also before the first password has been changed."""
        async with db.unit_of_work() as session:
            await staff_sessions.end_staff_session(session, actor=current_actor(), because=SessionEnd.LOGOUT)
        await depart("/session/ended")

    def _count(self, counts: Counts) -> None:
        """Show how much is to be put right, and what is pressing."""
        self.mending, self.reminder = counts.open, reminder_words(counts.soon, counts.overdue)
