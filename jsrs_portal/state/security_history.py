"""安全记录 on the screen (R-2.6.8.5)."""

from urllib.parse import urlencode

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.services import security_history
from jsrs_portal.services.security_history import HistoryRow


class SecurityHistoryState(rx.State):
    """One page of the person's own events."""

    loaded: bool = False
    items: list[HistoryRow] = []
    next: str = ""
    first: str = ""

    @rx.event
    @requires(Permission.OWN_CREDENTIALS, passive=True)
    async def load(self):
        """Show the page that the address names: one statement."""
        after = str(self.router.url.query_parameters.get("after", ""))
        async with db.reading() as session:
            page = await security_history.view_history(session, actor=current_actor(), after=after)
        if page is None:
            await depart("/refused")
            return
        here = self.router.url.path.rstrip("/")
        self.items = list(page.rows)
        self.next = f"{here}?{urlencode({'after': page.next})}" if page.next else ""
        self.first = here if after else ""
        self.loaded = True
