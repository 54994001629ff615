"""The phone between the QR code and the face check: what is being confirmed, and for whom (R-2.2.3)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public
from jsrs_portal.services import face_links


class PhoneFaceState(rx.State):
    """One face check as the phone that scanned it sees it; everything is masked by the service."""

    _token: str = ""
    loaded: bool = False
    purpose: str = ""
    unit_name: str = ""
    person: str = ""
    started: str = ""
    go: str = ""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Show what the scanned code is about; a code that is over says so."""
        token = self.router.url.query_parameters.get("check", "")
        async with db.reading() as session:
            view = await face_links.view_for_phone(session, token=token)
        if view is None:
            await depart("/phone/over")
            return
        self._token = token
        self.purpose, self.unit_name, self.person = view.purpose, view.unit_name, view.person
        self.started, self.go = view.started, f"/v/{token}/go"
        self.loaded = True

    @rx.event
    @public()
    async def deny(self):
        """「不是我发起的」: the check ends, the computer hears that it was cancelled."""
        async with db.unit_of_work() as session:
            await face_links.deny_check(session, actor=current_actor(), token=self._token)
        await depart("/phone/denied")
